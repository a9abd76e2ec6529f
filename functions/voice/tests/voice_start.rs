//! Every function that is started where nothing is set up says what it misses, and where to read of it.

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
    let shared = "AFTERCALL_ANSWERS_TABLE, AFTERCALL_EVENTS_STREAM";
    check(env!("CARGO_BIN_EXE_voice-agent"), shared);
    check(env!("CARGO_BIN_EXE_answer-consumer"), shared);
    check(env!("CARGO_BIN_EXE_answer-producer"), "AFTERCALL_ANSWER_QUEUE");
    check(env!("CARGO_BIN_EXE_answer-worker"), "AFTERCALL_QUEUE_URL");
    check(
        env!("CARGO_BIN_EXE_knowledge-review"),
        "AFTERCALL_ANSWERS_TABLE, AFTERCALL_KNOWLEDGE_BUCKET, AFTERCALL_INDEX_TABLE, AFTERCALL_ANALYSIS_BUCKET",
    );
    check(
        env!("CARGO_BIN_EXE_knowledge-sync"),
        "AFTERCALL_QUEUE_URL, AFTERCALL_KNOWLEDGE_BASE_ID, AFTERCALL_KNOWLEDGE_DATA_SOURCE_ID",
    );
}
