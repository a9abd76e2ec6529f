//! The loop of a function: an event in, the handler's answer out, faults to the log. Logs hold ids, numbers and reasons;
//! never text of a conversation, a phone number or a key.

use std::time::{Duration, SystemTime};

use aftercall_core::error::{Error, ErrorKind, Result};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn, tracing};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// Runs a function.
pub async fn run<T: Serialize>(
    handle: impl AsyncFn(&str) -> Result<T>,
) -> std::result::Result<(), lambda_runtime::Error> {
    run_in_time(async |event: &str, _left: Duration| handle(event).await).await
}

/// Runs a function that looks how much of its time is left.
pub async fn run_in_time<T: Serialize>(
    handle: impl AsyncFn(&str, Duration) -> Result<T>,
) -> std::result::Result<(), lambda_runtime::Error> {
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        // None is left of a deadline that is past.
        let left = event.context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
        handle(event.payload.get(), left).await.map_err(|error| {
            tracing::error!(error = %error, "the event has to come again");
            diagnostic(&error)
        })
    }))
    .await
}

/// An answer as JSON, for a function that gives answers of several kinds.
pub fn as_json(answer: &impl Serialize) -> Result<Value> {
    serde_json::to_value(answer)
        .map_err(|error| Error::new(ErrorKind::Corrupt, "the answer cannot be written as JSON").because(error))
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
