//! Contact Lens, contact records and the canonical form: what is taken from a document, and why one is refused.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic in a test is a failure with a place")]

mod support;

use aftercall_core::delivery::{LegKind, SourceKind, Zero};
use aftercall_core::error::Reason;
use aftercall_core::formats::{DecodeContext, Format, decode, detect, explain};
use aftercall_schemas::conversation::{MarkKind, RoleSource};
use aftercall_schemas::{Channel, ContactKey, ParticipantRole};
use support::{delivery, leg, leg_lines, record, sample, shared};

#[track_caller]
fn check_format(document: &str, expected: Format) {
    assert_eq!(detect(document.as_bytes()), Ok(expected));
    let explanation = explain(document.as_bytes(), &DecodeContext::new("test"));
    assert_eq!(explanation.format, Some(expected), "explain and detect agree");
    assert!(!explanation.decided_by.is_empty());
    assert_eq!(explanation.others.len(), Format::ALL.len() - 1);
    assert!(explanation.others.iter().all(|(_, why)| !why.is_empty()));
}

#[track_caller]
fn check_refused(document: &[u8], expected: Reason) {
    let refused = decode(document, &DecodeContext::new("test")).unwrap_err();
    assert_eq!(refused.reason, expected, "{refused}");
}

#[track_caller]
fn check_lines(document: impl AsRef<[u8]>, expected: &[&str]) {
    assert_eq!(leg_lines(leg(&delivery(document))), expected);
}

