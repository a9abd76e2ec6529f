//! What handlers put aside, and what comes back of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

mod common;

use std::collections::BTreeSet;

use aftercall_core::contact::{ContactState, Phase};
use aftercall_core::error::Result;
use aftercall_core::formats::DecodeContext;
use aftercall_schemas::ContactKey;
use aftercall_stages::handle::BatchResponse;
use aftercall_stages::handle::advance::AdvancePorts;
use aftercall_stages::handle::import::{Fetch, Fetched, ImportLimits, ImportPorts, import_batch};
use aftercall_stages::handle::redrive::Redriven;
use aftercall_stages::handle::routing::route_batch;
use aftercall_stages::ports::{Accepted, Input, Inputs, Objects, Version};
use aftercall_stages::testkit::Memory;
use aftercall_stages::testkit::sample::{contact, documents};
use async_trait::async_trait;
use common::{Aws, changes, kinesis, queue};
use pollster::block_on;
use serde_json::{Value, json};

#[test]
fn broken_records_cost_nobody_else() {
    let aws = Aws::new();
    let mut event = kinesis(&documents());
    let records = event["Records"].as_array_mut().unwrap();
    records.insert(1, json!({"kinesis": {"sequenceNumber": "x", "partitionKey": "0", "data": "%%%"}}));
    records.insert(3, json!({"kinesis": {"sequenceNumber": "y", "partitionKey": "1", "data": "eyJhIjo="}}));
    records.insert(5, json!({"nothing": "of a stream"}));
    let handled = aws.take(&event);
    assert_eq!(handled.response, BatchResponse::default());
    assert_eq!(handled.counts["Quarantined"], 3);
    assert_eq!(handled.counts["InputsNew"], documents().len() as u64);
    for entry in aws.quarantined() {
        let key = aftercall_stages::keys::quarantine(&entry.quarantine_id);
        let bytes = block_on(Objects::get(&*aws.memory, &key)).unwrap().expect("the bytes are kept");
        assert!(!bytes.is_empty(), "{entry:?}");
    }
}

/// What is still of no use when it is tried again is the entry that it was.
#[test]
fn what_is_tried_again_is_not_put_aside_anew() {
    let aws = Aws::new();
    let broken = |id: &str| json!({"id": id, "timestamp": 1767323045678_i64, "message": "{\"messageVersion\": \"2.0\", \"sessionId\":"});
    let envelope = json!({
        "messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "g", "logStream": "s", "subscriptionFilters": ["f"],
        "logEvents": [broken("1"), broken("2"), broken("3")],
    });
    aws.take(&kinesis(&[envelope.to_string().into_bytes()]));
    let ids = || aws.quarantined().into_iter().map(|entry| entry.quarantine_id).collect::<BTreeSet<_>>();
    let before = ids();
    assert_eq!(before.len(), 3, "each line is an entry");
    for _ in 0..2 {
        let redriven = aws.redrive(json!({"from": "quarantine"}));
        assert_eq!(redriven, Redriven { used: 0, left: 3, next: None });
        assert_eq!(ids(), before);
    }
}

