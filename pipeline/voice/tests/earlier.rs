//! Earlier calls: noted from what the pipeline publishes, told about a verified caller, used in that caller's turns and for
//! nobody else.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::sync::Mutex;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::formats::customer_hmac;
use aftercall_core::redact::RedactedConversation;
use aftercall_schemas::ContactKey;
use aftercall_schemas::results::Analysis;
use aftercall_voice::agent::Agent;
use aftercall_voice::answers::{Answer, Answerer, Ask, Citation, Pace, Supported};
use aftercall_voice::dialogue::{SealKey, Settings};
use aftercall_voice::earlier::{EarlierCalls, Note};
use aftercall_voice::handle::{Callers, take_caller, take_insight, take_turn};
use aftercall_voice::memory::{
    MemoryAnswers, MemoryEarlierCalls, MemoryPublishedContacts, MemoryTranscripts, VirtualClock,
};
use aftercall_voice::testkit::earlier_calls_conform;
use async_trait::async_trait;
use jiff::Timestamp;
use pollster::block_on;
use serde_json::{Value, json};

const NUMBER: &str = "+14155550100";
const OLD_KEY: [u8; 32] = [1; 32];
const NEW_KEY: [u8; 32] = [2; 32];
const REASON: &str = "The router keeps restarting.";

fn conversation(contact_id: &str, key: &[u8; 32], ended: &str) -> RedactedConversation {
    serde_json::from_value(json!({
        "format": "aftercall.conversation/1", "instance_id": "i", "contact_id": contact_id, "channel": "VOICE",
        "language": "en-US", "sources": [], "alignment": "single", "start_timestamp": ended, "participants": [],
        "turns": [],
        "record": {"customer_endpoint_hmac": customer_hmac(key, NUMBER), "disconnect_timestamp": ended},
    }))
    .unwrap()
}

fn analysis(contact_id: &str, reason: &str) -> Analysis {
    serde_json::from_value(json!({
        "format": "aftercall.analysis/1", "instance_id": "i", "contact_id": contact_id, "revision_key": "r",
        "use_cases": [], "state": "complete", "missing": {},
        "results": {"agent-summary": {
            "instance_id": "i", "contact_id": contact_id, "revision_key": "r", "stage": "agent-summary",
            "stage_version": "agent-summary/2", "processing": {},
            "outcome": {"found": {"kind": "agent_summary",
                "reason": {"text": reason, "turns": [0], "verdict": {"verdict": "supported"}},
                "resolution": "unresolved",
                "commitments": [{"who": "AGENT", "when": null, "what":
                    {"text": "I will send a technician.", "turns": [3], "verdict": {"verdict": "supported"}}}],
            }},
        }},
    }))
    .unwrap()
}

fn published(contact_id: &str, state: &str) -> String {
    json!({"kind": "analysis_published", "instance_id": "i", "contact_id": contact_id, "revision_key": "r",
        "revision": 1, "state": state, "analysis_key": format!("analyses/{contact_id}")})
    .to_string()
}

/// What the pipeline has published: one contact.
struct House {
    notes: MemoryEarlierCalls,
    contacts: MemoryPublishedContacts,
    key: SealKey,
}

impl House {
    fn with(contact_id: &str, key: &[u8; 32]) -> Self {
        let mut contacts = MemoryPublishedContacts::default();
        let conversation = conversation(contact_id, key, "2026-11-20T10:00:00Z");
        contacts.conversations.insert(ContactKey::new("i", contact_id), conversation);
        contacts.analyses.insert(format!("analyses/{contact_id}"), analysis(contact_id, REASON));
        Self { notes: MemoryEarlierCalls::default(), contacts, key: SealKey::from_secret(b"test") }
    }

    /// The names of what was counted.
    fn insight(&self, insight: &str) -> Vec<&'static str> {
        let handled = block_on(take_insight(insight, &self.notes, &self.contacts)).unwrap();
        handled.counts.into_keys().collect()
    }

    /// What a flow is told, and what was counted.
    fn caller(&self, contact_id: &str, endpoint: &Value, parameters: &Value) -> (String, Vec<&'static str>) {
        let event = json!({"Name": "ContactFlowEvent", "Details": {"Parameters": parameters, "ContactData":
            {"ContactId": contact_id, "CustomerEndpoint": endpoint}}});
        let callers =
            Callers { notes: &self.notes, contacts: &self.contacts, hmac_keys: &[NEW_KEY, OLD_KEY], key: &self.key };
        let handled = block_on(take_caller(&event.to_string(), &callers)).unwrap();
        let fields = serde_json::to_value(&handled.answer).unwrap();
        (fields["earlierCall"].as_str().unwrap().to_owned(), handled.counts.into_keys().collect())
    }

    fn verified(&self, contact_id: &str) -> String {
        self.caller(contact_id, &number(), &json!({"verified": "true"})).0
    }
}

