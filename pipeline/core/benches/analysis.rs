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

mod common;

use std::hint::black_box;
use std::io::Read;
use std::path::Path;

use aftercall_core::formats::DecodeContext;
use common::analyse;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};

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
