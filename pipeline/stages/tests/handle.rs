//! The functions' handlers in the order in which AWS would wake them: a stream of records in, a published analysis out; what
//! AWS delivers twice or loses on the way changes nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use aftercall_core::contact::Phase;
use aftercall_schemas::Stage;
use aftercall_schemas::events::Insight;
use aftercall_schemas::results::Finding;
use aftercall_stages::handle::advance::wake;
use aftercall_stages::handle::routing::route_batch;
use aftercall_stages::handle::{BatchResponse, Handled};
use aftercall_stages::route::RouteSettings;
use aftercall_stages::run_stage::StageSettings;
use aftercall_stages::testkit::VirtualClock;
use aftercall_stages::testkit::sample::{contact, documents};
use common::{ALL, Aws, changes, kinesis};
use pollster::block_on;
use serde_json::json;

#[test]
fn a_contact_goes_all_the_way_whatever_comes_twice() {
    let aws = Aws::new();
    let event = kinesis(&documents());
    assert_eq!(aws.take(&event).response, BatchResponse::default());
    let again = aws.take(&event);
    assert_eq!(again.counts.get("InputsNew"), Some(&0), "what comes twice is taken in once");
    assert_eq!(aws.route().counts["Routed"], 1);
    assert_eq!(aws.route().counts["Routed"], 1, "a call that may have been lost is made again");
    assert_eq!(aws.phase(), Phase::Routed);
    aws.run(&ALL);
    aws.publish();
    assert_eq!(aws.phase(), Phase::Complete);
    let handled = aws.publish();
    assert_eq!(handled.counts["Published"], 1, "of one contact once a batch");
    let insights = aws.heard.insights.lock().unwrap();
    let published = insights.iter().filter(|insight| matches!(insight, Insight::AnalysisPublished(_))).count();
    assert_eq!(published, 2, "consumers are told again rather than not at all");
    let streamed = |stage: Stage| {
        let mut kept = insights.iter().filter_map(|insight| match insight {
            Insight::ResultKept(kept) if kept.stage == stage => Some(kept),
            _ => None,
        });
        let kept = kept.next().unwrap_or_else(|| panic!("{stage:?} is told of"));
        assert!(kept.found, "{stage:?}");
        kept.finding.as_deref().cloned()
    };
    assert!(matches!(streamed(Stage::CustomerSummary), Some(Finding::CustomerSummary(_))));
    assert!(matches!(streamed(Stage::AgentSummary), Some(Finding::AgentSummary(_))));
    assert!(matches!(streamed(Stage::FirstResponse), Some(Finding::FirstResponse(_))));
    assert_eq!(streamed(Stage::Sentiment), None, "what grows with the conversation is in its analysis");
}

// covers 0.14
#[test]
fn an_analysis_with_categories_is_told_to_who_calls() {
    let rules = "version = \"1\"\n\n[[category]]\nname = \"card\"\nwhen = { phrases = { any_of = [\"new card\", \"swallowed\"] } }\n";
    let rules = aftercall_core::categories::parse(rules).unwrap();
    let settings = StageSettings { rules: Some(Arc::new(rules)), ..StageSettings::default() };
    let aws = Aws::new();
    aws.take(&kinesis(&documents()));
    let wanted = RouteSettings { optional_stages: [Stage::Categories].into(), ..Aws::settings() };
    block_on(route_batch(aws.advance(), &wanted, aws.deadline(), &changes(&[&contact().to_string()]).to_string()))
        .unwrap();
    let messages: Vec<_> = std::mem::take(&mut *aws.heard.routed.lock().unwrap());
    let bodies: Vec<_> = messages.iter().map(|message| json!({ "detail": message }).to_string()).collect();
    aws.run_with(&settings, &ALL, &bodies);
    for _ in 0..2 {
        aws.publish();
    }
    let flagged = aws.heard.flagged.lock().unwrap().clone();
    assert_eq!(flagged.len(), 2, "told again rather than not at all");
    assert!(flagged.iter().all(|one| one.contact == contact() && one.categories == ["card"]), "{flagged:?}");
}

#[test]
fn reconcile_brings_back_what_streams_and_queues_have_lost() {
    let aws = Aws::new();
    aws.take(&kinesis(&documents()));
    // The stream of contacts is lost: nothing routes the contact, but its time has come.
    assert_eq!(aws.reconcile().counts["Routed"], 1);
    // The call of its stages is lost.
    aws.heard.routed.lock().unwrap().clear();
    assert_eq!(aws.reconcile().counts.get("Woken"), None, "it is not called again at once");
    aws.clock.advance(Duration::from_secs(601));
    assert_eq!(aws.reconcile().counts["Routed"], 1);
    assert_eq!(aws.reconcile().counts.get("Woken"), None, "a call is not repeated at once");
    aws.run(&ALL);
    // The stream of results is lost.
    aws.clock.advance(Duration::from_secs(601));
    aws.reconcile();
    assert_eq!(aws.phase(), Phase::Complete);
    aws.clock.advance(Duration::from_secs(100_000));
    assert_eq!(aws.reconcile().counts.get("Woken"), None, "nothing is open any more");
}

#[test]
fn the_service_level_is_from_the_end_of_the_contact_to_what_this_run_published() {
    let mut aws = Aws::new();
    // The contact ended at 10:02 as its record says; the inputs come two minutes later.
    aws.clock = VirtualClock::at("2026-03-02T10:04:00Z".parse().unwrap());
    aws.take(&kinesis(&documents()));
    aws.route();
    aws.run(&ALL);
    aws.clock.advance(Duration::from_secs(30));
    assert_eq!(aws.publish().end_to_published_millis, [150_000]);
    assert!(aws.publish().end_to_published_millis.is_empty(), "it was published before");
    // An input that comes a day later makes another revision. Who waits for it waits since then.
    aws.clock.advance(Duration::from_secs(86_400));
    let more = br#"{"id":"0a0a0a0a-1111-4222-8333-444444444444","instance_id":"11111111-2222-4333-8444-555555555555",
        "source":"late","channel":"voice","turns":[{"role":"customer","text":"One more word."}]}"#;
    aws.take(&kinesis(&[more.to_vec()]));
    let mut woken = Handled::default();
    block_on(wake(aws.advance(), &Aws::settings(), &contact(), &mut woken)).unwrap();
    assert!(woken.end_to_published_millis.is_empty(), "the old revision is not counted again: {woken:?}");
}

#[test]
fn a_deadline_makes_the_analysis_partial() {
    let aws = Aws::new();
    aws.take(&kinesis(&documents()));
    aws.route();
    aws.run(&[Stage::Measures, Stage::Sentiment]);
    aws.clock.advance(Duration::from_secs(3601));
    aws.reconcile();
    assert_eq!(aws.phase(), Phase::Partial);
}
