//! Brings back what was put aside: inputs in quarantine, answers of a model that could not be used (their stages are called
//! again), messages in dead letter queues, batches of streams that AWS gave up on and left in the raw bucket, and documents of
//! the archive (`replay`). Started by hand, by reason and with a limit. What cannot be used yet stays where it is.

use aftercall_core::error::{Reason, Result};
use aftercall_core::formats::DecodeContext;
use aftercall_schemas::events::ContactRouted;
use aftercall_schemas::quarantine::QuarantineEntry;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::advance::{AdvancePorts, advance, publish_and_tell};
use super::batch::Handled;
use super::deadline::Deadline;
use super::envelope::{item_change, records};
use super::records::take_batch;
use super::replay::{Place, Replay, from_archive};
use crate::archive::Archive;
use crate::ingest::{IngestPorts, document_origin, ingest};
use crate::invalid_answer::{AskAgainPorts, RunAgain, ask_again};
use crate::keys;
use crate::ports::{Announce, Quarantine};
use crate::route::RouteSettings;

/// Where AWS leaves the batches of a stream that it gave up on (Lambda's own key; it cannot be chosen).
pub const ABANDONED: &str = "aws/lambda/";

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// What is in quarantine: inputs, and answers that could not be used.
    Quarantine {
        /// Only those that are there for this reason.
        #[serde(default)]
        reason: Option<String>,
        /// This many at the most.
        #[serde(default = "default_limit")]
        limit: usize,
    },
    /// Messages of the dead letter queue of a function.
    DeadLetters {
        /// The function.
        function: String,
        /// This many at the most.
        #[serde(default = "default_limit")]
        limit: usize,
    },
    /// Batches of streams that AWS gave up on.
    Abandoned {
        /// This many at the most.
        #[serde(default = "default_limit")]
        limit: usize,
    },
    /// Documents of the archive, as they came.
    Archive(Replay),
}

fn default_limit() -> usize {
    100
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Redriven {
    /// Came back in.
    pub used: u64,
    /// Stay where they are.
    pub left: u64,
    /// Where the archive goes on, to be given as `after`; none at its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Place>,
}

/// Dead letter queues of functions.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// Sends up to `limit` messages of the function's dead letter queue to its queue again, and then removes them there.
    async fn send_again(&self, function: &str, limit: usize) -> Result<u64>;
}

/// What bringing back needs.
#[derive(Clone, Copy)]
pub struct RedrivePorts<'a> {
    /// To take inputs in.
    pub ingest: IngestPorts<'a>,
    /// Whether documents are kept as they come: those of a batch that was given up may never have been.
    pub archive: Archive,
    /// To take contacts further.
    pub advance: AdvancePorts<'a>,
    /// Queues.
    pub dead_letters: &'a dyn DeadLetters,
    /// What there is no time for stays where it is.
    pub deadline: Deadline<'a>,
}

/// Brings back what the request asks for.
pub async fn redrive(
    ports: RedrivePorts<'_>,
    context: &DecodeContext,
    settings: &RouteSettings,
    request: &Request,
) -> Result<Redriven> {
    match request {
        Request::Quarantine { reason, limit } => {
            let wanted = |entry: &QuarantineEntry| reason.as_ref().is_none_or(|reason| *reason == entry.reason);
            let calls = Calls(ports.advance.announce);
            let AdvancePorts { contacts, results, .. } = ports.advance;
            let ask = AskAgainPorts { contacts, results, run: &calls };
            from_quarantine(ports.ingest, ask, context, ports.deadline, wanted, *limit).await
        }
        Request::DeadLetters { function, limit } => {
            Ok(Redriven { used: ports.dead_letters.send_again(function, *limit).await?, ..Redriven::default() })
        }
        Request::Abandoned { limit } => abandoned(ports, context, settings, *limit).await,
        Request::Archive(replay) => from_archive(ports.ingest, context, ports.deadline, replay).await,
    }
}

/// Calls stages as for a contact that was just routed.
struct Calls<'a>(&'a dyn Announce);

