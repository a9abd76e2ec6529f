//! What handlers make of a model that does not answer as it should: throttled, forbidden, paid for nothing, never of use.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aftercall_core::contact::Phase;
use aftercall_core::error::{Error, ErrorKind, Retry};
use aftercall_core::redact::RedactedConversation;
use aftercall_schemas::Stage;
use aftercall_schemas::results::{AgentSummary, CustomerSummary, Processing};
use aftercall_stages::backfill::proposed;
use aftercall_stages::handle::redrive::Redriven;
use aftercall_stages::ports::{Failed, MaybeSummarised, Objects, Results, Summarize};
use aftercall_stages::testkit::sample::{contact, documents};
use aftercall_stages::testkit::world::Counting;
use async_trait::async_trait;
use common::{ALL, Aws, kinesis};
use pollster::block_on;
use serde_json::{Value, json};

/// A model that is throttled for good.
struct Throttled;

#[async_trait]
impl Summarize for Throttled {
    fn version(&self, _: Stage) -> String {
        "throttled/1".into()
    }

    fn is_costly(&self) -> bool {
        true
    }

    async fn customer(&self, _: &RedactedConversation) -> MaybeSummarised<CustomerSummary> {
        Err(Error::new(ErrorKind::Provider, "too many requests").retry(Retry::Later).into())
    }

    async fn agent(&self, _: &RedactedConversation) -> MaybeSummarised<AgentSummary> {
        Err(Error::new(ErrorKind::Provider, "too many requests").retry(Retry::After(Duration::from_secs(70))).into())
    }
}

#[test]
fn throttling_hides_the_message_and_loses_nothing() {
    let mut aws = Aws::new();
    aws.model = Box::new(Throttled);
    aws.take(&kinesis(&documents()));
    aws.route();
    let routed = aws.heard.routed.lock().unwrap().clone();
    let handled = aws.run(&[Stage::CustomerSummary, Stage::AgentSummary]);
    assert_eq!(handled.response.batch_item_failures.len(), 1, "the message comes again");
    let hidden = aws.heard.hidden.lock().unwrap().clone();
    assert_eq!(hidden.len(), 1);
    assert!(hidden[0].1 >= Duration::from_secs(10), "{hidden:?}");
    // The model answers again: the same message makes the contact complete.
    aws.model = Box::new(Counting::default());
    aws.heard.routed.lock().unwrap().extend(routed);
    aws.run(&ALL);
    aws.publish();
    assert_eq!(aws.phase(), Phase::Complete);
}

/// A model that fails in one way.
struct Fails(fn() -> Failed);

#[async_trait]
impl Summarize for Fails {
    fn version(&self, _: Stage) -> String {
        "fails/1".into()
    }

    fn is_costly(&self) -> bool {
        true
    }

    async fn customer(&self, _: &RedactedConversation) -> MaybeSummarised<CustomerSummary> {
        Err((self.0)())
    }

    async fn agent(&self, _: &RedactedConversation) -> MaybeSummarised<AgentSummary> {
        Err((self.0)())
    }
}

#[test]
fn an_answer_that_cannot_be_used_is_paid_for() {
    fn paid(retry: Retry) -> Failed {
        let processing = Processing { output_tokens: Some(40), cost_usd: Some(0.25), ..Processing::default() };
        let error = Error::new(ErrorKind::Provider, "the answer has not the form").retry(retry);
        Failed { error, processing: Box::new(processing), answers: Vec::new() }
    }
    let mut aws = Aws::new();
    aws.model = Box::new(Fails(|| paid(Retry::Never)));
    aws.take(&kinesis(&documents()));
    aws.route();
    let routed = aws.heard.routed.lock().unwrap().clone();
    let handled = aws.run(&[Stage::CustomerSummary]);
    assert_eq!((handled.counts["StagesFailed"], handled.counts["ModelCostMicroUsd"]), (1, 250_000));
    let results = block_on(Results::list(&*aws.memory, &contact(), &routed[0].revision_key)).unwrap();
    let kept: Vec<_> = results.iter().filter(|result| result.stage == Stage::CustomerSummary).collect();
    assert_eq!((kept[0].processing.output_tokens, kept[0].processing.cost_usd), (Some(40), Some(0.25)));
    assert!(kept[0].processing.duration_millis.is_some());

    // A message that comes again finds the result: nothing is paid a second time.
    aws.heard.routed.lock().unwrap().extend(routed);
    assert_eq!(aws.run(&[Stage::CustomerSummary]).counts["ModelCostMicroUsd"], 0);

    // What a first answer cost counts also where asking once more has failed for the moment.
    let mut aws = Aws::new();
    aws.model = Box::new(Fails(|| paid(Retry::Later)));
    aws.take(&kinesis(&documents()));
    aws.route();
    let handled = aws.run(&[Stage::CustomerSummary]);
    assert_eq!((handled.counts["Failed"], handled.counts["ModelCostMicroUsd"]), (1, 250_000));
}

