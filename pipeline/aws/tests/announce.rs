//! Announcing against stand-ins that take some entries of a call and refuse others, as EventBridge and Kinesis do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]
#![cfg(all(feature = "eventbridge", feature = "kinesis", feature = "bedrock"))]

#[path = "common/stand_in.rs"]
mod stand_in;

use aftercall_aws::announce::Bus;
use aftercall_aws::config::Deadlines;
use aftercall_core::error::Retry;
use aftercall_schemas::events::{ContactRouted, Insight, ResultKept};
use aftercall_schemas::{ContactKey, RevisionKey, Stage};
use aftercall_stages::ports::Announce;
use serde_json::{Value, json};
use stand_in::{Reply, Sent, StandIn};

fn routed(count: usize) -> Vec<ContactRouted> {
    let message = |number| ContactRouted {
        contact: ContactKey::new("i", format!("c{number}")),
        revision_key: RevisionKey("r".into()),
        use_cases: Vec::new(),
        stages: vec![Stage::Measures],
        conversation_key: format!("conversations/i/c{number}/r.json"),
    };
    (0..count).map(message).collect()
}

fn insights(count: usize) -> Vec<Insight> {
    let insight = |number| {
        Insight::ResultKept(ResultKept {
            contact: ContactKey::new("i", format!("c{number}")),
            revision_key: RevisionKey("r".into()),
            stage: Stage::Measures,
            stage_version: "1".into(),
            found: true,
            finding: None,
        })
    };
    (0..count).map(insight).collect()
}

fn entries(sent: &Sent) -> &Vec<Value> {
    sent.body.get("Entries").or_else(|| sent.body.get("Records")).unwrap().as_array().unwrap()
}

/// Refuses every third entry of the first three calls, with `code`.
fn refusing_some(code: &'static str) -> impl Fn(usize, &Sent) -> Reply + Send + 'static {
    move |call, sent| {
        let all = entries(sent);
        let is_events = sent.header("x-amz-target") == Some("AWSEvents.PutEvents");
        let answer = |number: usize| match (call < 3 && number % 3 == 1, is_events) {
            (true, _) => json!({ "ErrorCode": code, "ErrorMessage": "no" }),
            (false, true) => json!({ "EventId": "e" }),
            (false, false) => json!({ "SequenceNumber": "1", "ShardId": "shardId-000000000000" }),
        };
        let answers: Vec<Value> = (0..all.len()).map(answer).collect();
        let refused = answers.iter().filter(|answer| answer.get("ErrorCode").is_some()).count();
        Reply::ok(if is_events {
            json!({ "FailedEntryCount": refused, "Entries": answers })
        } else {
            json!({ "FailedRecordCount": refused, "Records": answers })
        })
    }
}

async fn bus(stand_in: &StandIn) -> Bus {
    Bus::new(&stand_in.config(&Deadlines::default()).await, "bus", "stream")
}

#[tokio::test]
async fn refused_events_are_sent_again() {
    let stand_in = StandIn::start(refusing_some("ThrottlingException"));
    bus(&stand_in).await.routed(&routed(23)).await.unwrap();
    let sizes: Vec<usize> = stand_in.sent().iter().map(|sent| entries(sent).len()).collect();
    // 3 + 3 + 1 are refused.
    assert_eq!(sizes, [10, 10, 3, 7]);
    let sent = stand_in.sent();
    let entry = &entries(&sent[0])[0];
    assert_eq!(entry["Source"], "aftercall");
    assert_eq!(entry["DetailType"], "ContactRouted");
    assert_eq!(entry["EventBusName"], "bus");
    let detail: ContactRouted = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
    assert_eq!(detail, routed(1)[0]);
}

#[tokio::test]
async fn refused_records_are_sent_again() {
    let stand_in = StandIn::start(refusing_some("ProvisionedThroughputExceededException"));
    bus(&stand_in).await.insights(&insights(501)).await.unwrap();
    let sizes: Vec<usize> = stand_in.sent().iter().map(|sent| entries(sent).len()).collect();
    // 167 are refused, and then 56 of these.
    assert_eq!(sizes, [500, 1, 167, 56]);
    assert_eq!(entries(&stand_in.sent()[0])[7]["PartitionKey"], "i/c7");
}

#[tokio::test]
async fn an_answer_that_is_too_short_loses_nothing() {
    let stand_in = StandIn::start(|_, _| {
        Reply::ok(json!({ "FailedEntryCount": 0, "FailedRecordCount": 0, "Entries": [{ "EventId": "e" }],
            "Records": [{ "SequenceNumber": "1", "ShardId": "shardId-000000000000" }] }))
    });
    let bus = bus(&stand_in).await;
    assert_eq!(bus.routed(&routed(2)).await.unwrap_err().retry, Retry::Later);
    assert_eq!(bus.insights(&insights(2)).await.unwrap_err().retry, Retry::Later);
}

#[tokio::test]
async fn what_is_always_refused_fails_the_call() {
    let always = |code: &'static str| {
        StandIn::start(move |_, sent| {
            let answers: Vec<Value> = entries(sent).iter().map(|_| json!({ "ErrorCode": code })).collect();
            Reply::ok(json!({ "FailedEntryCount": answers.len(), "Entries": answers }))
        })
    };
    let stand_in = always("InternalFailure");
    let error = bus(&stand_in).await.routed(&routed(2)).await.unwrap_err();
    assert_eq!(error.retry, Retry::Later);
    assert_eq!(stand_in.sent().len(), 5, "bounded");
    let stand_in = always("MalformedDetail");
    let error = bus(&stand_in).await.routed(&routed(2)).await.unwrap_err();
    assert_eq!(error.retry, Retry::Never);
    assert_eq!(stand_in.sent().len(), 1, "sending it again would not help");
}
