//! The loop of a function: an event in, the handler's answer out, what happened to the log and to the metrics. Logs hold
//! ids, numbers and reasons; never text of a conversation, a phone number or a key.

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_stages::clock::SystemClock;
use aftercall_stages::handle::{BatchResponse, Handled};
use aftercall_stages::ports::Clock;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn, tracing};
use serde::Serialize;
use serde_json::value::RawValue;

/// Runs a function that answers to batches.
pub async fn run_batches(
    function: &'static str,
    handle: impl AsyncFn(&str) -> Result<Handled>,
) -> std::result::Result<(), lambda_runtime::Error> {
    run(async |event: &str| handle(event).await.map(|handled| report(function, handled))).await
}

/// Runs a function with an answer of its own.
pub async fn run<T: Serialize>(
    handle: impl AsyncFn(&str) -> Result<T>,
) -> std::result::Result<(), lambda_runtime::Error> {
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        handle(event.payload.get()).await.map_err(|error| {
            tracing::error!(error = %error, "the event has to come again");
            diagnostic(&error)
        })
    }))
    .await
}

/// Begins the log. To be called first.
pub fn start_log() {
    tracing::init_default_subscriber();
}

/// The error as Lambda reports it: kinds are stable words, so that alarms and Step Functions can tell them apart.
pub fn diagnostic(error: &Error) -> Diagnostic {
    let error_type = match error.kind {
        ErrorKind::Storage => "Storage",
        ErrorKind::Corrupt => "Corrupt",
        ErrorKind::Provider => "Provider",
        ErrorKind::Config => "Config",
        ErrorKind::Conflict => "Conflict",
        ErrorKind::NotFound => "NotFound",
    };
    Diagnostic { error_type: error_type.to_string(), error_message: error.to_string() }
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
