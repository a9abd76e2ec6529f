//! The AWS adapters mean what all adapters mean. Runs against the endpoint in `AWS_ENDPOINT_URL` when
//! `AFTERCALL_TEST_EMULATOR` is set; each test makes tables and buckets of its own. Never point it at an account.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]
#![cfg(all(feature = "dynamodb", feature = "s3"))]

mod common;

use aftercall_stages::testkit::{conformance, conformance_erasure};
use common::{Stage, emulator};

#[tokio::test]
async fn contact_tables() {
    let Some(stage) = emulator().await else { return };
    conformance::contact_tables(&stage.tables).await;
}

#[tokio::test]
async fn erasure() {
    let Some(stage) = emulator().await else { return };
    conformance_erasure::erasure(&stage.tables).await;
}

#[tokio::test]
async fn results() {
    let Some(stage) = emulator().await else { return };
    conformance::results(&stage.tables).await;
}

#[tokio::test]
async fn recordings() {
    let Some(stage) = emulator().await else { return };
    conformance::recordings(&stage.tables).await;
}

#[tokio::test]
async fn quarantine() {
    let Some(stage) = emulator().await else { return };
    conformance::quarantine(&stage.tables).await;
}

#[tokio::test]
async fn leases() {
    let Some(stage) = emulator().await else { return };
    conformance::leases(&stage.tables).await;
}

#[tokio::test]
async fn spending() {
    let Some(stage) = emulator().await else { return };
    conformance::spending(&stage.tables).await;
}

#[tokio::test]
async fn jobs() {
    let Some(stage) = emulator().await else { return };
    conformance::jobs(&stage.tables).await;
}

#[tokio::test]
async fn objects() {
    let Some(Stage { objects, .. }) = emulator().await else { return };
    conformance::objects(objects.as_ref()).await;
}
