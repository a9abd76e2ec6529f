//! Transcribe, Call Analytics, Post Call Analytics and Lex: what is taken from a document.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic in a test is a failure with a place")]

mod support;

use std::io::Write;

use aftercall_core::delivery::{Body, Leg, LegKind, SourceKind, Zero};
use aftercall_core::error::Reason;
use aftercall_core::formats::identity::{Sidecar, recording_names};
use aftercall_core::formats::{DecodeContext, Decoded, decode};
use aftercall_core::turns::TurnRules;
use aftercall_schemas::conversation::RoleSource;
use aftercall_schemas::{Channel, ContactKey, ParticipantRole, SentimentLabel};
use serde_json::{Value, json};
use support::{delivery, leg, leg_lines, shared};

fn read(document: impl AsRef<[u8]>, ctx: &DecodeContext) -> Decoded {
    decode(document.as_ref(), ctx).unwrap()
}

fn only_leg(decoded: &Decoded) -> &Leg {
    assert_eq!(decoded.deliveries.len(), 1);
    leg(&decoded.deliveries[0])
}

#[track_caller]
fn check_transcribe(results: &Value, expected: &[&str]) {
    let document = json!({"jobName": "j", "accountId": "1", "status": "COMPLETED", "results": results}).to_string();
    let decoded = read(&document, &DecodeContext::new("test"));
    let leg = only_leg(&decoded);
    let lines: Vec<String> = leg
        .turns
        .iter()
        .map(|turn| {
            let label = &leg.participants[turn.participant as usize].participant_id;
            let at = |millis: Option<i64>| millis.map_or("?".into(), |millis| millis.to_string());
            format!("{label} {}-{} {}", at(turn.begin_offset_millis), at(turn.end_offset_millis), turn.content)
        })
        .collect();
    assert_eq!(lines, expected);
}

fn word(content: &str, begin: f64, end: f64) -> Value {
    json!({"type": "pronunciation", "start_time": begin.to_string(), "end_time": end.to_string(),
           "alternatives": [{"confidence": "0.9", "content": content}]})
}

fn mark(content: &str) -> Value {
    json!({"type": "punctuation", "alternatives": [{"confidence": "0.0", "content": content}]})
}

fn said_by(label: &str, mut item: Value) -> Value {
    item["speaker_label"] = json!(label);
    item
}

#[test]
fn transcribe_without_a_speaker() {
    check_transcribe(
        &json!({"transcripts": [{"transcript": "x"}], "items": [word("Hello", 0.49, 0.7), mark("."), word("Again", 4.0, 4.5)]}),
        &["UNKNOWN 490-700 Hello.", "UNKNOWN 4000-4500 Again"],
    );
}

#[test]
fn transcribe_with_labels_on_items() {
    check_transcribe(
        &json!({"items": [said_by("spk_0", word("Hi", 0.0, 0.4)), said_by("spk_0", mark(",")), said_by("spk_0", word("you", 0.5, 0.8)),
            said_by("spk_1", word("Hello", 1.0, 1.4)), said_by("spk_1", mark("."))]}),
        &["spk_0 0-800 Hi, you", "spk_1 1000-1400 Hello."],
    );
}

#[test]
fn transcribe_with_labels_by_time() {
    let labels = |items: Value| {
        json!({"speakers": 2, "segments": [
            {"start_time": "0.0", "end_time": "0.8", "speaker_label": "spk_0", "items": items},
            {"start_time": "1.0", "end_time": "1.4", "speaker_label": "spk_1", "items": []}]})
    };
    let items = json!([word("Hi", 0.0, 0.4), mark(","), word("you", 0.5, 0.8), word("Hello", 1.0, 1.4), mark(".")]);
    let by_word = json!([{"start_time": "0.0", "end_time": "0.4", "speaker_label": "spk_0"}, {"start_time": "0.5", "end_time": "0.8", "speaker_label": "spk_0"}]);
    let expected = &["spk_0 0-800 Hi, you", "spk_1 1000-1400 Hello."];
    check_transcribe(&json!({"items": items, "speaker_labels": labels(by_word)}), expected);
    check_transcribe(&json!({"items": items, "speaker_labels": labels(json!([]))}), expected);
    check_transcribe(&json!({"items": items, "speaker_labels": null}), &["UNKNOWN 0-1400 Hi, you Hello."]);
}

