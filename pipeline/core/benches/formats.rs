//! How long it takes from bytes to a conversation, against parsing the same bytes into `serde_json::Value`.
//!
//! `cargo bench -p aftercall-core --bench formats`. The transcript is the two-channel sample of three minutes, repeated
//! along the time axis; without the folder of samples an artificial one of the same size takes its place.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench that cannot be set up should stop"
)]

mod common;

use std::hint::black_box;
use std::io::Read;
use std::path::PathBuf;

use aftercall_core::assemble::{AssembleSettings, assemble};
use aftercall_core::delivery::Delivery;
use aftercall_core::formats::{DecodeContext, decode};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};

/// Length of the sample, seconds.
const SAMPLE_SECONDS: f64 = 141.54;

fn shared(path: &str) -> Option<Vec<u8>> {
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path)).ok()
}

fn sample() -> Value {
    if let Some(bytes) = shared("formats/07-transcribe/kibaffo33-02-channel-identification.json") {
        return serde_json::from_slice(&bytes).unwrap();
    }
    let item = |position: usize, channel: usize| {
        let begin = (position * 2 + channel) as f64 * 0.35;
        json!({"start_time": format!("{begin:.2}"), "end_time": format!("{:.2}", begin + 0.3), "type": "pronunciation",
               "alternatives": [{"confidence": "0.99", "content": "word"}]})
    };
    let items = |channel: usize| (0..200).map(|position| item(position, channel)).collect::<Vec<_>>();
    let channel = |number: usize| json!({"channel_label": format!("ch_{number}"), "items": items(number)});
    json!({"jobName": "sample", "accountId": "1", "status": "COMPLETED", "results": {"transcripts": [{"transcript": ""}],
        "channel_labels": {"channels": [channel(0), channel(1)], "number_of_channels": 2}, "items": ([items(0), items(1)].concat())}})
}

fn later(items: &Value, seconds: f64) -> Vec<Value> {
    let mut items = items.as_array().unwrap().clone();
    for item in &mut items {
        for field in ["start_time", "end_time"] {
            if let Some(time) = item.get(field).and_then(Value::as_str) {
                let time: f64 = time.parse().unwrap();
                item[field] = json!(format!("{:.2}", time + seconds));
            }
        }
    }
    items
}

/// The sample, so many times one after the other.
fn transcript(times: usize) -> Vec<u8> {
    let sample = sample();
    let mut long = sample.clone();
    let results = &mut long["results"];
    for time in 1..times {
        let seconds = time as f64 * SAMPLE_SECONDS;
        let more = later(&sample["results"]["items"], seconds);
        results["items"].as_array_mut().unwrap().extend(more);
        for channel in 0..2 {
            let more = later(&sample["results"]["channel_labels"]["channels"][channel]["items"], seconds);
            results["channel_labels"]["channels"][channel]["items"].as_array_mut().unwrap().extend(more);
        }
    }
    serde_json::to_vec(&long).unwrap()
}

fn conversation(document: &[u8], ctx: &DecodeContext) -> usize {
    let deliveries: Vec<Delivery> = decode(document, ctx).unwrap().deliveries;
    assemble(&deliveries[0].contact, &deliveries, &AssembleSettings::default()).conversation.turns.len()
}

fn transcribe(criterion: &mut Criterion) {
    let ctx = DecodeContext::new("bench.json");
    let mut group = criterion.benchmark_group("transcribe");
    group.sample_size(20);
    for (minutes, times) in [(3, 1), (10, 4), (31, 13), (61, 26), (240, 102)] {
        let document = transcript(times);
        group.throughput(Throughput::Bytes(document.len() as u64));
        group.bench_with_input(BenchmarkId::new("decode", minutes), &document, |bencher, document| {
            bencher.iter(|| black_box(decode(document, &ctx)));
        });
        group.bench_with_input(BenchmarkId::new("conversation", minutes), &document, |bencher, document| {
            bencher.iter(|| black_box(conversation(document, &ctx)));
        });
        group.bench_with_input(BenchmarkId::new("analysis", minutes), &document, |bencher, document| {
            bencher.iter(|| black_box(common::analyse(document, &ctx)));
        });
        group.bench_with_input(BenchmarkId::new("value", minutes), &document, |bencher, document| {
            bencher.iter(|| black_box(serde_json::from_slice::<Value>(document)));
        });
    }
    group.finish();
}

fn canonical(criterion: &mut Criterion) {
    let Some(bytes) = shared("conversations/star.open.jsonl.gz") else { return };
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let ctx = DecodeContext::new("bench.jsonl");
    let mut group = criterion.benchmark_group("canonical lines");
    group.sample_size(20);
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("decode", |bencher| {
        bencher
            .iter(|| lines.iter().map(|line| decode(line.as_bytes(), &ctx).unwrap().deliveries.len()).sum::<usize>());
    });
    group.bench_function("conversation", |bencher| {
        bencher.iter(|| lines.iter().map(|line| conversation(line.as_bytes(), &ctx)).sum::<usize>());
    });
    group.bench_function("value", |bencher| {
        bencher
            .iter(|| lines.iter().map(|line| usize::from(serde_json::from_str::<Value>(line).is_ok())).sum::<usize>());
    });
    group.finish();
}

criterion_group!(benches, transcribe, canonical);
criterion_main!(benches);