#[test]
fn formats_are_recognised_by_content() {
    check_format(r#"{"id":"1","turns":[]}"#, Format::Canonical);
    check_format(r#"{"EventType":"STARTED","ContactId":"c"}"#, Format::SegmentsVoice);
    check_format(r#"{"StreamingEventType":"STARTED","ContactId":"c"}"#, Format::SegmentsChat);
    check_format(r#"{"ContactId":"c","AWSContactTraceRecordFormatVersion":"2017-03-10"}"#, Format::ContactRecord);
    check_format(r#"{"EventType":"LOGIN","AgentARN":"a","ContactId":null}"#, Format::AgentEvent);
    check_format(r#"{"eventType":"INITIATED","contactId":"c","instanceArn":"x"}"#, Format::ContactEvent);
    check_format(r#"{"EventType":"INITIATED","ContactId":"c","InstanceArn":"x"}"#, Format::ContactEvent);
    check_format(
        r#"{"Channel":"CHAT","Categories":{},"Transcript":[],"CustomerMetadata":{"ContactId":"c"}}"#,
        Format::ContactLensChat,
    );
    check_format(
        r#"{"Channel":"VOICE","Categories":{},"Transcript":[],"CustomerMetadata":{"ContactId":"c"}}"#,
        Format::ContactLensVoice,
    );
    check_format(r#"{"Channel":"EMAIL","CustomerMetadata":{"ContactId":"c"}}"#, Format::ContactLensEmail);
    check_format(r#"{"ContactId":"c","InstanceId":"i","Transcript":[]}"#, Format::ChatTranscript);
}

#[test]
fn refused_with_the_right_reason() {
    check_refused(b"hello", Reason::NotJson);
    check_refused(b"", Reason::Truncated);
    check_refused(b"{\"turns\": [", Reason::Truncated);
    check_refused(b"{\"id\":\"1\",\"turns\":[{\"text\":\"\xff\"}]}", Reason::InvalidUtf8);
    check_refused(b"[]", Reason::UnknownFormat);
    check_refused(b"{\"a\":1}", Reason::UnknownFormat);
    check_refused(b"{\"turns\":[]}", Reason::MissingContactId);
    check_refused(b"{\"id\":\"1\",\"turns\":[{\"text\":{\"a\":1}}]}", Reason::InvalidStructure);
    check_refused(b"{\"id\":\"1\",\"turns\":[{\"start_ms\":1e999}]}", Reason::InvalidStructure);
    check_refused(b"\x1f\x8b\x08\x00\x00", Reason::Truncated);
    check_refused(b"{\"id\":\"1\",\"turns\":[]} {}", Reason::NotJson);
}

#[test]
fn a_refusal_names_the_field_and_never_quotes() {
    let document = r#"{"id":"1","turns":[{"role":"customer","text":"ok"},{"start_ms":"my card is 4111"}]}"#;
    let refused = decode(document.as_bytes(), &DecodeContext::new("test")).unwrap_err();
    assert!(refused.detail.contains("turns[1].start_ms"), "{refused}");
    assert!(!refused.detail.contains("4111"), "{refused}");
}

#[test]
fn a_refusal_names_the_contact_where_the_document_does() {
    let check = |document: &str, expected: Option<ContactKey>| {
        assert_eq!(decode(document.as_bytes(), &DecodeContext::new("test")).unwrap_err().contact, expected);
    };
    check(r#"{"contact_id":"c","turns":7}"#, Some(ContactKey::new("local", "c")));
    check(
        r#"{"Channel":"CHAT","CustomerMetadata":{"ContactId":"c","InstanceId":"i"},"Transcript":7}"#,
        Some(ContactKey::new("i", "c")),
    );
    check(r#"{"turns":7}"#, None);
}

#[test]
fn canonical_short_form() {
    let document = r#"{"id":"7","source":"star","channel":"chat","turns":[
        {"role":"customer","text":"hello","start_ms":0,"end_ms":null,"sentiment":null},
        {"role":"bot","text":"Hi!","start_ms":"13000","end_ms":13500.4,"sentiment":"positive"},
        {"role":"wizard","text":"Hm"}],"summary":{"overall":"A greeting."},"labels":{"x":[1]}}"#;
    check_lines(document, &["CUSTOMER 0-? hello", "BOT 13000-13500 Hi! [POSITIVE]", "UNKNOWN ?-? Hm"]);
    let read = delivery(document);
    assert_eq!(read.contact, ContactKey::new("local", "star:7"));
    assert_eq!((read.source, read.ends), (SourceKind::Canonical, true));
    assert_eq!(leg(&read).channel, Channel::Chat);
    assert_eq!(leg(&read).service.as_ref().unwrap().summary.as_deref(), Some("A greeting."));
    assert_eq!(leg(&read).participants[2].source_role.as_deref(), Some("wizard"));
}

#[test]
fn canonical_parts() {
    let part = |ends: &str| {
        delivery(format!(
            r#"{{"contact_id":"c","leg":"bot","part":true{ends},"turns":[{{"turn_id":"1","role":"bot","text":"Hi","time":"2026-11-20T10:00:00Z"}}]}}"#
        ))
    };
    let read = part("");
    assert_eq!((leg(&read).kind, leg(&read).part, read.ends), (LegKind::Bot, true, false));
    assert!(part(r#","ends":true"#).ends);
    let whole = delivery(r#"{"id":"1","turns":[{"role":"bot","text":"Hi"}]}"#);
    assert_eq!((leg(&whole).kind, leg(&whole).part, whole.ends), (LegKind::Whole, false, true));
}

#[test]
fn canonical_reads_what_aftercall_writes() {
    let read = delivery(sample("contact-lens-voice-redacted.json"));
    let written = support::conversation(&[read]);
    let again = delivery(serde_json::to_vec(&written).unwrap());
    let mut reread = support::conversation(&[again]);
    assert_eq!(reread.sources, ["canonical"]);
    reread.sources.clone_from(&written.sources);
    assert_eq!(reread, written);
}

#[test]
fn contact_lens_voice() {
    let read = delivery(sample("contact-lens-voice-redacted.json"));
    assert_eq!(read.contact, ContactKey::new("i-1", "c-1"));
    assert!(read.masked && read.ends);
    let leg = leg(&read);
    assert_eq!((leg.kind, leg.zero, leg.channel), (LegKind::Agent, Zero::ConnectedToAgent, Channel::Voice));
    assert_eq!(
        leg_lines(leg),
        [
            "AGENT 0-1800 Thanks for calling, this is [PII]. [NEUTRAL]",
            "CUSTOMER 2000-5200 My card [PII] was charged twice. [NEGATIVE]",
            "AGENT 5300-8000 I will refund one charge today. [POSITIVE]",
        ]
    );
    assert_eq!(leg.turns[0].redactions[0].begin_char, 28);
    assert_eq!(leg.turns[1].marks[0].kind, MarkKind::Issue);
    assert_eq!(leg.turns[2].marks[0].end_char, 31, "an offset past the end is cut");
    let service = leg.service.as_ref().unwrap();
    assert_eq!(service.overall_sentiment[&ParticipantRole::Customer], -1.5);
    assert_eq!(service.quarter_sentiment[&ParticipantRole::Agent], [0.0, 5.0]);
    assert_eq!(service.interruptions[&ParticipantRole::Agent], 1);
    assert_eq!(service.summary.as_deref(), Some("A double charge is refunded."));
    assert_eq!(service.categories, ["Refund"]);
}

#[test]
fn the_key_names_contact_twin_and_zero() {
    let document = r#"{"Version":"1.1.0","Channel":"VOICE","Participants":[],"JobStatus":"COMPLETED","Transcript":[]}"#;
    let origin = "s3://b/Analysis/Voice/Redacted/2026/01/02/c-9_analysis_redacted_2026-01-02T03%3A06%3A00Z.json";
    let read = support::deliveries(document.as_bytes(), origin).remove(0);
    assert_eq!(read.contact, ContactKey::new("local", "c-9"));
    assert!(read.masked);
    assert_eq!(leg(&read).zero, Zero::At("2026-01-02T03:06:00Z".parse().unwrap()));
    check_refused(document.as_bytes(), Reason::MissingContactId);
}

#[test]
fn contact_lens_ivr_is_a_bot() {
    let document = r#"{"Channel":"IVR","CustomerMetadata":{"ContactId":"c","InstanceId":"i"},"JobStatus":"COMPLETED",
        "Participants":[{"ParticipantId":"SYSTEM","ParticipantRole":"SYSTEM"},{"ParticipantId":"CUSTOMER","ParticipantRole":"CUSTOMER"}],
        "ConversationCharacteristics":{"TotalConversationDurationMillis":0,"TalkTime":{"DetailsByParticipant":{"SYSTEM":{"TotalTimeMillis":5}}}},
        "Transcript":[{"Id":"a","ParticipantId":"SYSTEM","Content":"How can I help?","BeginOffsetMillis":0,"EndOffsetMillis":900},
                      {"Id":"b","ParticipantId":"CUSTOMER","Content":"My bill","BeginOffsetMillis":1000,"EndOffsetMillis":1500}]}"#;
    check_lines(document, &["BOT 0-900 How can I help?", "CUSTOMER 1000-1500 My bill"]);
    let read = delivery(document);
    assert_eq!((leg(&read).kind, leg(&read).zero), (LegKind::Bot, Zero::Initiation));
    let service = leg(&read).service.as_ref().unwrap();
    assert_eq!(service.total_conversation_duration_millis, None, "0 is a failed analysis");
    assert_eq!(service.talk_time_millis[&ParticipantRole::Bot], 5);
}

#[test]
fn contact_lens_chat() {
    let read = delivery(sample("contact-lens-chat.json"));
    let leg = leg(&read);
    assert_eq!((leg.kind, leg.channel), (LegKind::Whole, Channel::Chat));
    assert_eq!(
        leg_lines(leg),
        [
            "SYSTEM ?-? Welcome.",
            "CUSTOMER ?-? where is my parcel [NEGATIVE]",
            "BOT ?-? Which order?\nOrder 1\nOrder 2",
            "AGENT ?-? It arrives today. [POSITIVE]",
        ]
    );
    assert_eq!(leg.turns[1].marks[0].kind, MarkKind::Issue);
    assert_eq!(leg.service.as_ref().unwrap().overall_sentiment[&ParticipantRole::Customer], -1.0);
    let conversation = support::conversation(&[read]);
    assert_eq!(support::lines(&conversation)[3], "AGENT 60000-? It arrives today. [POSITIVE]");
    assert_eq!(conversation.start_timestamp, Some("2026-01-02T03:04:00Z".parse().unwrap()));
}

#[test]
fn segments_of_a_call() {
    let event = r#"{"Version":"1.0.0","Channel":"VOICE","AccountId":"1","InstanceId":"i","ContactId":"c","LanguageCode":"en-US","EventType":"SEGMENTS","Segments":[null,
        {"Utterance":{"Id":"u","TranscriptId":"t","ParticipantId":"AGENT","ParticipantRole":"AGENT","PartialContent":"Hel","BeginOffsetMillis":10,"EndOffsetMillis":90}},
        {"Transcript":{"Id":"t","ParticipantId":"AGENT","ParticipantRole":"AGENT","Content":"Hello.","BeginOffsetMillis":10,"EndOffsetMillis":210,"Sentiment":"NEUTRAL"}},
        {"Categories":{"MatchedCategories":["A"],"MatchedDetails":{"A":{"PointsOfInterest":[]}}}},
        {"Tomorrow":{"x":1}},{"PostContactSummary":{"Status":"COMPLETED","Content":"A call."}}]}"#;
    check_lines(event, &["AGENT 10-90 Hel", "AGENT 10-210 Hello. [NEUTRAL]"]);
    let read = delivery(event);
    assert!(!read.ends && leg(&read).part && leg(&read).turns[0].partial);
    assert_eq!(leg(&read).service.as_ref().unwrap().summary.as_deref(), Some("A call."));
    assert_eq!(support::lines(&support::conversation(&[read])), ["AGENT 10-210 Hello. [NEUTRAL]"]);
    let last = delivery(r#"{"ContactId":"c","EventType":"FAILED"}"#);
    assert!(last.ends);
}

#[test]
fn segments_of_a_chat() {
    let event = |settings: &str, output: &str| {
        format!(
            r#"{{"Version":"2.0.0","Channel":"CHAT","InstanceId":"i","ContactId":"c","StreamingEventType":"SEGMENTS",
            "{settings}":{{"LanguageCode":"en-US","Output":"RedactedAndRaw"}},"OutputType":"{output}","Segments":[
            {{"Event":{{"Id":"e","ParticipantId":"p","ParticipantRole":"CUSTOMER","EventType":"application/vnd.amazonaws.connect.event.participant.joined","Time":{{"AbsoluteTime":"2026-01-02T03:04:00.000Z"}}}}}},
            {{"Transcript":{{"Id":"m","ParticipantId":"p","ParticipantRole":"CUSTOMER","DisplayName":"Ann","Content":"I am [PII]","ContentType":"text/plain","Time":{{"AbsoluteTime":"2026-01-02T03:04:05.500Z"}},"Redaction":{{"CharacterOffsets":[{{"BeginOffsetChar":5,"EndOffsetChar":10}}]}},"Sentiment":"NEUTRAL"}}}}]}}"#
        )
    };
    for settings in ["StreamingSettings", "StreamingEventSettings"] {
        let read = delivery(event(settings, "Redacted"));
        assert!(read.masked);
        assert_eq!(leg(&read).language.as_deref(), Some("en-US"));
        assert_eq!(leg(&read).turns[0].redactions[0].begin_char, 5);
        assert_eq!(support::lines(&support::conversation(&[read])), ["CUSTOMER 5500-? I am [PII] [NEUTRAL]"]);
    }
    assert!(!delivery(event("StreamingSettings", "Raw")).masked);
    let ended = r#"{"ContactId":"c","StreamingEventType":"SEGMENTS","Segments":[{"Event":{"Id":"x","EventType":"application/vnd.amazonaws.connect.event.chat.ended"}}]}"#;
    assert!(delivery(ended).ends);
}

#[test]
fn contact_record() {
    let mut ctx = DecodeContext::new("test");
    ctx.attributes_allowed.insert("tier".to_owned());
    let read = decode(&sample("contact-record.json"), &ctx).unwrap().deliveries.remove(0);
    assert_eq!(read.contact, ContactKey::new("i-1", "c-1"));
    let record = record(&read);
    assert!(record.disconnected);
    assert_eq!(record.last_update, Some("2026-01-02T03:11:20Z".parse().unwrap()));
    assert_eq!(record.names, ["jane", "doe", "jane.doe@example.com"]);
    let facts = &record.facts;
    assert_eq!(facts.attributes.keys().collect::<Vec<_>>(), ["tier"]);
    assert_eq!(facts.agent_id.as_deref(), Some("a-1"));
    assert_eq!(facts.queue_name.as_deref(), Some("BasicQueue"));
    assert_eq!(facts.customer_hold_duration_seconds, Some(20));
    assert_eq!(facts.previous_contact_id.as_deref(), Some("c-0"));
    assert_eq!(facts.recording_locations.len(), 1);
    let hmac = facts.customer_endpoint_hmac.as_deref().unwrap();
    assert!(hmac.len() == 64 && !hmac.contains("2065550100"));
    ctx.hmac_key = [7; 32];
    let other = decode(&sample("contact-record.json"), &ctx).unwrap().deliveries.remove(0);
    assert_ne!(support::record(&other).facts.customer_endpoint_hmac.as_deref(), Some(hmac));
}

#[test]
fn contact_and_agent_events() {
    let event = r#"{"version":"0","detail-type":"Amazon Connect Contact Event","source":"aws.connect","time":"2026-01-02T03:06:01Z",
        "detail":{"eventType":"DISCONNECTED","contactId":"c","channel":"Voice","instanceArn":"arn:aws:connect:r:1:instance/i",
        "disconnectTimestamp":"2026-01-02T03:06:00.000Z","initiationTimestamp":"1970-01-01T00:00:00.001Z","AgentInfo":{"AgentArn":"x/agent/a"}}}"#;
    let read = delivery(event);
    assert_eq!((read.contact.clone(), read.source), (ContactKey::new("i", "c"), SourceKind::ContactEvent));
    assert_eq!(record(&read).facts.initiation_timestamp, None);
    assert_eq!(record(&read).facts.agent_id.as_deref(), Some("a"));
    assert!(record(&read).disconnected);

    let agent = r#"{"AgentARN":"arn:x:instance/i/agent/a","InstanceARN":"arn:x:instance/i","EventType":"STATE_CHANGE","EventTimestamp":"2026-01-02T03:06:00.123Z","PreviousAgentSnapshot":null,
        "CurrentAgentSnapshot":{"Configuration":{"FirstName":"Jo","LastName":"Ostrom","Username":"jo"},"Contacts":[
        {"ContactId":"c","Channel":"TASKS","State":"CONNECTED","ConnectedToAgentTimestamp":"2026-01-02T03:06:00.000Z"},{"ContactId":"d","Channel":"VOICE","State":"MISSED"}]}}"#;
    let read = support::deliveries(agent.as_bytes(), "test");
    assert_eq!(read.len(), 2);
    assert_eq!(record(&read[0]).channel, Channel::Task);
    assert_eq!(record(&read[0]).facts.agent_id.as_deref(), Some("a"));
    assert_eq!(record(&read[1]).facts.agent_id, None, "missed");
    assert!(record(&read[0]).names.contains(&"Ostrom".to_owned()));

    let beat = decode(
        br#"{"AgentARN":"a","EventType":"HEART_BEAT","CurrentAgentSnapshot":{"Contacts":[]}}"#,
        &DecodeContext::new("test"),
    );
    assert_eq!(beat.unwrap().ignored.as_deref(), Some("HEART_BEAT"));
}

#[test]
fn not_every_message_is_about_a_contact() {
    let test = decode(
        br#"{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"x","Bucket":"b"}"#,
        &DecodeContext::new("test"),
    );
    assert_eq!(test.unwrap().ignored.as_deref(), Some("s3:TestEvent"));
}

#[test]
fn display_names_tell_bots_from_prompts() {
    let chat = |name: &str| {
        format!(
            r#"{{"ContactId":"c","InstanceId":"i","Transcript":[{{"Id":"1","Type":"MESSAGE","ContentType":"text/plain","Content":"Hello","ParticipantId":"s","ParticipantRole":"SYSTEM","DisplayName":"{name}","AbsoluteTime":"2026-01-02T03:04:05.678Z"}}]}}"#
        )
    };
    let who = |name: &str| {
        let read = delivery(chat(name));
        let who = leg(&read).participants[0].clone();
        (who.role, who.role_source)
    };
    assert_eq!(who("BOT"), (ParticipantRole::Bot, RoleSource::Service));
    assert_eq!(who("OrderBot"), (ParticipantRole::Bot, RoleSource::Service));
    assert_eq!(who("SYSTEM_MESSAGE"), (ParticipantRole::System, RoleSource::Service));
    assert_eq!(who("[PII]"), (ParticipantRole::System, RoleSource::Unknown));
    let mut ctx = DecodeContext::new("test");
    ctx.speakers.bot_names.insert("Ada".to_owned());
    let read = decode(chat("Ada").as_bytes(), &ctx).unwrap().deliveries.remove(0);
    assert_eq!(leg(&read).participants[0].role, ParticipantRole::Bot);
}

#[test]
fn documented_samples_parse_or_are_refused_with_the_right_reason() {
    let Some(folder) = shared("formats") else { return };
    let check = |path: &str, expected: Result<usize, Reason>| {
        let document = std::fs::read(folder.join(path)).unwrap();
        let decoded = decode(&document, &DecodeContext::new(path));
        let turns = decoded.map(|decoded| {
            let delivery = &decoded.deliveries[0];
            match &delivery.body {
                aftercall_core::delivery::Body::Leg(leg) => leg.turns.len(),
                _ => 0,
            }
        });
        assert_eq!(turns.map_err(|refused| refused.reason), expected, "{path}");
    };
    check("01-contactlens-realtime/docs2023-voice-0.json", Ok(0));
    check("01-contactlens-realtime/docs2023-voice-1.json", Ok(4));
    check("01-contactlens-realtime/docs2023-voice-2.json", Ok(0));
    check("01-contactlens-realtime/docs2023-voice-3.json", Ok(0));
    check("02-contactlens-postcall/docs2023-chat-0.json", Ok(31));
    check("02-contactlens-postcall/docs2023-chat-1.json", Ok(31));
    check("02-contactlens-postcall/docs2023-voice-0.json", Err(Reason::MissingContactId));
    check("02-contactlens-postcall/docs2023-voice-1.json", Err(Reason::MissingContactId));
    check("03-ctr-agent-contact-events/docs2023-contact-event-0.json", Ok(0));
    check("03-ctr-agent-contact-events/docs2023-contact-event-1.json", Ok(0));
}

#[test]
fn real_conversations_are_read_whole() {
    use std::io::Read;
    let Some(folder) = shared("conversations") else { return };
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let mut text = String::new();
        flate2::read::MultiGzDecoder::new(std::fs::File::open(&path).unwrap()).read_to_string(&mut text).unwrap();
        let mut contacts = std::collections::BTreeSet::new();
        for line in text.lines().take(150) {
            let document: serde_json::Value = serde_json::from_str(line).unwrap();
            let read = delivery(line);
            let expected = format!("{}:{}", document["source"].as_str().unwrap(), document["id"].as_str().unwrap());
            assert_eq!(read.contact.contact_id, expected);
            assert!(contacts.insert(read.contact.contact_id.clone()), "{expected} is there once");
            let conversation = support::conversation(&[read]);
            let said = |turn: &&serde_json::Value| !turn["text"].as_str().unwrap().trim().is_empty();
            assert_eq!(conversation.turns.len(), document["turns"].as_array().unwrap().iter().filter(said).count());
            assert!(conversation.turns.iter().all(|turn| turn.role != ParticipantRole::Unknown), "{expected}");
            assert!(conversation.language.is_none_or(|tag| tag == "en"), "{expected}");
        }
    }
}