#[async_trait]
impl RunAgain for Calls<'_> {
    async fn run_again(&self, call: &ContactRouted) -> Result<()> {
        self.0.routed(std::slice::from_ref(call)).await
    }
}

/// Tries entries of the quarantine again that are `wanted`, newest first: inputs are taken in, models asked. What can be used
/// now leaves it.
pub async fn from_quarantine(
    ports: IngestPorts<'_>,
    ask: AskAgainPorts<'_>,
    context: &DecodeContext,
    deadline: Deadline<'_>,
    wanted: impl Fn(&QuarantineEntry) -> bool,
    limit: usize,
) -> Result<Redriven> {
    let mut redriven = Redriven::default();
    let entries = Quarantine::list(ports.quarantine).await?;
    for entry in entries.into_iter().filter(&wanted).take(limit) {
        if !deadline.has_time() {
            redriven.left += 1;
            continue;
        }
        let key = keys::quarantine(&entry.quarantine_id);
        let Some(bytes) = ports.objects.get(&key).await? else {
            redriven.left += 1;
            continue;
        };
        ports.quarantine.count_attempt(&entry.quarantine_id).await?;
        if again(ports, ask, context, &entry, &bytes).await? {
            // The entry goes first: bytes without an entry are litter, an entry without bytes a riddle.
            ports.quarantine.release(&entry.quarantine_id).await?;
            ports.objects.remove(&key).await?;
            redriven.used += 1;
        } else {
            redriven.left += 1;
        }
    }
    Ok(redriven)
}

/// Tries an entry again; says whether it is of use now.
async fn again(
    ports: IngestPorts<'_>,
    ask: AskAgainPorts<'_>,
    context: &DecodeContext,
    entry: &QuarantineEntry,
    bytes: &[u8],
) -> Result<bool> {
    if entry.reason == Reason::InvalidAnswer.as_str() {
        return match serde_json::from_slice(bytes) {
            Ok(answer) => ask_again(ask, &answer).await,
            Err(_) => Ok(false),
        };
    }
    let context = DecodeContext { origin: document_origin(&entry.origin).to_owned(), ..context.clone() };
    ingest(ports, bytes, &context).await.map(|taken| taken.quarantined.is_empty())
}

#[derive(Deserialize)]
struct GivenUp {
    payload: String,
}

async fn abandoned(
    ports: RedrivePorts<'_>,
    context: &DecodeContext,
    settings: &RouteSettings,
    limit: usize,
) -> Result<Redriven> {
    let mut redriven = Redriven::default();
    for key in ports.ingest.objects.list(ABANDONED).await?.into_iter().take(limit) {
        if !ports.deadline.has_time() {
            redriven.left += 1;
            continue;
        }
        let Some(bytes) = ports.ingest.objects.get(&key).await? else { continue };
        let handled = match serde_json::from_slice::<GivenUp>(&bytes) {
            Ok(given_up) => batch_again(ports, context, settings, &given_up.payload).await?,
            Err(_) => {
                redriven.left += 1;
                continue;
            }
        };
        if handled.response.batch_item_failures.is_empty() && handled.errors.is_empty() {
            ports.ingest.objects.remove(&key).await?;
            redriven.used += 1;
        } else {
            redriven.left += 1;
        }
    }
    Ok(redriven)
}

/// Does with a batch what the function would have done that it was for.
async fn batch_again(
    ports: RedrivePorts<'_>,
    context: &DecodeContext,
    settings: &RouteSettings,
    event: &str,
) -> Result<Handled> {
    let of_table = records(event)?.first().is_some_and(|record| record.get().contains("\"dynamodb\""));
    if !of_table {
        return take_batch(ports.ingest, ports.archive, context, ports.deadline, event).await;
    }
    let mut handled = Handled::default();
    for raw in records(event)? {
        let Ok(change) = item_change(raw) else { continue };
        let Ok(contact) = change.contact else { continue };
        advance(ports.advance, settings, &contact, &mut handled).await?;
        publish_and_tell(ports.advance.publish(), ports.advance.announce, &contact, &mut handled).await?;
    }
    Ok(handled)
}
