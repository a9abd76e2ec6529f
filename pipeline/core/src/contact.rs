//! The life of a contact: one pure state machine, which stages only apply.
//!
//! Two things are tracked side by side. *Collection*: have all inputs been folded into a revision? *Analysis*: how far is
//! the newest revision? The phase that people see (`collecting → ready → routed → complete | partial`) follows from both.
//!
//! Every transition is a function of the state and its arguments; time is an argument. What has to happen next is never
//! remembered but concluded ([`ContactState::next`]), so a crash between two steps loses nothing: whoever looks next
//! comes to the same conclusion. This module must not do IO and is the only place that knows these rules.

use std::collections::BTreeMap;
use std::time::Duration;

use aftercall_schemas::{ContactKey, RevisionKey, Stage, UseCase};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// When a contact is looked at without anything new: when it is taken to have said all where its sources do not say so,
/// and when its stages are called again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadyRules {
    /// Ready this long after its contact record came.
    pub after_record: Duration,
    /// Ready when nothing came for this long.
    pub after_silence: Duration,
    /// Stages without a result are called again after this long: the call may have been lost.
    pub announce_again: Duration,
}

impl Default for ReadyRules {
    fn default() -> Self {
        Self {
            after_record: Duration::from_secs(60),
            after_silence: Duration::from_secs(15 * 60),
            announce_again: Duration::from_secs(10 * 60),
        }
    }
}

/// The state of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactState {
    /// Whether all inputs are part of a revision.
    pub collection: Collection,
    /// Inputs accepted so far.
    pub inputs: u32,
    /// When the first input came.
    pub first_input_at: Timestamp,
    /// When the last input came.
    pub last_input_at: Timestamp,
    /// When the first contact record came that says the contact has ended.
    pub record_at: Option<Timestamp>,
    /// A source has said that it ended.
    pub ended: bool,
    /// When the contact ended, as its contact record says, once that is part of a revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disconnected_at: Option<Timestamp>,
    /// The contact that this one's inputs belong to, found out later. This one is then nothing but a pointer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<ContactKey>,
    /// The newest revision, once there is one.
    pub analysis: Option<AnalysisProgress>,
    /// What happened besides the arrival of inputs, oldest first, for `aftercall trace`. Bounded: see [`HISTORY_LIMIT`].
    pub history: Vec<HistoryEntry>,
}

/// Entries that [`ContactState::history`] keeps; older ones make room.
pub const HISTORY_LIMIT: usize = 200;

/// Whether all inputs are part of a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collection {
    /// No: more may come.
    Collecting,
    /// No: and it is time to make a revision of them.
    Ready(ReadyReason),
    /// Yes.
    Settled,
}

/// Why a contact became ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadyReason {
    /// A source said that it ended.
    SourceEnded,
    /// The contact record came a while ago.
    RecordCame,
    /// Nothing came for a while.
    Silence,
    /// The batch that delivers the inputs has ended (one machine).
    BatchEnded,
}

/// How far the newest revision is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalysisProgress {
    /// Number of the revision, from 1.
    pub revision: u32,
    /// Digest of the revision's conversation.
    pub key: RevisionKey,
    /// Use cases that apply.
    pub use_cases: Vec<UseCase>,
    /// Stages whose results the analysis waits for, and until when.
    pub expected: BTreeMap<Stage, Timestamp>,
    /// When its stages were called last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announced_at: Option<Timestamp>,
    /// Stage versions that a backfill has put in place of the first ones. Of other stages the newest result counts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accepted: BTreeMap<Stage, String>,
    /// How far it is.
    pub status: Status,
}

/// How far an analysis is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waiting for results.
    Routed,
    /// All is there that will be waited for.
    Finished {
        /// Stages without a result, and why. Empty: the analysis is complete.
        missing: BTreeMap<Stage, String>,
        /// When it was published; null until then.
        published_at: Option<Timestamp>,
    },
}

/// One thing that happened to a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// When.
    pub at: Timestamp,
    /// What, in a few words and without any text of the conversation.
    pub what: String,
}

