//! Prints what redaction masks in conversations of the shared data, one a line: kind, words, what stands around:
//! `… --example masked -- FILE.jsonl…`. For a person who judges false masks.

use std::io::Write;

use aftercall_core::redact::{RedactionSettings, spans};
use aftercall_schemas::Turn;
use serde_json::{Value, json};

fn turns(line: &str) -> Option<Vec<Turn>> {
    let value: Value = serde_json::from_str(line).ok()?;
    let turns = value.get("turns")?.as_array()?.iter().enumerate().map(|(number, turn)| {
        let role = turn.get("role").and_then(Value::as_str).unwrap_or_default().to_uppercase();
        serde_json::from_value(
            json!({ "turn_id": format!("t{number}"), "participant": 0, "role": role, "content": turn.get("text") }),
        )
        .ok()
    });
    turns.collect()
}

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for path in std::env::args().skip(1) {
        for turns in std::fs::read_to_string(&path)?.lines().filter_map(turns) {
            for (turn, found) in turns.iter().zip(spans(&turns, &[], &RedactionSettings::default())) {
                for span in found {
                    let part = |from: usize, to: usize| turn.content.get(from..to).unwrap_or_default();
                    let before: String = part(0, span.start).chars().rev().take(30).collect();
                    let before: String = before.chars().rev().collect();
                    let after: String = part(span.end, turn.content.len()).chars().take(20).collect();
                    writeln!(out, "{}\t{}\t{before}⟦⟧{after}", span.kind.as_str(), part(span.start, span.end))?;
                }
            }
        }
    }
    Ok(())
}
