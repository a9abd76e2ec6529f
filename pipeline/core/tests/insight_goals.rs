//! The goals on the project's own labelled sets. `docs/evaluation.md` has the figures.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic in a test is a failed test"
)]

mod common;

use aftercall_core::evaluate::{SetKind, detect, evaluate};

/// Every goal of a set is met.
fn check(set: &str, kind: SetKind) {
    let lines = common::set(set);
    assert_eq!(detect(&lines), kind);
    let report = evaluate(set, &lines);
    assert!(!report.rows.is_empty());
    let missed: Vec<String> = report
        .rows
        .iter()
        .filter(|row| row.met() == Some(false))
        .map(|row| format!("{} {:.3}", row.measure, row.ours))
        .collect();
    assert!(missed.is_empty(), "{missed:?}");
}

#[test]
fn redaction() {
    check("redaction", SetKind::Redaction);
}

/// Lines that were written after the rules, to be hard, in three batches; what they showed was mended. Kinds are not labelled.
#[test]
fn hard_redaction_stays_found() {
    let report = evaluate("redaction_hard", include_str!("data/redaction_hard.jsonl"));
    let figure = |measure: &str| report.rows.iter().find(|row| row.measure == measure).map_or(0.0, |row| row.ours);
    assert!(figure("redaction recall") >= 0.98 && figure("redaction precision") >= 0.97, "{report}");
}

#[test]
fn sentiment() {
    check("sentiment", SetKind::Sentiment);
}

#[test]
fn grounding() {
    check("grounding", SetKind::Grounding);
}

#[test]
fn injections() {
    check("injections", SetKind::Injections);
}

#[test]
fn contacts_beat_their_baselines() {
    let report = evaluate("contacts", &common::set("contacts"));
    for row in &report.rows {
        for baseline in &row.baselines {
            assert!(
                row.ours > baseline.figure,
                "{}: {} {} is not below {}",
                row.measure,
                baseline.name,
                baseline.figure,
                row.ours
            );
        }
    }
}
