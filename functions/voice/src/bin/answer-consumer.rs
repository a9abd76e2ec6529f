//! Connect's flow waits for an answer: returns the moment it is there, and never past the flow's eight seconds.

use std::time::Duration;

use aftercall_function::run::{run_in_time, start_log};
use aftercall_voice::handle::take_consumer;
use aftercall_voice_functions::parts::Parts;
use aftercall_voice_functions::reported;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let parts = Parts::load().await?;
    parts.warm(vec![parts.transcripts.warm()]).await;
    run_in_time(async |event: &str, left: Duration| {
        let left_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        let taken = take_consumer(event, &parts.table, &parts.clock, &parts.transcripts, left_ms).await;
        taken.map(|handled| reported("answer-consumer", handled))
    })
    .await
}
