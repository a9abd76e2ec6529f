//! What the insight's tests share: small conversations, and the samples of the shared data where they are present.

#![allow(dead_code, clippy::expect_used, clippy::panic, reason = "not every test uses all of it")]

use std::path::PathBuf;

use aftercall_core::redact::{RedactedConversation, RedactionSettings, redact};
use aftercall_schemas::Conversation;
use serde_json::{Value, json};

/// A conversation of `(role, text)` turns, eight seconds each.
pub fn conversation(channel: &str, turns: &[(&str, &str)]) -> Conversation {
    let turns: Vec<Value> = turns
        .iter()
        .enumerate()
        .map(|(number, (role, text))| {
            let end = (channel == "VOICE").then_some(number * 8_000 + 6_000);
            json!({ "turn_id": format!("t{number}"), "participant": 0, "role": role, "content": text, "begin_offset_millis": number * 8_000, "end_offset_millis": end })
        })
        .collect();
    serde_json::from_value(json!({
        "format": "aftercall.conversation/1", "instance_id": "i", "contact_id": "c", "channel": channel, "language": "en-US", "sources": [],
        "alignment": "single", "start_timestamp": null, "participants": [{ "participant_id": "p", "role": "CUSTOMER", "role_source": "service" }], "turns": turns
    }))
    .expect("a conversation")
}

pub fn redacted(channel: &str, turns: &[(&str, &str)]) -> RedactedConversation {
    redact(conversation(channel, turns), &[], &RedactionSettings::default())
}

/// A file of the shared data; `None`, said aloud, where the folder is absent.
pub fn shared(path: &str) -> Option<Value> {
    Some(serde_json::from_str(&shared_text(path)?).expect("a JSON sample"))
}

/// Its text.
pub fn shared_text(path: &str) -> Option<String> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    match std::fs::read_to_string(root.join(path)) {
        Ok(text) => Some(text),
        Err(error) => {
            println!("SKIPPED: shared data file {path} is not here ({error})");
            None
        }
    }
}

/// A labelled set of the project.
pub fn set(name: &str) -> String {
    let path = format!("{}/../../tests/sets/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
