//! New results: completes analyses and tells the insights stream.

use aftercall_aws::s3::Zone;
use aftercall_functions::parts::Parts;
use aftercall_functions::run::{run_batches, start_log};
use aftercall_stages::handle::publish::publish_batch;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let parts = Parts::load().await?;
    parts.warm(&[Zone::Analysis], parts.bus.warm().into()).await;
    run_batches("publish", async |event: &str, deadline| {
        publish_batch(parts.advance().publish(), &parts.bus, deadline, event).await
    })
    .await
}
