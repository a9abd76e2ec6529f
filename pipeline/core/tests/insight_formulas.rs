//! The sentiment formulas against scores that services published.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic in a test is a failed test"
)]

mod common;

use aftercall_core::evaluate;
use aftercall_core::evaluate::goals::{Figure, Measured, measure};
use aftercall_core::sentiment::{Formula, Labelled, scores};
use aftercall_schemas::{ParticipantRole, SentimentLabel};
use serde_json::Value;

/// What was made of the published samples of a kind; `None` where their folder is absent.
fn published(measure: &str) -> Option<Measured> {
    evaluate::published(&common::shared_text).into_iter().find(|measured| measured.measure == measure)
}

/// The labels of a Contact Lens or Call Analytics file.
fn contact_lens(file: &str, value: &Value) -> Vec<Labelled> {
    let turns = value["Transcript"].as_array().expect(file).iter();
    turns
        .map(|turn| Labelled {
            role: ParticipantRole::parse(turn["ParticipantRole"].as_str().expect(file)).expect(file),
            label: SentimentLabel::parse(turn["Sentiment"].as_str().expect(file)).expect(file),
            begin: turn["BeginOffsetMillis"].as_i64(),
            end: turn["EndOffsetMillis"].as_i64(),
        })
        .collect()
}

#[test]
fn contact_lens_reproduces_39_of_40_published_scores() {
    let Some(scores) = published(measure::CALL_SCORES) else { return };
    assert_eq!(scores.ours, Figure::Of(39, 40));
    assert_eq!(scores.notes, ["tca-example-call-redacted-real.json, AGENT, quarter 1: published 2.9, computed 2"]);
}

#[test]
fn chat_progressive_scores_are_reproduced() {
    let Some(scores) = published(measure::CHAT_SCORES) else { return };
    assert_eq!((scores.ours, scores.notes), (Figure::Of(26, 26), Vec::new()));
}

#[test]
fn the_other_formulas_give_the_figures_of_their_systems() {
    let file = "formats/07-transcribe/tca-example-call-redacted-real.json";
    let Some(value) = common::shared(file) else { return };
    let turns = contact_lens(file, &value);
    let overall =
        |formula, role| (scores(formula, &turns, false)[&role].overall.expect("a score") * 100.0).round() / 100.0;
    assert_eq!(overall(Formula::PcaStandard, ParticipantRole::Agent), 1.84);
    assert_eq!(overall(Formula::PcaStandard, ParticipantRole::Customer), 1.39);
    assert_eq!(overall(Formula::Lca, ParticipantRole::Agent), 3.89);
    assert_eq!(overall(Formula::Lca, ParticipantRole::Customer), 3.57);
}

#[test]
fn names_of_formulas() {
    for formula in Formula::ALL {
        assert_eq!(Formula::parse(formula.as_str()), Some(*formula));
    }
    assert_eq!(Formula::parse("contact-lens"), Some(Formula::ContactLens));
    assert_eq!(Formula::parse("contact-lens/2"), None);
}
