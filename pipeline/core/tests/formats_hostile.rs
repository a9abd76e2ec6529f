//! Every sample, made wrong in every field: a document is read or refused, and nothing ever panics.
//!
//! The variants are made from the samples by rules, so a new sample is tried in all of them without a new test. The
//! corpora of the fuzz targets are replayed here too, so that what a fuzzer found once stays found.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic in a test is a failure with a place")]

mod support;

use std::path::PathBuf;

use aftercall_core::assemble::{AssembleSettings, assemble};
use aftercall_core::error::{Reason, Rejected};
use aftercall_core::formats::{DecodeContext, Decoded, Format, decode, detect, explain};
use aftercall_core::turns::TurnRules;
use proptest::prelude::*;
use serde_json::{Value, json};

/// One sample of every format.
const SAMPLES: &[(&str, Format)] = &[
    ("canonical.json", Format::Canonical),
    ("canonical-short.json", Format::Canonical),
    ("contact-lens-voice-redacted.json", Format::ContactLensVoice),
    ("contact-lens-chat.json", Format::ContactLensChat),
    ("contact-lens-email.json", Format::ContactLensEmail),
    ("segments-voice.json", Format::SegmentsVoice),
    ("segments-chat.json", Format::SegmentsChat),
    ("contact-record.json", Format::ContactRecord),
    ("contact-event.json", Format::ContactEvent),
    ("agent-event.json", Format::AgentEvent),
    ("chat-transcript.json", Format::ChatTranscript),
    ("lex-log.json", Format::LexLog),
    ("cloudwatch-logs.json", Format::CloudWatchLogs),
    ("transcribe-labels.json", Format::Transcribe),
    ("transcribe-channels.json", Format::Transcribe),
    ("call-analytics.json", Format::CallAnalytics),
    ("post-call-analytics.json", Format::PcaResult),
];

fn context() -> DecodeContext {
    let mut ctx = DecodeContext::new("in/5a1c2b3d-0000-4000-8000-123456789abc_20260102T03:04_UTC.json");
    ctx.max_inflated_bytes = 1 << 20;
    ctx
}

/// Reads a document and puts its first contact together. Whatever comes out is fine, but a panic.
fn survive(document: &[u8]) -> Result<Decoded, Rejected> {
    let decoded = decode(document, &context());
    if let Ok(Decoded { deliveries, .. }) = &decoded
        && let Some(first) = deliveries.first()
    {
        assemble(&first.contact, deliveries, &AssembleSettings::default());
    }
    decoded
}

/// The same in every other way there is.
fn survive_everything(document: &[u8]) -> Result<Decoded, Rejected> {
    let decoded = survive(document);
    let under_other_rules = decode(document, &DecodeContext { turn_rules: TurnRules::Pca, ..context() });
    assert_eq!(decoded.is_ok(), under_other_rules.is_ok());
    assert_eq!(explain(document, &context()).format, detect(document).ok());
    for delivery in decoded.iter().flat_map(|decoded| &decoded.deliveries) {
        // The segments table keeps deliveries as JSON.
        let kept = serde_json::to_string(delivery).unwrap();
        assert_eq!(&serde_json::from_str::<aftercall_core::delivery::Delivery>(&kept).unwrap(), delivery);
    }
    decoded
}

/// Values that nobody means, for any field.
fn wrong_values() -> Vec<Value> {
    let mut deep = json!(1);
    for _ in 0..60 {
        deep = json!([deep]);
    }
    vec![
        Value::Null,
        json!(""),
        json!([]),
        json!({}),
        json!(true),
        json!("what nobody expects"),
        json!(-1),
        json!(0),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e308),
        json!("1e999"),
        json!("99999999999999999999"),
        json!([null, 1, "x", {}]),
        json!({"Unknown": {"a": [1]}}),
        deep,
    ]
}

