//! On demand: what is in quarantine, in dead letter queues, or was given up by a stream's mapping, back in.
//! Event: `{"from": "quarantine", "reason": "unknown_format", "limit": 100}`, `{"from": "dead_letters", "function":
//! "sentiment"}`, `{"from": "abandoned"}` or `{"from": "archive", "first_day": "2026-11-01", "last_day": "2026-11-02"}`. Answer:
//! `{"used": n, "left": n}`, and `"next"` where the archive goes on, to be given as `"after"`.

use std::time::Duration;

use aftercall_aws::s3::Zone;
use aftercall_core::error::{Error, ErrorKind};
use aftercall_functions::dead_letters::Queued;
use aftercall_functions::parts::Parts;
use aftercall_functions::run::{deadline, run_in_time, start_log};
use aftercall_stages::handle::redrive::{RedrivePorts, redrive};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let parts = Parts::load().await?;
    let (context, ()) = tokio::join!(parts.decode_context("redrive"), parts.warm(&[Zone::Raw], vec![]));
    let context = context?;
    let queued = Queued::of_environment(&parts.config)?;
    let settings = parts.route_settings();
    run_in_time(async |event: &str, left: Duration| {
        let request = serde_json::from_str(event).map_err(|error| {
            Error::new(ErrorKind::Config, "the event does not say what to bring back; see docs/aws.md").because(error)
        })?;
        let ports = RedrivePorts {
            ingest: parts.ingest(),
            archive: parts.archive(),
            advance: parts.advance(),
            dead_letters: &queued,
            deadline: deadline(left),
        };
        redrive(ports, &context, &settings, &request).await
    })
    .await
}
