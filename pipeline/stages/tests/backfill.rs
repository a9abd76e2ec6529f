//! A backfill: compared before it is accepted, done once however often it is started, and the same end after a failure at
//! any call.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aftercall_core::error::Result;
use aftercall_core::redact::RedactedConversation;
use aftercall_core::summary;
use aftercall_schemas::Stage;
use aftercall_schemas::results::{AgentSummary, Analysis, CustomerSummary, Outcome, Processing, StageResult};
use aftercall_stages::backfill::{Backfill, BackfillPorts, Change, Mode, backfill_contact, finish_interrupted};
use aftercall_stages::keys;
use aftercall_stages::ports::{
    Contacts, MaybeSummarised, Objects, Published, PublishedIndex, Results, Summarised, Summarize,
};
use aftercall_stages::route::Trigger;
use aftercall_stages::run_stage::StageSettings;
use aftercall_stages::testkit::sample::{contact, documents};
use aftercall_stages::testkit::world::World;
use aftercall_stages::testkit::{Failing, Memory, Point, VirtualClock};
use async_trait::async_trait;
use jiff::Timestamp;
use pollster::block_on;

/// A model of another version, which says the same as the first one or something else.
struct Model {
    version: &'static str,
    says_less: bool,
    calls: AtomicU32,
}

impl Model {
    fn new(version: &'static str, says_less: bool) -> Self {
        Self { version, says_less, calls: AtomicU32::new(0) }
    }
}

#[async_trait]
impl Summarize for Model {
    fn version(&self, _: Stage) -> String {
        self.version.into()
    }

    fn is_costly(&self) -> bool {
        true
    }

    async fn customer(&self, conversation: &RedactedConversation) -> MaybeSummarised<CustomerSummary> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let mut summary = summary::customer_summary(conversation);
        if self.says_less {
            summary = CustomerSummary { reason: summary.reason, ..CustomerSummary::default() };
        }
        Ok(Summarised { summary, processing: Processing::default() })
    }

    async fn agent(&self, conversation: &RedactedConversation) -> MaybeSummarised<AgentSummary> {
        Ok(Summarised { summary: summary::agent_summary(conversation), processing: Processing::default() })
    }
}

fn published_contact() -> (Arc<Memory>, Arc<VirtualClock>) {
    let world = World::new(Arc::new(Memory::default()));
    for document in documents() {
        block_on(world.deliver(&document)).unwrap();
    }
    block_on(world.advance(Trigger::BatchEnded)).unwrap().expect("it is published");
    (world.ports, world.clock)
}

fn newest(memory: &Memory) -> Published {
    block_on(memory.published(Timestamp::MIN, Timestamp::MAX, None, 100)).unwrap().pop().unwrap()
}

/// Number of the published revision and the version of the customer summary in it.
fn state(memory: &Memory) -> (u32, String) {
    let published = newest(memory);
    let key = keys::analysis(&contact(), &published.revision_key, published.revision);
    let bytes = block_on(Objects::get(memory, &key)).unwrap().unwrap();
    let analysis: Analysis = serde_json::from_slice(&bytes).unwrap();
    (published.revision, analysis.results[&Stage::CustomerSummary].stage_version.clone())
}

fn run<P: Contacts + Results + Objects>(
    ports: &P,
    clock: &VirtualClock,
    model: &Model,
    mode: Mode,
    published: &Published,
) -> Result<Change> {
    clock.advance(std::time::Duration::from_secs(1));
    let ports = BackfillPorts { contacts: ports, results: ports, objects: ports, summarize: model, label: None, clock };
    let backfill = Backfill { stage: Stage::CustomerSummary, from: None, to: None };
    block_on(async {
        finish_interrupted(ports, &contact()).await?;
        let done = backfill_contact(ports, published, &backfill, mode, &StageSettings::default()).await?;
        Ok(done.change)
    })
}

fn check(memory: &Memory, clock: &VirtualClock, model: &Model, mode: Mode, change: Change, after: (u32, &str)) {
    assert_eq!(run(memory, clock, model, mode, &newest(memory)).unwrap(), change);
    assert_eq!(state(memory), (after.0, after.1.to_string()));
}

