//! The goals on the project's own labelled sets. `docs/evaluation.md` has the figures.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic in a test is a failed test"
)]

mod common;

use aftercall_core::evaluate::{PromptAnswers, SetKind, compare_prompts, detect, evaluate};
use aftercall_core::summary::prompts::PromptKind;

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

#[test]
fn a_new_prompt_is_compared_with_the_old() {
    let lines = r#"{"id":"a","turns":[{"role":"customer","text":"I lost my card"},{"role":"agent","text":"I have blocked it"}],"summary":{"customer":["The customer lost their card."]}}"#;
    let answers = |version: &str, reason: &str| {
        PromptAnswers {
        version: version.to_owned(),
        answers: [("a".to_owned(), format!(r#"{{"reason":{{"text":"{reason}","turns":[0]}},"agent_actions":[],"outcome":null,"resolution":null,"commitments":[],"notes":[]}}"#))].into(),
    }
    };
    let old = PromptAnswers {
        version: "p/1".to_owned(),
        answers: [("a".to_owned(), "I cannot help with that".to_owned())].into(),
    };
    let report = compare_prompts("s", lines, PromptKind::Agent, &old, &answers("p/2", "The customer lost their card."));
    let figures: Vec<(f64, f64)> = report.rows.iter().map(|row| (row.baselines[0].figure, row.ours)).collect();
    assert_eq!(figures, [(0.0, 1.0), (0.0, 1.0), (0.0, 1.0)]);
    let worse =
        compare_prompts("s", lines, PromptKind::Agent, &old, &answers("p/3", "The customer lost forty cards in May."));
    assert_eq!(worse.rows[1].ours, 0.0);
}
