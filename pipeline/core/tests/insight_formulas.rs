//! The sentiment formulas against scores that services published.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic in a test is a failed test"
)]

mod common;

use aftercall_core::sentiment::{Formula, Labelled, progressive, scores};
use aftercall_schemas::{ParticipantRole, SentimentLabel};
use serde_json::Value;

/// Published and computed scores of a file, as `role, quarter (0 = overall), published, computed`.
fn compare(file: &str, turns: &[Labelled], published: &[(ParticipantRole, usize, f64)]) -> Vec<String> {
    let ours = scores(Formula::ContactLens, turns, false);
    published
        .iter()
        .filter_map(|(role, quarter, wanted)| {
            let scores = &ours[role];
            let found = if *quarter == 0 { scores.overall } else { scores.quarters[quarter - 1].score }.unwrap_or(0.0);
            ((found - wanted).abs() > 0.001)
                .then(|| format!("{file} {role} Q{quarter}: published {wanted}, computed {found}"))
        })
        .collect()
}

fn contact_lens(file: &str, value: &Value) -> (Vec<Labelled>, Vec<(ParticipantRole, usize, f64)>) {
    let role = |turn: &Value| {
        ParticipantRole::parse(
            turn.get("ParticipantId").or(turn.get("ParticipantRole")).and_then(Value::as_str).unwrap_or_default(),
        )
        .expect(file)
    };
    let turns = value["Transcript"]
        .as_array()
        .expect(file)
        .iter()
        .map(|turn| Labelled {
            role: role(turn),
            label: SentimentLabel::parse(turn["Sentiment"].as_str().expect(file)).expect(file),
            begin: turn["BeginOffsetMillis"].as_i64(),
            end: turn["EndOffsetMillis"].as_i64(),
        })
        .collect();
    let sentiment = &value["ConversationCharacteristics"]["Sentiment"];
    let mut published = Vec::new();
    for role in [ParticipantRole::Agent, ParticipantRole::Customer] {
        published.push((role, 0, sentiment["OverallSentiment"][role.as_str()].as_f64().expect(file)));
        for (index, quarter) in
            sentiment["SentimentByPeriod"]["QUARTER"][role.as_str()].as_array().expect(file).iter().enumerate()
        {
            published.push((role, index + 1, quarter["Score"].as_f64().expect(file)));
        }
    }
    (turns, published)
}

#[test]
fn contact_lens_reproduces_39_of_40_published_scores() {
    let mut misses = Vec::new();
    let mut count = 0;
    for file in [
        "formats/02-contactlens-postcall/docs2023-voice-0.json",
        "formats/02-contactlens-postcall/docs2023-voice-1.json",
        "formats/07-transcribe/tca-example-call-redacted-real.json",
    ] {
        let Some(value) = common::shared(file) else { return };
        let (turns, published) = contact_lens(file, &value);
        count += published.len();
        misses.extend(compare(file, &turns, &published));
    }
    let file = "pca/real-result-analytics.json";
    let Some(value) = common::shared(file) else { return };
    let role = |name: &Value| if name == "spk_0" { ParticipantRole::Agent } else { ParticipantRole::Customer };
    let millis = |value: &Value| value.as_f64().map(|seconds| (seconds * 1_000.0).round() as i64);
    let turns: Vec<Labelled> = value["SpeechSegments"]
        .as_array()
        .expect(file)
        .iter()
        .map(|turn| Labelled {
            role: role(&turn["SegmentSpeaker"]),
            label: match (turn["SentimentIsPositive"].as_i64(), turn["SentimentIsNegative"].as_i64()) {
                (Some(1), _) => SentimentLabel::Positive,
                (_, Some(1)) => SentimentLabel::Negative,
                _ => SentimentLabel::Neutral,
            },
            begin: millis(&turn["SegmentStartTime"]),
            end: millis(&turn["SegmentEndTime"]),
        })
        .collect();
    let mut published = Vec::new();
    for name in ["spk_0", "spk_1"] {
        let trend = &value["ConversationAnalytics"]["SentimentTrends"][name];
        let role = role(&Value::from(name));
        published.push((role, 0, trend["SentimentScore"].as_f64().expect(file)));
        for (index, quarter) in trend["SentimentPerQuarter"].as_array().expect(file).iter().enumerate() {
            published.push((role, index + 1, quarter["Score"].as_f64().expect(file)));
        }
    }
    count += published.len();
    misses.extend(compare(file, &turns, &published));
    assert_eq!(count, 40);
    assert_eq!(
        misses,
        ["formats/07-transcribe/tca-example-call-redacted-real.json AGENT Q1: published 2.9, computed 2"]
    );
}

#[test]
fn chat_progressive_scores_are_reproduced() {
    let mut count = 0;
    for file in
        ["formats/02-contactlens-postcall/docs2023-chat-0.json", "formats/02-contactlens-postcall/docs2023-chat-1.json"]
    {
        let Some(value) = common::shared(file) else { return };
        let groups =
            value["ConversationCharacteristics"]["Sentiment"]["DetailsByTranscriptItemGroup"].as_array().expect(file);
        for role in [ParticipantRole::Agent, ParticipantRole::Customer] {
            let of_role: Vec<&Value> =
                groups.iter().filter(|group| group["ParticipantRole"] == role.as_str()).collect();
            let turns: Vec<Labelled> = of_role
                .iter()
                .map(|group| Labelled {
                    role,
                    label: SentimentLabel::parse(group["Sentiment"].as_str().expect(file)).expect(file),
                    begin: None,
                    end: None,
                })
                .collect();
            for (group, found) in of_role.iter().zip(progressive(&turns)) {
                let wanted = group["ProgressiveScore"].as_f64().expect(file);
                assert!((wanted - found).abs() < 0.001, "{file} {role}: published {wanted}, computed {found}");
                count += 1;
            }
        }
    }
    // The documentation's second sample is a redacted twin of the first.
    assert_eq!(count, 52);
}

#[test]
fn the_other_formulas_give_the_figures_of_their_systems() {
    let file = "formats/07-transcribe/tca-example-call-redacted-real.json";
    let Some(value) = common::shared(file) else { return };
    let (turns, _) = contact_lens(file, &value);
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
