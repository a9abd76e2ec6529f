//! Changes of documents, as S3 tells them through a queue: all changes of a batch are one question to the knowledge base. A
//! change that it has not yet comes again after a while.

use std::time::Duration;

use aftercall_aws::sqs::Queues;
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_function::report::report;
use aftercall_stages::handle::BatchResponse;
use aftercall_stages::handle::envelope::{Message, message, records};
use aftercall_voice::knowledge::{Ingestion, KnowledgeVersion, sync};
use aftercall_voice::long_answer::Clock;
use jiff::Timestamp;
use serde::Deserialize;

/// How long a change is hidden until it is looked at again.
const HIDDEN: Duration = Duration::from_secs(10);

/// What a change needs.
pub struct ChangePorts<'a> {
    /// The knowledge base's jobs.
    pub ingestion: &'a dyn Ingestion,
    /// The version of the knowledge.
    pub version: &'a dyn KnowledgeVersion,
    /// The time.
    pub clock: &'a dyn Clock,
    /// The function's own queue.
    pub queues: &'a Queues,
    /// Its address.
    pub url: &'a str,
}

/// An event of S3 on the bus (Amazon S3 user guide, "EventBridge event message structure").
#[derive(Deserialize)]
struct Changed {
    time: Timestamp,
}

/// Takes a batch of changes further.
///
/// # Errors
/// An event that is no batch; the service's and the table's, with which all changes come again.
pub async fn take_changes(event: &str, ports: &ChangePorts<'_>) -> Result<BatchResponse> {
    let mut response = BatchResponse::default();
    let mut changes: Vec<(Message, u64)> = Vec::new();
    let mut faults = Vec::new();
    for record in records(event)? {
        let message = message(record).map_err(|rejected| Error::new(ErrorKind::Corrupt, rejected.to_string()))?;
        match serde_json::from_str::<Changed>(&message.body) {
            Ok(changed) => {
                let at = u64::try_from(changed.time.as_millisecond()).unwrap_or_default();
                changes.push((message, at));
            }
            Err(error) => {
                faults.push(Error::new(ErrorKind::Corrupt, "a message is no change of a document").because(error));
                response.add(&message.message_id);
            }
        }
    }
    let Some(newest) = changes.iter().map(|(_, at)| *at).max() else { return Ok(response) };
    let done = sync(newest, ports.clock.now_ms(), ports.ingestion, ports.version).await?;
    if !done {
        let seconds = u32::try_from(HIDDEN.as_secs()).unwrap_or(u32::MAX);
        for (message, _) in &changes {
            // If it cannot be hidden it comes again when its own visibility ends.
            faults.extend(ports.queues.back_off(ports.url, &message.receipt_handle, seconds).await.err());
            response.add(&message.message_id);
        }
    }
    let counted = if done { "ChangesKnown" } else { "ChangesAwaited" };
    let count = u64::try_from(changes.len()).unwrap_or(u64::MAX);
    report("knowledge-sync", &[(counted, count)].into(), &[].into(), &faults);
    Ok(response)
}
