//! The worker's batches: each message is a job, and one that fails for the moment comes again soon, because a caller waits.
//! A message that is no job goes to the dead letters, which keep it.

use std::time::Duration;

use aftercall_aws::sqs::Queues;
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_function::report::report;
use aftercall_stages::handle::BatchResponse;
use aftercall_stages::handle::envelope::{Message, message, records};
use aftercall_voice::handle::take_job;
use aftercall_voice::long_answer::Worker;

use crate::answering::Answering;
use crate::reported_with_cost;

/// How often the queue brings a message before it is a dead letter (cdk: `maxReceiveCount`).
const MOST_RECEIVES: u32 = 2;
/// How long a job that failed for the moment is hidden.
const HIDDEN: Duration = Duration::from_secs(2);
/// The program's name.
const FUNCTION: &str = "answer-worker";

/// Works on a batch.
///
/// # Errors
/// An event that is no batch.
pub async fn work_batch(
    event: &str,
    worker: &Worker<'_>,
    answering: &Answering,
    queues: &Queues,
    url: &str,
) -> Result<BatchResponse> {
    let mut response = BatchResponse::default();
    for record in records(event)? {
        let message = match message(record) {
            Ok(message) => message,
            // Without an id nothing can be reported: the whole batch comes again.
            Err(rejected) => return Err(Error::new(ErrorKind::Corrupt, rejected.to_string())),
        };
        let last_try = message.receive_count >= MOST_RECEIVES;
        match take_job(&message.body, worker, last_try).await {
            Ok(handled) => drop(reported_with_cost(FUNCTION, handled, answering)),
            Err(error) => {
                come_again(&message, error, queues, url).await;
                response.add(&message.message_id);
            }
        }
    }
    Ok(response)
}

/// Lets a message come again soon.
async fn come_again(message: &Message, error: Error, queues: &Queues, url: &str) {
    let mut faults = vec![error];
    let seconds = u32::try_from(HIDDEN.as_secs()).unwrap_or(u32::MAX);
    // If it cannot be hidden it comes again when its own visibility ends.
    faults.extend(queues.back_off(url, &message.receipt_handle, seconds).await.err());
    report(FUNCTION, &[("JobsAgain", 1)].into(), &[].into(), &faults);
}
