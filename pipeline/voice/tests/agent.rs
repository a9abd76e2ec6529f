//! The code hook as Lex calls it: events in, responses out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::time::Instant;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_voice::agent::{Agent, respond, warm};
use aftercall_voice::answers::{Answer, Answerer, Ask, Documents, LocalAnswerer, Pace, Supported};
use aftercall_voice::dialogue::{SealKey, Settings};
use aftercall_voice::lex::{LexEvent, LexResponse};
use aftercall_voice::memory::{MemoryAnswers, VirtualClock};
use async_trait::async_trait;
use pollster::block_on;
use proptest::prelude::*;
use serde_json::{Value, json};

fn documents() -> LocalAnswerer {
    LocalAnswerer(Documents::of([("plans.md", "The gold plan has 20 gigabytes of data.")]).unwrap())
}

fn event(words: &str) -> Value {
    json!({"messageVersion": "1.0", "invocationSource": "FulfillmentCodeHook", "inputMode": "Speech", "sessionId": "s-1",
        "inputTranscript": words, "bot": {"localeId": "en_US"}, "newThing": {"deep": [null]},
        "interpretations": [{"intent": {"name": "FallbackIntent", "slots": {}}, "nluConfidence": null}],
        "sessionState": {"sessionAttributes": {"contactId": "c-1"}, "activeContexts": null,
                         "intent": {"name": "FallbackIntent", "slots": {}}}})
}

fn answered(event: &Value, answerer: &dyn Answerer) -> LexResponse {
    let event = LexEvent::parse(&event.to_string()).unwrap();
    let agent = Agent {
        answerer,
        answers: &MemoryAnswers::default(),
        clock: &VirtualClock::default(),
        settings: &Settings::default(),
        key: &SealKey::from_secret(b"test"),
        kb_version: "1",
    };
    block_on(respond(&event, &agent)).unwrap().response
}

/// Says one text.
struct Says(String);

#[async_trait]
impl Answerer for Says {
    fn pace(&self, _question: &str) -> Pace {
        Pace::Quick
    }

    async fn answer(&self, _ask: &Ask<'_>) -> Result<Answer> {
        Ok(Answer::Supported(Supported { text: self.0.clone(), citations: Vec::new(), from_customer_data: false }))
    }
}

struct Fails;

#[async_trait]
impl Answerer for Fails {
    fn pace(&self, _question: &str) -> Pace {
        Pace::Quick
    }

    async fn answer(&self, _ask: &Ask<'_>) -> Result<Answer> {
        Err(Error::new(ErrorKind::Provider, "throttled"))
    }
}

struct Slow;

#[async_trait]
impl Answerer for Slow {
    fn pace(&self, _question: &str) -> Pace {
        Pace::Slow
    }

    async fn answer(&self, _ask: &Ask<'_>) -> Result<Answer> {
        panic!("a slow answerer is not asked within a turn")
    }
}

// covers 0.4: Lex event, answer, Lex response
#[test]
fn outcomes_reach_the_flow() {
    #[track_caller]
    fn check(words: &str, answerer: &dyn Answerer, outcome: &str, say: &str) {
        let response = answered(&event(words), answerer);
        assert_eq!(response.attributes()["turnOutcome"], outcome);
        assert_eq!(response.attributes()["contactId"], "c-1", "what the flow set is kept");
        let said: Vec<&str> = response.messages().iter().map(|message| message.text()).collect();
        assert_eq!(said.join(" "), say);
    }
    check("how much data does the gold plan have", &documents(), "ANSWERED", "The gold plan has 20 gigabytes of data.");
    check("do you sell hats", &documents(), "ANSWERED", "I don't know that. Could you ask it in another way?");
    check("how much is it", &Slow, "ASYNC", "");
    check("how much is it", &Fails, "AGENT", "I will pass you to a colleague.");
    check("", &documents(), "SILENCE", "");
    check("um", &documents(), "NOMATCH", "");
    check("goodbye", &documents(), "END", "");
    check("operator", &documents(), "AGENT", "I will pass you to a colleague.");
}

