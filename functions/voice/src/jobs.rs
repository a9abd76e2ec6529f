//! The worker's batches: each message is a job, and one that fails for the moment comes again soon, because a caller waits.
//! A message that is no job goes to the dead letters, which keep it.

use aftercall_core::error::Result;
use aftercall_function::report::report;
use aftercall_stages::handle::again::{ComesAgain, HideMessage, each_message, messages};
use aftercall_stages::handle::envelope::Message;
use aftercall_stages::handle::{BatchResponse, Deadline, Handled};
use aftercall_voice::handle::{JOB_HIDDEN, take_job};
use aftercall_voice::long_answer::Worker;

use crate::answering::Answering;
use crate::reported_with_cost;

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
    deadline: Deadline<'_>,
    queue: &dyn HideMessage,
) -> Result<BatchResponse> {
    let does = async |message: &Message| match take_job(&message.body, worker, message.receive_count).await {
        Ok(handled) => {
            reported_with_cost(FUNCTION, handled, answering);
            Ok(Handled::default())
        }
        Err(error) => Err(ComesAgain::failed(error, JOB_HIDDEN)),
    };
    let handled = each_message(&messages(event)?, deadline, queue, does).await;
    report(FUNCTION, &handled.counts, &[].into(), &handled.errors);
    Ok(handled.response)
}
