//! Every function that is started where nothing is set up says what it misses, all at once, and where to read of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::process::Command;

fn check(program: &str, variable: &str) {
    let output = Command::new(program).env_clear().output().unwrap();
    let said = [&output.stderr[..], &output.stdout[..]].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(!output.status.success(), "{program} starts without an environment");
    assert!(said.contains(variable) && said.contains("docs/aws.md"), "{program}: {said}");
}

#[test]
fn what_is_missing_is_said() {
    let tables = "AFTERCALL_SEGMENTS_TABLE, AFTERCALL_CONTACTS_TABLE";
    check(env!("CARGO_BIN_EXE_ingest"), tables);
    check(env!("CARGO_BIN_EXE_import"), tables);
    check(env!("CARGO_BIN_EXE_routing"), tables);
    check(env!("CARGO_BIN_EXE_publish"), tables);
    check(env!("CARGO_BIN_EXE_analytics-dump"), tables);
    check(env!("CARGO_BIN_EXE_reconcile"), tables);
    check(env!("CARGO_BIN_EXE_redrive"), tables);
    check(env!("CARGO_BIN_EXE_backfill"), "AFTERCALL_QUEUE_URL");
    check(env!("CARGO_BIN_EXE_erase"), "AFTERCALL_QUEUE_URL");
    check(env!("CARGO_BIN_EXE_customer-summary"), "AFTERCALL_QUEUE_URL");
    check(env!("CARGO_BIN_EXE_agent-summary"), "AFTERCALL_QUEUE_URL");
    check(env!("CARGO_BIN_EXE_sentiment"), "AFTERCALL_QUEUE_URL");
    check(env!("CARGO_BIN_EXE_first-response"), "AFTERCALL_QUEUE_URL");
}
