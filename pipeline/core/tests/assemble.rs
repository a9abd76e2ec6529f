//! Assembly: which text counts, one timeline, and independence of order and repetition.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic in a test is a failure with a place")]

mod support;

use aftercall_core::assemble::{AssembleSettings, assemble};
use aftercall_core::delivery::Delivery;
use aftercall_core::roles::Correction;
use aftercall_schemas::conversation::{Alignment, RoleSource};
use aftercall_schemas::{ContactKey, Conversation, ParticipantRole};
use proptest::prelude::*;
use support::{conversation, delivery, lines, sample};

fn key() -> ContactKey {
    ContactKey::new("i-1", "c-1")
}

fn assembled(deliveries: &[Delivery]) -> Conversation {
    assemble(&key(), deliveries, &AssembleSettings::default()).conversation
}

#[track_caller]
fn check(deliveries: &[Delivery], expected: &[&str]) -> Conversation {
    let conversation = assembled(deliveries);
    assert_eq!(lines(&conversation), expected);
    conversation
}

fn segment(event: &str, kind: &str, id: &str, role: &str, text: &str, begin: i64) -> Delivery {
    let field = if kind == "Utterance" { "PartialContent" } else { "Content" };
    delivery(format!(
        r#"{{"Channel":"VOICE","InstanceId":"i-1","ContactId":"c-1","LanguageCode":"en-US","EventType":"{event}","Segments":[
        {{"{kind}":{{"Id":"{id}","TranscriptId":"{id}","ParticipantId":"{role}","ParticipantRole":"{role}","{field}":"{text}","BeginOffsetMillis":{begin},"EndOffsetMillis":{}}}}}]}}"#,
        begin + 500
    ))
}

fn ivr() -> Delivery {
    delivery(
        r#"{"Channel":"IVR","CustomerMetadata":{"ContactId":"c-1","InstanceId":"i-1"},"JobStatus":"COMPLETED",
        "Participants":[{"ParticipantId":"SYSTEM","ParticipantRole":"SYSTEM"},{"ParticipantId":"CUSTOMER","ParticipantRole":"CUSTOMER"}],
        "Transcript":[{"Id":"t1","ParticipantId":"SYSTEM","Content":"How can I help?","BeginOffsetMillis":0,"EndOffsetMillis":900},
                      {"Id":"t2","ParticipantId":"CUSTOMER","Content":"A person please","BeginOffsetMillis":1000,"EndOffsetMillis":1500}]}"#,
    )
}

fn post_call() -> Delivery {
    delivery(sample("contact-lens-voice-redacted.json"))
}

fn raw_twin() -> Delivery {
    let text = String::from_utf8(sample("contact-lens-voice-redacted.json")).unwrap();
    delivery(text.replace("Redacted\"", "Raw\"").replace("[PII]", "Jane"))
}

fn record(update: &str, queue: &str) -> Delivery {
    let text = String::from_utf8(sample("contact-record.json")).unwrap();
    delivery(text.replace("2026-01-02T03:11:20Z", update).replace("BasicQueue", queue))
}

const AGENT_LEG: &[&str] = &[
    "AGENT 0-1800 Thanks for calling, this is [PII]. [NEUTRAL]",
    "CUSTOMER 2000-5200 My card [PII] was charged twice. [NEGATIVE]",
    "AGENT 5300-8000 I will refund one charge today. [POSITIVE]",
];

#[test]
fn the_redacted_twin_counts() {
    let both = check(&[raw_twin(), post_call()], AGENT_LEG);
    assert_eq!(both, assembled(&[post_call()]));
    assert_eq!(both.sources, ["contact-lens-post-call"]);
    assert_eq!(both.alignment, Alignment::Single);
    assert!(lines(&assembled(&[raw_twin()]))[0].contains("Jane"));
}

#[test]
fn the_file_replaces_the_segments() {
    let live = segment("SEGMENTS", "Transcript", "t1", "AGENT", "Thanks", 0);
    check(&[live.clone(), post_call()], AGENT_LEG);
    check(&[live], &["AGENT 0-500 Thanks"]);
}