fn number() -> Value {
    json!({"Address": NUMBER, "Type": "TELEPHONE_NUMBER"})
}

/// Notes what it is asked.
#[derive(Default)]
struct Asked(Mutex<Vec<String>>);

#[async_trait]
impl Answerer for Asked {
    fn pace(&self, _: &str) -> Pace {
        Pace::Quick
    }

    async fn answer(&self, ask: &Ask<'_>) -> Result<Answer> {
        self.0.lock().unwrap().push(ask.question.to_owned());
        let citations = vec![Citation { document: "routers.md".to_owned(), line: None }];
        let text = "Hold the button for ten seconds.".to_owned();
        Ok(Answer::Supported(Supported { text, citations, from_customer_data: false }))
    }
}

/// The session's attributes after a turn of a contact.
fn turn(house: &House, answers: &MemoryAnswers, asked: &Asked, contact_id: &str, earlier: &str, words: &str) -> Value {
    let event = json!({"invocationSource": "DialogCodeHook", "inputMode": "Speech", "sessionId": "s-1",
        "inputTranscript": words, "bot": {"localeId": "en_US"},
        "sessionState": {"sessionAttributes": {"contactId": contact_id, "earlierCall": earlier},
            "intent": {"name": "defaultIntent", "slots": {}}}});
    let (clock, transcripts) = (VirtualClock::default(), MemoryTranscripts::default());
    let (settings, key) = (Settings::default(), &house.key);
    let agent = Agent { answerer: asked, answers, clock: &clock, settings: &settings, key, kb_version: "1" };
    let handled = block_on(take_turn(&event.to_string(), &agent, &transcripts)).unwrap();
    serde_json::to_value(handled.answer).unwrap()["sessionState"]["sessionAttributes"].clone()
}

#[test]
fn memory_conforms() {
    block_on(earlier_calls_conform(&MemoryEarlierCalls::default(), Timestamp::now())).unwrap();
}

// covers 0.46: what the caller called about before, by the number's hash, after verification only
#[test]
fn an_earlier_call_is_told_about_a_verified_caller_only() {
    let house = House::with("c-1", &NEW_KEY);
    assert_eq!(house.insight(&published("c-1", "complete")), ["ContactsNoted"]);
    assert_eq!(house.insight(&published("c-1", "complete")), ["ContactsNoted"]);

    for parameters in [json!({}), json!({"verified": ""}), json!({"verified": "false"}), json!({"verified": true})] {
        let (told, counted) = house.caller("c-2", &number(), &parameters);
        assert_eq!((told.as_str(), counted), ("", vec!["CallersNotVerified"]), "{parameters}");
    }
    let verified = json!({"verified": "true"});
    let (told, counted) = house.caller("c-2", &number(), &verified);
    assert!(told.contains(REASON) && !told.contains(NUMBER), "{told}");
    assert_eq!(counted, ["CallersKnown"]);
    assert_eq!(house.caller("c-2", &Value::Null, &verified), (String::new(), vec!["CallersWithoutNumber"]));
    let other = json!({"Address": "+14155550199", "Type": "TELEPHONE_NUMBER"});
    assert_eq!(house.caller("c-2", &other, &verified), (String::new(), vec!["CallersNew"]));
    // This call itself is none before it.
    assert_eq!(house.caller("c-1", &number(), &verified), (String::new(), vec!["CallersNew"]));
}