#[test]
fn compared_then_accepted_then_done() {
    let (memory, clock) = published_contact();
    let less = Model::new("test/2", true);
    check(&memory, &clock, &less, Mode::Compare, Change::Changed, (1, "test/1"));
    check(&memory, &clock, &less, Mode::Accept, Change::Changed, (2, "test/2"));
    assert_eq!(less.calls.load(Ordering::SeqCst), 1, "what was compared is not paid for again");
    check(&memory, &clock, &less, Mode::Accept, Change::Current, (2, "test/2"));
    let same = Model::new("test/3", true);
    check(&memory, &clock, &same, Mode::Accept, Change::Same, (2, "test/2"));
    // Back to the first version: it has a result from before, which counts although it is older.
    let back = Model::new("test/1", false);
    check(&memory, &clock, &back, Mode::Accept, Change::Changed, (3, "test/1"));
    check(&memory, &clock, &back, Mode::Accept, Change::Current, (3, "test/1"));
    assert_eq!(back.calls.load(Ordering::SeqCst), 0, "its answer is kept");
}

#[test]
fn a_failure_is_not_up_to_date() {
    let (memory, clock) = published_contact();
    // The contact is published with a summary that failed, of the very version that the backfill has.
    let published = newest(&memory);
    let failed = StageResult {
        contact: contact(),
        revision_key: published.revision_key.clone(),
        stage: Stage::CustomerSummary,
        stage_version: "test/2".into(),
        outcome: Outcome::Failed { reason: "it timed out".into() },
        processing: Processing::default(),
    };
    block_on(Results::put_if_absent(&*memory, &failed)).unwrap();
    let key = keys::analysis(&contact(), &published.revision_key, published.revision);
    let bytes = block_on(Objects::get(&*memory, &key)).unwrap().unwrap();
    let mut analysis: Analysis = serde_json::from_slice(&bytes).unwrap();
    analysis.results.insert(Stage::CustomerSummary, failed);
    block_on(memory.put(&key, &serde_json::to_vec(&analysis).unwrap())).unwrap();

    let model = Model::new("test/2", false);
    check(&memory, &clock, &model, Mode::Accept, Change::Changed, (2, "test/2"));
    let kept = block_on(Results::get(&*memory, &contact(), &published.revision_key, Stage::CustomerSummary, "test/2"));
    assert!(matches!(kept.unwrap().unwrap().outcome, Outcome::Found(_)));
    check(&memory, &clock, &model, Mode::Accept, Change::Current, (2, "test/2"));
}

#[test]
fn an_older_revision_and_another_day_are_left_alone() {
    let (memory, clock) = published_contact();
    let less = Model::new("test/2", true);
    let first = newest(&memory);
    run(&*memory, &clock, &less, Mode::Accept, &first).unwrap();
    assert_eq!(run(&*memory, &clock, &Model::new("test/3", false), Mode::Accept, &first).unwrap(), Change::Apart);
    let ports = BackfillPorts {
        contacts: &*memory,
        results: &*memory,
        objects: &*memory,
        summarize: &less,
        label: None,
        clock: &*clock,
    };
    let of_day = |day: &str| {
        let day = Some(day.parse().unwrap());
        let backfill = Backfill { stage: Stage::Sentiment, from: day, to: day };
        let mut settings = StageSettings::default();
        settings.sentiment.formula = aftercall_core::sentiment::Formula::Lca;
        block_on(backfill_contact(ports, &newest(&memory), &backfill, Mode::Compare, &settings)).unwrap().change
    };
    assert_eq!(of_day("2026-03-01"), Change::Apart);
    assert_ne!(of_day("2026-03-02"), Change::Apart);
}

#[test]
fn a_failure_at_any_call_comes_to_the_same_end() {
    let mut disturbed = 0;
    for point in [Point::Before, Point::After] {
        for fail_at in 0.. {
            let (memory, clock) = published_contact();
            let first = newest(&memory);
            let model = Model::new("test/2", true);
            let failing = Failing::new(Arc::clone(&memory), fail_at, point);
            if run(&failing, &clock, &model, Mode::Accept, &first).is_ok() {
                break;
            }
            disturbed += 1;
            // Whoever starts it again looks at what is the newest now.
            run(&*memory, &clock, &model, Mode::Accept, &newest(&memory)).unwrap();
            assert_eq!(state(&memory), (2, "test/2".into()), "{point:?} call {fail_at}");
            let calls = model.calls.load(Ordering::SeqCst);
            assert!(calls <= 2, "{calls} model calls after a failure {point:?} call {fail_at}");
        }
    }
    assert!(disturbed > 20, "only {disturbed} calls were disturbed");
}
