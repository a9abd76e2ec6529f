//! Where something is not set up, the function says all that is missing and calls nobody.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::process::Command;

fn check(variables: &[(&str, &str)], expected: &[&str]) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_outbound-call")).env_clear().envs(variables.iter().copied()).output().unwrap();
    let said = [&output.stderr[..], &output.stdout[..]].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(!output.status.success());
    for part in expected {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn what_is_missing_is_said() {
    let set = [
        ("AFTERCALL_ANSWERS_TABLE", "answers"),
        ("AFTERCALL_QUEUE_URL", "https://sqs.local/outbound-call"),
        ("AWS_REGION", "eu-west-1"),
        ("AFTERCALL_OUTBOUND_SOURCE_NUMBER", "4155550100"),
    ];
    check(&[], &["AFTERCALL_ANSWERS_TABLE, AFTERCALL_QUEUE_URL", "docs/aws.md"]);
    check(
        &set,
        &[
            "AFTERCALL_CONNECT_INSTANCE_ID is not set",
            "AFTERCALL_OUTBOUND_FLOW_ID is not set",
            "AFTERCALL_OUTBOUND_QUEUE_ID is not set",
            "AFTERCALL_OUTBOUND_SOURCE_NUMBER: the number must begin with +",
        ],
    );
    check(
        &[set.as_slice(), &[("AFTERCALL_OUTBOUND__HOURS", "late")]].concat(),
        &["outbound.hours = ", "such as 09:00-20:00"],
    );
}
