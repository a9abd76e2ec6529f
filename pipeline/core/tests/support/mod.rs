//! What several tests need: real samples that are not part of the project, and documents as people write them.
#![allow(dead_code)]

use std::path::PathBuf;

use aftercall_core::assemble::{AssembleSettings, assemble};
use aftercall_core::delivery::{Body, Delivery, Leg, Record};
use aftercall_core::formats::{DecodeContext, decode};
use aftercall_schemas::Conversation;

/// The folder of real samples beside the project, if it is there.
pub fn shared(path: &str) -> Option<PathBuf> {
    let found = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    if !found.exists() {
        eprintln!("skipped: {} is not here", found.display());
        return None;
    }
    Some(found)
}

/// A sample of the project's own.
pub fn sample(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn deliveries(document: &[u8], origin: &str) -> Vec<Delivery> {
    decode(document, &DecodeContext::new(origin)).unwrap_or_else(|error| panic!("{origin}: {error}")).deliveries
}

pub fn delivery(document: impl AsRef<[u8]>) -> Delivery {
    let mut all = deliveries(document.as_ref(), "test");
    assert_eq!(all.len(), 1, "one delivery expected");
    all.remove(0)
}

pub fn leg(delivery: &Delivery) -> &Leg {
    match &delivery.body {
        Body::Leg(leg) => leg,
        _ => panic!("a leg expected"),
    }
}

pub fn record(delivery: &Delivery) -> &Record {
    match &delivery.body {
        Body::Record(record) => record,
        _ => panic!("a record expected"),
    }
}

/// The conversation of deliveries of one contact.
pub fn conversation(deliveries: &[Delivery]) -> Conversation {
    assemble(&deliveries[0].contact, deliveries, &AssembleSettings::default()).conversation
}

/// A leg's turns as lines `ROLE begin-end text [LABEL]`.
pub fn leg_lines(leg: &Leg) -> Vec<String> {
    leg.turns
        .iter()
        .map(|turn| {
            let role = leg.participants[turn.participant as usize].role;
            line(role.as_str(), turn.begin_offset_millis, turn.end_offset_millis, &turn.content, turn.sentiment)
        })
        .collect()
}

/// A conversation's turns as lines `ROLE begin-end text [LABEL]`.
pub fn lines(conversation: &Conversation) -> Vec<String> {
    conversation
        .turns
        .iter()
        .map(|turn| {
            assert_eq!(turn.role, conversation.participants[turn.participant as usize].role);
            line(turn.role.as_str(), turn.begin_offset_millis, turn.end_offset_millis, &turn.content, turn.sentiment)
        })
        .collect()
}

fn line(
    role: &str,
    begin: Option<i64>,
    end: Option<i64>,
    content: &str,
    sentiment: Option<aftercall_schemas::SentimentLabel>,
) -> String {
    let at = |offset: Option<i64>| offset.map_or("?".to_owned(), |offset| offset.to_string());
    let label = sentiment.map_or(String::new(), |label| format!(" [{label}]"));
    format!("{role} {}-{} {content}{label}", at(begin), at(end))
}