/// A bucket with a file and its sidecar.
struct Bucket(Vec<(&'static str, Vec<u8>)>);

#[async_trait]
impl Fetch for Bucket {
    async fn fetch(&self, _: &str, key: &str, max_bytes: u64) -> Result<Fetched> {
        let found = self.0.iter().find(|(name, _)| *name == key);
        Ok(match found {
            None => Fetched::Gone,
            Some((_, bytes)) if bytes.len() as u64 > max_bytes => Fetched::TooLarge { size_bytes: bytes.len() as u64 },
            Some((_, bytes)) => Fetched::Bytes(bytes.clone()),
        })
    }
}

#[test]
fn files_are_imported_with_their_sidecars() {
    let lines: Vec<u8> = documents().join(&b'\n');
    let bucket = Bucket(vec![
        ("calls/a b.jsonl", lines),
        ("calls/a b.jsonl.contact.json", br#"{"instance_id":"i-2"}"#.to_vec()),
        ("big.json", vec![b' '; 200_000]),
        ("half.json", b"{\"a\":".to_vec()),
    ]);
    let aws = Aws::new();
    let event = |key: &str| json!({"detail": {"bucket": {"name": "b"}, "object": {"key": key, "size": 1}}}).to_string();
    let bodies: Vec<_> =
        ["calls/a b.jsonl.contact.json", "big.json", "half.json", "gone.json"].map(event).into_iter().collect();
    let ports = ImportPorts { ingest: aws.ingest(), archive: aws.archive, fetch: &bucket };
    let limits = ImportLimits { object_bytes: 100_000, documents: Default::default() };
    let context = DecodeContext::new("");
    let handled = block_on(import_batch(ports, &context, limits, aws.deadline(), &queue(&bodies).to_string())).unwrap();
    assert_eq!(handled.response, BatchResponse::default(), "{:?}", handled.errors);
    assert_eq!(handled.counts["InputsNew"], documents().len() as u64);
    assert_eq!(handled.counts["Quarantined"], 2);
    assert_eq!(handled.counts["Gone"], 1);
}

#[test]
fn what_was_put_aside_comes_back() {
    let aws = Aws::new();
    let check = |request: Value, expected: Redriven| assert_eq!(aws.redrive(request.clone()), expected, "{request}");
    aws.take(&json!({"Records": [{"kinesis": {"sequenceNumber": "1", "data": "e30="}}]}));
    check(json!({"from": "quarantine", "reason": "not_json"}), Redriven::default());
    check(json!({"from": "quarantine", "limit": 5}), Redriven { used: 0, left: 1, next: None });
    check(
        json!({"from": "dead_letters", "function": "sentiment", "limit": 3}),
        Redriven { used: 3, left: 0, next: None },
    );
    let given_up = json!({"requestContext": {"condition": "RetryAttemptsExhausted"},
        "payload": kinesis(&documents()).to_string()});
    block_on(aws.memory.put("aws/lambda/a/b", given_up.to_string().as_bytes())).unwrap();
    block_on(aws.memory.put("aws/lambda/a/c", b"{}")).unwrap();
    check(json!({"from": "abandoned"}), Redriven { used: 1, left: 1, next: None });
    assert_eq!(aws.phase(), Phase::Ready);
    let changed = json!({"payload": changes(&[&contact().to_string()]).to_string()});
    block_on(aws.memory.put("aws/lambda/a/d", changed.to_string().as_bytes())).unwrap();
    check(json!({"from": "abandoned"}), Redriven { used: 1, left: 1, next: None });
    assert_eq!(aws.phase(), Phase::Routed);
}

/// Inputs of which the first have expired.
struct Expired<'a>(&'a Memory);

#[async_trait]
impl Inputs for Expired<'_> {
    async fn accept(
        &self,
        contact: &ContactKey,
        input: &Input,
        state: &ContactState,
        expected: Option<Version>,
    ) -> Result<Accepted> {
        Inputs::accept(self.0, contact, input, state, expected).await
    }

    async fn list(&self, contact: &ContactKey) -> Result<Vec<Input>> {
        Ok(Inputs::list(self.0, contact).await?.into_iter().skip(1).collect())
    }
}

#[test]
fn what_comes_after_the_others_have_expired_takes_no_place() {
    let aws = Aws::new();
    aws.take(&kinesis(&documents()));
    let expired = Expired(&aws.memory);
    let ports = AdvancePorts { inputs: &expired, ..aws.advance() };
    let event = changes(&[&contact().to_string()]);
    let handled = block_on(route_batch(ports, &Aws::settings(), aws.deadline(), &event.to_string())).unwrap();
    assert_eq!(handled.counts["Quarantined"], documents().len() as u64 - 1);
    assert_eq!(aws.phase(), Phase::Quarantined);
    let entries = aws.quarantined();
    assert!(entries.iter().all(|entry| entry.reason == "too_late"), "{entries:?}");
}

#[test]
fn ids_that_no_table_holds_are_put_aside() {
    let aws = Aws::new();
    let mut first: Value = serde_json::from_slice(&documents()[1]).unwrap();
    first["ContactId"] = json!("c".repeat(600));
    let handled = aws.take(&kinesis(&[first.to_string().into_bytes()]));
    assert_eq!(handled.response, BatchResponse::default());
    assert_eq!(handled.counts["Quarantined"], 1);
    assert_eq!(handled.counts["InputsNew"], 0);
}
