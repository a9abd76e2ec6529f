//! What the functions of the voice agent share: adapters made of the environment, and the batches of their queues. What is
//! done with an event is `aftercall_voice::handle`; nothing here decides about a call.

pub mod answering;
pub mod changes;
pub mod jobs;
pub mod parts;

use aftercall_function::report::report;
use aftercall_voice::handle::Handled;

/// Writes what happened to the log and the metrics, and gives the answer.
pub fn reported<T>(function: &str, handled: Handled<T>) -> T {
    report(function, &handled.counts, &handled.millis, &handled.faults);
    handled.answer
}
