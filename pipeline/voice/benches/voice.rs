//! What the voice agent itself costs: a turn of the code hook, a cache hit in the Producer, the wait after an answer is
//! there, and search. No network; the stores are those in memory.
//!
//! `cargo bench -p aftercall-voice --bench voice`. Criterion gives means; callers feel the slow ones, so each group prints
//! percentiles of single calls too.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aftercall_voice::agent::{Agent, respond, warm};
use aftercall_voice::answers::{Answerer, Ask, Documents, LocalAnswerer};
use aftercall_voice::cache::{CustomerScope, Scope, StoredAnswer, keys, remember};
use aftercall_voice::dialogue::{SealKey, Settings};
use aftercall_voice::lex::LexEvent;
use aftercall_voice::lex::connect::ConnectEvent;
use aftercall_voice::long_answer::{
    Clock, Job, JobId, JobOutcome, Jobs, Look, Next, Polling, Producer, ProducerSettings, Status, decide, produce,
};
use aftercall_voice::memory::{MemoryAnswers, MemoryJobs, MemoryQueue, VirtualClock};
use criterion::{Criterion, criterion_group, criterion_main};
use pollster::block_on;
use serde_json::json;

const CALLS: usize = 5_000;

/// Prints percentiles of single calls beside a goal.
fn percentiles(name: &str, goal: &str, mut once: impl FnMut()) {
    for _ in 0..200 {
        once();
    }
    let mut times: Vec<Duration> = (0..CALLS)
        .map(|_| {
            let started = Instant::now();
            once();
            started.elapsed()
        })
        .collect();
    times.sort();
    let at = |share: usize| times[(CALLS * share / 1_000).min(CALLS - 1)].as_secs_f64() * 1_000.0;
    println!(
        "{name}: p50 {:.4} ms, p90 {:.4} ms, p99 {:.4} ms, p99.9 {:.4} ms, most {:.4} ms of {CALLS} calls (goal: {goal})",
        at(500),
        at(900),
        at(990),
        at(999),
        at(1_000)
    );
}

/// An event of about 12 KB, as Lex sends it with many attributes.
fn large_event(words: &str) -> String {
    let attributes: serde_json::Map<String, serde_json::Value> =
        (0..220).map(|at| (format!("x-{at}"), json!("y".repeat(44)))).collect();
    json!({
        "messageVersion": "1.0", "invocationSource": "FulfillmentCodeHook", "inputMode": "Speech", "sessionId": "s-1",
        "inputTranscript": words, "bot": {"localeId": "en_US"}, "requestAttributes": attributes,
        "interpretations": [{"intent": {"name": "FallbackIntent", "slots": {}}, "nluConfidence": null}],
        "sessionState": {"sessionAttributes": {"contactId": "c-1"}, "intent": {"name": "FallbackIntent", "slots": {}}},
        "transcriptions": [{"transcription": words, "transcriptionConfidence": 0.95}],
    })
    .to_string()
}

/// Documents of our own making: short answers about plans of many names.
fn documents(passages: usize) -> Documents {
    const THINGS: [&str; 10] =
        ["router", "invoice", "roaming", "number", "contract", "voicemail", "upgrade", "speed", "refund", "repair"];
    const VERBS: [&str; 10] =
        ["restart", "pay", "switch", "move", "cancel", "delete", "order", "measure", "claim", "book"];
    let texts: Vec<String> = (0..passages)
        .map(|at| {
            let (thing, verb) = (THINGS[at % 10], VERBS[at / 10 % 10]);
            format!(
                "# How to {verb} the {thing} of plan {at}\n\nTo {verb} the {thing} of plan {at}, open the app and choose {thing}. \
                 It takes {} minutes and costs {} dollars. Customers of plan {at} can {verb} it again after {} days.\n",
                at % 50 + 1, at % 90 + 1, at % 28 + 1
            )
        })
        .collect();
    let names: Vec<String> = (0..passages).map(|at| format!("plan-{at}.md")).collect();
    Documents::of(names.iter().map(String::as_str).zip(texts.iter().map(String::as_str))).unwrap()
}

fn scope() -> Scope {
    Scope { locale: "en-US".to_owned(), kb_version: "1".to_owned(), customer: CustomerScope::Everybody }
}

fn stored() -> MemoryAnswers {
    let answers = MemoryAnswers::default();
    let answer = StoredAnswer {
        question: "how do I get the summary of the earnings call".to_owned(),
        answer: "Revenue grew by 11 percent. ".repeat(20),
        citations: vec!["report.md:1".to_owned()],
    };
    let keys = keys(&answer.question, &scope()).unwrap();
    assert!(block_on(remember(&answers, &keys, &answer, "c", false)).unwrap());
    answers
}

