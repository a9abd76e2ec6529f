//! The worker's batches: each message is a job, and one that fails for the moment comes again soon, because a caller waits.
//! A message that is no job goes to the dead letters, which keep it.

use std::time::Duration;

use aftercall_aws::sqs::Queues;
use aftercall_core::error::Result;
use aftercall_function::report::report;
use aftercall_stages::handle::BatchResponse;
use aftercall_stages::handle::envelope::{Message, message, records};
use aftercall_voice::handle::{Worked, take_job};
use aftercall_voice::long_answer::Worker;

use crate::reported;

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
pub async fn work_batch(event: &str, worker: &Worker<'_>, queues: &Queues, url: &str) -> Result<BatchResponse> {
    let mut response = BatchResponse::default();
    for record in records(event)? {
        let message = match message(record) {
            Ok(message) => message,
            // Without an id nothing can be reported: the whole batch comes again.
            Err(rejected) => return Err(unusable(rejected.to_string())),
        };
        if work_one(&message, worker, queues, url).await.is_none() {
            response.add(&message.message_id);
        }
    }
    Ok(response)
}

/// None if the message has to come again.
async fn work_one(message: &Message, worker: &Worker<'_>, queues: &Queues, url: &str) -> Option<Worked> {
    let last_try = message.receive_count >= MOST_RECEIVES;
    match take_job(&message.body, worker, last_try).await {
        Ok(handled) => Some(reported(FUNCTION, handled)),
        Err(error) => {
            let mut faults = vec![error];
            let seconds = u32::try_from(HIDDEN.as_secs()).unwrap_or(u32::MAX);
            // If it cannot be hidden it comes again when its own visibility ends.
            faults.extend(queues.back_off(url, &message.receipt_handle, seconds).await.err());
            report(FUNCTION, &[("JobsAgain", 1)].into(), &[].into(), &faults);
            None
        }
    }
}

fn unusable(why: String) -> aftercall_core::error::Error {
    aftercall_core::error::Error::new(aftercall_core::error::ErrorKind::Corrupt, why)
}
