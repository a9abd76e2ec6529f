//! Two workers do not pay for one answer, and a service's labels take the place of the offline model's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aftercall_core::categories;
use aftercall_core::error::{Error, Result, Retry};
use aftercall_core::redact::{RedactedConversation, RedactionSettings, redact};
use aftercall_schemas::results::{AgentSummary, CustomerSummary, Finding, Outcome, Processing, StageResult};
use aftercall_schemas::{ContactKey, Conversation, RevisionKey, SentimentLabel, Stage};
use aftercall_stages::ports::{LabelTurns, Leases, MaybeSummarised, Results, Summarised, Summarize};
use aftercall_stages::run_stage::{Lease, StagePorts, StageSettings, run_stage};
use aftercall_stages::testkit::world::Counting;
use aftercall_stages::testkit::{Memory, VirtualClock};
use async_trait::async_trait;
use jiff::Timestamp;
use pollster::block_on;
use serde_json::json;

fn conversation() -> RedactedConversation {
    let turn = |number: u32, role: &str, content: &str, sentiment: serde_json::Value| {
        json!({
            "turn_id": number.to_string(), "participant": 0, "role": role, "content": content,
            "begin_offset_millis": null, "end_offset_millis": null, "sentiment": sentiment,
        })
    };
    let conversation: Conversation = serde_json::from_value(json!({
        "format": "aftercall.conversation/1", "instance_id": "i", "contact_id": "c", "channel": "CHAT",
        "language": "de-DE", "sources": [], "alignment": "single", "start_timestamp": null, "participants": [],
        "turns": [
            turn(0, "CUSTOMER", "Das ist furchtbar.", json!(null)),
            turn(1, "BOT", "Guten Tag.", json!(null)),
            turn(2, "CUSTOMER", "Danke.", json!("POSITIVE")),
        ],
    }))
    .unwrap();
    redact(conversation, &[], &RedactionSettings::default())
}

/// Ports of one worker: no service labels, nobody else is there.
fn ports<'a>(memory: &'a Memory, clock: &'a VirtualClock, summarize: &'a dyn Summarize) -> StagePorts<'a> {
    StagePorts { objects: memory, results: memory, summarize, label: None, lease: None, quarantine: None, clock }
}

fn run(ports: StagePorts<'_>, stage: Stage) -> Result<StageResult> {
    let (contact, revision) = (ContactKey::new("i", "c"), RevisionKey("r".into()));
    let rules = categories::parse(
        r#"
        version = "7"
        [[category]]
        name = "unhappy"
        when = { sentiment = { is = "NEGATIVE", by = "CUSTOMER" } }
        "#,
    )
    .unwrap();
    let settings = StageSettings { rules: Some(Arc::new(rules)), ..StageSettings::default() };
    let ran = block_on(run_stage(ports, &contact, &revision, stage, &conversation(), &settings));
    ran.map(|ran| ran.result).map_err(Error::from)
}

/// Remembers which lease was asked for, and lets another worker have it.
struct Taken(std::sync::Mutex<String>);

#[async_trait]
impl Leases for Taken {
    async fn take(&self, name: &str, _: &str, _: Timestamp, _: Timestamp) -> Result<bool> {
        *self.0.lock().unwrap() = name.to_owned();
        Ok(false)
    }

    async fn give_back(&self, _: &str, _: &str) -> Result<()> {
        panic!("what was not taken is not given back");
    }
}

#[test]
fn who_has_not_the_lease_waits() {
    let (memory, clock, model) = (Memory::default(), VirtualClock::default(), Counting::default());
    let taken = Taken(Default::default());
    let lifetime = Duration::from_secs(300);
    let lease = |leases, holder| Some(Lease { leases, holder, lifetime });
    let ports = StagePorts { lease: lease(&taken, "one"), ..ports(&memory, &clock, &model) };
    let error = run(ports, Stage::CustomerSummary).unwrap_err();
    assert_eq!(error.retry, Retry::After(Duration::from_secs(30)));
    assert_eq!(model.calls.load(Ordering::SeqCst), 0, "nobody is asked");

    run(StagePorts { lease: lease(&memory, "one"), ..ports }, Stage::CustomerSummary).unwrap();
    assert_eq!(model.calls.load(Ordering::SeqCst), 1);
    let name = taken.0.lock().unwrap().clone();
    let now = aftercall_stages::ports::Clock::now(&clock);
    assert!(block_on(memory.take(&name, "two", now, now + lifetime)).unwrap(), "the lease was given back");
    run(ports, Stage::CustomerSummary).unwrap();
    assert_eq!(model.calls.load(Ordering::SeqCst), 1, "a result that is there needs no lease");
    run(ports, Stage::Measures).unwrap();
}

