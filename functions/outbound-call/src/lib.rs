//! The queue of the function that calls out: contacts in which the pipeline found categories. Who may not be called yet comes
//! again after a while. What a flag means is `aftercall_voice::outbound`.

use std::time::Duration;

use aftercall_aws::sqs::Queues;
use aftercall_core::error::{Error, ErrorKind, Result, Retry};
use aftercall_function::report::report;
use aftercall_stages::handle::BatchResponse;
use aftercall_stages::handle::envelope::{Message, message, records};
use aftercall_voice::handle::take_flagged;
use aftercall_voice::outbound::{ContactBook, Outbound};
use jiff::Timestamp;

/// How long a call waits that would be outside of calling hours or above the rate.
const LATER: Duration = Duration::from_secs(15 * 60);
/// How long one that failed for the moment is hidden.
const SOON: Duration = Duration::from_secs(60);
/// How long one is hidden that will never do: it becomes a dead letter.
const NEVER: Duration = Duration::from_secs(1);

/// What a flagged contact needs besides what every call out needs.
pub struct FlagPorts<'a> {
    /// Who knows numbers.
    pub contacts: &'a dyn ContactBook,
    /// The function's own queue.
    pub queues: &'a Queues,
    /// Its address.
    pub url: &'a str,
}

/// Takes a batch of flagged contacts.
///
/// # Errors
/// An event that is no batch.
pub async fn take_flags(
    event: &str,
    ports: &FlagPorts<'_>,
    outbound: &Outbound<'_>,
    now: Timestamp,
) -> Result<BatchResponse> {
    let mut response = BatchResponse::default();
    for record in records(event)? {
        // Without an id nothing can be reported: the whole batch comes again.
        let message = message(record).map_err(|rejected| Error::new(ErrorKind::Corrupt, rejected.to_string()))?;
        let hidden = match take_flagged(&message.body, ports.contacts, outbound, now).await {
            Ok(handled) => {
                report("outbound-call", &handled.counts, &handled.millis, &handled.faults);
                if !handled.answer.passes() {
                    continue;
                }
                come_again(&message, LATER, ports).await
            }
            Err(error) => {
                let wait = if error.retry == Retry::Never { NEVER } else { SOON };
                report("outbound-call", &[("CallsFailed", 1)].into(), &[].into(), &[error]);
                come_again(&message, wait, ports).await
            }
        };
        // If it cannot be hidden it comes again when its own visibility ends.
        if let Err(error) = hidden {
            report("outbound-call", &[].into(), &[].into(), &[error]);
        }
        response.add(&message.message_id);
    }
    Ok(response)
}

async fn come_again(message: &Message, wait: Duration, ports: &FlagPorts<'_>) -> Result<()> {
    let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
    ports.queues.back_off(ports.url, &message.receipt_handle, seconds).await
}
