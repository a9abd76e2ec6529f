//! `aftercall trace`: everything that happened to a contact, in order of time: inputs, revisions, stages, attempts.

use aftercall_core::error::Result;
use aftercall_schemas::results::Outcome;
use aftercall_stages::ports::{Inputs, Quarantine, Results};
use jiff::Timestamp;
use pollster::block_on;
use serde::Serialize;

use crate::machine::{find_contact, open};
use crate::output::{bold, dim, print_json, yellow};
use aftercall_settings::Settings;

#[derive(Serialize)]
struct Event {
    at: Timestamp,
    kind: &'static str,
    what: String,
}

/// Traces a contact.
pub fn trace(settings: &Settings, contact_id: &str, json: bool) -> Result<()> {
    let opened = open(settings)?;
    let (contact, stored) = find_contact(&opened.store, contact_id)?;
    let mut events = Vec::new();
    for input in block_on(Inputs::list(&opened.store, &contact))? {
        let what = format!("{} ({} bytes, digest {})", input.origin, input.body.len(), input.digest);
        events.push(Event { at: input.arrived_at, kind: "input", what });
    }
    for entry in &stored.state.history {
        events.push(Event { at: entry.at, kind: "contact", what: entry.what.clone() });
    }
    if let Some(analysis) = &stored.state.analysis {
        for result in block_on(Results::list(&opened.store, &contact, &analysis.key))? {
            let outcome = match &result.outcome {
                Outcome::Found(_) => "found".to_string(),
                Outcome::Failed { reason } => format!("failed: {reason}"),
            };
            let took = result.processing.duration_millis.map_or(String::new(), |millis| format!(" in {millis} ms"));
            let what =
                format!("{} ({}) of {}: {outcome}{took}", result.stage, result.stage_version, result.revision_key);
            events.push(Event {
                at: result.processing.finished_at.unwrap_or(stored.state.last_input_at),
                kind: "stage",
                what,
            });
        }
    }
    for attempt in block_on(opened.store.attempts(&contact))? {
        events.push(Event {
            at: attempt.at,
            kind: "attempt",
            what: format!("{} failed: {}", attempt.stage, attempt.error),
        });
    }
    for entry in block_on(Quarantine::list(&opened.store))? {
        if entry.contact_id.as_deref() == Some(&contact.contact_id) {
            let what = format!("{}: {} from {}", entry.reason, entry.detail, entry.origin);
            events.push(Event { at: entry.quarantined_at, kind: "quarantine", what });
        }
    }
    // The sort is stable: what happened in the same millisecond stays in the order of the kinds above.
    events.sort_by_key(|event| event.at);
    let phase = stored.state.phase().as_str();
    if json {
        return print_json(&serde_json::json!({ "contact": contact, "phase": phase, "events": events }));
    }
    anstream::println!("{} is {phase}", bold(&contact));
    for event in events {
        let at = event.at.strftime("%Y-%m-%d %H:%M:%S%.3f");
        let kind = format!("{:10}", event.kind);
        let kind = if matches!(event.kind, "attempt" | "quarantine") { yellow(kind) } else { kind };
        anstream::println!("{}  {kind} {}", dim(at), event.what);
    }
    Ok(())
}