/// The paths of all fields and elements of a document.
fn paths(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut below = |name: &str, value: &Value| {
        let path = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        found.push(path.clone());
        paths(value, &path, found);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| below(name, value)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(position, value)| below(&position.to_string(), value))
        }
        _ => {}
    }
}

/// Reasons for which a document that is JSON may be refused.
fn is_reasonable(rejected: &Rejected) -> bool {
    matches!(rejected.reason, Reason::UnknownFormat | Reason::InvalidStructure | Reason::MissingContactId)
}

#[test]
fn every_sample_is_its_format() {
    for (name, format) in SAMPLES {
        let document = support::sample(name);
        assert_eq!(detect(&document), Ok(*format), "{name}");
        let decoded = survive_everything(&document).unwrap();
        assert!(!decoded.deliveries.is_empty() && decoded.rejected.is_empty(), "{name}");
    }
    let tried: std::collections::BTreeSet<Format> = SAMPLES.iter().map(|(_, format)| *format).collect();
    assert_eq!(tried.len(), Format::ALL.len() - 1, "every format but the test message of S3 has a sample");
}

#[test]
fn wrong_values_in_every_field() {
    let (mut read, mut refused) = (0_u32, 0_u32);
    for (name, _) in SAMPLES {
        let sample: Value = serde_json::from_slice(&support::sample(name)).unwrap();
        let mut all = Vec::new();
        paths(&sample, "", &mut all);
        for path in &all {
            for wrong in wrong_values() {
                let mut variant = sample.clone();
                *variant.pointer_mut(path).unwrap() = wrong;
                match survive(variant.to_string().as_bytes()) {
                    Ok(_) => read += 1,
                    Err(rejected) => {
                        assert!(is_reasonable(&rejected), "{name} {path}: {rejected}");
                        refused += 1;
                    }
                }
            }
        }
    }
    println!("{read} variants read, {refused} refused");
    assert!(read > refused);
}

#[test]
fn nothing_said_is_the_same_however_it_is_written() {
    for (name, _) in SAMPLES {
        let sample: Value = serde_json::from_slice(&support::sample(name)).unwrap();
        let mut all = Vec::new();
        paths(&sample, "", &mut all);
        for path in &all {
            let (parent, field) = path.rsplit_once('/').unwrap();
            let Some(fields) = sample.pointer(parent).and_then(Value::as_object) else { continue };
            // The first text of an alternative or item may be content, which may be empty.
            let field = field.replace("~1", "/").replace("~0", "~");
            let mut without = sample.clone();
            let holder = if parent.is_empty() { &mut without } else { without.pointer_mut(parent).unwrap() };
            holder.as_object_mut().unwrap().remove(&field);
            let mut null = sample.clone();
            *null.pointer_mut(path).unwrap() = Value::Null;
            assert!(fields.contains_key(&field));
            // A null still shows the field's name, by which a format is recognised.
            if let (Ok(absent), Ok(null)) =
                (survive(without.to_string().as_bytes()), survive(null.to_string().as_bytes()))
            {
                assert_eq!(absent, null, "{name} {path}");
            }
        }
    }
}

#[test]
fn unknown_fields_change_nothing() {
    for (name, _) in SAMPLES {
        let sample: Value = serde_json::from_slice(&support::sample(name)).unwrap();
        let expected = survive(sample.to_string().as_bytes());
        let mut all = vec![String::new()];
        paths(&sample, "", &mut all);
        for path in &all {
            let mut variant = sample.clone();
            let holder = if path.is_empty() { &mut variant } else { variant.pointer_mut(path).unwrap() };
            // Maps whose keys are data have no unknown fields.
            let data = [
                "Attributes",
                "MatchedDetails",
                "DetailsBy",
                "Interrupter",
                "SentimentTrends",
                "SpeakerTime",
                "/QUARTER",
                "OverallSentiment",
                "Attributes",
                "/attributes",
                "/Summary",
                "/summary",
                "_sentiment",
                "_millis",
                "_wpm",
                "interruptions",
            ];
            if data.iter().any(|data| path.contains(data)) {
                continue;
            }
            if let Some(fields) = holder.as_object_mut() {
                fields.insert("FieldOfTomorrow".into(), json!({"a": [1, {"b": null}]}));
                assert_eq!(survive(variant.to_string().as_bytes()), expected, "{name} {path}");
            }
        }
    }
}

