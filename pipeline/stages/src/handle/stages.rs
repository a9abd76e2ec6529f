//! A batch of a queue of routed contacts: runs this function's stages on them. A stage that fails for the moment leaves its
//! message in the queue, hidden for a while that grows, so that an hour of throttling costs attempts but no message.

use std::time::Duration;

use aftercall_core::error::{Error, ErrorKind, Rejected, Result, Retry};
use aftercall_schemas::Stage;
use aftercall_schemas::events::{ContactRouted, Insight, ResultKept};
use aftercall_schemas::results::{Finding, Outcome, Processing};
use futures_util::future::join_all;

use super::again::HideMessage;
use super::batch::Handled;
use super::deadline::Deadline;
use super::envelope::{Message, detail, message, records};
use crate::backfill::revision_of;
use crate::ports::{Announce, Erase, Failed};
use crate::quarantine::{Evidence, QuarantinePorts, put_aside};
use crate::run_stage::{Lease, Ran, StagePorts, StageSettings, load_conversation, run_stage};

/// Shortest and longest time that a message is hidden after a failure.
const SHORTEST: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// How often what only hands can heal is tried each quarter of an hour, an hour in all, and how seldom after that.
const EARLY_TRIES: u32 = 4;
const SELDOM: Duration = Duration::from_secs(60 * 60);

/// What a function with stages needs.
#[derive(Clone, Copy)]
pub struct StageBatchPorts<'a> {
    /// Of the stages.
    pub stage: StagePorts<'a>,
    /// Tells consumers.
    pub announce: &'a dyn Announce,
    /// Tombstones: messages may come after their contact was erased.
    pub erased: &'a dyn Erase,
    /// For messages that mean nothing.
    pub aside: QuarantinePorts<'a>,
    /// The function's queue.
    pub queue: &'a dyn HideMessage,
}

/// Runs `stages` on the contacts of a batch, all at once.
///
/// # Errors
/// The whole batch has to come again.
pub async fn run_batch(
    ports: StageBatchPorts<'_>,
    settings: &StageSettings,
    stages: &[Stage],
    deadline: Deadline<'_>,
    event: &str,
) -> Result<Handled> {
    let mut handled = Handled::default();
    let mut messages = Vec::new();
    for raw in records(event)? {
        handled.count("Records", 1);
        match message(raw) {
            Ok(message) => messages.push(message),
            Err(rejected) => aside(ports, &rejected, raw.get(), &mut handled).await?,
        }
    }
    let parts = join_all(messages.iter().map(|message| run_message(ports, settings, stages, deadline, message))).await;
    parts.into_iter().for_each(|part| handled.add(part));
    Ok(handled)
}

async fn run_message(
    ports: StageBatchPorts<'_>,
    settings: &StageSettings,
    stages: &[Stage],
    deadline: Deadline<'_>,
    message: &Message,
) -> Handled {
    let mut handled = Handled::default();
    // Messages of a batch run beside each other, so each is a worker of its own.
    let holder = ports.stage.lease.map(|lease| format!("{}#{}", lease.holder, message.message_id));
    let lease = ports.stage.lease.zip(holder.as_deref()).map(|(lease, holder)| Lease { holder, ..lease });
    let ports = StageBatchPorts { stage: StagePorts { lease, ..ports.stage }, ..ports };
    let done = match detail::<ContactRouted>(&message.body) {
        Ok(routed) => run_stages(ports, settings, stages, deadline, &routed, &mut handled).await,
        Err(rejected) => aside(ports, &rejected, &message.body, &mut handled).await,
    };
    if let Err(error) = done {
        let wait = wait(&error, message.receive_count);
        if let Err(hiding) = ports.queue.hide(&message.receipt_handle, wait).await {
            // It comes again when its own visibility ends.
            handled.errors.push(hiding);
        }
        handled.failed(&message.message_id, error);
    }
    handled
}