/// The phase that people see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Inputs are coming in.
    Collecting,
    /// To be assembled and routed.
    Ready,
    /// Stages are at work.
    Routed,
    /// Every expected stage has a result.
    Complete,
    /// A deadline passed or a stage failed.
    Partial,
    /// None of the inputs can be used; they are in quarantine.
    Quarantined,
    /// The inputs turned out to be another contact's.
    Moved,
}

impl Phase {
    /// The word as people see it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Collecting => "collecting",
            Self::Ready => "ready",
            Self::Routed => "routed",
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Quarantined => "quarantined",
            Self::Moved => "moved",
        }
    }
}

/// What has to happen next to a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing, until this moment at the latest.
    Wait(Timestamp),
    /// Assemble, validate, redact, route.
    Route,
    /// Run these stages, then look at their results.
    Run(Vec<Stage>),
    /// Publish the finished analysis.
    Publish,
    /// Nothing.
    Rest,
}

/// What an input says that matters to a contact's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Its source has said all with it.
    pub ends: bool,
    /// It is a contact record of a contact that has ended.
    pub is_record: bool,
    /// When it arrived.
    pub at: Timestamp,
}

/// What a stage came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StageOutcome {
    /// It has a result.
    Found,
    /// It failed for good, and why.
    Failed(String),
}

impl ContactState {
    /// The state after an input that was not there before. `state` is `None` for a contact seen for the first time.
    pub fn arrived(state: Option<Self>, arrival: Arrival) -> Self {
        let mut state = state.unwrap_or_else(|| Self {
            collection: Collection::Settled,
            inputs: 0,
            first_input_at: arrival.at,
            last_input_at: arrival.at,
            record_at: None,
            ended: false,
            disconnected_at: None,
            moved_to: None,
            analysis: None,
            history: Vec::new(),
        });
        state.inputs = state.inputs.saturating_add(1);
        state.last_input_at = state.last_input_at.max(arrival.at);
        state.ended |= arrival.ends;
        if arrival.is_record && state.record_at.is_none() {
            state.record_at = Some(arrival.at);
        }
        if !matches!(state.collection, Collection::Ready(_)) {
            if state.ended {
                state.collection = Collection::Ready(ReadyReason::SourceEnded);
                state.note(arrival.at, "ready: a source ended".into());
            } else {
                state.collection = Collection::Collecting;
            }
        }
        state
    }

    /// The state when everything that delivers inputs has ended.
    pub fn batch_ended(mut self, at: Timestamp) -> Self {
        if self.collection == Collection::Collecting {
            self.collection = Collection::Ready(ReadyReason::BatchEnded);
            self.note(at, "ready: the batch ended".into());
        }
        self
    }

    /// The state at a moment: a contact that has waited long enough becomes ready.
    pub fn time_passed(mut self, at: Timestamp, rules: ReadyRules) -> Self {
        if self.collection == Collection::Collecting
            && let Some((due, reason)) = self.ready_at(rules)
            && due <= at
        {
            self.collection = Collection::Ready(reason);
            let why = match reason {
                ReadyReason::RecordCame => "its contact record came a while ago",
                ReadyReason::Silence => "nothing came for a while",
                ReadyReason::SourceEnded | ReadyReason::BatchEnded => "its source ended",
            };
            self.note(at, format!("ready: {why}"));
        }
        self
    }

    /// The state when its inputs have been assembled to the conversation with this digest.
    ///
    /// A digest that the newest revision has already changes nothing: the input cost nothing. Any other makes the next
    /// revision, which waits for `expected`.
    pub fn assembled(
        mut self,
        key: RevisionKey,
        use_cases: Vec<UseCase>,
        expected: BTreeMap<Stage, Timestamp>,
        at: Timestamp,
    ) -> Self {
        self.collection = Collection::Settled;
        let revision = match &self.analysis {
            Some(current) if current.key == key => {
                self.note(at, "assembled: nothing new".into());
                return self;
            }
            Some(current) => current.revision.saturating_add(1),
            None => 1,
        };
        self.note(at, format!("revision {revision}: {key}"));
        let status = if expected.is_empty() {
            Status::Finished { missing: BTreeMap::new(), published_at: None }
        } else {
            Status::Routed
        };
        self.analysis = Some(AnalysisProgress {
            revision,
            key,
            use_cases,
            expected,
            announced_at: Some(at),
            accepted: BTreeMap::new(),
            status,
        });
        self
    }