#[test]
fn bot_and_agent_on_one_timeline() {
    let joined = check(
        &[post_call(), ivr(), record("2026-01-02T03:11:20Z", "Q")],
        &[
            "BOT 0-900 How can I help?",
            "CUSTOMER 1000-1500 A person please",
            "AGENT 120000-121800 Thanks for calling, this is [PII]. [NEUTRAL]",
            "CUSTOMER 122000-125200 My card [PII] was charged twice. [NEGATIVE]",
            "AGENT 125300-128000 I will refund one charge today. [POSITIVE]",
        ],
    );
    assert_eq!(joined.alignment, Alignment::Aligned);
    assert_eq!(joined.start_timestamp, Some("2026-01-02T03:04:00Z".parse().unwrap()));
    assert_eq!(joined.participants.len(), 3, "the customer is one person");
    assert_eq!(joined.turns[2].turn_id, "t1#2", "ids are unique");

    let apart = check(
        &[post_call(), ivr()],
        &[
            "BOT 0-900 How can I help?",
            "CUSTOMER 1000-1500 A person please",
            "AGENT 1500-3300 Thanks for calling, this is [PII]. [NEUTRAL]",
            "CUSTOMER 3500-6700 My card [PII] was charged twice. [NEGATIVE]",
            "AGENT 6800-9500 I will refund one charge today. [POSITIVE]",
        ],
    );
    assert_eq!((apart.alignment, apart.start_timestamp), (Alignment::Unknown, None));
}

#[test]
fn a_lex_log_and_an_agent_on_one_timeline() {
    let lex = delivery(
        r#"{"messageVersion":"2.0","timestamp":"2026-01-02T03:04:30.500Z","requestId":"r","sessionId":"s","inputMode":"Speech","bot":{},
        "inputTranscript":"a person please","messages":[{"contentType":"PlainText","content":"One moment."}],
        "sessionState":{"sessionAttributes":{"ContactId":"c-1","InstanceId":"i-1"}}}"#,
    );
    let joined = check(
        &[post_call(), record("2026-01-02T03:11:20Z", "Q"), lex],
        &[
            "CUSTOMER 30500-? a person please",
            "BOT ?-? One moment.",
            "AGENT 120000-121800 Thanks for calling, this is [PII]. [NEUTRAL]",
            "CUSTOMER 122000-125200 My card [PII] was charged twice. [NEGATIVE]",
            "AGENT 125300-128000 I will refund one charge today. [POSITIVE]",
        ],
    );
    assert_eq!(joined.alignment, Alignment::Aligned);
    assert_eq!(joined.start_timestamp, Some("2026-01-02T03:04:00Z".parse().unwrap()));
    assert_eq!(joined.sources, ["contact-lens-post-call", "lex-log"]);
}

#[test]
fn an_interrupted_stream_keeps_what_was_heard() {
    check(
        &[
            segment("SEGMENTS", "Utterance", "t2", "CUSTOMER", "my card", 3000),
            segment("SEGMENTS", "Transcript", "t1", "AGENT", "Hello there.", 0),
            segment("SEGMENTS", "Utterance", "t2", "CUSTOMER", "is lost", 4000),
            segment("SEGMENTS", "Utterance", "t1", "AGENT", "Hello", 0),
        ],
        &["AGENT 0-500 Hello there.", "CUSTOMER 3000-4500 my card is lost"],
    );
}

#[test]
fn samples_that_repeat_ids_lose_no_turn() {
    check(
        &[
            segment("SEGMENTS", "Transcript", "the ID", "AGENT", "Hello.", 19010),
            segment("SEGMENTS", "Transcript", "the ID", "CUSTOMER", "Hi.", 19020),
            segment("SEGMENTS", "Transcript", "the ID", "AGENT", "Bye.", 30000),
        ],
        &["AGENT 19010-19510 Hello.", "CUSTOMER 19020-19520 Hi.", "AGENT 30000-30500 Bye."],
    );
}

#[test]
fn the_newest_record_counts_as_a_whole() {
    let newest = assembled(&[record("2026-01-03T00:00:00Z", "New"), record("2026-01-02T03:11:20Z", "Old")]);
    assert_eq!(newest.record.as_ref().unwrap().queue_name.as_deref(), Some("New"));
    assert!(newest.turns.is_empty());
    let redelivered = assembled(&[record("2027-01-03T00:00:00Z", "New")]);
    assert_eq!(newest, redelivered, "when a record was updated is no fact about the contact");
}