/// A model whose answer another worker has forestalled.
struct Forestalled<'a>(&'a Memory);

#[async_trait]
impl Summarize for Forestalled<'_> {
    fn version(&self, _: Stage) -> String {
        "m/1".into()
    }

    fn is_costly(&self) -> bool {
        true
    }

    async fn customer(&self, _: &RedactedConversation) -> MaybeSummarised<CustomerSummary> {
        let first = StageResult {
            contact: ContactKey::new("i", "c"),
            revision_key: RevisionKey("r".into()),
            stage: Stage::CustomerSummary,
            stage_version: "m/1".into(),
            outcome: Outcome::Failed { reason: "the other one".into() },
            processing: Processing::default(),
        };
        Results::put_if_absent(self.0, &first).await?;
        let processing = Processing { cost_usd: Some(0.5), ..Processing::default() };
        Ok(Summarised { summary: CustomerSummary::default(), processing })
    }

    async fn agent(&self, _: &RedactedConversation) -> MaybeSummarised<AgentSummary> {
        panic!("it is not asked");
    }
}

#[test]
fn of_two_results_the_one_that_is_kept_is_told() {
    let (memory, clock) = (Memory::default(), VirtualClock::default());
    let model = Forestalled(&memory);
    let ports = ports(&memory, &clock, &model);
    let result = run(ports, Stage::CustomerSummary).unwrap();
    assert_eq!(result.outcome, Outcome::Failed { reason: "the other one".into() });
}

#[derive(Default)]
struct Service {
    asked: AtomicU32,
}

#[async_trait]
impl LabelTurns for Service {
    fn name(&self) -> &str {
        "service/7"
    }

    async fn label(&self, texts: &[&str], language: &str) -> Result<Vec<Option<SentimentLabel>>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        assert_eq!((texts, language), (&["Das ist furchtbar."][..], "de-DE"), "only what has no label, and no bot's");
        Ok(vec![Some(SentimentLabel::Negative)])
    }
}

#[test]
fn a_service_may_label_turns() {
    let (memory, clock, model) = (Memory::default(), VirtualClock::default(), Counting::default());
    let offline = ports(&memory, &clock, &model);
    let by = |label| {
        let result = run(StagePorts { label, ..offline }, Stage::Sentiment).unwrap();
        let Outcome::Found(finding) = result.outcome else { panic!("{:?}", result.outcome) };
        let Finding::Sentiment(sentiment) = *finding else { panic!("{finding:?}") };
        (result.stage_version, sentiment)
    };
    let service = Service::default();
    let (version, sentiment) = by(Some(&service as &dyn LabelTurns));
    assert_eq!(version, "sentiment/1+contact-lens/1+service/7");
    assert_eq!(sentiment.turns, [Some(SentimentLabel::Negative), None, Some(SentimentLabel::Positive)]);
    assert_eq!(sentiment.labelled_by, ["service/7", "service"]);
    let (version, sentiment) = by(None);
    assert_eq!(version, "sentiment/1+contact-lens/1");
    assert_eq!(sentiment.turns, [None, None, Some(SentimentLabel::Positive)]);
}

#[test]
fn a_rule_about_sentiment_says_what_the_contacts_row_says() {
    let (memory, clock, model) = (Memory::default(), VirtualClock::default(), Counting::default());
    let service = Service::default();
    let offline = ports(&memory, &clock, &model);
    let by_service = StagePorts { label: Some(&service), ..offline };
    let matched = |ports| {
        let result = run(ports, Stage::Categories).unwrap();
        let Outcome::Found(finding) = result.outcome else { panic!("{:?}", result.outcome) };
        let Finding::Categories(categories) = *finding else { panic!("{finding:?}") };
        categories.matched.len()
    };
    assert_eq!(matched(offline), 0, "offline nobody knows what the German turn feels like");
    run(by_service, Stage::Sentiment).unwrap();
    assert_eq!(matched(by_service), 1);
    assert_eq!(service.asked.load(Ordering::SeqCst), 1, "the service is paid once");
}