fn handler(c: &mut Criterion) {
    warm();
    let text = large_event("um could you tell me how to get the summary of the earnings call please");
    let (answers, clock, key, settings) =
        (stored(), VirtualClock::default(), SealKey::from_secret(b"bench"), Settings::default());
    let answerer = LocalAnswerer(documents(100));
    let agent = Agent {
        answerer: &answerer,
        answers: &answers,
        clock: &clock,
        settings: &settings,
        key: &key,
        kb_version: "1",
    };
    let mut once = || {
        let event = LexEvent::parse(black_box(&text)).unwrap();
        let responded = block_on(respond(&event, &agent)).unwrap();
        assert!(responded.cached);
        black_box(serde_json::to_string(&responded.response).unwrap());
    };
    println!("a Lex event of {} bytes", text.len());
    percentiles("turn of the code hook", "p50 0.3 ms, p99 1 ms", &mut once);
    c.bench_function("handler/12_kb_event", |bencher| bencher.iter(&mut once));
}

fn producer(c: &mut Criterion) {
    let (answers, jobs, queue, clock) =
        (stored(), MemoryJobs::default(), MemoryQueue::default(), VirtualClock::default());
    let settings = ProducerSettings::new("1");
    let producer = Producer { jobs: &jobs, queue: &queue, answers: &answers, clock: &clock, settings: &settings };
    let text = json!({"Name": "ContactFlowEvent", "Details": {
        "Parameters": {"question": "how do I get the summary of the earnings call", "locale": "en-US"},
        "ContactData": {"ContactId": "c-1", "Attributes": {}, "Channel": "VOICE"}}})
    .to_string();
    let mut once = || {
        let event = ConnectEvent::parse(black_box(&text)).unwrap();
        let reply = block_on(produce(&event, &producer)).unwrap();
        assert_eq!(reply.status, Status::Ready);
        black_box(reply.fields());
    };
    percentiles("cache hit in the Producer", "1 ms", &mut once);
    c.bench_function("producer/cache_hit", |bencher| bencher.iter(&mut once));
}

/// How long after an answer the Consumer has it, on the virtual clock: for an answer at every ms of a wait.
fn extra_wait(c: &mut Criterion) {
    let wait = |ready_at: u64| -> u64 {
        let (jobs, clock) = (MemoryJobs::default(), Arc::new(VirtualClock::default()));
        let id = JobId::of("c", "1", "q");
        let job = Job {
            v: 1,
            job_id: id.clone(),
            contact_id: "c".to_owned(),
            question_raw: "q".to_owned(),
            question_key: "q".to_owned(),
            locale: "en-US".to_owned(),
            kb_version: "1".to_owned(),
            purpose: None,
            enqueued_at_ms: 0,
            deadline_ms: 60_000,
        };
        block_on(jobs.start(&job, 100)).unwrap();
        let polling = Polling::default();
        let end = polling.end(0, 8_000);
        loop {
            if clock.now_ms() >= ready_at {
                let outcome = JobOutcome::Answer { answer: "a".to_owned(), citations: Vec::new() };
                block_on(jobs.finish(&id, &outcome, 1)).unwrap();
            }
            let entry = block_on(jobs.get(&id, 100)).unwrap().unwrap();
            match decide(&polling, &id, clock.now_ms(), end, &Look::Found(&entry)) {
                Next::Wait(ms) => clock.advance(ms),
                Next::Return(reply) => {
                    assert_eq!(reply.status, Status::Ready, "an answer at {ready_at} ms");
                    return clock.now_ms() - ready_at;
                }
            }
        }
    };
    let waits: Vec<u64> = (1..=6_400).map(wait).collect();
    let mean = waits.iter().sum::<u64>() as f64 / waits.len() as f64;
    println!(
        "extra wait after an answer: mean {mean:.1} ms, most {} ms, of {} answers (goal: mean 100 ms, at most 250)",
        waits.iter().max().unwrap(),
        waits.len()
    );
    c.bench_function("consumer/decide_until_ready", |bencher| bencher.iter(|| black_box(wait(black_box(3_333)))));
}

fn search(c: &mut Criterion) {
    let answerer = LocalAnswerer(documents(10_000));
    let mut at = 0;
    let mut once = || {
        at = (at + 7_919) % 10_000;
        let question = format!("how do I cancel the contract of plan {at}");
        let ask = Ask { question: &question, locale: "en-US", purpose: None, within_ms: 1_000 };
        black_box(block_on(answerer.answer(&ask)).unwrap());
    };
    percentiles("search and quote over 10,000 passages", "p99 5 ms", &mut once);
    c.bench_function("search/10000_passages", |bencher| bencher.iter(&mut once));
}

criterion_group!(benches, handler, producer, extra_wait, search);
criterion_main!(benches);