#[test]
fn a_model_that_may_not_be_asked_is_asked_when_the_permission_is_there() {
    let mut aws = Aws::new();
    aws.model = Box::new(Fails(|| Error::new(ErrorKind::Config, "access is denied").into()));
    aws.take(&kinesis(&documents()));
    aws.route();
    let routed = aws.heard.routed.lock().unwrap().clone();
    let handled = aws.run(&ALL);
    assert_eq!(handled.response.batch_item_failures.len(), 1, "the message comes again");
    assert_eq!(aws.heard.hidden.lock().unwrap()[0].1, Duration::from_secs(900), "and does not spin");
    assert!(!block_on(Results::attempts(&*aws.memory, &contact())).unwrap().is_empty(), "a person can see why");
    // The deadline passes, the analysis is published without; then somebody gives the permission.
    aws.clock.advance(Duration::from_secs(3601));
    aws.reconcile();
    assert_eq!(aws.phase(), Phase::Partial);
    aws.model = Box::new(Counting::default());
    aws.heard.routed.lock().unwrap().extend(routed);
    aws.run(&ALL);
    aws.publish();
    assert_eq!(aws.phase(), Phase::Complete);
}

/// A model whose answers cannot be used until it is mended.
#[derive(Default)]
struct Mendable(Arc<AtomicBool>);

impl Mendable {
    fn answer<S>(&self, found: impl FnOnce() -> MaybeSummarised<S>) -> MaybeSummarised<S> {
        if self.0.load(Ordering::SeqCst) {
            return found();
        }
        let error = Error::new(ErrorKind::Provider, "the answer has not the form, twice");
        let answers = vec!["Sure!".to_string(), "{}".to_string()];
        Err(Failed { answers, ..error.into() })
    }
}

#[async_trait]
impl Summarize for Mendable {
    fn version(&self, _: Stage) -> String {
        "mendable/1".into()
    }

    fn is_costly(&self) -> bool {
        true
    }

    async fn customer(&self, conversation: &RedactedConversation) -> MaybeSummarised<CustomerSummary> {
        self.answer(|| block_on(Counting::default().customer(conversation)))
    }

    async fn agent(&self, conversation: &RedactedConversation) -> MaybeSummarised<AgentSummary> {
        self.answer(|| block_on(Counting::default().agent(conversation)))
    }
}

/// A contact of which everything has run, with a model whose answer cannot be used.
fn answered_in_vain(documents: &[Vec<u8>]) -> (Aws, Arc<AtomicBool>) {
    let mended = Arc::new(AtomicBool::new(false));
    let mut aws = Aws::new();
    aws.model = Box::new(Mendable(Arc::clone(&mended)));
    aws.take(&kinesis(documents));
    aws.route();
    aws.heard.routed.lock().unwrap()[0].stages.retain(|stage| *stage != Stage::AgentSummary);
    let handled = aws.run(&ALL);
    assert!(handled.response.batch_item_failures.is_empty(), "the message is done with: {:?}", handled.errors);
    assert_eq!((handled.counts["StagesFailed"], handled.counts["Quarantined"]), (1, 1));
    (aws, mended)
}

