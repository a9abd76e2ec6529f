//! What a warm function costs by itself: its handler over the ports in memory, for a contact with 25 turns. Prints
//! percentiles, because the slowest of a hundred events is what an alarm sees. `cargo bench -p aftercall-stages`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a benchmark that panics has failed"
)]

use std::time::{Duration, Instant};

use aftercall_core::assemble::AssembleSettings;
use aftercall_core::contact::ReadyRules;
use aftercall_core::formats::DecodeContext;
use aftercall_core::redact::RedactionSettings;
use aftercall_schemas::{ContactKey, Stage};
use aftercall_stages::archive::Archive;
use aftercall_stages::extractive::Extractive;
use aftercall_stages::handle::Deadline;
use aftercall_stages::handle::Handled;
use aftercall_stages::handle::advance::AdvancePorts;
use aftercall_stages::handle::again::HideMessage;
use aftercall_stages::handle::publish::publish_batch;
use aftercall_stages::handle::records::take_batch;
use aftercall_stages::handle::routing::route_batch;
use aftercall_stages::handle::stages::{StageBatchPorts, run_batch};
use aftercall_stages::ingest::IngestPorts;
use aftercall_stages::quarantine::QuarantinePorts;
use aftercall_stages::route::RouteSettings;
use aftercall_stages::run_stage::{StagePorts, StageSettings};
use aftercall_stages::testkit::{Memory, VirtualClock};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pollster::block_on;
use serde_json::{Value, json};

const CONTACTS: usize = 3000;
const WARM: usize = 200;

struct NoQueue;

#[async_trait]
impl HideMessage for NoQueue {
    async fn hide(&self, _: &str, _: Duration) -> aftercall_core::error::Result<()> {
        Ok(())
    }
}

fn document(contact_id: &str) -> Value {
    let said = [
        ("customer", "Hi, my internet has been down since yesterday evening and I work from home."),
        ("bot", "I am sorry to hear that. Could you tell me which lights are on?"),
        ("customer", "Only the red one. I already restarted it twice, it is not working."),
        ("agent", "Thank you. I can send a technician on Thursday between 9 and 12."),
        ("customer", "Thursday is fine, my number is 555 0100 123."),
    ];
    let turns: Vec<_> = (0..25).map(|index| said[index % said.len()]).collect();
    let turns: Vec<_> = turns.iter().map(|(role, text)| json!({"role": role, "text": text})).collect();
    json!({"id": contact_id, "channel": "chat", "language": "en-US", "turns": turns})
}

fn kinesis(contact_id: &str) -> String {
    let data = STANDARD.encode(document(contact_id).to_string());
    json!({"Records": [{"kinesis": {"sequenceNumber": "1", "partitionKey": contact_id, "data": data}}]}).to_string()
}

fn change(contact: &ContactKey) -> String {
    json!({"Records": [{"dynamodb": {"SequenceNumber": "1", "Keys": {"pk": {"S": contact.to_string()}}}}]}).to_string()
}

/// Times each call; says what must have happened for the time to mean anything.
fn measure(name: &str, mut call: impl FnMut(usize) -> Handled, done: &str) {
    let mut times: Vec<Duration> = (0..CONTACTS)
        .map(|index| {
            let started = Instant::now();
            let handled = call(index);
            let took = started.elapsed();
            assert!(handled.errors.is_empty(), "{name}: {:?}", handled.errors);
            assert!(handled.counts.get(done).is_some_and(|count| *count > 0), "{name}: {:?}", handled.counts);
            took
        })
        .collect();
    let mut times = times.split_off(WARM);
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!("| {name} | {:.3} | {:.3} | {:.3} |", at(0.5), at(0.99), at(1.0));
}

fn main() {
    let (memory, clock) = (Memory::default(), VirtualClock::default());
    let ingest = IngestPorts {
        contacts: &memory,
        inputs: &memory,
        recordings: &memory,
        objects: &memory,
        quarantine: &memory,
        clock: &clock,
    };
    let advance = AdvancePorts {
        contacts: &memory,
        inputs: &memory,
        results: &memory,
        objects: &memory,
        quarantine: &memory,
        announce: &memory,
        clock: &clock,
    };
    let route = RouteSettings {
        ready: ReadyRules::default(),
        stage_deadline: Duration::from_secs(3600),
        assemble: AssembleSettings::default(),
        redaction: RedactionSettings::default(),
        optional_stages: Default::default(),
    };
    let stage = StageBatchPorts {
        stage: StagePorts {
            objects: &memory,
            results: &memory,
            summarize: &Extractive,
            label: None,
            lease: None,
            quarantine: Some(&memory),
            clock: &clock,
        },
        announce: &memory,
        erased: &memory,
        aside: QuarantinePorts { quarantine: &memory, objects: &memory, clock: &clock },
        queue: &NoQueue,
    };
    let context = DecodeContext::new("bench");
    let ample = Deadline::after(&clock, Duration::from_secs(60));
    let ids: Vec<String> = (0..CONTACTS).map(|index| format!("c{index}")).collect();
    let events: Vec<String> = ids.iter().map(|id| kinesis(id)).collect();
    println!("| handler, a contact of 25 turns | p50 ms | p99 ms | slowest ms |\n|---|---|---|---|");
    measure(
        "ingest",
        |index| block_on(take_batch(ingest, Archive::Off, &context, ample, &events[index])).unwrap(),
        "InputsNew",
    );
    let contacts: Vec<ContactKey> =
        block_on(aftercall_stages::ports::OpenContacts::open(&memory, jiff::Timestamp::MAX, None, CONTACTS)).unwrap();
    assert_eq!(contacts.len(), CONTACTS);
    let changes: Vec<String> = contacts.iter().map(change).collect();
    measure("routing", |index| block_on(route_batch(advance, &route, ample, &changes[index])).unwrap(), "Routed");
    let (routed, _) = memory.heard();
    let messages: Vec<String> = routed
        .iter()
        .map(|message| {
            let body = json!({ "detail": message }).to_string();
            json!({"Records": [{"messageId": "m", "receiptHandle": "r", "body": body}]}).to_string()
        })
        .collect();
    let settings = StageSettings::default();
    let groups: [(&str, &[Stage]); 4] = [
        ("customer-summary, extracted", &[Stage::CustomerSummary]),
        ("agent-summary, extracted", &[Stage::AgentSummary]),
        ("first-response", &[Stage::FirstResponse]),
        ("sentiment", &[Stage::Sentiment, Stage::Measures]),
    ];
    for (name, stages) in groups {
        let run = |index: usize| block_on(run_batch(stage, &settings, stages, ample, &messages[index])).unwrap();
        measure(name, run, "StagesFound");
    }
    let publish = |index: usize| block_on(publish_batch(advance.publish(), &memory, ample, &changes[index])).unwrap();
    measure("publish", publish, "Published");
}
