//! Records of the stream, of every kind, to segments and contacts.

use aftercall_aws::s3::Zone;
use aftercall_functions::parts::Parts;
use aftercall_functions::run::{run_batches, start_log};
use aftercall_stages::handle::records::take_batch;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let parts = Parts::load().await?;
    let (context, ()) = tokio::join!(parts.decode_context("kinesis"), parts.warm(&[Zone::Raw], vec![]));
    let context = context?;
    run_batches("ingest", async |event: &str, deadline| {
        take_batch(parts.ingest(), parts.archive(), &context, deadline, event).await
    })
    .await
}
