//! A backfill on AWS: fanned out over the queues of the stages, with a bound. A job walks the index of published revisions,
//! sends those that are to be re-run to their stage's queue as routed contacts whose revision is a *proposal*, and some time
//! later compares each proposal with what is published, and accepts it. Stages do with a proposal what they do with a
//! revision, so throttling, leases and time-outs are theirs; nothing listens to what they find.
//!
//! A job is a row with a cursor. A call of the function does one step of it (some thousands of entries at the most) and sends
//! its own queue a message for the next. Each step may be done twice: messages are found answered, results known, contacts up
//! to date. What a job comes to, `crate::backfill` says; this file must not decide about a contact.

mod job;

use std::time::Duration;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_schemas::Stage;
use aftercall_schemas::events::ContactRouted;
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use self::job::{Figures, Job, JobMode, JobState, Progress, Request, Start};
use self::job::{Room, Sent, unpriced};
use super::advance::publish_and_tell;
use super::again::OwnQueue;
use super::batch::Handled;
use crate::backfill::{BackfillPorts, Change, Mode, Prepared, finish_interrupted, prepare, proposed, settle};
use crate::keys;
use crate::ports::{Announce, Jobs, Published, PublishedIndex, Version, Written};
use crate::publish::PublishPorts;
use crate::run_stage::StageSettings;

/// Contacts that are looked at at a time.
const AT_ONCE: usize = 16;
/// Entries of the index that are read at a time, and sent at a time.
const PAGE: usize = 100;
/// Entries of the index that a step counts, and walks, at the most.
const COUNTED_A_STEP: usize = 100_000;
const WALKED_A_STEP: u64 = 5_000;
/// A step begins no page after this; the longest call of a function is 15 minutes.
const STEP: Duration = Duration::from_secs(8 * 60);
/// How long a step waits for the results of the last one.
const PAUSE: Duration = Duration::from_secs(15);
/// A contact without a result for this long is left as it is. A stage waits out hours of throttling.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);
/// How long a job is kept after its last step.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// Most contacts in flight: a job is one item of a table, which holds 400 KB.
const MOST_IN_FLIGHT: usize = 500;

/// What a job needs.
#[derive(Clone, Copy)]
pub struct BackfillJobPorts<'a> {
    /// Of the stage.
    pub backfill: BackfillPorts<'a>,
    /// What has been published.
    pub index: &'a dyn PublishedIndex,
    /// Calls the stages, tells consumers.
    pub announce: &'a dyn Announce,
    /// Where jobs are kept.
    pub jobs: &'a dyn Jobs,
    /// For the next step.
    pub queue: &'a dyn OwnQueue,
}

/// A message of the function to itself.
#[derive(Debug, Serialize, Deserialize)]
struct NextStep {
    job: String,
}

/// Does what is asked for.
///
/// # Errors
/// `Config` for a request that cannot be done; `NotFound` for a job that is not there.
pub async fn request(ports: BackfillJobPorts<'_>, event: &str) -> Result<Progress> {
    let request: Request = serde_json::from_str(event).map_err(|error| {
        Error::new(ErrorKind::Config, "the event does not say what to re-run; see docs/aws.md").because(error)
    })?;
    match request {
        Request::Start(start) => begin(ports, start).await,
        Request::Progress(id) => Ok(load(ports, &id).await?.0.progress()),
        Request::Stop(id) => change(ports, &id, |job| job.state = JobState::Stopped).await,
        Request::Continue { id, budget_usd } => {
            let again = |job: &mut Job| {
                job.start.budget_usd = budget_usd.or(job.start.budget_usd);
                job.state = JobState::Running;
            };
            let progress = change(ports, &id, again).await?;
            send_next(ports, &id, Duration::ZERO).await?;
            Ok(progress)
        }
    }
}

