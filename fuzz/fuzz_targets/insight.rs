//! Any conversation, a line a turn, through redaction and everything after it. Redacting twice changes nothing.
#![no_main]

use aftercall_core::redact::{RedactionSettings, redact};
use aftercall_core::sentiment::{self, SentimentSettings};
use aftercall_core::summary::answer;
use aftercall_core::{entities, first_response, grounding, measures, summary};
use aftercall_schemas::Conversation;
use libfuzzer_sys::fuzz_target;
use serde_json::json;

/// Turns that are looked at: more show nothing new and take longer.
const MOST_TURNS: usize = 40;

fn conversation(text: &str) -> Conversation {
    let roles = ["CUSTOMER", "AGENT", "BOT"];
    let turns: Vec<_> = text.lines().take(MOST_TURNS).zip(0u32..).map(|(line, number)| {
        json!({"turn_id": format!("t{number}"), "participant": number % 3, "role": roles[number as usize % 3],
            "content": line, "begin_offset_millis": number * 1000, "end_offset_millis": number * 1000 + 900})
    }).collect();
    let participants: Vec<_> = roles.iter().map(|role| json!({"participant_id": role, "role": role, "role_source": "unknown"})).collect();
    serde_json::from_value(json!({"format": "aftercall.conversation/1", "instance_id": "i", "contact_id": "c",
        "channel": "VOICE", "language": null, "sources": [], "alignment": "single", "start_timestamp": null,
        "participants": participants, "turns": turns})).expect("a conversation")
}

fuzz_target!(|text: &str| {
    let once = redact(conversation(text), &[], &RedactionSettings::default());
    let twice = redact(once.conversation().clone(), &[], &RedactionSettings::default());
    assert_eq!(once, twice);
    sentiment::score(&once, &SentimentSettings::default());
    summary::customer_summary(&once);
    summary::agent_summary(&once);
    measures::measure(&once);
    first_response::first_response(&once);
    if let Ok(map) = entities::EntityMap::from_csv(text) {
        entities::find(&once, &map);
    }
    // A model's answer may be anything; so may a statement.
    drop((answer::customer(text, &once), answer::agent(text, &once)));
    let turns: Vec<_> = once.conversation().turns.iter().collect();
    grounding::check(text, None, &turns);
});
