//! The crash matrix over DynamoDB and S3, on the emulator (`tests/conformance.rs` says how it is found).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]
#![cfg(all(feature = "dynamodb", feature = "s3"))]

mod common;

use std::sync::Arc;

use aftercall_stages::testkit::crash_matrix::{DISTURBANCES, every_call};
use aftercall_stages::testkit::{Fault, Point};
use common::{Stage, emulator};

async fn check(disturbance: (Point, Fault)) {
    if emulator().await.is_none() {
        return;
    }
    let fresh = || async {
        let Stage { tables, objects, .. } = emulator().await.expect("it was there a moment ago");
        (Arc::new(tables), objects)
    };
    let disturbed = every_call(fresh, disturbance).await;
    assert!(disturbed > 30, "only {disturbed} calls were disturbed");
}

#[tokio::test]
async fn a_failure_before_any_call() {
    check(DISTURBANCES[0]).await;
}

#[tokio::test]
async fn a_failure_after_any_call() {
    check(DISTURBANCES[1]).await;
}

#[tokio::test]
async fn a_death_before_any_call() {
    check(DISTURBANCES[2]).await;
}

#[tokio::test]
async fn a_death_after_any_call() {
    check(DISTURBANCES[3]).await;
}
