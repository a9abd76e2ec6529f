//! Times each analysis over a file of canonical-like conversations: `… --example timing -- FILE.jsonl`.

use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant};

use aftercall_core::redact::{RedactionSettings, redact};
use aftercall_core::sentiment::{self, SentimentSettings};
use aftercall_core::{first_response, measures, summary};
use aftercall_schemas::Conversation;
use serde_json::{Value, json};

/// A conversation of a line of the shared data.
fn conversation(line: &str) -> Option<Conversation> {
    let value: Value = serde_json::from_str(line).ok()?;
    let turns: Vec<Value> = value
        .get("turns")?
        .as_array()?
        .iter()
        .enumerate()
        .map(|(number, turn)| {
            let role = turn.get("role").and_then(Value::as_str).unwrap_or_default().to_uppercase();
            json!({ "turn_id": format!("t{number}"), "participant": 0, "role": role, "content": turn.get("text"),
                "begin_offset_millis": turn.get("start_ms"), "end_offset_millis": turn.get("end_ms") })
        })
        .collect();
    serde_json::from_value(json!({
        "format": "aftercall.conversation/1", "instance_id": "timing", "contact_id": value.get("id"), "channel": "CHAT", "language": null,
        "sources": [], "alignment": "single", "start_timestamp": null, "participants": [], "turns": turns
    }))
    .ok()
}

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path)?;
        let start = Instant::now();
        for line in text.lines() {
            black_box(serde_json::from_str::<Value>(line).ok());
        }
        let parse = start.elapsed();
        let conversations: Vec<Conversation> = text.lines().filter_map(conversation).collect();
        let settings = RedactionSettings::default();
        // The first contact reads the resources.
        let start = Instant::now();
        if let Some(first) = conversations.first() {
            let redacted = redact(first.clone(), &[], &settings);
            black_box((
                sentiment::score(&redacted, &SentimentSettings::default()),
                summary::customer_summary(&redacted),
            ));
        }
        let warm = start.elapsed();
        let mut times = [Duration::ZERO; 6];
        for conversation in conversations.iter().cloned() {
            let mut step = Instant::now();
            let mut lap = |index: usize| {
                if let Some(time) = times.get_mut(index) {
                    *time += step.elapsed();
                }
                step = Instant::now();
            };
            let redacted = redact(conversation, &[], &settings);
            lap(0);
            black_box(measures::measure(&redacted));
            lap(1);
            black_box(sentiment::score(&redacted, &SentimentSettings::default()));
            lap(2);
            black_box(summary::customer_summary(&redacted));
            lap(3);
            black_box(summary::agent_summary(&redacted));
            lap(4);
            black_box(first_response::first_response(&redacted));
            lap(5);
        }
        let all: Duration = times.iter().sum();
        let names = ["redact", "measures", "sentiment", "customer summary", "agent summary", "first response"];
        writeln!(
            out,
            "{path}: {} conversations, parse {parse:?}, first contact {warm:?}, analysis {all:?} = {:.1} times",
            conversations.len(),
            all.as_secs_f64() / parse.as_secs_f64()
        )?;
        for (name, time) in names.iter().zip(times) {
            writeln!(out, "  {name:18} {time:?}")?;
        }
    }
    Ok(())
}