// covers 0.46
#[test]
fn a_colleague_is_told_what_an_earlier_call_was_about() {
    let house = House::with("c-1", &NEW_KEY);
    house.insight(&published("c-1", "complete"));
    let earlier = house.verified("c-2");
    let summary = |contact_id: &str, earlier: &str| {
        let (answers, asked) = (MemoryAnswers::default(), Asked::default());
        let after = turn(&house, &answers, &asked, contact_id, earlier, "I want to talk to a person");
        after["handoverSummary"].as_str().unwrap().to_owned()
    };
    let told = summary("c-2", &earlier);
    assert!(told.contains("Called before on 2026-11-20: The router keeps restarting (unresolved)."), "{told}");
    assert!(told.contains("Then open: I will send a technician."), "{told}");
    // Another contact's, one that somebody changed, and one that nobody sealed.
    let forged = earlier.replace("router", "television");
    for (contact_id, earlier) in [("c-3", earlier.as_str()), ("c-2", &forged), ("c-2", "{\"reason\":\"x\"}")] {
        assert!(!summary(contact_id, earlier).contains("before"), "{earlier}");
    }
}

// covers 0.46
#[test]
fn a_question_about_an_earlier_call_is_not_shared() {
    let house = House::with("c-1", &NEW_KEY);
    house.insight(&published("c-1", "complete"));
    let earlier = house.verified("c-2");
    let (answers, asked) = (MemoryAnswers::default(), Asked::default());
    let words = "it's the same problem again, what can I do";
    let after = turn(&house, &answers, &asked, "c-2", &earlier, words);
    assert_eq!(after["turnOutcome"], "ANSWERED");
    assert_eq!(after["question"], words, "what is passed on is what was said");
    turn(&house, &answers, &asked, "c-2", &earlier, words);
    turn(&house, &answers, &asked, "c-3", "", words);
    turn(&house, &answers, &asked, "c-2", &earlier, "how long is the warranty");
    let asked = asked.0.into_inner().unwrap();
    let with = format!("{REASON} {words}");
    assert_eq!(asked, [with.as_str(), with.as_str(), words, "how long is the warranty"]);
}

#[test]
fn contacts_that_are_nobodys_gone_or_moved_are_not_noted() {
    let mut house = House::with("c-1", &NEW_KEY);
    assert_eq!(house.insight(&published("c-1", "moved")), ["ContactsMoved"]);
    assert_eq!(house.insight(&published("c-9", "complete")), ["ContactsGone"]);
    let other = json!({"kind": "result_kept", "instance_id": "i", "contact_id": "c-1", "revision_key": "r",
        "stage": "sentiment", "stage_version": "sentiment/1", "found": true});
    assert!(house.insight(&other.to_string()).is_empty());
    let mut without = serde_json::to_value(conversation("c-1", &NEW_KEY, "2026-11-20T10:00:00Z")).unwrap();
    without["record"]["customer_endpoint_hmac"] = Value::Null;
    house.contacts.conversations.insert(ContactKey::new("i", "c-1"), serde_json::from_value(without).unwrap());
    assert_eq!(house.insight(&published("c-1", "complete")), ["ContactsOfNobody"]);
    assert!(block_on(take_insight("{}", &house.notes, &house.contacts)).is_err());
    assert_eq!(house.verified("c-2"), "");
}

#[test]
fn a_contact_of_before_a_rotation_is_found() {
    let house = House::with("c-1", &OLD_KEY);
    house.insight(&published("c-1", "complete"));
    assert!(house.verified("c-2").contains(REASON));
}

#[test]
fn an_erased_analysis_tells_nothing() {
    let mut house = House::with("c-1", &NEW_KEY);
    house.insight(&published("c-1", "complete"));
    house.contacts.analyses.clear();
    assert_eq!(house.verified("c-2"), "");
}

/// A store that is down.
struct Down;

#[async_trait]
impl EarlierCalls for Down {
    async fn note(&self, _: &Note) -> Result<()> {
        Err(Error::new(ErrorKind::Storage, "down"))
    }

    async fn latest(&self, _: &str, _: u64) -> Result<Option<Note>> {
        Err(Error::new(ErrorKind::Storage, "down"))
    }
}

#[test]
fn a_call_goes_on_without_a_store() {
    let house = House::with("c-1", &NEW_KEY);
    let callers = Callers { notes: &Down, contacts: &house.contacts, hmac_keys: &[NEW_KEY], key: &house.key };
    let event = json!({"Details": {"Parameters": {"verified": "true"},
        "ContactData": {"ContactId": "c-2", "CustomerEndpoint": number()}}});
    let handled = block_on(take_caller(&event.to_string(), &callers)).unwrap();
    assert_eq!(handled.faults.len(), 1);
    assert_eq!(serde_json::to_value(&handled.answer).unwrap()["earlierCall"], "");
}
