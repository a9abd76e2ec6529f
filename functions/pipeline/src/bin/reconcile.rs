//! Each minute: contacts whose time has come, expired deadlines, calls that may have been lost.

use aftercall_aws::s3::Zone;
use aftercall_functions::parts::Parts;
use aftercall_functions::run::{run_batches, start_log};
use aftercall_stages::handle::advance::wake_all;

/// Contacts that one run looks at. What is left is still due a minute later.
const CONTACTS: usize = 2000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let parts = Parts::load().await?;
    let settings = parts.route_settings();
    parts.warm(&[Zone::Analysis], parts.bus.warm().into()).await;
    run_batches("reconcile", async |_: &str, deadline| {
        wake_all(parts.advance(), &*parts.tables, &settings, deadline, CONTACTS).await
    })
    .await
}
