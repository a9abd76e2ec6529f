//! Who speaks, concluded from words: on conversations whose speakers are known.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic in a test is a failure with a place")]

mod support;

use aftercall_core::roles_words::conclude;
use aftercall_schemas::ParticipantRole::{Agent, Customer, ThirdParty, Unknown};
use aftercall_schemas::conversation::RoleSource;
use aftercall_schemas::{ParticipantRole, conversation::Participant};
use serde_json::json;
use std::io::Read;
use support::{conversation, delivery, shared};

const AGENT: &str = "Thank you for calling, how can I help you?\nCan I have your date of birth please?\nLet me check that for you.\nIs there anything else?";
const CUSTOMER: &str =
    "Hi, I'm calling because I lost my card.\nMy name is on it, I need a new one.\nNo, that's all, thank you.";

#[track_caller]
fn check(speakers: &[(ParticipantRole, &str)], expected: &[ParticipantRole]) {
    let speakers: Vec<_> = speakers.iter().map(|(role, text)| (*role, (*text).to_owned())).collect();
    let roles: Vec<ParticipantRole> = conclude(&speakers)
        .iter()
        .zip(&speakers)
        .map(|(found, (role, _))| found.map_or(*role, |found| found.role))
        .collect();
    assert_eq!(roles, expected);
}

#[test]
fn words_tell_agent_and_customer() {
    check(&[(Unknown, AGENT), (Unknown, CUSTOMER)], &[Agent, Customer]);
    check(&[(Unknown, CUSTOMER), (Unknown, AGENT)], &[Customer, Agent]);
    check(&[(ThirdParty, AGENT), (Unknown, CUSTOMER), (Unknown, AGENT)], &[ThirdParty, Customer, Agent]);
    check(&[(Agent, AGENT), (Unknown, "Yes.")], &[Agent, Customer]);
}

#[test]
fn too_little_is_not_enough() {
    check(&[(Unknown, "Hello."), (Unknown, "Yes.")], &[Unknown, Unknown]);
    check(&[(Unknown, AGENT)], &[Unknown]);
    check(&[(Unknown, ""), (Unknown, "")], &[Unknown, Unknown]);
    check(&[], &[]);
}

#[test]
fn the_record_knows_the_channels_better_than_the_words() {
    let item = |text: &str, at: f64| json!({"type": "pronunciation", "start_time": at, "end_time": at + 0.5, "alternatives": [{"content": text}]});
    let id = "5a1c2b3d-0000-4000-8000-123456789abc";
    let transcript = json!({"jobName": format!("{id}_20260102T03:06_UTC"), "status": "COMPLETED", "results": {"channel_labels": {"channels": [
        {"channel_label": "ch_0", "items": [item("Yes", 1.0)]}, {"channel_label": "ch_1", "items": [item("Hello", 0.0)]}]}}});
    let transcript = delivery(transcript.to_string());
    let record = json!({"AWSContactTraceRecordFormatVersion": "2017-03-10", "ContactId": id, "Agent": {"ConnectedToAgentTimestamp": "2026-01-02T03:06:00Z"},
        "Recordings": [{"Location": format!("b/{id}_20260102T03:06_UTC.wav")}]});
    let record = delivery(record.to_string());
    let source = |who: &Participant| (who.participant_id.clone(), who.role, who.role_source);
    let joined = conversation(&[transcript.clone(), record]);
    assert_eq!(
        joined.participants.iter().map(source).collect::<Vec<_>>(),
        [("ch_1".to_owned(), Agent, RoleSource::Record), ("ch_0".to_owned(), Customer, RoleSource::Record)]
    );
    assert_eq!(joined.turns[0].role, Agent);
    assert_eq!(joined.start_timestamp, Some("2026-01-02T03:06:00Z".parse().unwrap()));
    assert_eq!(conversation(&[transcript]).participants[0].role_source, RoleSource::Unknown);
}

/// Share of conversations whose two sides are named rightly, of those that are named at all.
fn accuracy(set: &str, provider: &str) -> Option<(f64, f64)> {
    let path = shared(&format!("conversations/{set}.open.jsonl.gz"))?;
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    let (mut right, mut named, mut all) = (0_f64, 0_f64, 0_f64);
    for line in text.lines() {
        let document: serde_json::Value = serde_json::from_str(line).unwrap();
        let said = |role: &str| -> String {
            let turns = document["turns"].as_array().unwrap().iter().filter(|turn| turn["role"] == role);
            turns.map(|turn| format!("{}\n", turn["text"].as_str().unwrap_or_default())).collect()
        };
        let found = conclude(&[(Unknown, said(provider)), (Unknown, said("customer"))]);
        all += 1.0;
        if let (Some(first), Some(_)) = (found[0], found[1]) {
            named += 1.0;
            right += f64::from(u8::from(first.role == Agent));
        }
    }
    Some((right / named, named / all))
}

#[test]
fn most_conversations_are_told_rightly() {
    for (set, provider, least) in [
        ("hvb_sample", "agent", 1.0),
        ("aws_tca_example", "agent", 1.0),
        ("abcd_sample", "agent", 1.0),
        ("primock57", "agent", 0.99),
        ("aci_bench", "agent", 0.93),
        ("mts_dialog", "agent", 0.93),
        ("star", "bot", 0.97),
    ] {
        let Some((accuracy, named)) = accuracy(set, provider) else { continue };
        println!("{set}: {:.1} % of the named rightly, {:.1} % named", accuracy * 100.0, named * 100.0);
        assert!(accuracy >= least && named > 0.8, "{set}: {accuracy:.3} of {named:.3}");
    }
}
