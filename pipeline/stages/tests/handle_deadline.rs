//! What handlers make of services that are so slow that a batch does not fit into a call: what has not been begun is handed
//! back in time, and is done by the next call.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

mod common;

use std::time::Duration;

use aftercall_core::contact::{ContactState, Phase};
use aftercall_core::error::Result;
use aftercall_core::formats::DecodeContext;
use aftercall_schemas::{ContactKey, Stage};
use aftercall_stages::archive::Archive;
use aftercall_stages::handle::advance::AdvancePorts;
use aftercall_stages::handle::import::{Fetch, Fetched, ImportLimits, ImportPorts, import_batch};
use aftercall_stages::handle::publish::publish_batch;
use aftercall_stages::handle::records::take_batch;
use aftercall_stages::handle::redrive::Redriven;
use aftercall_stages::handle::routing::route_batch;
use aftercall_stages::handle::{BatchResponse, Handled};
use aftercall_stages::ingest::IngestPorts;
use aftercall_stages::ports::{Contacts, Stored, Version, Written};
use aftercall_stages::testkit::sample::{contact, documents};
use aftercall_stages::testkit::{Memory, VirtualClock};
use async_trait::async_trait;
use common::{ALL, Aws, changes, kinesis, queue};
use pollster::block_on;
use serde_json::{Value, json};

/// A table that takes a quarter of a minute for each answer.
struct Slow<'a>(&'a Memory, &'a VirtualClock);

#[async_trait]
impl Contacts for Slow<'_> {
    async fn load(&self, contact: &ContactKey) -> Result<Option<Stored>> {
        self.1.advance(Duration::from_secs(15));
        self.0.load(contact).await
    }

    async fn save(&self, contact: &ContactKey, state: &ContactState, expected: Version) -> Result<Written> {
        self.1.advance(Duration::from_secs(15));
        self.0.save(contact, state, expected).await
    }
}

fn reported(handled: &Handled) -> Vec<String> {
    handled.response.batch_item_failures.iter().map(|failure| failure.item_identifier.clone()).collect()
}

/// A call that has no time at all.
fn without_time() -> Aws {
    let mut aws = Aws::new();
    aws.left = Duration::ZERO;
    aws
}

#[test]
fn records_that_do_not_fit_into_a_call_are_taken_by_the_next() {
    let aws = Aws::new();
    let slow = Slow(&aws.memory, &aws.clock);
    let ports = IngestPorts { contacts: &slow, ..aws.ingest() };
    let mut event = kinesis(&documents());
    let mut calls = 0;
    loop {
        calls += 1;
        let before = aws.deadline();
        let handled =
            block_on(take_batch(ports, Archive::Off, &DecodeContext::new("stream"), before, &event.to_string()))
                .unwrap();
        assert!(handled.errors.is_empty(), "nothing is wrong with a record that was not begun: {:?}", handled.errors);
        // AWS goes on at the lowest number that is reported.
        let Some(lowest) = reported(&handled).iter().map(|number| number.parse::<usize>().unwrap()).min() else {
            break;
        };
        assert!(handled.counts["NotBegun"] > 0 && calls < 20, "{:?}", handled.counts);
        let numbered = |record: &Value| record["kinesis"]["sequenceNumber"].as_str().unwrap().parse::<usize>().unwrap();
        event["Records"].as_array_mut().unwrap().retain(|record| numbered(record) >= lowest);
    }
    assert!(calls > 1, "the batch did not fit");
    aws.route();
    aws.run(&ALL);
    aws.publish();
    assert_eq!(aws.phase(), Phase::Complete);
}

#[test]
fn a_streams_batch_ends_before_the_call_does() {
    let mut aws = Aws::new();
    aws.take_all();
    // Half of it may be used, and one contact takes that.
    aws.left = Duration::from_secs(40);
    let slow = Slow(&aws.memory, &aws.clock);
    let ports = AdvancePorts { contacts: &slow, ..aws.advance() };
    let event = changes(&[&contact().to_string(), &contact().to_string(), "i/another"]).to_string();
    let handled = block_on(route_batch(ports, &Aws::settings(), aws.deadline(), &event)).unwrap();
    assert_eq!((reported(&handled), handled.counts["Routed"]), (vec!["1".to_owned()], 1));
    assert!(handled.errors.is_empty());
    aws.run(&ALL);
    let event = changes(&[&contact().to_string(), "i/another", "i/third"]).to_string();
    let handled = block_on(publish_batch(ports.publish(), &aws.heard, aws.deadline(), &event)).unwrap();
    assert_eq!((handled.counts["Published"], handled.counts["NotBegun"]), (1, 1), "{handled:?}");
}

#[test]
fn reconcile_leaves_what_it_has_no_time_for_to_its_next_call() {
    let mut aws = without_time();
    aws.take_all();
    let handled = aws.reconcile();
    assert_eq!((handled.counts.get("Woken"), handled.counts["OutOfTime"]), (None, 1));
    aws.left = Duration::from_secs(60);
    assert_eq!(aws.reconcile().counts["Routed"], 1);
}

#[test]
fn a_stage_that_there_is_no_time_for_leaves_its_message_in_the_queue() {
    let mut aws = Aws::new();
    aws.take_all();
    aws.route();
    let routed = aws.heard.routed.lock().unwrap().clone();
    aws.left = Duration::ZERO;
    let handled = aws.run(&ALL);
    assert_eq!(reported(&handled), ["m0"]);
    assert_eq!(aws.heard.hidden.lock().unwrap()[0].1, Duration::from_secs(10), "and comes again soon");
    assert_eq!(handled.counts.get("StagesFound"), None);
    aws.left = Duration::from_secs(60);
    aws.heard.routed.lock().unwrap().extend(routed);
    assert_eq!(aws.run(&[Stage::Sentiment]).response, BatchResponse::default());
}

/// A bucket that nobody may look into.
struct Untouched;

#[async_trait]
impl Fetch for Untouched {
    async fn fetch(&self, _: &str, key: &str, _: u64) -> Result<Fetched> {
        panic!("{key} is read without the time for it");
    }
}

#[test]
fn files_and_entries_that_there_is_no_time_for_stay_where_they_are() {
    let aws = without_time();
    let event = |key: &str| json!({"detail": {"bucket": {"name": "b"}, "object": {"key": key}}}).to_string();
    let event = queue(&["one.json", "two.json"].map(event)).to_string();
    let ports = ImportPorts { ingest: aws.ingest(), archive: Archive::Off, fetch: &Untouched };
    let limits = ImportLimits { object_bytes: 100_000, documents: Default::default() };
    let context = DecodeContext::new("");
    let handled = block_on(import_batch(ports, &context, limits, aws.deadline(), &event)).unwrap();
    assert_eq!(reported(&handled), ["m0", "m1"], "each message is reported: a queue has no order");

    let mut aws = Aws::new();
    aws.take(&json!({"Records": [{"kinesis": {"sequenceNumber": "1", "data": "e30="}}]}));
    aws.left = Duration::ZERO;
    assert_eq!(aws.redrive(json!({"from": "quarantine"})), Redriven { used: 0, left: 1, next: None });
    assert_eq!(aws.quarantined()[0].attempts, 0);
}
