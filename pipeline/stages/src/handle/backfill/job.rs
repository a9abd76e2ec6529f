//! What is asked of a backfill on AWS, the job as it is kept, and what it answers. It reads and asks nothing.

use std::collections::BTreeMap;

use aftercall_core::error::{Error, ErrorKind};
use aftercall_schemas::Stage;
use aftercall_schemas::results::{Outcome, StageResult};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::backfill::{Backfill, Change, Prepared};
use crate::ports::Published;

/// Errors that a job keeps.
const ERRORS: usize = 20;

/// What is asked for, as the function's event has it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// `{"start": {"stage": "sentiment", "mode": "compare"}}`
    Start(Start),
    /// `{"progress": "<id>"}`
    Progress(String),
    /// `{"stop": "<id>"}`: what is in flight is still looked at.
    Stop(String),
    /// `{"continue": {"id": "<id>", "budget_usd": 20}}`: goes on where a job ended early.
    Continue {
        /// The job.
        id: String,
        /// Its budget from now on, what it has cost so far included.
        #[serde(default)]
        budget_usd: Option<f64>,
    },
}

/// What to re-run, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The stage.
    pub stage: Stage,
    /// First day (UTC) of the contacts.
    #[serde(default)]
    pub from: Option<Date>,
    /// Last day of the contacts.
    #[serde(default)]
    pub to: Option<Date>,
    /// What becomes of results.
    pub mode: JobMode,
    /// Most US dollars; the job ends before a call that could cost more.
    #[serde(default)]
    pub budget_usd: Option<f64>,
    /// Contacts in the queues at the same time, 500 at the most.
    #[serde(default = "usual_in_flight")]
    pub in_flight: usize,
}

const fn usual_in_flight() -> usize {
    200
}

/// What becomes of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobMode {
    /// Nobody is asked: contacts are counted, and what they will cost is estimated.
    Estimate,
    /// They are only compared.
    Compare,
    /// Those that differ are published.
    Accept,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It goes on by itself.
    Running,
    /// Everything was looked at.
    Done,
    /// The next call could cost more than the budget has left.
    OverBudget,
    /// Somebody stopped it.
    Stopped,
}

/// A contact whose stage was sent for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sent {
    pub(super) published: Published,
    pub(super) at: Timestamp,
    pub(super) most_usd: f64,
}

/// A job as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    pub(super) id: String,
    pub(super) start: Start,
    pub(super) state: JobState,
    pub(super) started_at: Timestamp,
    pub(super) updated_at: Timestamp,
    /// Entries of the index, as far as they are counted.
    pub(super) total: u64,
    pub(super) counted: bool,
    /// Entries that were walked, and the last one of them (while counting: the last counted).
    pub(super) walked: u64,
    pub(super) after: Option<Published>,
    pub(super) in_flight: Vec<Sent>,
    pub(super) figures: Figures,
}

/// What a job has found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Contacts with another version's result that have been looked at.
    pub contacts: u64,
    /// Contacts that were up to date.
    pub current: u64,
    /// The present version finds the same.
    pub same: u64,
    /// It finds something else.
    pub changed: u64,
    /// It fails for good, by reason.
    pub failed: BTreeMap<String, u64>,
    /// No result came in a day.
    pub unanswered: u64,
    /// What could not be looked at, the first of them; all count.
    pub errors: Vec<String>,
    /// How many that were.
    pub errors_count: u64,
    /// US dollars so far, as far as they are known.
    pub cost_usd: f64,
    /// US dollars that calls may have cost that failed: nobody says, so the budget counts all that they could.
    pub may_have_cost_usd: f64,
    /// US dollars that the present results of the contacts cost, with [`JobMode::Estimate`].
    pub estimate_usd: f64,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Progress {
    /// The job.
    pub id: String,
    /// What it does.
    #[serde(flatten)]
    pub start: Start,
    /// How far it is.
    pub state: JobState,
    /// Revisions in the index, as far as they are counted, and how many of them were looked at.
    pub revisions: u64,
    /// See there.
    pub revisions_done: u64,
    /// Contacts in the queues.
    pub waiting: usize,
    /// Seconds left, if it goes on like this.
    pub seconds_left: Option<u64>,
    /// What it has found.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Whether the budget has room for a call.
pub(super) enum Room {
    /// Yes, for so many US dollars.
    Yes(f64),
    /// When what is in flight has turned out to cost less than it could.
    Later,
    /// No.
    No,
    /// There is a budget, and nobody can tell what a call costs.
    Unknown,
}

pub(super) fn unpriced() -> Error {
    let what = "a budget needs to know what the model costs: set bedrock.input_usd_per_million and bedrock.output_usd_per_million";
    Error::new(ErrorKind::Config, what)
}

impl Job {
    pub(super) fn backfill(&self) -> Backfill {
        Backfill { stage: self.start.stage, from: self.start.from, to: self.start.to }
    }

    pub(super) fn room_for(&self, most_usd: Option<f64>) -> Room {
        let Some(budget) = self.start.budget_usd else { return Room::Yes(most_usd.unwrap_or(0.0)) };
        let Some(most) = most_usd else { return Room::Unknown };
        let could: f64 = self.in_flight.iter().map(|sent| sent.most_usd).sum();
        match self.figures.cost_usd + self.figures.may_have_cost_usd + could + most <= budget {
            true => Room::Yes(most),
            false if self.in_flight.is_empty() => Room::No,
            false => Room::Later,
        }
    }

    /// As the answer to a request.
    pub fn progress(&self) -> Progress {
        let elapsed = self.updated_at.duration_since(self.started_at).as_secs_f64();
        let left = self.total.saturating_sub(self.walked) as f64 / self.walked as f64 * elapsed;
        let running = self.state == JobState::Running && self.walked > 0;
        Progress {
            id: self.id.clone(),
            start: self.start.clone(),
            state: self.state,
            revisions: self.total,
            revisions_done: self.walked,
            waiting: self.in_flight.len(),
            // A cast from f64 saturates.
            seconds_left: running.then_some(left.ceil() as u64),
            figures: self.figures.clone(),
        }
    }
}

impl Figures {
    pub(super) fn add(&mut self, change: Change) {
        match change {
            Change::Apart => return,
            Change::Current => {
                self.current += 1;
                return;
            }
            Change::Same => self.same += 1,
            Change::Changed => self.changed += 1,
            Change::Failed(reason) => *self.failed.entry(reason).or_default() += 1,
        }
        self.contacts += 1;
    }

    pub(super) fn add_cost(&mut self, result: Option<&StageResult>, most_usd: f64) {
        let Some(result) = result else { return };
        match (&result.outcome, result.processing.cost_usd) {
            (_, Some(cost_usd)) => self.cost_usd += cost_usd,
            (Outcome::Found(_), None) => {}
            (Outcome::Failed { .. }, None) => self.may_have_cost_usd += most_usd,
        }
    }

    pub(super) fn add_estimate(&mut self, stage: Stage, prepared: &Prepared) {
        self.contacts += 1;
        let present = prepared.target.analysis.results.get(&stage);
        self.estimate_usd += present.and_then(|result| result.processing.cost_usd).unwrap_or(0.0);
    }

    pub(super) fn add_error(&mut self, published: &Published, error: &Error) {
        self.errors_count += 1;
        if self.errors.len() < ERRORS {
            self.errors.push(format!("{}: {error}", published.contact));
        }
    }
}
