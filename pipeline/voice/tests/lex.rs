//! Events as they were seen live, and responses within Lex's limits.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::collections::BTreeMap;
use std::path::Path;

use aftercall_voice::lex::connect::{ConnectEvent, StringMap};
use aftercall_voice::lex::{CloseState, DialogAction, LexEvent, LexResponse, Message, Reply};
use proptest::prelude::*;

fn samples(folder: &str, part: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/formats").join(folder);
    let Ok(files) = std::fs::read_dir(&root) else {
        eprintln!("skipped: {} is not there", root.display());
        return Vec::new();
    };
    let mut found: Vec<_> = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.to_string_lossy().contains(part))
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

// covers 0.45
#[test]
fn lex_samples_parse() {
    for (name, text) in samples("05-lexv2", "lambda-event") {
        let event = LexEvent::parse(&text).unwrap();
        assert_eq!(event.input_transcript, "book a flight", "{name}");
        assert_eq!(event.intent().name, "BookFlight");
        assert_eq!(event.interpretations[0].nlu_confidence.unwrap().0, 0.95);
        assert!(event.input().negative.unwrap() > 0.37);
        assert_eq!(event.input().locale, "en-US");
    }
}

#[test]
fn connect_samples_parse() {
    for (name, text) in samples("06-connect-lambda", "event") {
        let event = ConnectEvent::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        if name.contains("Min") {
            assert_eq!(event.details.contact_data.customer_endpoint, None);
        }
    }
    for (_, text) in samples("06-connect-lambda", "lambda-8") {
        assert_eq!(ConnectEvent::parse(&text).unwrap().parameter("companyName"), Some("GGG"));
    }
}

#[test]
fn connect_parameters_may_be_nested() {
    let text = r#"{"Name":"ContactFlowEvent","Details":{"ContactData":{"ContactId":"c","Queue":null},"Parameters":{"a":{"b":["c"]},"d":"e"}}}"#;
    let event = ConnectEvent::parse(text).unwrap();
    assert_eq!(event.parameter("d"), Some("e"));
    assert_eq!(event.parameter("a"), None);
    assert!(ConnectEvent::parse(r#"{"Details":{"ContactData":{}}}"#).unwrap_err().contains("ContactId"));
}

#[test]
fn confidence_has_three_forms() {
    fn check(form: &str, expected: Option<f64>) {
        let text =
            format!(r#"{{"interpretations":[{{"nluConfidence":{form},"intent":{{"name":"x","slots":null}}}}]}}"#);
        let event = LexEvent::parse(&text).unwrap();
        assert_eq!(event.interpretations[0].nlu_confidence.map(|found| found.0), expected);
    }
    check("0.95", Some(0.95));
    check(r#"{"score":0.95}"#, Some(0.95));
    check(r#""0.63""#, Some(0.63));
    check("null", None);
    assert!(
        LexEvent::parse(r#"{"interpretations":[{"nluConfidence":"high"}]}"#).unwrap_err().contains("nluConfidence")
    );
}

#[test]
fn unknown_fields_values_and_nulls_are_tolerated() {
    let text = r#"{"messageVersion":"1.0","inputMode":"Telepathy","invocationSource":null,"newField":{"a":[1]},
        "requestAttributes":null,"interpretations":null,"transcriptions":[{"transcription":null,"resolvedSlots":{}}],
        "sessionState":{"sessionAttributes":{"a":"1","b":null},"activeContexts":null,"intent":null}}"#;
    let event = LexEvent::parse(text).unwrap();
    assert_eq!(event.attribute("a"), Some("1"));
    assert_eq!(event.attribute("b"), None);
    assert_eq!(event.input().words, "");
}

#[test]
fn a_response_keeps_the_session_and_stays_within_the_limits() {
    let event = LexEvent::parse(
        r#"{"sessionState":{"sessionAttributes":{"contactId":"c-1"},"intent":{"name":"FallbackIntent","slots":{}}}}"#,
    )
    .unwrap();
    let reply = |messages, set| Reply { action: DialogAction::Close(CloseState::Fulfilled), messages, set };
    let said = vec![Message::new("Let me check.").unwrap()];
    let set = BTreeMap::from([("turnOutcome".to_owned(), "ASYNC".to_owned())]);
    let response = LexResponse::to(&event, reply(said, set)).unwrap();
    let json = serde_json::to_value(&response).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "sessionState": {
                "dialogAction": {"type": "Close"},
                "intent": {"name": "FallbackIntent", "slots": {}, "state": "Fulfilled"},
                "sessionAttributes": {"contactId": "c-1", "turnOutcome": "ASYNC"}
            },
            "messages": [{"contentType": "PlainText", "content": "Let me check."}]
        })
    );
    let many = vec![Message::new("x").unwrap(); 11];
    assert!(LexResponse::to(&event, reply(many, BTreeMap::new())).is_err());
    let large = BTreeMap::from([("a".to_owned(), "x".repeat(13_000))]);
    assert!(LexResponse::to(&event, reply(Vec::new(), large)).is_err());
    assert!(Message::new("x".repeat(1025)).is_err());
    assert!(Message::new("é".repeat(1024)).is_ok());
    assert!(Message::new("  ").is_err());
    let unasked = Reply { action: DialogAction::ElicitIntent, messages: Vec::new(), set: BTreeMap::new() };
    assert!(LexResponse::to(&event, unasked).is_err());
}

#[test]
fn a_string_map_is_bounded() {
    assert!(StringMap::new([("answer", "x".repeat(40_000))]).is_err());
    let map = StringMap::new([("statusCode", "200".to_owned())]).unwrap();
    assert_eq!(serde_json::to_string(&map).unwrap(), r#"{"statusCode":"200"}"#);
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,300}") {
        drop(LexEvent::parse(&text));
        drop(ConnectEvent::parse(&text));
    }
}
