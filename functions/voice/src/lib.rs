//! What the functions of the voice agent share: adapters made of the environment, and the batches of their queues. What is
//! done with an event is `aftercall_voice::handle`; nothing here decides about a call.

pub mod answering;
pub mod changes;
pub mod earlier;
pub mod finished;
pub mod jobs;
pub mod parts;

use aftercall_function::report::report;
use aftercall_voice::handle::Handled;

use answering::Answering;

/// Writes what happened to the log and the metrics, and gives the answer.
pub fn reported<T>(function: &str, handled: Handled<T>) -> T {
    report(function, &handled.counts, &handled.millis, &handled.faults);
    handled.answer
}

/// The same with what the answer has cost.
pub fn reported_with_cost<T>(function: &str, mut handled: Handled<T>, answering: &Answering) -> T {
    handled.counts.insert("ModelCostMicroUsd", answering.take_spent_micros());
    reported(function, handled)
}
