//! Contacts that have become ready: validates, quarantines, assembles, redacts, routes, calls their stages.

use aftercall_aws::s3::Zone;
use aftercall_functions::parts::Parts;
use aftercall_functions::run::{run_batches, start_log};
use aftercall_stages::handle::routing::route_batch;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let parts = Parts::load().await?;
    let settings = parts.route_settings();
    parts.warm(&[Zone::Analysis], parts.bus.warm().into()).await;
    run_batches("routing", async |event: &str, deadline| route_batch(parts.advance(), &settings, deadline, event).await)
        .await
}