#[test]
fn events_fill_what_no_record_says() {
    let event = |queue: &str| {
        delivery(format!(
            r#"{{"eventType":"QUEUED","contactId":"c-1","channel":"VOICE","instanceArn":"x:instance/i-1","initiationMethod":"API","disconnectReason":"{queue}","agentInfo":{{"afterContactWorkDuration":5}}}}"#
        ))
    };
    let facts = assembled(&[event("A"), record("2026-01-02T03:11:20Z", "Q"), event("B")]).record.unwrap();
    assert_eq!(facts.initiation_method.as_deref(), Some("INBOUND"));
    let facts = assembled(&[event("A"), event("B")]).record.unwrap();
    assert_eq!(facts.initiation_method.as_deref(), Some("API"));
    assert_eq!(assembled(&[event("A"), event("B")]), assembled(&[event("B"), event("A")]));
}

#[test]
fn nothing_is_a_conversation_without_turns() {
    let nothing = assembled(&[]);
    assert!(nothing.turns.is_empty() && nothing.record.is_none());
    let silent = delivery(r#"{"contact_id":"c-1","channel":"chat","turns":[{"role":"customer","text":"  "}]}"#);
    assert!(assembled(std::slice::from_ref(&silent)).turns.is_empty());
    check(&[silent, post_call()], AGENT_LEG);
}

#[test]
fn corrections_swap_roles_and_results() {
    let settings = AssembleSettings { corrections: vec![Correction::Swap] };
    let swapped = assemble(&key(), &[post_call()], &settings).conversation;
    assert!(lines(&swapped)[0].starts_with("CUSTOMER 0-1800 Thanks"));
    assert_eq!(swapped.participants[0].role_source, RoleSource::Correction);
    let service = swapped.service.unwrap();
    assert_eq!(service.overall_sentiment[&ParticipantRole::Agent], -1.5);
    let label = Correction::Role { label: "CUSTOMER".to_owned(), role: ParticipantRole::ThirdParty };
    let settings = AssembleSettings { corrections: vec![label] };
    let third = assemble(&key(), &[post_call()], &settings).conversation;
    assert_eq!(third.turns[1].role, ParticipantRole::ThirdParty);
}

#[test]
fn a_redacted_chat_learns_its_bot_from_the_raw_twin() {
    let chat = |output: &str, bot: &str, name: &str| {
        delivery(format!(
            r#"{{"Channel":"CHAT","ContentMetadata":{{"Output":"{output}"}},"CustomerMetadata":{{"ContactId":"c-1","InstanceId":"i-1"}},"Transcript":[
            {{"Id":"1","Type":"MESSAGE","Content":"I am {name}","ParticipantId":"p","ParticipantRole":"CUSTOMER","DisplayName":"{name}","AbsoluteTime":"2026-01-02T03:04:00Z"}},
            {{"Id":"2","Type":"MESSAGE","Content":"Hi","ParticipantId":"s","ParticipantRole":"SYSTEM","DisplayName":"{bot}","AbsoluteTime":"2026-01-02T03:04:01Z"}}]}}"#
        ))
    };
    let both = [chat("Redacted", "[PII]", "[PII]"), chat("Raw", "BOT", "Ann")];
    check(&both, &["CUSTOMER 0-? I am [PII]", "BOT 1000-? Hi"]);
    assert_eq!(assemble(&key(), &both, &AssembleSettings::default()).names, ["Ann"]);
    check(&both[..1], &["CUSTOMER 0-? I am [PII]", "SYSTEM 1000-? Hi"]);
}

#[test]
fn names_are_persons_only() {
    let chat = delivery(sample("contact-lens-chat.json"));
    let names = assemble(&key(), &[chat, record("2026-01-02T03:11:20Z", "Q")], &AssembleSettings::default()).names;
    assert_eq!(names, ["Ann Other", "Bob", "doe", "jane", "jane.doe@example.com"]);
}