async fn begin(ports: BackfillJobPorts<'_>, start: Start) -> Result<Progress> {
    let now = ports.backfill.clock.now();
    if start.in_flight == 0 || start.in_flight > MOST_IN_FLIGHT {
        let what = format!("in_flight has to be between 1 and {MOST_IN_FLIGHT}");
        return Err(Error::new(ErrorKind::Config, what));
    }
    let job = Job {
        id: format!("{}-{}", start.stage.as_str(), now.as_millisecond()),
        start,
        state: JobState::Running,
        started_at: now,
        updated_at: now,
        total: 0,
        counted: false,
        walked: 0,
        after: None,
        in_flight: Vec::new(),
        figures: Figures::default(),
    };
    if save(ports, &job, None).await? == Written::Conflict {
        let what = "a job of this stage was started in this very millisecond; ask for its progress";
        return Err(Error::new(ErrorKind::Conflict, what).with("job", &job.id));
    }
    send_next(ports, &job.id, Duration::ZERO).await?;
    Ok(job.progress())
}

async fn load(ports: BackfillJobPorts<'_>, id: &str) -> Result<(Job, Version)> {
    let found = ports.jobs.load(id).await?;
    let (body, version) = found.ok_or_else(|| {
        Error::new(ErrorKind::NotFound, "there is no such job; it is kept for 30 days").with("job", id)
    })?;
    let job = serde_json::from_slice(&body)
        .map_err(|error| Error::new(ErrorKind::Corrupt, "a job cannot be read").with("job", id).because(error))?;
    Ok((job, version))
}

async fn save(ports: BackfillJobPorts<'_>, job: &Job, expected: Option<Version>) -> Result<Written> {
    let body = serde_json::to_vec(job).map_err(|error| {
        Error::new(ErrorKind::Corrupt, "a job cannot be written").with("job", &job.id).because(error)
    })?;
    let expires = job.updated_at.checked_add(KEPT).unwrap_or(Timestamp::MAX);
    ports.jobs.save(&job.id, &body, expected, expires).await
}

/// Changes a job that a step may be changing at the same moment.
async fn change(ports: BackfillJobPorts<'_>, id: &str, change: impl Fn(&mut Job)) -> Result<Progress> {
    const TRIES: usize = 10;
    for _ in 0..TRIES {
        let (mut job, version) = load(ports, id).await?;
        change(&mut job);
        if save(ports, &job, Some(version)).await? == Written::Yes {
            return Ok(job.progress());
        }
    }
    Err(Error::new(ErrorKind::Conflict, "the job is changing all the time; ask again").with("job", id))
}

async fn send_next(ports: BackfillJobPorts<'_>, id: &str, after: Duration) -> Result<()> {
    let body = serde_json::to_string(&NextStep { job: id.to_owned() })
        .map_err(|error| Error::new(ErrorKind::Corrupt, "a message cannot be written").because(error))?;
    ports.queue.send(&body, after).await
}

/// Does the next step of the job that a message of the function's own queue names, and asks for the one after it.
pub async fn step(ports: BackfillJobPorts<'_>, settings: &StageSettings, message: &str) -> Result<Handled> {
    let mut handled = Handled::default();
    let next: NextStep = serde_json::from_str(message)
        .map_err(|error| Error::new(ErrorKind::Corrupt, "a message is not the function's own").because(error))?;
    let (before, version) = load(ports, &next.job).await?;
    let mut job = before.clone();
    if job.state != JobState::Running && job.in_flight.is_empty() {
        return Ok(handled);
    }
    if job.counted {
        collect(ports, settings, &mut job, &mut handled).await?;
        if job.state == JobState::Running {
            walk(ports, settings, &mut job, &mut handled).await?;
        }
    } else {
        count(ports, &mut job).await?;
    }
    job.updated_at = ports.backfill.clock.now();
    if save(ports, &job, Some(version)).await? == Written::Conflict && !save_changed(ports, &before, &mut job).await? {
        // Another message for the same step was quicker: the job as it is now goes on.
        handled.count("Conflicts", 1);
        send_next(ports, &next.job, PAUSE).await?;
        return Ok(handled);
    }
    if job.state == JobState::Running || !job.in_flight.is_empty() {
        let pause = if job.in_flight.is_empty() { Duration::ZERO } else { PAUSE };
        send_next(ports, &next.job, pause).await?;
    }
    Ok(handled)
}

