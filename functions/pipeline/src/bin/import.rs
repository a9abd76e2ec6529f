//! Files in S3 to segments and contacts.

use aftercall_aws::s3::Zone;
use aftercall_core::documents::Limits;
use aftercall_functions::parts::Parts;
use aftercall_functions::run::{run_batches, start_log};
use aftercall_stages::handle::import::{ImportLimits, ImportPorts, import_batch};

/// Longest object that is read. It is held in memory as it lies there, with a few of its documents beside it at a time.
const OBJECT_BYTES: u64 = 128 << 20;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let parts = Parts::load().await?;
    let (context, ()) = tokio::join!(parts.decode_context("s3"), parts.warm(&[Zone::Raw], vec![]));
    let context = context?;
    let limits = ImportLimits {
        object_bytes: OBJECT_BYTES,
        documents: Limits { document_bytes: parts.settings.document_bytes },
    };
    run_batches("import", async |event: &str, deadline| {
        let ports = ImportPorts { ingest: parts.ingest(), archive: parts.archive(), fetch: &*parts.objects };
        import_batch(ports, &context, limits, deadline, event).await
    })
    .await
}