#[test]
fn transcribe_with_channels() {
    let channel = |label: &str, items: Vec<Value>| json!({"channel_label": label, "items": items});
    check_transcribe(
        &json!({"channel_labels": {"number_of_channels": 2, "channels": [
            channel("ch_0", vec![word("I", 0.0, 0.2), word("see", 0.3, 0.5), word("it", 0.6, 0.8), mark("."), word("Fine", 2.0, 2.5)]),
            channel("ch_1", vec![word("mhm", 0.4, 0.6), word("So", 3.0, 3.4)])]}, "items": []}),
        &["ch_0 0-800 I see it.", "ch_1 400-600 mhm", "ch_0 2000-2500 Fine", "ch_1 3000-3400 So"],
    );
}

#[test]
fn transcribe_with_audio_segments() {
    check_transcribe(
        &json!({"items": [word("ignored", 0.0, 0.1)], "audio_segments": [
            {"id": 0, "transcript": "Hi, I'm [PII].", "start_time": "0.49", "end_time": "1.9", "speaker_label": "spk_0", "items": [0]},
            {"id": 1, "transcript": "Hello.", "start_time": 2.0, "end_time": 2.5, "speaker_label": "spk_1", "items": [0]}]}),
        &["spk_0 490-1900 Hi, I'm [PII].", "spk_1 2000-2500 Hello."],
    );
}

#[test]
fn audio_segments_without_labels_do_not_hide_the_speakers() {
    check_transcribe(
        &json!({"items": [said_by("spk_0", word("Hi", 0.0, 0.4)), said_by("spk_1", word("Yes", 1.0, 1.4))],
            "audio_segments": [{"id": 0, "transcript": "Hi Yes", "start_time": "0.0", "end_time": "1.4", "items": [0, 1]}]}),
        &["spk_0 0-400 Hi", "spk_1 1000-1400 Yes"],
    );
}

#[test]
fn transcribe_in_odd_shapes() {
    check_transcribe(&json!({"transcripts": [{"transcript": ""}], "items": [], "speaker_labels": null}), &[]);
    check_transcribe(&json!({}), &[]);
    check_transcribe(
        &json!({"transcripts": [{"transcript": "Words are missing."}]}),
        &["UNKNOWN ?-? Words are missing."],
    );
    check_transcribe(
        &json!({"items": [mark("."), mark("¿"), word("Qué", 0.5, 0.8), mark("?"), null]}),
        &["UNKNOWN 500-800 ¿Qué?"],
    );
    check_transcribe(
        &json!({"items": [{"start_time": 0.5, "end_time": 1, "alternatives": [], "type": "pronunciation"}]}),
        &[],
    );
    let alternatives = json!({"type": "pronunciation", "start_time": 1, "end_time": 2,
        "alternatives": [{"confidence": "0.2", "content": "no"}, {"confidence": 0.8, "content": "yes"}]});
    check_transcribe(&json!({"items": [alternatives, word("***", 2.0, 2.1)]}), &["UNKNOWN 1000-2100 yes ***"]);
}

#[test]
fn transcribe_languages_and_masks() {
    let mut german = word("Danke", 1.0, 1.5);
    german["language_code"] = json!("de-DE");
    let hidden = json!({"type": "pronunciation", "start_time": "2.0", "end_time": "2.5",
        "alternatives": [{"content": "[PII]", "redactions": [{"confidence": "0.99", "type": "NAME", "category": "PII"}]}]});
    let document = json!({"jobName": "j", "isRedacted": true, "status": "COMPLETED", "results": {
        "language_codes": [{"language_code": "en-US", "duration_in_seconds": 1.5}, {"language_code": "de-DE", "duration_in_seconds": "9"}],
        "items": [german, hidden, mark(".")]}});
    let read = delivery(document.to_string());
    assert!(read.masked);
    let leg = leg(&read);
    assert_eq!((leg.language.as_deref(), leg.turns[0].language.as_deref()), (Some("de-DE"), Some("de-DE")));
    let span = &leg.turns[0].redactions[0];
    assert_eq!((span.kind.as_str(), span.begin_char, span.end_char), ("NAME", 6, 11));
}

