//! What a contact costs from its bytes to its analysis, without IO: against parsing the same bytes, and by length.
//!
//! `cargo bench -p aftercall-core --bench analysis`. The first group reads `../shared/data/conversations/star.open.jsonl.gz`
//! beside the project, or the project's own sample conversations where it is not there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::hint::black_box;
use std::io::Read;
use std::path::Path;

use aftercall_core::assemble::{AssembleSettings, assemble};
use aftercall_core::formats::{DecodeContext, decode};
use aftercall_core::redact::{RedactionSettings, redact};
use aftercall_core::sentiment::SentimentSettings;
use aftercall_core::{first_response, measures, route, sentiment, summary};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};

/// From bytes to every result; returns something of each, so that nothing is optimised away.
fn analyse(document: &[u8], context: &DecodeContext) -> usize {
    let Ok(decoded) = decode(document, context) else { return 0 };
    let mut seen = 0;
    for delivery in &decoded.deliveries {
        let assembled = assemble(&delivery.contact, std::slice::from_ref(delivery), &AssembleSettings::default());
        let conversation = redact(assembled.conversation, &assembled.names, &RedactionSettings::default());
        let digest = serde_json::to_vec(&conversation).map(|bytes| blake3::hash(&bytes));
        let routing = route::route(&conversation, &Default::default());
        seen += routing.stages.len() + usize::from(digest.is_ok());
        seen += measures::measure(&conversation).turns.len();
        seen += sentiment::score(&conversation, &SentimentSettings::default()).turns.len();
        for use_case in routing.use_cases {
            seen += match use_case {
                aftercall_schemas::UseCase::CustomerBot => summary::customer_summary(&conversation).what_happened.len(),
                aftercall_schemas::UseCase::CustomerAgent => summary::agent_summary(&conversation).agent_actions.len(),
            };
        }
        seen += first_response::first_response(&conversation).turn.map_or(0, |_| 1);
    }
    seen
}

fn lines() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared = root.join("../shared/data/conversations/star.open.jsonl.gz");
    let path = if shared.exists() { shared } else { root.join("samples/canonical/conversations-en.jsonl.gz") };
    let mut text = String::new();
    let file = std::fs::File::open(&path).expect("the conversations are there");
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).expect("the conversations can be read");
    text.lines().map(|line| line.as_bytes().to_vec()).collect()
}

fn against_parsing(c: &mut Criterion) {
    let lines = lines();
    let bytes: usize = lines.iter().map(Vec::len).sum();
    let context = DecodeContext::new("bench");
    let mut group = c.benchmark_group("all_conversations");
    group.sample_size(10).throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("parse_to_value", |b| {
        b.iter(|| {
            for line in &lines {
                black_box(serde_json::from_slice::<Value>(line).is_ok());
            }
        });
    });
    group.bench_function("decode_to_analysis", |b| {
        b.iter(|| lines.iter().map(|line| analyse(black_box(line), &context)).sum::<usize>());
    });
    group.finish();
}

fn by_length(c: &mut Criterion) {
    let said = [
        ("customer", "Hi, my internet has been down since yesterday evening and I work from home."),
        ("bot", "I am sorry to hear that. Could you tell me which lights are on?"),
        ("customer", "Only the red one. I already restarted it twice, it is not working."),
        ("agent", "Thank you. I can send a technician on Thursday between 9 and 12."),
        ("customer", "Thursday is fine, my number is 555 0100 123."),
        ("agent", "Perfect, I have booked it and will text you a confirmation."),
    ];
    let context = DecodeContext::new("bench");
    let mut group = c.benchmark_group("one_contact_by_turns");
    group.sample_size(10);
    for turns in [30, 300, 3_000, 30_000] {
        let turn = |index: usize| {
            let (role, text) = said[index % said.len()];
            json!({ "role": role, "text": text, "start_ms": index * 4000, "end_ms": index * 4000 + 3500 })
        };
        let turns_json: Vec<_> = (0..turns).map(turn).collect();
        let document = json!({ "id": "long", "source": "bench", "channel": "voice", "turns": turns_json }).to_string();
        group.throughput(Throughput::Elements(turns as u64));
        group.bench_with_input(BenchmarkId::from_parameter(turns), document.as_bytes(), |b, document| {
            b.iter(|| analyse(black_box(document), &context));
        });
    }
    group.finish();
}

criterion_group!(benches, against_parsing, by_length);
criterion_main!(benches);