#[test]
fn a_turn_remembers_the_one_before() {
    let first = answered(&event("how much data does the gold plan have"), &documents());
    let mut second = event("what about the silver plan");
    second["sessionState"]["sessionAttributes"] = json!(first.attributes());
    let response = answered(&second, &documents());
    assert_eq!(response.attributes()["question"], "how much data does the gold plan have what about the silver plan");
    // Somebody who sets the attribute without our key is not believed.
    second["sessionState"]["sessionAttributes"]["agentState"] = json!("{\"misses\":2}");
    assert_eq!(answered(&second, &documents()).attributes()["question"], "what about the silver plan");
}

#[test]
fn an_answer_made_with_a_calls_purpose_is_nobody_elses() {
    let (answers, clock, key) = (MemoryAnswers::default(), VirtualClock::default(), SealKey::from_secret(b"test"));
    let (answerer, settings) = (documents(), Settings::default());
    let cached = |purpose: Option<&str>| {
        let mut event = event("how much data does the gold plan have");
        event["sessionState"]["sessionAttributes"]["callPurpose"] = json!(purpose);
        let event = LexEvent::parse(&event.to_string()).unwrap();
        let (answers, clock) = (&answers, &clock);
        let agent = Agent { answerer: &answerer, answers, clock, settings: &settings, key: &key, kb_version: "1" };
        block_on(respond(&event, &agent)).unwrap().cached
    };
    assert!(!cached(Some("They want to leave")));
    assert!(!cached(None), "what was made for the one is not there for all");
    assert!(cached(None));
    assert!(cached(Some("They want to leave")), "what all may have, the one may");
}

// covers 0.44: speech, keys and text: what is written may be longer than what is spoken
#[test]
fn text_is_answered_within_the_limits_of_a_chat() {
    let long = "Each plan has a note of its own. ".repeat(200);
    let answerer = LocalAnswerer(Documents::of([("plans.md", "The gold plan has 20 gigabytes of data.")]).unwrap());
    let says = Says(long);
    let chars = |mode: &str, answerer: &dyn Answerer| {
        let mut event = event("how much data does the gold plan have");
        event["inputMode"] = json!(mode);
        let response = answered(&event, answerer);
        assert_eq!(response.attributes()["turnOutcome"], "ANSWERED");
        response.messages().iter().map(|message| message.text().chars().count()).sum::<usize>()
    };
    assert_eq!(chars("Text", &answerer), chars("Speech", &answerer));
    assert!(chars("Speech", &says) <= 3_000 && chars("DTMF", &says) <= 3_000);
    assert!(chars("Text", &says) > 3_000);
}

// covers 0.43
#[test]
fn the_own_time_of_a_turn() {
    let mut large = event("how much data does the gold plan have");
    large["requestAttributes"] = (0..220).map(|at| (format!("x-{at}"), json!("y".repeat(44)))).collect();
    let text = large.to_string();
    assert!(text.len() > 11_000, "about the 12 KB that Lex may send");
    let (answers, clock, key) = (MemoryAnswers::default(), VirtualClock::default(), SealKey::from_secret(b"test"));
    let settings = Settings::default();
    let answerer = documents();
    let agent = Agent {
        answerer: &answerer,
        answers: &answers,
        clock: &clock,
        settings: &settings,
        key: &key,
        kb_version: "1",
    };
    warm();
    let mut times: Vec<_> = (0..300)
        .map(|_| {
            let started = Instant::now();
            let event = LexEvent::parse(&text).unwrap();
            let response = block_on(respond(&event, &agent)).unwrap().response;
            assert!(!serde_json::to_string(&response).unwrap().is_empty());
            started.elapsed()
        })
        .collect();
    times.sort();
    println!(
        "a cached turn of {} bytes: p50 {:?}, p99 {:?} (profile of the tests)",
        text.len(),
        times[150],
        times[297]
    );
}

proptest! {
    #[test]
    fn no_words_make_it_fail(words in ".{0,120}") {
        answered(&event(&words), &documents());
    }
}
