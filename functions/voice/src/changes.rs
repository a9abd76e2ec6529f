//! Changes of documents, as S3 tells them through a queue: all changes of a batch are one question to the knowledge base. A
//! change that it has not yet comes again after a while.

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_function::report::report;
use aftercall_stages::handle::again::{ComesAgain, HideMessage, each_message, messages};
use aftercall_stages::handle::envelope::Message;
use aftercall_stages::handle::{BatchResponse, Deadline, Handled};
use aftercall_voice::knowledge::{Ingestion, KnowledgeVersion, LOOK_AGAIN, sync};
use aftercall_voice::long_answer::Clock;
use jiff::Timestamp;
use serde::Deserialize;

/// What a change needs.
pub struct ChangePorts<'a> {
    /// The knowledge base's jobs.
    pub ingestion: &'a dyn Ingestion,
    /// The version of the knowledge.
    pub version: &'a dyn KnowledgeVersion,
    /// The time.
    pub clock: &'a dyn Clock,
    /// The function's own queue.
    pub queue: &'a dyn HideMessage,
}

/// An event of S3 on the bus (Amazon S3 user guide, "EventBridge event message structure").
#[derive(Deserialize)]
struct Changed {
    time: Timestamp,
}

/// When the document changed that a message tells of, ms since 1970.
fn changed_ms(message: &Message) -> Result<u64> {
    let changed: Changed = serde_json::from_str(&message.body)
        .map_err(|error| Error::new(ErrorKind::Corrupt, "a message is no change of a document").because(error))?;
    Ok(u64::try_from(changed.time.as_millisecond()).unwrap_or_default())
}

/// Takes a batch of changes further.
///
/// # Errors
/// An event that is no batch; the service's and the table's, with which all changes come again.
pub async fn take_changes(event: &str, ports: &ChangePorts<'_>, deadline: Deadline<'_>) -> Result<BatchResponse> {
    let messages = messages(event)?;
    let newest = messages.iter().filter_map(|message| changed_ms(message).ok()).max();
    let done = match newest {
        Some(newest) => sync(newest, ports.clock.now_ms(), ports.ingestion, ports.version).await?,
        None => true,
    };
    let does = async |message: &Message| match changed_ms(message) {
        Err(error) => Err(ComesAgain::from(error)),
        Ok(_) if done => {
            let mut handled = Handled::default();
            handled.count("ChangesKnown", 1);
            Ok(handled)
        }
        Ok(_) => Err(ComesAgain::later(LOOK_AGAIN)),
    };
    let handled = each_message(&messages, deadline, ports.queue, does).await;
    report("knowledge-sync", &handled.counts, &[].into(), &handled.errors);
    Ok(handled.response)
}