/// Saves a step over a change that somebody has made of the job meanwhile, such as that it is stopped: what the step has sent
/// is in flight, and its cost has to be counted. Says whether it did; not if another message has done the step.
async fn save_changed(ports: BackfillJobPorts<'_>, before: &Job, job: &mut Job) -> Result<bool> {
    let (now, version) = load(ports, &job.id).await?;
    let same_place = now.walked == before.walked && now.after == before.after && now.total == before.total;
    if !same_place || now.in_flight != before.in_flight {
        return Ok(false);
    }
    if now.state == JobState::Stopped {
        job.state = JobState::Stopped;
    }
    job.start = now.start;
    Ok(save(ports, job, Some(version)).await? == Written::Yes)
}

/// Counts the entries of the index, so that there is something to say about the time left.
async fn count(ports: BackfillJobPorts<'_>, job: &mut Job) -> Result<()> {
    let mut read = 0;
    while read < COUNTED_A_STEP {
        let page = page(ports, job, PAGE * 10).await?;
        read += page.len();
        job.total += page.len() as u64;
        match page.last() {
            Some(last) => job.after = Some(last.clone()),
            None => {
                job.counted = true;
                job.after = None;
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The next entries after the cursor. Nothing that was published after the job began: what it accepts is published too.
async fn page(ports: BackfillJobPorts<'_>, job: &Job, limit: usize) -> Result<Vec<Published>> {
    // No contact is published before it ends. Clocks differ, by less than a day.
    let day = job.start.from.and_then(|day| day.yesterday().ok());
    let from = day.and_then(|day| day.to_zoned(TimeZone::UTC).ok()).map_or(Timestamp::MIN, |day| day.timestamp());
    ports.index.published(from, job.started_at, job.after.as_ref(), limit).await
}

type Looked = Result<std::result::Result<Prepared, Change>>;

/// Looks at contacts, several at a time, in their order.
async fn look<'a>(
    ports: BackfillJobPorts<'_>,
    settings: &StageSettings,
    job: &Job,
    entries: &'a [Published],
) -> Vec<(&'a Published, Looked)> {
    let backfill = job.backfill();
    let accepts = job.start.mode == JobMode::Accept;
    let one = async |published: &'a Published| {
        let looked = async {
            if accepts {
                finish_interrupted(ports.backfill, &published.contact).await?;
            }
            prepare(ports.backfill, published, &backfill, settings).await
        };
        (published, looked.await)
    };
    stream::iter(entries.iter().map(one)).buffered(AT_ONCE).collect().await
}

/// Looks whether the results have come that were sent for.
async fn collect(
    ports: BackfillJobPorts<'_>,
    settings: &StageSettings,
    job: &mut Job,
    handled: &mut Handled,
) -> Result<()> {
    let sent = std::mem::take(&mut job.in_flight);
    let entries: Vec<Published> = sent.iter().map(|sent| sent.published.clone()).collect();
    let now = ports.backfill.clock.now();
    for (sent, (published, looked)) in sent.iter().zip(look(ports, settings, job, &entries).await) {
        match looked {
            Ok(Ok(prepared)) if prepared.known.is_some() => {
                job.figures.add_cost(prepared.known.as_ref(), sent.most_usd);
                finish(ports, job, published, prepared, handled).await?;
            }
            Ok(Ok(_)) if now.duration_since(sent.at).unsigned_abs() < PATIENCE => job.in_flight.push(sent.clone()),
            Ok(Ok(_)) => {
                job.figures.unanswered += 1;
                job.figures.may_have_cost_usd += sent.most_usd;
            }
            // It was accepted by a step that ended before it could say so.
            Ok(Err(Change::Current)) => job.figures.add(Change::Changed),
            Ok(Err(change)) => job.figures.add(change),
            Err(error) => job.figures.add_error(published, &error),
        }
    }
    Ok(())
}

/// Walks on, as far as there is room for contacts in flight.
async fn walk(
    ports: BackfillJobPorts<'_>,
    settings: &StageSettings,
    job: &mut Job,
    handled: &mut Handled,
) -> Result<()> {
    let began = ports.backfill.clock.now();
    let already = job.walked;
    loop {
        let room = job.start.in_flight.saturating_sub(job.in_flight.len());
        let late = ports.backfill.clock.now().duration_since(began).unsigned_abs() > STEP;
        if room == 0 || late || job.walked - already >= WALKED_A_STEP {
            return Ok(());
        }
        let entries = page(ports, job, room.min(PAGE)).await?;
        if entries.is_empty() {
            if job.in_flight.is_empty() {
                job.state = JobState::Done;
                // Nothing of a contact is kept of a job that is done.
                job.after = None;
            }
            return Ok(());
        }
        let mut messages = Vec::new();
        let mut paused = false;
        for (published, looked) in look(ports, settings, job, &entries).await {
            match looked {
                Ok(Ok(prepared)) if job.start.mode == JobMode::Estimate => {
                    job.figures.add_estimate(job.start.stage, &prepared)
                }
                Ok(Ok(prepared)) if prepared.known.is_some() => {
                    finish(ports, job, published, prepared, handled).await?
                }
                Ok(Ok(prepared)) => match job.room_for(prepared.most_usd) {
                    Room::Yes(most_usd) => {
                        messages.push(message(job.start.stage, published, &prepared));
                        let at = ports.backfill.clock.now();
                        job.in_flight.push(Sent { published: published.clone(), at, most_usd });
                    }
                    Room::Later => paused = true,
                    Room::No => {
                        job.state = JobState::OverBudget;
                        paused = true;
                    }
                    Room::Unknown => {
                        job.state = JobState::Stopped;
                        job.figures.add_error(published, &unpriced());
                        paused = true;
                    }
                },
                Ok(Err(change)) => job.figures.add(change),
                Err(error) => job.figures.add_error(published, &error),
            }
            if paused {
                break;
            }
            job.walked += 1;
            job.after = Some(published.clone());
        }
        if !messages.is_empty() {
            handled.count("Sent", messages.len() as u64);
            ports.announce.routed(&messages).await?;
        }
        if paused {
            return Ok(());
        }
    }
}

/// Compares a result with what is published, and accepts it, if that is the job.
async fn finish(
    ports: BackfillJobPorts<'_>,
    job: &mut Job,
    published: &Published,
    prepared: Prepared,
    handled: &mut Handled,
) -> Result<()> {
    let mode = if job.start.mode == JobMode::Accept { Mode::Accept } else { Mode::Compare };
    let Some(result) = prepared.known else { return Ok(()) };
    match settle(ports.backfill, published, mode, &prepared.target, result).await {
        Ok(change) => {
            if change == Change::Changed && mode == Mode::Accept {
                let BackfillPorts { contacts, results, objects, clock, .. } = ports.backfill;
                let publish = PublishPorts { contacts, results, objects, clock };
                publish_and_tell(publish, ports.announce, &published.contact, handled).await?;
            }
            job.figures.add(change);
        }
        Err(error) => job.figures.add_error(published, &error),
    }
    Ok(())
}

/// A routed contact whose revision is a proposal.
fn message(stage: Stage, published: &Published, prepared: &Prepared) -> ContactRouted {
    ContactRouted {
        contact: published.contact.clone(),
        revision_key: proposed(&published.revision_key),
        use_cases: prepared.target.analysis.use_cases.clone(),
        stages: vec![stage],
        conversation_key: keys::conversation(&published.contact, &published.revision_key),
    }
}
