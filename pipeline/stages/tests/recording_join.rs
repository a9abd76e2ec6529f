//! A transcript that names no contact finds the contact whose record names its recording, whichever comes first, and what
//! was published of it before is taken back.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::sync::Arc;

use aftercall_core::contact::Phase;
use aftercall_schemas::ContactKey;
use aftercall_stages::ports::Contacts;
use aftercall_stages::route::Trigger;
use aftercall_stages::testkit::Memory;
use aftercall_stages::testkit::sample::{CONTACT, INSTANCE, contact};
use aftercall_stages::testkit::world::World;
use pollster::block_on;
use serde_json::{Value, json};

const RECORDING: &str = "calls/connect/acme/CallRecordings/2026/03/02/kept-under-another-name-20260302.wav";

fn transcript() -> Value {
    let word = |begin: &str, end: &str, text: &str| {
        json!({ "start_time": begin, "end_time": end, "type": "pronunciation",
                "alternatives": [{ "confidence": "0.99", "content": text }] })
    };
    json!({
        "jobName": "kept-under-another-name-20260302", "accountId": "111122223333", "status": "COMPLETED",
        "results": {
            "transcripts": [{ "transcript": "my card is gone" }],
            "items": [word("0.5", "0.7", "my"), word("0.7", "1.0", "card"), word("1.0", "1.2", "is"), word("1.2", "1.5", "gone")],
        },
    })
}

fn record() -> Value {
    json!({
        "AWSAccountId": "111122223333", "AWSContactTraceRecordFormatVersion": "2017-03-10", "ContactId": CONTACT,
        "InstanceARN": format!("arn:aws:connect:eu-west-1:111122223333:instance/{INSTANCE}"),
        "Channel": "VOICE", "InitiationMethod": "INBOUND", "InitiationTimestamp": "2026-03-02T10:00:00Z",
        "DisconnectTimestamp": "2026-03-02T10:02:00Z", "LastUpdateTimestamp": "2026-03-02T10:03:00Z",
        "Agent": { "ARN": "arn:a/agent/a-1", "ConnectedToAgentTimestamp": "2026-03-02T10:01:00Z" },
        "Recordings": [{ "Location": RECORDING, "MediaStreamType": "AUDIO", "StorageType": "S3", "Status": "AVAILABLE" }],
        "Attributes": {},
    })
}

/// Delivers documents one after the other; the contacts go as far as they can after each.
fn check(documents: &[Value]) -> Value {
    let world = World::new(Arc::new(Memory::default()));
    let alone = ContactKey::new("local", "transcribe:kept-under-another-name-20260302");
    block_on(async {
        for document in documents {
            world.deliver(document.to_string().as_bytes()).await.unwrap();
            for key in [&alone, &contact()] {
                world.advance_one(key, Trigger::BatchEnded).await.unwrap();
            }
        }
        if let Some(stored) = world.ports.load(&alone).await.unwrap() {
            assert_eq!(stored.state.phase(), Phase::Moved);
            assert_eq!(stored.state.moved_to, Some(contact()));
            let rows = world.rows_of(&alone).await;
            if let Some(rows) = rows {
                assert_eq!(rows["contact"]["state"], "moved", "what was published is taken back");
                assert_eq!(rows["turns"], json!([]));
            }
        }
        world.current_rows().await
    })
}

#[test]
fn whichever_comes_first() {
    let record_first = check(&[record(), transcript()]);
    assert_eq!(record_first["turns"][0]["content"], "my card is gone");
    assert_eq!(record_first["turns"][0]["begin_timestamp"], "2026-03-02T10:01:00.5Z", "on the contact's timeline");
    assert_eq!(check(&[transcript(), record()]), record_first);
    assert_eq!(check(&[transcript(), record(), transcript(), record()]), record_first);
}