async fn run_stages(
    ports: StageBatchPorts<'_>,
    settings: &StageSettings,
    stages: &[Stage],
    deadline: Deadline<'_>,
    routed: &ContactRouted,
    handled: &mut Handled,
) -> Result<()> {
    let contact = &routed.contact;
    let wanted: Vec<Stage> = routed.stages.iter().filter(|stage| stages.contains(stage)).copied().collect();
    if wanted.is_empty() {
        return Ok(());
    }
    // A proposal of a backfill is made of the conversation of the revision that it is for, and is nobody's to hear of.
    let (revision, proposed) = revision_of(&routed.revision_key);
    let conversation = match load_conversation(ports.stage.objects, contact, &revision).await {
        Ok(conversation) => conversation,
        Err(error) if error.kind == ErrorKind::NotFound && ports.erased.is_buried(contact).await? => {
            handled.count("Erased", 1);
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let quarantine = ports.stage.quarantine.filter(|_| !proposed);
    let stage_ports = StagePorts { quarantine, ..ports.stage };
    let mut first_failure: Option<Error> = None;
    for stage in wanted {
        if !deadline.has_time() {
            // What has been found is kept; the message comes again for the rest.
            handled.count("OutOfTime", 1);
            let error = Error::new(ErrorKind::Provider, "there was no time left for it").retry(Retry::Later);
            first_failure = first_failure.or(Some(error.with("stage", stage.as_str())));
            break;
        }
        match run_stage(stage_ports, contact, &routed.revision_key, stage, &conversation, settings).await {
            Ok(Ran { result, processing, quarantined }) => {
                let found = matches!(result.outcome, Outcome::Found(_));
                handled.count(if found { "StagesFound" } else { "StagesFailed" }, 1);
                handled.count("Quarantined", u64::from(quarantined.is_some()));
                count_cost(&processing, handled);
                let kept = ResultKept {
                    contact: contact.clone(),
                    revision_key: routed.revision_key.clone(),
                    stage,
                    stage_version: result.stage_version.clone(),
                    found,
                    finding: streamed(result.outcome),
                };
                if !proposed {
                    ports.announce.insights(&[Insight::ResultKept(kept)]).await?;
                }
            }
            // The other stages of the message do not wait for this one.
            Err(Failed { error, processing, .. }) => {
                count_cost(&processing, handled);
                first_failure = first_failure.or(Some(error.with("stage", stage.as_str())));
            }
        }
    }
    match first_failure {
        Some(error) => Err(error.with("contact", contact)),
        None => Ok(()),
    }
}

/// What is streamed on to whoever waits for it. The other findings grow with the conversation, and a record of a stream may not.
fn streamed(outcome: Outcome) -> Option<Box<Finding>> {
    let Outcome::Found(finding) = outcome else { return None };
    match *finding {
        Finding::CustomerSummary(_) | Finding::AgentSummary(_) | Finding::FirstResponse(_) => Some(finding),
        Finding::Measures(_) | Finding::Sentiment(_) | Finding::Categories(_) | Finding::Entities(_) => None,
    }
}

/// What a run has cost, whatever came of it. A cast from f64 saturates.
fn count_cost(processing: &Processing, handled: &mut Handled) {
    handled.count("ModelCostMicroUsd", (processing.cost_usd.unwrap_or(0.0) * 1e6).round() as u64);
}

async fn aside(ports: StageBatchPorts<'_>, rejected: &Rejected, body: &str, handled: &mut Handled) -> Result<()> {
    handled.count("Quarantined", 1);
    put_aside(ports.aside, rejected, "queue of routed contacts", Evidence::Bytes(body.as_bytes())).await.map(drop)
}

/// How long a message is hidden: what the error asks for, else twice as long each time.
fn wait(error: &Error, receive_count: u32) -> Duration {
    let doubled = SHORTEST.saturating_mul(1 << receive_count.saturating_sub(1).min(10));
    let asked = match error.retry {
        Retry::After(wait) => wait,
        Retry::Later => Duration::ZERO,
        // Something is wrong that only hands can heal: the object cannot be read, access is denied.
        Retry::Never if matches!(error.kind, ErrorKind::Corrupt | ErrorKind::Config) => {
            return if receive_count <= EARLY_TRIES { LONGEST } else { SELDOM };
        }
        Retry::Never => Duration::ZERO,
    };
    asked.max(doubled).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_hands_can_heal_is_tried_seldom_in_the_end() {
        let check = |kind: ErrorKind, retry: Retry, receive_count: u32, seconds: u64| {
            let error = Error::new(kind, "not now").retry(retry);
            assert_eq!(wait(&error, receive_count), Duration::from_secs(seconds), "{kind:?}, {receive_count}");
        };
        check(ErrorKind::Config, Retry::Never, 1, 900);
        check(ErrorKind::Config, Retry::Never, 4, 900);
        check(ErrorKind::Config, Retry::Never, 5, 3600);
        check(ErrorKind::Corrupt, Retry::Never, 500, 3600);
        check(ErrorKind::Provider, Retry::Later, 1, 10);
        check(ErrorKind::Provider, Retry::Later, 3, 40);
        check(ErrorKind::Provider, Retry::Later, 50, 900);
        check(ErrorKind::Provider, Retry::After(Duration::from_secs(70)), 1, 70);
    }
}