#[test]
fn an_answer_that_can_never_be_used_is_put_aside_once_and_asked_for_again() {
    let (aws, mended) = answered_in_vain(&documents());
    let entries = aws.quarantined();
    assert_eq!(entries.len(), 1);
    assert_eq!(
        (entries[0].reason.as_str(), entries[0].detail.as_str()),
        ("invalid_answer", "the answer has not the form, twice")
    );
    assert_eq!(entries[0].contact_id.as_deref(), Some(contact().contact_id.as_str()), "erasing finds it");
    assert!(entries[0].origin.ends_with("#customer-summary"), "{}", entries[0].origin);
    let key = aftercall_stages::keys::quarantine(&entries[0].quarantine_id);
    let kept: Value = serde_json::from_slice(&block_on(Objects::get(&*aws.memory, &key)).unwrap().unwrap()).unwrap();
    assert_eq!(kept["answers"], json!(["Sure!", "{}"]), "what was said is kept");

    // Tried again too early: it fails again, and is the same entry.
    let again = || aws.redrive(json!({"from": "quarantine", "reason": "invalid_answer"}));
    assert_eq!(again(), Redriven { used: 0, left: 1, next: None }, "it stays until there is a summary");
    assert_eq!(aws.run(&ALL).counts["Quarantined"], 1);
    let entries = aws.quarantined();
    assert_eq!((entries.len(), entries[0].attempts), (1, 1));

    mended.store(true, Ordering::SeqCst);
    assert_eq!(again(), Redriven { used: 0, left: 1, next: None });
    let called = aws.heard.routed.lock().unwrap().clone();
    assert_eq!((called.len(), called[0].stages.as_slice()), (1, [Stage::CustomerSummary].as_slice()));
    assert_eq!(aws.run(&ALL).counts["StagesFound"], 1);
    assert_eq!(again(), Redriven { used: 1, left: 0, next: None });
    assert!(aws.heard.routed.lock().unwrap().is_empty(), "what is answered is not asked again");
    assert!(aws.quarantined().is_empty() && block_on(Objects::get(&*aws.memory, &key)).unwrap().is_none());
}

#[test]
fn a_summary_that_comes_after_all_is_published() {
    let (aws, mended) = answered_in_vain(&documents());
    aws.clock.advance(Duration::from_secs(3601));
    aws.reconcile();
    assert_eq!(aws.phase(), Phase::Partial);
    mended.store(true, Ordering::SeqCst);
    aws.redrive(json!({"from": "quarantine", "reason": "invalid_answer"}));
    aws.run(&ALL);
    aws.publish();
    // The summary of the agent was taken out of this contact's call, and is late for good.
    let state = block_on(aftercall_stages::ports::Contacts::load(&*aws.memory, &contact())).unwrap().unwrap().state;
    let analysis = state.analysis.unwrap();
    assert_eq!(analysis.revision, 2, "a late result makes the next revision");
    assert!(format!("{:?}", analysis.status).contains("AgentSummary"), "{:?}", analysis.status);
    assert!(!format!("{:?}", analysis.status).contains("CustomerSummary"), "{:?}", analysis.status);
}

#[test]
fn nobody_is_asked_again_about_a_revision_that_counts_no_more() {
    let mut first = documents();
    // The last two records of the contact say what its agent did after it: another revision.
    let late: Vec<_> = first.drain(first.len() - 3..first.len() - 1).collect();
    let (aws, _) = answered_in_vain(&first);
    assert_eq!(aws.take(&kinesis(&late)).counts["InputsNew"], 2);
    aws.route();
    aws.heard.routed.lock().unwrap().clear();
    assert_eq!(aws.redrive(json!({"from": "quarantine"})), Redriven { used: 1, left: 0, next: None });
    assert!(aws.heard.routed.lock().unwrap().is_empty());
}

#[test]
fn what_a_backfill_proposes_in_vain_is_its_own_to_tell() {
    let (aws, _) = answered_in_vain(&documents());
    let before = aws.quarantined();
    aws.route();
    let mut call = aws.heard.routed.lock().unwrap()[0].clone();
    call.revision_key = proposed(&call.revision_key);
    let handled = aws.run_bodies(&[Stage::CustomerSummary], &[json!({ "detail": call }).to_string()]);
    assert_eq!((handled.counts["StagesFailed"], handled.counts["Quarantined"]), (1, 0));
    assert_eq!(aws.quarantined(), before);
}
