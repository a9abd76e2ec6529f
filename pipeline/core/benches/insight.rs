//! The whole offline analysis of a contact, and how its time grows with the contact's length.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic in a test is a failed test"
)]

use std::hint::black_box;

use aftercall_core::redact::{RedactedConversation, RedactionSettings, redact};
use aftercall_core::sentiment::{self, SentimentSettings};
use aftercall_core::{categories, first_response, measures, summary};
use aftercall_schemas::Conversation;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const CHAT: &[(&str, &str)] = &[
    ("CUSTOMER", "Hi, I have a problem with my last bill"),
    ("AGENT", "Hello, I'm sorry to hear that. Can I have your full name and the phone number on the account?"),
    ("CUSTOMER", "Dana Whitfield, 415-555-0132"),
    ("AGENT", "Thank you, Dana. What seems to be wrong with the bill?"),
    ("CUSTOMER", "I was charged twice for the same month, 64.90 on the third and 64.90 on the fifth"),
    ("AGENT", "I see both charges here. The second one should not have happened."),
    ("CUSTOMER", "That is really annoying, it's the second time this year"),
    ("AGENT", "I understand. I've reversed the second charge, you'll see it on your card within five business days."),
    ("CUSTOMER", "Okay, and will it happen again?"),
    ("AGENT", "No, I've removed the duplicate payment method. I'll email you a confirmation this afternoon."),
    ("CUSTOMER", "Great, the email is dana.w@example.com"),
    ("AGENT", "Got it. Is there anything else I can help you with?"),
    ("CUSTOMER", "No that's all, thank you so much for your help"),
];

fn conversation(turns: usize) -> Conversation {
    let turns: Vec<serde_json::Value> = CHAT
        .iter()
        .cycle()
        .take(turns)
        .enumerate()
        .map(|(number, (role, text))| {
            serde_json::json!({ "turn_id": format!("t{number}"), "participant": usize::from(*role == "AGENT"), "role": role, "content": text,
                "begin_offset_millis": number * 8_000, "end_offset_millis": null })
        })
        .collect();
    let value = serde_json::json!({
        "format": "aftercall.conversation/1", "instance_id": "bench", "contact_id": "bench", "channel": "CHAT", "language": "en-US",
        "sources": [], "alignment": "single", "start_timestamp": null,
        "participants": [
            { "participant_id": "c", "role": "CUSTOMER", "role_source": "service" },
            { "participant_id": "a", "role": "AGENT", "role_source": "service" }
        ],
        "turns": turns
    });
    serde_json::from_value(value).expect("the benchmark's own conversation")
}

fn analyse(redacted: &RedactedConversation) {
    black_box(measures::measure(redacted));
    black_box(sentiment::score(redacted, &SentimentSettings::default()));
    black_box(summary::customer_summary(redacted));
    black_box(summary::agent_summary(redacted));
    black_box(first_response::first_response(redacted));
}

fn insight(criterion: &mut Criterion) {
    let settings = RedactionSettings::default();
    let chat = conversation(13);
    let names = ["Dana Whitfield".to_owned()];
    let redacted = redact(chat.clone(), &names, &settings);
    criterion.bench_function("chat of 13 turns, all", |bench| {
        bench.iter(|| analyse(&redact(chat.clone(), &names, &settings)))
    });
    criterion.bench_function("chat of 13 turns, redact", |bench| {
        bench.iter(|| black_box(redact(chat.clone(), &names, &settings)))
    });
    criterion.bench_function("chat of 13 turns, sentiment", |bench| {
        bench.iter(|| black_box(sentiment::score(&redacted, &SentimentSettings::default())))
    });
    criterion.bench_function("chat of 13 turns, summaries", |bench| {
        bench.iter(|| {
            black_box(summary::agent_summary(&redacted));
            black_box(summary::customer_summary(&redacted));
        })
    });
    let rules = categories::parse(include_str!("../tests/data/rules.toml")).expect("the test's own rules");
    let labels = sentiment::score(&redacted, &SentimentSettings::default());
    criterion.bench_function("chat of 13 turns, categories", |bench| {
        bench.iter(|| black_box(categories::apply(&redacted, &labels, &rules)))
    });
    let mut group = criterion.benchmark_group("length");
    group.sample_size(10);
    for turns in [30, 300, 3_000, 30_000] {
        let long = conversation(turns);
        group.throughput(Throughput::Elements(turns as u64));
        group.bench_with_input(BenchmarkId::from_parameter(turns), &long, |bench, long| {
            bench.iter(|| analyse(&redact(long.clone(), &names, &settings)));
        });
    }
    group.finish();
}

criterion_group!(benches, insight);
criterion_main!(benches);
