//! The loop of a function that answers to batches: what happened goes to the log and to the metrics. Logs hold ids, numbers
//! and reasons; never text of a conversation, a phone number or a key.

use std::time::Duration;

use aftercall_core::error::Result;
pub use aftercall_function::run::{as_json, run, run_in_time, start_log};
use aftercall_stages::clock::SystemClock;
use aftercall_stages::handle::{BatchResponse, Deadline, Handled};
use aftercall_stages::ports::Clock;
use lambda_runtime::tracing;

/// Runs a function that answers to batches.
pub async fn run_batches(
    function: &'static str,
    handle: impl AsyncFn(&str, Deadline<'static>) -> Result<Handled>,
) -> std::result::Result<(), lambda_runtime::Error> {
    run_in_time(async |event: &str, left: Duration| {
        handle(event, deadline(left)).await.map(|handled| report(function, handled))
    })
    .await
}

/// The deadline of a call that has this long left.
pub fn deadline(left: Duration) -> Deadline<'static> {
    Deadline::after(&SystemClock, left)
}

/// Writes what happened to the log and the metrics, and gives the answer.
pub fn report(function: &str, handled: Handled) -> BatchResponse {
    for error in &handled.errors {
        tracing::warn!(error = %error, retry = ?error.retry, "an item comes again");
    }
    let counts: Vec<_> = handled.counts.iter().map(|(name, count)| format!("{name}={count}")).collect();
    tracing::info!(function, counts = counts.join(" "), "handled");
    for line in crate::metrics::lines(function, &handled, SystemClock.now().as_millisecond()) {
        println!("{line}");
    }
    handled.response
}
