//! Documents of the bucket to the knowledge base: many changes, few ingestion jobs, and a new version of the knowledge when
//! one has ended.

use std::time::Duration;

use aftercall_aws::sqs::FunctionQueue;
use aftercall_aws::voice::ingestion::DataSource;
use aftercall_function::environment::Environment;
use aftercall_function::run::{run_in_time, start_log};
use aftercall_stages::clock::SystemClock;
use aftercall_stages::handle::Deadline;
use aftercall_voice_functions::changes::{ChangePorts, take_changes};
use aftercall_voice_functions::parts::Parts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let mut environment = Environment::of_process();
    let url = environment.needed("AFTERCALL_QUEUE_URL");
    let knowledge_base = environment.needed("AFTERCALL_KNOWLEDGE_BASE_ID");
    let data_source = environment.needed("AFTERCALL_KNOWLEDGE_DATA_SOURCE_ID");
    environment.finish()?;
    let parts = Parts::load().await?;
    let ingestion = DataSource::new(&parts.config, &knowledge_base, &data_source);
    let queue = FunctionQueue::new(&parts.config, url);
    parts.warm(vec![ingestion.warm()]).await;
    run_in_time(async |event: &str, left: Duration| {
        let ports = ChangePorts { ingestion: &ingestion, version: &parts.table, clock: &parts.clock, queue: &queue };
        take_changes(event, &ports, Deadline::after(&SystemClock, left)).await
    })
    .await
}