#[test]
fn whose_a_job_is() {
    let check = |origin: &str, job: &str, sidecar: Option<&str>, expected: &str| {
        let mut ctx = DecodeContext::new(origin);
        ctx.sidecar = sidecar.map(|text| Sidecar::parse(text.as_bytes()).unwrap());
        let document =
            json!({"jobName": job, "status": "COMPLETED", "results": {"transcripts": [{"transcript": "hi"}]}});
        let decoded = read(document.to_string(), &ctx);
        let of_connect = !expected.starts_with("transcribe:");
        assert_eq!(decoded.deliveries[0].contact.contact_id, expected);
        assert_eq!(leg(&decoded.deliveries[0]).kind == LegKind::Agent, of_connect);
        assert_eq!(leg(&decoded.deliveries[0]).zero == Zero::ConnectedToAgent, of_connect);
    };
    let id = "5a1c2b3d-0000-4000-8000-123456789abc";
    check("x.json", "my-job", None, "transcribe:my-job");
    check("x.json", id, None, &format!("transcribe:{id}"));
    check("x.json", &format!("{id}_20260102T03-04_UTC.wav"), None, id);
    check("x.json", &format!("connect-a-CallRecordings-2026-01-02-{id}_20260102T03-04_UTC"), None, id);
    check(&format!("t/{id}_20260102T03%3A04_UTC.json"), "my-job", None, id);
    check("x.json", "c-9_call_recording_redacted_2026-01-02T03:06:00Z.wav", None, "c-9");
    check("x.json", "my-job", Some(r#"{"contact_id":"c-7"}"#), "c-7");
    check(
        "x.json",
        "my-job",
        Some(&format!(r#"{{"recording":"s3://b/connect/a/CallRecordings/2026/01/02/{id}_20260102T03:04_UTC.wav"}}"#)),
        id,
    );
}

#[test]
fn recordings_and_transcripts_have_a_name_in_common() {
    let of_record = recording_names("b/connect/a/CallRecordings/2026/01/02/c-1_20260102T03:06_UTC.wav");
    assert_eq!(of_record.len(), 2);
    for location in [
        "s3://b/connect/a/CallRecordings/2026/01/02/c-1_20260102T03%3A06_UTC.wav",
        "https://b.s3.eu-west-2.amazonaws.com/connect/a/CallRecordings/2026/01/02/c-1_20260102T03:06_UTC.wav",
        "https://s3.eu-west-2.amazonaws.com/b/connect/a/CallRecordings/2026/01/02/c-1_20260102T03:06_UTC.wav",
    ] {
        assert_eq!(recording_names(location), of_record, "{location}");
    }
    let document = json!({"jobName": "support-call-20260102-17.wav", "status": "COMPLETED", "results": {}}).to_string();
    let names = &leg(&delivery(document)).recordings.clone();
    assert_eq!(*names, recording_names("s3://x/support-call-20260102-17.wav")[1..]);
    assert!(recording_names("call.wav").is_empty(), "too plain to tell one recording from another");
}

#[test]
fn settings_name_the_speakers() {
    let document = json!({"jobName": "j", "results": {"items": [said_by("spk_0", word("Hi", 0.0, 0.4)), said_by("spk_1", word("Yes", 1.0, 1.4))]}}).to_string();
    let roles = |ctx: &DecodeContext| -> Vec<_> {
        let decoded = read(&document, ctx);
        only_leg(&decoded).participants.iter().map(|who| (who.role, who.role_source)).collect()
    };
    let mut ctx = DecodeContext::new("test");
    assert_eq!(roles(&ctx), [(ParticipantRole::Unknown, RoleSource::Unknown); 2]);
    ctx.speakers.names = vec!["Customer".into(), "Agent".into()];
    assert_eq!(
        roles(&ctx),
        [(ParticipantRole::Customer, RoleSource::Settings), (ParticipantRole::Agent, RoleSource::Settings)]
    );
    ctx.speakers.labels.insert("0".into(), ParticipantRole::Bot);
    assert_eq!(roles(&ctx)[0].0, ParticipantRole::Bot);
    ctx.sidecar = Some(Sidecar::parse(br#"{"roles":{"spk_0":"third party"}}"#).unwrap());
    assert_eq!(roles(&ctx)[0].0, ParticipantRole::ThirdParty);
}

#[test]
fn call_analytics() {
    let turn = json!({"Id": "t1", "ParticipantRole": "CUSTOMER", "Content": "Cancel my plan.", "BeginOffsetMillis": 40, "EndOffsetMillis": 2000,
        "Sentiment": "NEGATIVE", "LoudnessScores": [88.1, null], "Items": [], "IssuesDetected": [{"CharacterOffsets": {"Begin": 0, "End": 14}}]});
    let document = json!({"JobStatus": "COMPLETED", "LanguageCode": "en-US", "AccountId": "1", "SessionId": "s-1", "Channel": "VOICE",
        "Participants": [{"ParticipantRole": "AGENT"}], "ContentMetadata": {"Output": "Raw"}, "Transcript": [turn],
        "Categories": {"MatchedCategories": [" a "], "MatchedDetails": {}},
        "ConversationCharacteristics": {"TotalConversationDurationMillis": 42460, "ContactSummary": {"AutoGenerated": {"OverallSummary": {"Content": "Caller cancels."}}}}});
    let read = delivery(document.to_string());
    assert_eq!(
        (read.source, read.contact.contact_id.as_str()),
        (SourceKind::TranscribeCallAnalytics, "transcribe:s-1")
    );
    assert_eq!(leg_lines(leg(&read)), ["CUSTOMER 40-2000 Cancel my plan. [NEGATIVE]"]);
    assert_eq!(leg(&read).turns[0].marks[0].end_char, 14);
    let service = leg(&read).service.as_ref().unwrap();
    assert_eq!((service.summary.as_deref(), service.categories[0].as_str()), (Some("Caller cancels."), "a"));
}

fn lex(session: &str, contact: Option<&str>, time: &str, input: &str, answer: &str) -> Value {
    json!({"messageVersion": "2.0", "timestamp": time, "requestId": format!("r-{time}"), "sessionId": session, "inputMode": "Text",
        "operationName": "RecognizeText", "missedUtterance": false, "bot": {"id": "B", "name": "Bot", "localeId": "en_US", "version": "2"},
        "inputTranscript": input, "messages": [{"contentType": "SSML", "content": answer}],
        "sessionState": {"sessionAttributes": contact.map(|id| json!({"ContactId": id, "Channel": "CHAT"})), "intent": {"name": "Refund", "slots": {"order": null}}},
        "interpretations": [{"nluConfidence": "0.91", "intent": {"name": "Refund"}, "sentimentResponse": {"sentiment": "NEUTRAL", "sentimentScore": {"positive": "0.1"}}}],
        "transcriptions": [{"transcription": "refund", "transcriptionConfidence": 1}]})
}

#[test]
fn lex_log() {
    let entry =
        lex("s-1", Some("c-1"), "2026-01-02T03:04:05.678Z", "refund", "<speak>Which <b>order</b>? &amp; why</speak>");
    let read = delivery(entry.to_string());
    assert_eq!((read.contact.contact_id.as_str(), read.ends), ("c-1", false));
    assert_eq!(leg(&read).language.as_deref(), Some("en-US"));
    assert_eq!(leg(&read).channel, Channel::Chat);
    assert_eq!(leg_lines(leg(&read)), ["CUSTOMER ?-? refund [NEUTRAL]", "BOT ?-? Which order ? & why"]);

    let dashed = entry.to_string().replace("messageVersion", "message-version").replace("ContactId", "Other");
    assert_eq!(delivery(dashed).contact, ContactKey::new("local", "lex:s-1"));

    let later = delivery(lex("s-1", Some("c-1"), "2026-01-02T03:04:15.678Z", "order 7", "Done.").to_string());
    let conversation = support::conversation(&[later, read]);
    assert_eq!(
        support::lines(&conversation),
        [
            "CUSTOMER 0-? refund [NEUTRAL]",
            "BOT ?-? Which order ? & why",
            "CUSTOMER 10000-? order 7 [NEUTRAL]",
            "BOT ?-? Done."
        ]
    );
}

#[test]
fn lex_logs_in_their_envelope() {
    let events = json!([
        {"id": "1", "timestamp": 1767323045678_i64, "message": lex("s-1", Some("c-1"), "2026-01-02T03:04:05.678Z", "a", "b").to_string()},
        {"id": "2", "timestamp": 1767323045678_i64, "message": lex("s-2", None, "", "c", "d").to_string()},
        {"id": "3", "timestamp": 1767323045678_i64, "message": "START RequestId: 1"},
        {"id": "4", "timestamp": 1767323045678_i64, "message": "{\"messageVersion\": \"2.0\", \"sessionId\":"},
        {"id": "6", "timestamp": 1767323045678_i64, "message": lex("s-1", None, "2026-01-02T03:04:01.000Z", "hi", "hello").to_string()},
        {"id": "5", "timestamp": 1767323045678_i64, "message": lex("s-1", Some("c-1"), "2026-01-02T03:04:06.678Z", "e", "f").to_string()}]);
    let envelope = |kind: &str| {
        json!({"messageType": kind, "owner": "1", "logGroup": "g", "logStream": "s", "subscriptionFilters": ["f"], "logEvents": events}).to_string()
    };
    let gzip = |text: String| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let decoded = read(gzip(envelope("DATA_MESSAGE")), &DecodeContext::new("test"));
    let contacts: Vec<&str> = decoded.deliveries.iter().map(|delivery| delivery.contact.contact_id.as_str()).collect();
    assert_eq!(contacts, ["c-1", "lex:s-2", "c-1", "c-1"], "other lines of a session know its contact");
    assert!(matches!(leg(&decoded.deliveries[1]).zero, Zero::At(_)), "the line's time");
    let rejected: Vec<_> = decoded.rejected.iter().map(|(entry, rejected)| (*entry, rejected.reason)).collect();
    assert_eq!(rejected, [(Some(3), Reason::Truncated)]);
    assert_eq!(decoded.ignored.as_deref(), Some("1 log lines that are no JSON"));
    assert_eq!(
        read(gzip(envelope("CONTROL_MESSAGE")), &DecodeContext::new("test")).ignored.as_deref(),
        Some("CONTROL_MESSAGE")
    );
    let mut ctx = DecodeContext::new("test");
    ctx.max_inflated_bytes = 100;
    assert_eq!(decode(&gzip(envelope("DATA_MESSAGE")), &ctx).unwrap_err().reason, Reason::TooLarge);
}

#[test]
fn a_call_of_a_lambda_function_is_no_log() {
    let Some(path) = shared("formats/05-lexv2/lexv2-lambda-event-text-sentiment-proposednext.json") else { return };
    let document = std::fs::read(path).unwrap();
    assert_eq!(decode(&document, &DecodeContext::new("test")).unwrap_err().reason, Reason::UnknownFormat);
}

/// The stand-in for Comprehend with which the golden files were made.
fn stand_in(text: &str) -> Option<(f64, f64)> {
    let sum: u64 = text.bytes().map(u64::from).sum();
    (text.chars().count() >= 8).then_some(match sum % 10 {
        0..3 => (0.9, 0.02),
        3 => (0.02, 0.8),
        _ => (0.05, 0.05),
    })
}

#[test]
fn post_call_analytics_turns_and_scores_of_channels() {
    let (Some(input), Some(golden)) = (
        shared("formats/07-transcribe/kibaffo33-02-channel-identification.json"),
        shared("pca/02-channel-identification.pca.json"),
    ) else {
        return;
    };
    let mut ctx = DecodeContext::new("test");
    ctx.turn_rules = TurnRules::Pca;
    ctx.speakers.names = vec!["Agent".into(), "Customer".into()];
    let decoded = read(std::fs::read(input).unwrap(), &ctx);
    let leg = only_leg(&decoded);
    let golden: Value = serde_json::from_slice(&std::fs::read(golden).unwrap()).unwrap();
    let segments = golden["SpeechSegments"].as_array().unwrap();
    assert_eq!(leg.turns.len(), segments.len());
    let mut signed: Vec<(String, f64, f64, f64)> = Vec::new();
    for (turn, segment) in leg.turns.iter().zip(segments) {
        assert_eq!(turn.content, segment["DisplayText"].as_str().unwrap());
        let (begin, end) =
            (turn.begin_offset_millis.unwrap() as f64 / 1000.0, turn.end_offset_millis.unwrap() as f64 / 1000.0);
        assert_eq!(
            (begin, end),
            (segment["SegmentStartTime"].as_f64().unwrap(), segment["SegmentEndTime"].as_f64().unwrap())
        );
        let who = &leg.participants[turn.participant as usize];
        let speaker = who.participant_id.replace("ch_", "spk_");
        assert_eq!(speaker, segment["SegmentSpeaker"].as_str().unwrap());
        assert_eq!(who.role, if speaker == "spk_0" { ParticipantRole::Agent } else { ParticipantRole::Customer });
        let (positive, negative) = stand_in(&turn.content).unwrap_or_default();
        let (is_positive, is_negative) = (negative * 5.0 < 2.0 && positive * 5.0 >= 2.0, negative * 5.0 >= 2.0);
        assert_eq!(i64::from(is_positive), segment["SentimentIsPositive"].as_i64().unwrap());
        assert_eq!(i64::from(is_negative), segment["SentimentIsNegative"].as_i64().unwrap());
        let score = if is_negative {
            -negative * 5.0
        } else if is_positive {
            positive * 5.0
        } else {
            0.0
        };
        signed.push((speaker, begin, end, score));
    }
    let duration = signed.iter().map(|(_, _, end, _)| *end).fold(0.0, f64::max);
    for (speaker, trend) in golden["ConversationAnalytics"]["SentimentTrends"].as_object().unwrap() {
        let of_speaker: Vec<_> = signed.iter().filter(|(who, ..)| who == speaker).collect();
        let mean =
            |scores: Vec<f64>| if scores.is_empty() { 0.0 } else { scores.iter().sum::<f64>() / scores.len() as f64 };
        assert_eq!(
            mean(of_speaker.iter().map(|(.., score)| *score).collect()),
            trend["SentimentScore"].as_f64().unwrap()
        );
        for (quarter, expected) in trend["SentimentPerQuarter"].as_array().unwrap().iter().enumerate() {
            let inside = of_speaker.iter().filter(|(_, begin, end, _)| {
                ((begin + end) / 2.0 / (duration / 4.0)).floor().min(3.0) as usize == quarter
            });
            assert_eq!(mean(inside.map(|(.., score)| *score).collect()), expected["Score"].as_f64().unwrap());
        }
    }
}

#[test]
fn post_call_analytics_keeps_the_turns_of_call_analytics() {
    let (Some(input), Some(golden)) =
        (shared("formats/07-transcribe/tca-example-call-redacted-real.json"), shared("pca/tca-example-call.pca.json"))
    else {
        return;
    };
    let decoded = read(std::fs::read(input).unwrap(), &DecodeContext::new("test"));
    let analytics = only_leg(&decoded);
    let decoded = read(std::fs::read(golden).unwrap(), &DecodeContext::new("test"));
    let result = only_leg(&decoded);
    assert_eq!(result.turns.len(), 37);
    for (ours, theirs) in analytics.turns.iter().zip(&result.turns) {
        assert_eq!(ours.content, theirs.content);
        assert_eq!(
            (ours.begin_offset_millis, ours.end_offset_millis),
            (theirs.begin_offset_millis, theirs.end_offset_millis)
        );
        let role = |leg: &Leg, turn: u32| leg.participants[turn as usize].role;
        assert_eq!(role(analytics, ours.participant), role(result, theirs.participant));
        let flag = |label: Option<SentimentLabel>| label.filter(|label| *label != SentimentLabel::Neutral);
        assert_eq!(flag(ours.sentiment), flag(theirs.sentiment));
    }
    let (ours, theirs) = (analytics.service.as_ref().unwrap(), result.service.as_ref().unwrap());
    assert_eq!(ours.overall_sentiment, theirs.overall_sentiment);
    assert_eq!(ours.quarter_sentiment, theirs.quarter_sentiment);
    assert_eq!(ours.talk_time_millis, theirs.talk_time_millis);
    assert_eq!(ours.categories, theirs.categories);
}

#[test]
fn real_results_and_transcripts_are_read() {
    let check = |path: &str, speakers: usize, turns: usize| {
        let Some(file) = shared(path) else { return };
        let decoded = read(std::fs::read(file).unwrap(), &DecodeContext::new(path));
        let Body::Leg(leg) = &decoded.deliveries[0].body else { panic!("a leg") };
        assert_eq!((leg.participants.len(), leg.turns.len()), (speakers, turns), "{path}");
        assert!(leg.turns.iter().all(|turn| turn.begin_offset_millis <= turn.end_offset_millis), "{path}");
    };
    check("pca/real-result-analytics.json", 2, 12);
    check("formats/07-transcribe/docs2023-redacted.json", 1, 1);
    check("formats/07-transcribe/kibaffo33-01-plain.json", 1, 3);
    check("formats/07-transcribe/kibaffo33-02-channel-identification.json", 2, 7);
    check("formats/07-transcribe/kibaffo33-03-speaker-identification.json", 3, 7);
}