#[test]
fn cut_in_half_is_truncated() {
    for (name, _) in SAMPLES {
        let document = support::sample(name);
        let text = String::from_utf8(document).unwrap();
        let end = text.trim_end().len();
        for at in (0..end).step_by(1 + end / 150).filter(|at| text.is_char_boundary(*at)) {
            let refused = survive(&text.as_bytes()[..at]).unwrap_err();
            assert!(matches!(refused.reason, Reason::Truncated | Reason::NotJson), "{name} cut at {at}: {refused}");
        }
    }
}

#[test]
fn duplicated_entries_are_harmless() {
    for (name, _) in SAMPLES {
        let sample: Value = serde_json::from_slice(&support::sample(name)).unwrap();
        let mut all = Vec::new();
        paths(&sample, "", &mut all);
        for path in &all {
            let mut variant = sample.clone();
            if let Some(items) = variant.pointer_mut(path).and_then(Value::as_array_mut) {
                let again = items.clone();
                items.extend(again);
                survive(variant.to_string().as_bytes()).unwrap();
            }
        }
        let text = sample.to_string();
        let twice = format!("{},{}", &text[..text.len() - 1], &text[1..]);
        let refused = survive(twice.as_bytes());
        assert!(refused.is_ok() || is_reasonable(&refused.unwrap_err()), "{name}: every field twice");
    }
}

#[test]
fn a_million_turns_and_deep_nesting() {
    let mut document = String::from(r#"{"id":"1","turns":["#);
    for position in 0..50_000 {
        document.push_str(&format!(r#"{{"role":"r{position}","text":"x"}},"#));
    }
    document.push_str(r#"{"role":"agent","text":"x"}]}"#);
    assert_eq!(survive(document.as_bytes()).unwrap().deliveries.len(), 1);
    let deep = format!(r#"{{"id":"1","labels":{}1{},"turns":[]}}"#, "[".repeat(100_000), "]".repeat(100_000));
    survive(deep.as_bytes()).unwrap();
    let deep = format!(
        r#"{{"Channel":"CHAT","CustomerMetadata":{{"ContactId":"c"}},"ConversationCharacteristics":{{"Sentiment":{{"OverallSentiment":{}1{}}}}}}}"#,
        r#"{"a":"#.repeat(5_000),
        "}".repeat(5_000)
    );
    assert_eq!(survive(deep.as_bytes()).unwrap_err().reason, Reason::InvalidStructure);
}

#[test]
fn what_fuzzers_found_stays_found() {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut tried = 0;
    for folder in std::fs::read_dir(&corpus).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let document = std::fs::read(file.unwrap().path()).unwrap();
            drop(survive_everything(&document));
            tried += 1;
        }
    }
    assert!(tried >= SAMPLES.len(), "the corpus is there");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        drop(survive_everything(&bytes));
    }

    #[test]
    fn flipped_bytes_are_survived(
        sample in 0..SAMPLES.len(),
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut document = support::sample(SAMPLES[sample].0);
        for (index, byte) in &flips {
            let at = index.index(document.len());
            document[at] = *byte;
        }
        drop(survive_everything(&document));
    }

    #[test]
    fn mixed_documents_are_survived(first in 0..SAMPLES.len(), second in 0..SAMPLES.len()) {
        let read = |at: usize| -> Value { serde_json::from_slice(&support::sample(SAMPLES[at].0)).unwrap() };
        let mut mixed = read(first);
        mixed.as_object_mut().unwrap().extend(read(second).as_object().unwrap().clone());
        drop(survive_everything(mixed.to_string().as_bytes()));
    }
}
