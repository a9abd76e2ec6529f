//! Contacts that are the same in every run, and are made when they are asked for.

use aftercall_schemas::{ContactKey, RevisionKey};
use aftercall_stages::ports::Published;
use jiff::Timestamp;
use serde_json::json;

/// Turns of a contact.
pub const TURNS: u64 = 20;
const WORDS: [&str; 24] = [
    "the", "card", "has", "not", "arrived", "yet", "I", "called", "last", "week", "about", "my", "balance", "could",
    "you", "send", "it", "again", "please", "thank", "order", "number", "line", "problem",
];

pub fn moment(millis: u64) -> Timestamp {
    let millis = i64::try_from(millis).unwrap_or(0);
    Timestamp::from_millisecond(1_773_043_200_000 + millis).unwrap_or(Timestamp::MIN)
}

fn id(contact: u64) -> String {
    let digest = blake3::hash(&contact.to_le_bytes()).to_hex();
    let part = |from: usize, to: usize| digest.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

pub fn published(contact: u64) -> Published {
    Published {
        contact: ContactKey::new("11111111-2222-4333-8444-555555555555", id(contact)),
        revision_key: RevisionKey(format!("{contact:08}")),
        revision: 1,
        published_at: moment(contact),
    }
}

/// The conversation object of a contact. Contacts are spread over this many days.
pub fn conversation(contact: u64, days: u64) -> serde_json::Value {
    let turns: Vec<_> = (0..TURNS)
        .map(|turn| {
            let mut seed = contact.wrapping_mul(31).wrapping_add(turn).wrapping_mul(6_364_136_223_846_793_005);
            let mut words: Vec<&str> = Vec::new();
            for _ in 0..14 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = usize::try_from(seed >> 40).unwrap_or(0) % WORDS.len();
                words.extend(WORDS.get(at).copied());
            }
            let role = if turn.is_multiple_of(2) { "AGENT" } else { "CUSTOMER" };
            json!({
                "turn_id": format!("t{turn}"), "participant": turn % 2, "role": role, "content": words.join(" "),
                "begin_offset_millis": turn * 6000, "end_offset_millis": turn * 6000 + 5000, "sentiment": "NEUTRAL",
            })
        })
        .collect();
    let entry = published(contact);
    json!({
        "format": "aftercall.conversation/1", "instance_id": entry.contact.instance_id,
        "contact_id": entry.contact.contact_id, "channel": "VOICE", "language": "en-US", "sources": ["test"],
        "alignment": "single", "start_timestamp": null, "turns": turns,
        "participants": [
            { "participant_id": "AGENT", "role": "AGENT", "role_source": "service" },
            { "participant_id": "CUSTOMER", "role": "CUSTOMER", "role_source": "service" },
        ],
        "record": { "disconnect_timestamp": moment(contact % days * 86_400_000) },
    })
}

/// The analysis object of a contact: the scores of a customer, who is unhappy in one contact of five.
pub fn analysis(contact: u64) -> serde_json::Value {
    let entry = published(contact);
    let overall = if contact.is_multiple_of(5) { -2.5 } else { 1.5 };
    let quarters: Vec<_> = (0..4)
        .map(|quarter| {
            json!({
                "quarter": quarter + 1, "begin_offset_millis": quarter * 30_000,
                "end_offset_millis": (quarter + 1) * 30_000, "score": overall,
            })
        })
        .collect();
    let labels = vec!["NEUTRAL"; usize::try_from(TURNS).unwrap_or(0)];
    let sentiment = json!({
        "kind": "sentiment", "formula": "contact-lens/1", "labelled_by": ["service"], "turns": labels,
        "by_role": { "CUSTOMER": { "overall": overall, "quarters": quarters, "end": overall, "shift": 0.0 } },
    });
    let result = json!({
        "instance_id": entry.contact.instance_id, "contact_id": entry.contact.contact_id,
        "revision_key": entry.revision_key, "stage": "sentiment", "stage_version": "sentiment/1",
        "outcome": { "found": sentiment }, "processing": {},
    });
    json!({
        "format": "aftercall.analysis/1", "instance_id": entry.contact.instance_id,
        "contact_id": entry.contact.contact_id, "revision_key": entry.revision_key, "use_cases": ["UC2"],
        "state": "complete", "missing": {}, "results": { "sentiment": result },
    })
}
