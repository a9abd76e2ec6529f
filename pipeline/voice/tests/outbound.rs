//! Calls out: who may be called when, what is sent, and that a trigger calls once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use aftercall_core::error::{Error, ErrorKind, Result, Retry};
use aftercall_voice::handle::{flag_comes_again, take_flagged};
use aftercall_voice::memory::{MemoryCalls, MemoryContacts, MemoryDialer};
use aftercall_voice::outbound::{
    CallLog, CallRequest, Dialer, KnownContact, OptOuts, Outbound, OutboundSettings, Outcome, PhoneNumber, Raw,
    Trigger, call, flagged, request,
};
use aftercall_voice::testkit::{call_log_conforms, opt_outs_conform};
use async_trait::async_trait;
use jiff::Timestamp;
use pollster::block_on;
use proptest::prelude::*;
use serde_json::{Value, json};

fn raw() -> Raw {
    let some = |text: &str| Some(text.to_owned());
    Raw {
        instance_id: some("11111111-2222-3333-4444-555555555555"),
        flow_id: some("66666666-7777-8888-9999-000000000000"),
        queue_id: some("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"),
        source: some("+14155550199"),
        countries: some("+1=America/New_York, +44=Europe/London, +1808=Pacific/Honolulu"),
        hours: some("09:00-20:00"),
        calls_a_minute: some("2"),
        flags: some(
            r#"[{"category": "router fault", "opening_message": "Hello.", "purpose": "A router fault"},
                {"category": "cancels", "opening_message": "Hello again.", "purpose": "They want to leave"}]"#,
        ),
    }
}

fn settings() -> OutboundSettings {
    OutboundSettings::read(&raw()).unwrap()
}

fn trigger(id: &str, destination: &str) -> Trigger {
    Trigger::parse(
        &json!({ "id": id, "destination": destination, "openingMessage": "Hello, this is your telephone company.",
                 "purpose": "Router fault flagged at 10:02" })
        .to_string(),
    )
    .unwrap()
}

/// Noon in New York, 17:00 in London, 07:00 in Honolulu.
const NOON: &str = "2026-11-20T12:00:00-05:00";

fn called(destination: &str, at: &str) -> Outcome {
    let (calls, dialer) = (MemoryCalls::default(), MemoryDialer::default());
    let settings = settings();
    let outbound = Outbound { settings: &settings, opt_outs: &calls, log: &calls, dialer: &dialer };
    let outcome = block_on(call(&trigger("t", destination), &outbound, at.parse().unwrap())).unwrap();
    assert_eq!(dialer.dialled().len(), usize::from(matches!(outcome, Outcome::Called { .. })));
    outcome
}

// covers 0.11: the destination is a number in E.164
// covers 0.27: a country is listed or not called; the message names the page
#[test]
fn numbers_countries_and_hours() {
    #[track_caller]
    fn check(destination: &str, at: &str, refused: Option<(&str, &str)>) {
        match (called(destination, at), refused) {
            (Outcome::Called { .. }, None) => {}
            (Outcome::Refused(refusal), Some((word, part))) => {
                assert_eq!(refusal.as_str(), word, "{refusal}");
                assert!(refusal.to_string().contains(part), "{refusal}");
                assert!(!refusal.to_string().contains(destination) || destination.len() < 5, "no number is said");
            }
            (found, expected) => panic!("{found:?}, expected {expected:?}"),
        }
    }
    check("+14155550100", NOON, None);
    check("+442071838750", NOON, None);
    check("4155550100", NOON, Some(("number", "must begin with +")));
    check("+1 415 555 0100", NOON, Some(("number", "no spaces")));
    check("+0155550100", NOON, Some(("number", "+0")));
    check("+1415555", NOON, Some(("number", "7 digits")));
    check("+1415555010012345", NOON, Some(("number", "16 digits")));
    check("+911234567890", NOON, Some(("country", "country-code-allow-list")));
    check("+911234567890", NOON, Some(("country", "begin with +91 may not")));
    // The zone is the destination's, and of two prefixes the longer: it is early in Honolulu.
    check("+18085550100", NOON, Some(("hours", "09:00:00 to 20:00:00")));
    check("+14155550100", "2026-11-20T20:00:00-05:00", Some(("hours", "destination")));
    check("+14155550100", "2026-11-20T19:59:59-05:00", None);
    check("+14155550100", "2026-11-20T09:00:00-05:00", None);
}

