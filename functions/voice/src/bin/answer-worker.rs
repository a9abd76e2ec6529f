//! Jobs of the queue: finds answers that take long. They are kept also if the caller has hung up.

use std::time::Duration;

use aftercall_aws::sqs::FunctionQueue;
use aftercall_function::environment::Environment;
use aftercall_function::run::{run_in_time, start_log};
use aftercall_stages::clock::SystemClock;
use aftercall_stages::handle::Deadline;
use aftercall_voice::long_answer::Worker;
use aftercall_voice_functions::answering::Answering;
use aftercall_voice_functions::jobs::work_batch;
use aftercall_voice_functions::parts::Parts;

/// What one answer may take: the function's own two minutes (cdk) less what keeping it takes.
const LONGEST: Duration = Duration::from_secs(100);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let mut environment = Environment::of_process();
    let url = environment.needed("AFTERCALL_QUEUE_URL");
    environment.finish()?;
    let parts = Parts::load().await?;
    let answering = Answering::load(&parts.settings, LONGEST).await?;
    let queue = FunctionQueue::new(&parts.config, url);
    parts.warm(answering.warm()).await;
    run_in_time(async |event: &str, left: Duration| {
        let worker = Worker {
            jobs: &parts.table,
            answers: &parts.table,
            answerer: answering.port(),
            clock: &parts.clock,
            answer_ms: u64::try_from(LONGEST.as_millis()).unwrap_or(u64::MAX),
        };
        let deadline = Deadline::after(&SystemClock, left);
        work_batch(event, &worker, &answering, deadline, &queue).await
    })
    .await
}