    /// The state when the stages of the newest revision have been called again.
    pub fn announced(mut self, at: Timestamp) -> Self {
        if let Some(analysis) = self.analysis.as_mut().filter(|analysis| analysis.status == Status::Routed) {
            analysis.announced_at = Some(at);
        }
        self
    }

    /// The state when its inputs turned out to belong to `owner`, who has them now. What was published of it is taken back
    /// by a revision that says so.
    pub fn moved(mut self, owner: ContactKey, at: Timestamp) -> Self {
        if self.moved_to.is_some() {
            return self;
        }
        self.collection = Collection::Settled;
        self.note(at, format!("moved to {owner}"));
        self.moved_to = Some(owner);
        if let Some(analysis) = &mut self.analysis {
            if matches!(analysis.status, Status::Finished { published_at: Some(_), .. }) {
                analysis.revision = analysis.revision.saturating_add(1);
                analysis.status = Status::Finished { missing: BTreeMap::new(), published_at: None };
                analysis.expected.clear();
                analysis.use_cases.clear();
            } else {
                self.analysis = None;
            }
        }
        self
    }

    /// The state when none of its inputs can be used.
    pub fn rejected(mut self, at: Timestamp) -> Self {
        self.collection = Collection::Settled;
        self.note(at, "rejected: no input can be used, see quarantine".into());
        self
    }

    /// The state when these results have been seen in the store for revision `key`. Results of another revision, and
    /// of stages that are not expected, change nothing.
    ///
    /// All there: finished. A deadline passed: finished without. A result that comes after the analysis was finished
    /// without it makes the next revision of the same conversation.
    pub fn results_seen(mut self, key: &RevisionKey, found: &BTreeMap<Stage, StageOutcome>, at: Timestamp) -> Self {
        let Some(analysis) = self.analysis.as_mut().filter(|analysis| analysis.key == *key) else { return self };
        let mut missing = BTreeMap::new();
        let mut waiting = false;
        for (stage, deadline) in &analysis.expected {
            match found.get(stage) {
                Some(StageOutcome::Found) => {}
                Some(StageOutcome::Failed(reason)) => {
                    missing.insert(*stage, reason.clone());
                }
                None if *deadline <= at => {
                    missing.insert(*stage, format!("no result by {deadline}"));
                }
                None => waiting = true,
            }
        }
        match &mut analysis.status {
            Status::Routed if waiting => {}
            Status::Routed => {
                let note = if missing.is_empty() { "complete" } else { "partial" };
                analysis.status = Status::Finished { missing, published_at: None };
                self.note(at, note.into());
            }
            Status::Finished { missing: before, published_at } => {
                // Only a result that is there now and was missing before is news; never the other way round.
                let there = |stage: &Stage| matches!(found.get(stage), Some(StageOutcome::Found));
                if before.keys().any(there) {
                    before.retain(|stage, _| !there(stage));
                    // What nobody has seen yet is not a revision of its own.
                    if published_at.take().is_some() {
                        analysis.revision = analysis.revision.saturating_add(1);
                    }
                    let note = format!("revision {}: a late result", analysis.revision);
                    self.note(at, note);
                }
            }
        }
        self
    }

    /// The state when a published analysis is to have another version's result of a stage (a backfill). It makes the next
    /// revision of the same conversation. An analysis that is not published changes nothing: it takes the newest results
    /// anyway.
    pub fn reanalysed(mut self, key: &RevisionKey, stage: Stage, stage_version: &str, at: Timestamp) -> Self {
        let Some(analysis) = self.analysis.as_mut().filter(|analysis| analysis.key == *key) else { return self };
        let Status::Finished { missing, published_at } = &mut analysis.status else { return self };
        if published_at.is_none() || analysis.accepted.get(&stage).is_some_and(|known| known == stage_version) {
            return self;
        }
        *published_at = None;
        missing.remove(&stage);
        analysis.accepted.insert(stage, stage_version.to_string());
        analysis.revision = analysis.revision.saturating_add(1);
        let note = format!("revision {}: {stage} by {stage_version}", analysis.revision);
        self.note(at, note);
        self
    }