/// Everything that can be known of one contact, also twice and contradicting itself.
fn everything() -> Vec<Delivery> {
    let mut all = vec![
        post_call(),
        raw_twin(),
        ivr(),
        record("2026-01-02T03:11:20Z", "Q"),
        record("2026-01-02T03:11:20Z", "R"),
        record("2026-01-05T00:00:00Z", "S"),
        segment("STARTED", "Transcript", "s0", "AGENT", "", 0),
        segment("SEGMENTS", "Transcript", "s1", "AGENT", "Hello", 10),
        segment("SEGMENTS", "Transcript", "s1", "AGENT", "Hello again", 10),
        segment("SEGMENTS", "Utterance", "s2", "CUSTOMER", "my", 700),
        segment("SEGMENTS", "Utterance", "s2", "CUSTOMER", "card", 900),
        segment("SEGMENTS", "Transcript", "s3", "SUPERVISOR", "Hm", 700),
        segment("COMPLETED", "Categories", "s4", "AGENT", "", 0),
        delivery(
            r#"{"contact_id":"c-1","instance_id":"i-1","turns":[{"role":"bot","text":"a"},{"role":"customer","text":"b"}]}"#,
        ),
        delivery(
            r#"{"contact_id":"c-1","instance_id":"i-1","turns":[{"role":"bot","text":"a"},{"role":"customer","text":"c"}]}"#,
        ),
        delivery(r#"{"eventType":"QUEUED","contactId":"c-1","instanceArn":"x:instance/i-1","disconnectReason":"A"}"#),
        delivery(r#"{"eventType":"QUEUED","contactId":"c-1","instanceArn":"x:instance/i-1","disconnectReason":"B"}"#),
    ];
    all.push(delivery(sample("contact-lens-chat.json")));
    all.push(delivery(sample("segments-chat.json")));
    all.push(delivery(sample("chat-transcript.json")));
    all.push(delivery(sample("transcribe-labels.json")));
    all.push(delivery(sample("transcribe-channels.json")));
    all.push(delivery(sample("call-analytics.json")));
    for (request, time) in [("r1", "05.678"), ("r2", "05.678"), ("r3", "04.000"), ("r4", "")] {
        all.push(delivery(format!(
            r#"{{"messageVersion":"2.0","timestamp":"2026-01-02T03:04:{time}Z","requestId":"{request}","sessionId":"c-1","bot":{{}},
            "inputTranscript":"said in {request}","messages":[{{"content":"Hi, which order?"}},{{"content":"more {request}"}}]}}"#
        )));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_and_repetition_change_nothing(
        chosen in proptest::sample::subsequence(everything(), 1..=everything().len()),
        order in proptest::collection::vec(any::<u32>(), 64),
        again in proptest::collection::vec(any::<proptest::sample::Index>(), 0..8),
    ) {
        let plain = assemble(&key(), &chosen, &AssembleSettings::default());
        let mut mixed: Vec<(u32, Delivery)> = chosen.iter().cloned().zip(order.iter().copied()).map(|(d, o)| (o, d)).collect();
        for (index, order) in again.iter().zip(order.iter().rev()) {
            mixed.push((*order, index.get(&chosen).clone()));
        }
        mixed.sort_by_key(|(order, _)| *order);
        let mixed: Vec<Delivery> = mixed.into_iter().map(|(_, delivery)| delivery).collect();
        prop_assert_eq!(plain, assemble(&key(), &mixed, &AssembleSettings::default()));
    }

    #[test]
    fn offsets_never_go_astray(begins in proptest::collection::vec(any::<Option<i64>>(), 0..20)) {
        let turns: Vec<_> = begins.iter().map(|begin| serde_json::json!({"role": "agent", "text": "x", "start_ms": begin})).collect();
        let document = serde_json::json!({"contact_id": "c-1", "turns": turns}).to_string();
        let all = [delivery(&document), ivr(), record("2026-01-02T03:11:20Z", "Q")];
        prop_assert_eq!(conversation(&all).turns.len(), if begins.is_empty() { 2 } else { begins.len() });
    }
}

/// What a bot says while its call goes on, in parts, with the agent's leg from Contact Lens.
#[test]
fn parts_of_a_bots_leg_are_united_and_joined_to_the_agents() {
    let part = |id: &str, role: &str, text: &str, second: u32| {
        delivery(format!(
            r#"{{"instance_id":"i-1","contact_id":"c-1","channel":"voice","leg":"bot","part":true,
            "turns":[{{"turn_id":"{id}","role":"{role}","text":"{text}","time":"2026-01-02T03:04:{second:02}Z"}}]}}"#
        ))
    };
    let (asked, answered) = (part("1", "customer", "How much?", 1), part("1-a", "bot", "Ten.", 2));
    let alone = assembled(&[answered.clone(), asked.clone(), answered.clone()]);
    assert_eq!(alone.turns.iter().map(|turn| turn.content.as_str()).collect::<Vec<_>>(), ["How much?", "Ten."]);
    let joined = assembled(&[post_call(), answered, asked]);
    assert_eq!(joined.turns[0].content, "How much?");
    assert_eq!(joined.turns.len(), 2 + assembled(&[post_call()]).turns.len());
}