// covers 0.12: a missing setting is named and nobody is called
#[test]
fn a_call_that_cannot_be_made_is_named_before_anybody_is_called() {
    #[track_caller]
    fn check(change: impl FnOnce(&mut Raw), part: &str) {
        let mut raw = raw();
        change(&mut raw);
        let error = OutboundSettings::read(&raw).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    check(|raw| raw.instance_id = None, "AFTERCALL_CONNECT_INSTANCE_ID is not set");
    check(|raw| raw.flow_id = Some(" ".to_owned()), "AFTERCALL_OUTBOUND_FLOW_ID is not set");
    check(|raw| raw.queue_id = None, "AFTERCALL_OUTBOUND_QUEUE_ID is not set");
    check(|raw| raw.source = None, "AFTERCALL_OUTBOUND_SOURCE_NUMBER is not set");
    check(|raw| raw.source = Some("0199".to_owned()), "AFTERCALL_OUTBOUND_SOURCE_NUMBER: the number must begin");
    check(|raw| raw.countries = Some("+44=Atlantis".to_owned()), "prefix=IANA time zone");
    check(|raw| raw.hours = Some("20:00-09:00".to_owned()), "AFTERCALL_OUTBOUND__HOURS");
    check(|raw| raw.calls_a_minute = Some("0".to_owned()), "AFTERCALL_OUTBOUND__CALLS_A_MINUTE");
    check(|raw| raw.flags = Some(r#"[{"category": "cancels"}]"#.to_owned()), "AFTERCALL_OUTBOUND__FLAGS");
    check(|raw| raw.flags = Some("cancels".to_owned()), "AFTERCALL_OUTBOUND__FLAGS");
    check(|raw| *raw = Raw::default(), "AFTERCALL_OUTBOUND_QUEUE_ID is not set; AFTERCALL_OUTBOUND_SOURCE");
    let error = Trigger::parse(r#"{"id":"1","destination":"+14155550100","openingMessage":"a"}"#).unwrap_err();
    assert!(error.contains("purpose") && !error.contains("4155"), "{error}");
    assert!(!format!("{:?}", trigger("t", "+14155550100")).contains("4155"));
}

// covers 0.9: the request that starts a call; its purpose reaches the model
#[test]
fn the_request_is_the_golden_one() {
    let number = PhoneNumber::parse("+14155550100").unwrap();
    let found = serde_json::to_value(request(&trigger("order-17", "+14155550100"), &number, &settings())).unwrap();
    let golden: Value = serde_json::from_str(include_str!("golden/start-outbound-voice-contact.json")).unwrap();
    assert_eq!(found, golden, "{found:#}");
}

// covers 0.14: a flag in the analysed data calls once; the number is asked of Connect
#[test]
fn a_flag_in_analysed_data_calls_once() {
    let record =
        json!({ "instance_id": "i", "contact_id": "c", "categories": ["router fault"], "destination": "+14155550100" });
    let flagged = |record: &Value, category: &str| flagged(record, category, "Hello.", "Router fault");
    assert_eq!(flagged(&record, "billing"), None);
    assert_eq!(
        flagged(&json!({ "instance_id": "i", "contact_id": "c", "categories": ["router fault"] }), "router fault"),
        None
    );
    let trigger = flagged(&record, "router fault").unwrap();
    let (calls, dialer) = (MemoryCalls::default(), MemoryDialer::default());
    let settings = settings();
    let outbound = Outbound { settings: &settings, opt_outs: &calls, log: &calls, dialer: &dialer };
    let now: Timestamp = NOON.parse().unwrap();
    assert!(matches!(block_on(call(&trigger, &outbound, now)).unwrap(), Outcome::Called { .. }));
    for _ in 0..3 {
        assert_eq!(block_on(call(&trigger, &outbound, now)).unwrap(), Outcome::Already);
    }
    assert_eq!(dialer.dialled().len(), 1);
}

// covers 0.14
#[test]
fn a_flagged_contact_is_looked_up_and_calls_once() {
    let known = |number: Option<&str>, called_out, began_at: &str| KnownContact {
        number: number.map(str::to_owned),
        called_out,
        began_at: Some(began_at.parse().unwrap()),
    };
    let hour_ago = "2026-11-20T11:00:00-05:00";
    let contacts = MemoryContacts(BTreeMap::from([
        ("c".to_owned(), known(Some("+14155550100"), false, hour_ago)),
        ("withheld".to_owned(), known(None, false, hour_ago)),
        ("anonymous".to_owned(), known(Some("anonymous"), false, hour_ago)),
        ("ours".to_owned(), known(Some("+14155550100"), true, hour_ago)),
        ("old".to_owned(), known(Some("+14155550100"), false, "2026-11-18T11:00:00-05:00")),
        ("early".to_owned(), known(Some("+18085550100"), false, hour_ago)),
    ]));
    let (calls, dialer) = (MemoryCalls::default(), MemoryDialer::default());
    let settings = settings();
    let outbound = Outbound { settings: &settings, opt_outs: &calls, log: &calls, dialer: &dialer };
    let come = |contact: &str, categories: &[&str]| {
        let event = json!({ "detail-type": "ContactFlagged", "detail": {
            "instance_id": "i", "contact_id": contact, "revision_key": "r", "categories": categories,
        } });
        let taken = block_on(take_flagged(&event.to_string(), &contacts, &outbound, NOON.parse().unwrap()));
        let again = flag_comes_again(&taken);
        (taken.unwrap(), again)
    };
    let check = |contact: &str, categories: &[&str], counted: &str, passes: bool| {
        let (handled, again) = come(contact, categories);
        assert_eq!(handled.counts, BTreeMap::from([(counted, 1)]), "{contact}");
        assert_eq!(handled.answer.passes(), passes, "{contact}");
        assert_eq!(again, passes.then_some(Duration::from_secs(900)), "{contact}");
    };
    check("c", &["delivery"], "CallsWithoutFlag", false);
    check("unknown", &["cancels"], "CallsWithoutNumber", false);
    check("withheld", &["cancels"], "CallsWithoutNumber", false);
    check("anonymous", &["cancels"], "CallsWithoutNumber", false);
    check("ours", &["cancels"], "CallsOfOwnCalls", false);
    check("old", &["cancels"], "CallsTooLate", false);
    check("early", &["cancels"], "CallsAwaited", true);
    assert!(dialer.dialled().is_empty());
    check("c", &["delivery", "cancels"], "CallsMade", false);
    // A later revision has another flag too: its customer was called already.
    check("c", &["router fault", "cancels"], "CallsMadeBefore", false);
    check("c", &["cancels"], "CallsMadeBefore", false);
    let dialled = dialer.dialled();
    assert_eq!(dialled.len(), 1);
    assert_eq!(dialled[0].attributes["openingMessage"], "Hello again.");
    assert_eq!(dialled[0].attributes["callPurpose"], "They want to leave");
    let wrong = r#"{"detail": {"destination": "+14155550100"}}"#;
    let taken = block_on(take_flagged(wrong, &contacts, &outbound, NOON.parse().unwrap()));
    assert_eq!(flag_comes_again(&taken), Some(Duration::from_secs(1)), "it becomes a dead letter soon");
    let passing = Err(Error::new(ErrorKind::Storage, "not now").retry(Retry::Later));
    assert_eq!(flag_comes_again(&passing), Some(Duration::from_secs(60)));
    let error = taken.unwrap_err();
    assert!(!error.to_string().contains("4155"), "{error}");
}

#[test]
fn who_opted_out_is_not_called_and_the_rate_holds() {
    let (calls, dialer) = (MemoryCalls::default(), MemoryDialer::default());
    let settings = settings();
    let outbound = Outbound { settings: &settings, opt_outs: &calls, log: &calls, dialer: &dialer };
    let now: Timestamp = NOON.parse().unwrap();
    block_on(calls.add(&PhoneNumber::parse("+14155550109").unwrap())).unwrap();
    let outcome =
        |id: &str, number: &str, now: Timestamp| block_on(call(&trigger(id, number), &outbound, now)).unwrap();
    let word = |outcome: Outcome| match outcome {
        Outcome::Refused(refusal) => refusal.as_str(),
        Outcome::Called { .. } => "called",
        Outcome::Already => "already",
    };
    assert_eq!(word(outcome("0", "+14155550109", now)), "opted_out");
    assert_eq!(word(outcome("1", "+14155550101", now)), "called");
    assert_eq!(word(outcome("2", "+14155550102", now)), "called");
    assert_eq!(word(outcome("3", "+14155550103", now)), "rate");
    assert_eq!(word(outcome("3", "+14155550103", now + std::time::Duration::from_secs(61))), "called");
    assert_eq!(dialer.dialled().len(), 3);
}

/// Loses the way back of the first call, as a time-out does.
struct Loses<'a>(&'a MemoryDialer);

#[async_trait]
impl Dialer for Loses<'_> {
    async fn dial(&self, request: &CallRequest) -> Result<String> {
        let first = self.0.dialled().is_empty();
        let contact = self.0.dial(request).await?;
        if first { Err(Error::new(ErrorKind::Provider, "no answer").retry(Retry::Later)) } else { Ok(contact) }
    }
}

#[test]
fn a_call_whose_answer_was_lost_is_not_made_twice() {
    let (calls, dialer) = (MemoryCalls::default(), MemoryDialer::default());
    let settings = settings();
    let outbound = Outbound { settings: &settings, opt_outs: &calls, log: &calls, dialer: &Loses(&dialer) };
    let (trigger, now) = (trigger("t", "+14155550100"), NOON.parse().unwrap());
    block_on(call(&trigger, &outbound, now)).unwrap_err();
    assert!(matches!(block_on(call(&trigger, &outbound, now)).unwrap(), Outcome::Called { .. }));
    assert_eq!(dialer.dialled().len(), 1);
}

#[test]
fn twins_in_memory_conform() {
    let calls = MemoryCalls::default();
    block_on(call_log_conforms(&calls, NOON.parse().unwrap())).unwrap();
    block_on(opt_outs_conform(&calls)).unwrap();
    assert!(block_on(calls.called("conformance/1")).unwrap());
}

proptest! {
    // covers 0.11
    #[test]
    fn no_text_is_repaired_into_a_number(text in "\\PC{0,24}") {
        if let Ok(number) = PhoneNumber::parse(&text) {
            prop_assert_eq!(number.as_str(), &text);
            prop_assert!(text.len() >= 9 && text.len() <= 16);
        }
    }
}