    /// The state when the finished analysis of revision number `revision` has been published. Anything else than the
    /// newest one changes nothing.
    pub fn published(mut self, revision: u32, at: Timestamp) -> Self {
        if let Some(AnalysisProgress { revision: current, status: Status::Finished { published_at, .. }, .. }) =
            &mut self.analysis
            && *current == revision
            && published_at.is_none()
        {
            *published_at = Some(at);
            self.note(at, format!("published revision {revision}"));
        }
        self
    }

    /// What has to happen next, at this moment.
    pub fn next(&self, at: Timestamp, rules: ReadyRules) -> Next {
        match self.collection {
            Collection::Ready(_) => return Next::Route,
            Collection::Collecting if self.ready_at(rules).is_some_and(|(due, _)| due <= at) => return Next::Route,
            Collection::Collecting | Collection::Settled => {}
        }
        match &self.analysis {
            Some(AnalysisProgress { status: Status::Routed, expected, .. }) => {
                Next::Run(expected.keys().copied().collect())
            }
            Some(AnalysisProgress { status: Status::Finished { published_at: None, .. }, .. }) => Next::Publish,
            _ => match self.wake_at(rules) {
                Some(due) => Next::Wait(due),
                None => Next::Rest,
            },
        }
    }

    /// When somebody has to look at the contact at the latest; `None` when nothing is open. The sparse index of open
    /// contacts is made of this.
    pub fn wake_at(&self, rules: ReadyRules) -> Option<Timestamp> {
        let collection = match self.collection {
            Collection::Ready(_) => Some(self.last_input_at),
            Collection::Collecting => self.ready_at(rules).map(|(due, _)| due),
            Collection::Settled => None,
        };
        let analysis = self.analysis.as_ref().and_then(|analysis| match &analysis.status {
            Status::Routed => {
                let again = analysis.announced_at.map(|at| after(at, rules.announce_again));
                analysis.expected.values().copied().chain(again).min()
            }
            Status::Finished { published_at: None, .. } => Some(self.last_input_at),
            Status::Finished { .. } => None,
        });
        [collection, analysis].into_iter().flatten().min()
    }

    /// The phase that people see.
    pub fn phase(&self) -> Phase {
        if self.moved_to.is_some() {
            return Phase::Moved;
        }
        match (&self.collection, &self.analysis) {
            (Collection::Ready(_), _) => Phase::Ready,
            (Collection::Collecting, _) => Phase::Collecting,
            (Collection::Settled, None) => Phase::Quarantined,
            (Collection::Settled, Some(analysis)) => match &analysis.status {
                Status::Routed => Phase::Routed,
                Status::Finished { missing, .. } if missing.is_empty() => Phase::Complete,
                Status::Finished { .. } => Phase::Partial,
            },
        }
    }

    /// When a collecting contact becomes ready, and why.
    fn ready_at(&self, rules: ReadyRules) -> Option<(Timestamp, ReadyReason)> {
        let silence = (after(self.last_input_at, rules.after_silence), ReadyReason::Silence);
        let record = self.record_at.map(|at| (after(at, rules.after_record), ReadyReason::RecordCame));
        record.into_iter().chain([silence]).min_by_key(|(due, _)| *due)
    }

    fn note(&mut self, at: Timestamp, what: String) {
        if self.history.len() >= HISTORY_LIMIT {
            self.history.remove(0);
        }
        self.history.push(HistoryEntry { at, what });
    }
}

/// A moment and a wait. A wait beyond the end of time must not drop a contact from the index of open ones.
fn after(moment: Timestamp, wait: Duration) -> Timestamp {
    moment.checked_add(wait).unwrap_or(Timestamp::MAX)
}
