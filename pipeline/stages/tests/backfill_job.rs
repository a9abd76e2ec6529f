//! A backfill that goes through queues: never more in flight than it may be, never dearer than its budget, and the same end
//! whatever fails on the way.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aftercall_core::contact::{Arrival, ContactState};
use aftercall_core::error::Result;
use aftercall_core::redact::RedactedConversation;
use aftercall_core::summary;
use aftercall_schemas::events::Insight;
use aftercall_schemas::results::{AgentSummary, CustomerSummary, Processing};
use aftercall_schemas::{ContactKey, RevisionKey, Stage};
use aftercall_stages::backfill::BackfillPorts;
use aftercall_stages::handle::Deadline;
use aftercall_stages::handle::again::HideMessage;
use aftercall_stages::handle::again::OwnQueue;
use aftercall_stages::handle::backfill::{BackfillJobPorts, JobState, Progress, request, step};
use aftercall_stages::handle::stages::{StageBatchPorts, run_batch};
use aftercall_stages::keys;
use aftercall_stages::ports::{
    Contacts, Erase, Input, Inputs, Jobs, MaybeSummarised, Objects, Published, PublishedIndex, Results, Summarised,
    Summarize, Version, Written,
};
use aftercall_stages::quarantine::QuarantinePorts;
use aftercall_stages::run_stage::{StagePorts, StageSettings};
use aftercall_stages::testkit::{Failing, Memory, Point, VirtualClock};
use async_trait::async_trait;
use jiff::Timestamp;
use pollster::block_on;
use serde_json::{Value, json};

const CONTACTS: usize = 12;
/// What an answer costs, and what it can cost at the most, US dollars.
const COSTS: f64 = 0.25;
const MOST: f64 = 1.0;

struct Model;

#[async_trait]
impl Summarize for Model {
    fn version(&self, _: Stage) -> String {
        "test/2".into()
    }

    fn is_costly(&self) -> bool {
        true
    }

    fn most_usd(&self, _: Stage, _: &RedactedConversation) -> Option<f64> {
        Some(MOST)
    }

    async fn customer(&self, conversation: &RedactedConversation) -> MaybeSummarised<CustomerSummary> {
        let processing = Processing { model: Some("m".into()), cost_usd: Some(COSTS), ..Processing::default() };
        Ok(Summarised { summary: summary::customer_summary(conversation), processing })
    }

    async fn agent(&self, conversation: &RedactedConversation) -> MaybeSummarised<AgentSummary> {
        Ok(Summarised { summary: summary::agent_summary(conversation), processing: Processing::default() })
    }
}

/// The function's own queue, and that of a stage that is never throttled.
#[derive(Default)]
struct Queues(Mutex<Vec<String>>);

#[async_trait]
impl OwnQueue for Queues {
    async fn send(&self, body: &str, _: Duration) -> Result<()> {
        self.0.lock().unwrap().push(body.to_owned());
        Ok(())
    }
}

#[async_trait]
impl HideMessage for Queues {
    async fn hide(&self, _: &str, _: Duration) -> Result<()> {
        Ok(())
    }
}

struct World {
    memory: Arc<Memory>,
    clock: VirtualClock,
    queue: Queues,
    /// Routed contacts that stages have been called for.
    called: Mutex<usize>,
}

trait Ports: Contacts + Results + Objects + PublishedIndex {}
impl<T: Contacts + Results + Objects + PublishedIndex> Ports for T {}

impl World {
    /// Contacts that are published without the summary that they were to have, of two days.
    fn new() -> Self {
        let memory = Arc::new(Memory::default());
        let clock = VirtualClock::default();
        clock.advance(Duration::from_secs(365 * 24 * 3600));
        for number in 0..CONTACTS {
            publish(&memory, &contact(number), if number < CONTACTS / 2 { "2026-03-09" } else { "2026-03-10" });
        }
        Self { memory, clock, queue: Queues::default(), called: Mutex::new(0) }
    }

    fn ports<'a, P: Ports>(&'a self, ports: &'a P) -> BackfillJobPorts<'a> {
        BackfillJobPorts {
            backfill: BackfillPorts {
                contacts: ports,
                results: ports,
                objects: ports,
                summarize: &Model,
                label: None,
                clock: &self.clock,
            },
            index: ports,
            announce: &*self.memory,
            jobs: &*self.memory,
            queue: &self.queue,
        }
    }

    fn ask(&self, event: Value) -> Progress {
        block_on(request(self.ports(&*self.memory), &event.to_string())).unwrap()
    }

    /// The stage takes what waits in its queue, `limit` at the most. Says how many it left.
    fn work(&self, limit: usize) -> usize {
        let memory = &*self.memory;
        let routed = memory.heard().0;
        let mut called = self.called.lock().unwrap();
        let until = routed.len().min(*called + limit);
        let bodies: Vec<_> =
            routed[*called..until].iter().map(|routed| json!({ "detail": routed }).to_string()).collect();
        let records: Vec<_> = bodies.iter().map(|body| json!({ "messageId": body, "body": body })).collect();
        let ports = StageBatchPorts {
            stage: StagePorts {
                objects: memory,
                results: memory,
                summarize: &Model,
                label: None,
                lease: None,
                quarantine: Some(memory),
                clock: &self.clock,
            },
            announce: memory,
            erased: memory,
            aside: QuarantinePorts { quarantine: memory, objects: memory, clock: &self.clock },
            queue: &self.queue,
        };
        let event = json!({ "Records": records }).to_string();
        let handled = block_on(run_batch(
            ports,
            &StageSettings::default(),
            &[Stage::CustomerSummary],
            Deadline::never(&self.clock),
            &event,
        ))
        .unwrap();
        assert!(handled.errors.is_empty(), "{:?}", handled.errors);
        *called = until;
        routed.len() - until
    }

    /// Does all steps; one that fails is done again. Looks after each how many are in flight.
    fn run<P: Ports>(&self, ports: &P, id: &str, in_flight: usize) -> Progress {
        for _ in 0..1000 {
            let Some(message) = self.queue.0.lock().unwrap().pop() else { break };
            self.clock.advance(Duration::from_secs(15));
            if block_on(step(self.ports(ports), &StageSettings::default(), &message)).is_err() {
                self.queue.0.lock().unwrap().push(message);
            }
            let now = self.ask(json!({ "progress": id }));
            assert!(now.waiting <= in_flight, "{} in flight", now.waiting);
            self.work(2);
        }
        self.ask(json!({ "progress": id }))
    }

    fn start(&self, mode: &str, more: Value) -> Progress {
        self.clock.advance(Duration::from_secs(1));
        let mut start = json!({ "stage": "customer-summary", "mode": mode, "in_flight": 5 });
        start.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        let progress = self.ask(json!({ "start": start }));
        self.run(&*self.memory, &progress.id, 5)
    }

    fn revisions(&self) -> BTreeMap<String, u32> {
        let all = block_on(self.memory.published(Timestamp::MIN, Timestamp::MAX, None, 1000)).unwrap();
        let mut newest = BTreeMap::new();
        for Published { contact, revision, .. } in all {
            let known: &mut u32 = newest.entry(contact.contact_id).or_default();
            *known = revision.max(*known);
        }
        newest
    }
}

fn contact(number: usize) -> ContactKey {
    ContactKey::new("i-1", format!("c{number:02}"))
}

fn publish(memory: &Memory, contact: &ContactKey, day: &str) {
    let at: Timestamp = format!("{day}T10:00:00Z").parse().unwrap();
    let key = RevisionKey("abc".into());
    let put = |key: String, value: Value| block_on(memory.put(&key, value.to_string().as_bytes())).unwrap();
    let id = &contact.contact_id;
    put(
        keys::conversation(contact, &key),
        json!({ "format": "aftercall.conversation/1", "instance_id": "i-1", "contact_id": id, "channel": "CHAT",
            "language": "en-US", "sources": ["test"], "alignment": "single", "start_timestamp": null,
            "participants": [{ "participant_id": "c", "role": "CUSTOMER", "role_source": "service" }],
            "turns": [{ "turn_id": "t0", "participant": 0, "role": "CUSTOMER", "content": format!("I am {id}."),
                "begin_offset_millis": 0, "end_offset_millis": 1 }],
            "record": { "disconnect_timestamp": at } }),
    );
    put(
        keys::analysis(contact, &key, 1),
        json!({ "format": "aftercall.analysis/1", "instance_id": "i-1", "contact_id": id, "revision_key": key,
            "use_cases": [], "state": "partial", "missing": { "customer-summary": "it timed out" }, "results": {} }),
    );
    let expected = BTreeMap::from([(Stage::CustomerSummary, at)]);
    let state = ContactState::arrived(None, Arrival { ends: true, is_record: false, at })
        .assembled(key.clone(), Vec::new(), expected, at)
        .results_seen(&key, &BTreeMap::new(), at.checked_add(jiff::SignedDuration::from_secs(1)).unwrap())
        .published(1, at);
    let input = Input { digest: "d".into(), origin: "test".into(), arrived_at: at, body: b"{}".to_vec() };
    block_on(memory.accept(contact, &input, &state, None)).unwrap();
}

#[test]
fn compared_then_accepted_then_done() {
    let world = World::new();
    let all = CONTACTS as u64;
    let estimated = world.start("estimate", json!({}));
    assert_eq!((estimated.state, estimated.figures.contacts), (JobState::Done, all));
    assert!(world.memory.heard().0.is_empty(), "nobody is asked");
    let compared = world.start("compare", json!({}));
    assert_eq!((compared.state, compared.figures.changed, compared.revisions_done), (JobState::Done, all, all));
    assert_eq!(compared.figures.cost_usd, all as f64 * COSTS);
    assert!(world.revisions().values().all(|revision| *revision == 1), "a comparison publishes nothing");
    assert!(world.memory.heard().1.is_empty(), "and nobody hears of a proposal");
    let of_a_day = world.start("accept", json!({ "from": "2026-03-10", "to": "2026-03-10" }));
    assert_eq!(of_a_day.figures.changed, all / 2);
    let accepted = world.start("accept", json!({}));
    assert_eq!((accepted.figures.changed, accepted.figures.current), (all / 2, all / 2));
    assert_eq!(accepted.figures.cost_usd, 0.0, "what was compared is not paid for again");
    assert!(world.revisions().values().all(|revision| *revision == 2));
    let told = world.memory.heard().1;
    assert_eq!(told.iter().filter(|insight| matches!(insight, Insight::AnalysisPublished(_))).count(), CONTACTS);
    assert_eq!(world.start("accept", json!({})).figures.current, all);
    assert_eq!(world.work(0), 0);
}

#[test]
fn a_budget_is_never_passed() {
    let world = World::new();
    let first = world.start("accept", json!({ "budget_usd": 2.1 }));
    assert_eq!(first.state, JobState::OverBudget);
    // The last call is made with 1 US dollar left at least.
    assert_eq!((first.figures.changed, first.figures.cost_usd), (5, 5.0 * COSTS));
    assert_eq!((first.revisions_done, first.waiting), (5, 0));
    world.ask(json!({ "continue": { "id": first.id, "budget_usd": 100.0 } }));
    let rest = world.run(&*world.memory, &first.id, 5);
    assert_eq!((rest.state, rest.figures.changed), (JobState::Done, CONTACTS as u64));
}

#[test]
fn a_job_that_is_stopped_looks_at_what_is_in_flight_and_goes_on_when_it_is_told_to() {
    let world = World::new();
    let started = world.ask(json!({ "start": { "stage": "customer-summary", "mode": "accept", "in_flight": 5 } }));
    for _ in 0..2 {
        let message = world.queue.0.lock().unwrap().pop().unwrap();
        block_on(step(world.ports(&*world.memory), &StageSettings::default(), &message)).unwrap();
    }
    let stopped = world.ask(json!({ "stop": started.id }));
    assert_eq!((stopped.state, stopped.waiting), (JobState::Stopped, 5));
    world.work(100);
    let ended = world.run(&*world.memory, &started.id, 5);
    assert_eq!((ended.state, ended.waiting, ended.figures.changed), (JobState::Stopped, 0, 5));
    // One is erased meanwhile: it is nobody's any more.
    block_on(world.memory.bury(&contact(7), Timestamp::UNIX_EPOCH)).unwrap();
    block_on(world.memory.unpublish(&contact(7))).unwrap();
    block_on(world.memory.remove_rows(&contact(7))).unwrap();
    world.ask(json!({ "continue": { "id": started.id } }));
    let done = world.run(&*world.memory, &started.id, 5);
    assert_eq!((done.state, done.figures.changed), (JobState::Done, CONTACTS as u64 - 1));
}

/// The jobs, one of which somebody stops while a step works on it.
struct StoppedMeanwhile<'a>(&'a Memory, Mutex<bool>);

#[async_trait]
impl Jobs for StoppedMeanwhile<'_> {
    async fn load(&self, id: &str) -> Result<Option<(Vec<u8>, Version)>> {
        Jobs::load(self.0, id).await
    }

    async fn save(&self, id: &str, body: &[u8], expected: Option<Version>, expires: Timestamp) -> Result<Written> {
        let first = !std::mem::replace(&mut *self.1.lock().unwrap(), true);
        if first {
            let (now, version) = Jobs::load(self.0, id).await?.expect("the job is there");
            let mut now: Value = serde_json::from_slice(&now).unwrap();
            now["state"] = json!("stopped");
            let saved = Jobs::save(self.0, id, now.to_string().as_bytes(), Some(version), expires).await?;
            assert_eq!(saved, Written::Yes);
        }
        Jobs::save(self.0, id, body, expected, expires).await
    }
}

#[test]
fn what_a_step_has_sent_while_somebody_stopped_the_job_is_in_flight_and_counted() {
    let world = World::new();
    let started = world.ask(json!({ "start": { "stage": "customer-summary", "mode": "accept", "in_flight": 5 } }));
    let next = || world.queue.0.lock().unwrap().pop().unwrap();
    block_on(step(world.ports(&*world.memory), &StageSettings::default(), &next())).unwrap();
    let jobs = StoppedMeanwhile(&world.memory, Mutex::new(false));
    let ports = BackfillJobPorts { jobs: &jobs, ..world.ports(&*world.memory) };
    block_on(step(ports, &StageSettings::default(), &next())).unwrap();
    let stopped = world.ask(json!({ "progress": started.id }));
    assert_eq!((stopped.state, stopped.waiting), (JobState::Stopped, 5));
    world.work(100);
    let ended = world.run(&*world.memory, &started.id, 5);
    assert_eq!((ended.state, ended.figures.changed, ended.figures.cost_usd), (JobState::Stopped, 5, 5.0 * COSTS));
}

#[test]
fn a_contact_that_cannot_be_read_is_named_and_the_others_go_on() {
    let world = World::new();
    let key = keys::analysis(&contact(3), &RevisionKey("abc".into()), 1);
    block_on(world.memory.put(&key, b"{\"format\":\"aftercall.analysis/9\"}")).unwrap();
    let done = world.start("accept", json!({}));
    assert_eq!((done.state, done.figures.changed), (JobState::Done, CONTACTS as u64 - 1));
    assert_eq!(done.figures.errors_count, 1);
    assert!(
        done.figures.errors[0].contains("c03") && done.figures.errors[0].contains(&key),
        "{:?}",
        done.figures.errors
    );
}

#[test]
fn a_failure_at_any_call_comes_to_the_same_end() {
    let expected = {
        let world = World::new();
        world.start("accept", json!({}));
        world.revisions()
    };
    let mut disturbed = 0;
    for point in [Point::Before, Point::After] {
        for fail_at in (0..).step_by(7) {
            let world = World::new();
            let failing = Failing::new(Arc::clone(&world.memory), fail_at, point);
            let started =
                world.ask(json!({ "start": { "stage": "customer-summary", "mode": "accept", "in_flight": 5 } }));
            let done = world.run(&failing, &started.id, 5);
            if failing.calls() <= fail_at {
                break;
            }
            disturbed += 1;
            assert_eq!(done.state, JobState::Done, "{point:?} call {fail_at}");
            // A contact that failed for the moment is named; another job does it.
            let left = world.start("accept", json!({}));
            assert_eq!(left.figures.errors_count, 0);
            assert_eq!(world.revisions(), expected, "{point:?} call {fail_at}");
        }
    }
    assert!(disturbed > 20, "only {disturbed} calls were disturbed");
}

#[test]
fn a_request_that_cannot_be_done_says_why() {
    let world = World::new();
    let check = |event: &str, says: &str| {
        let error = block_on(request(world.ports(&*world.memory), event)).unwrap_err().to_string();
        assert!(error.contains(says), "{event}: {error}");
    };
    check("{}", "docs/aws.md");
    check(r#"{"start":{"stage":"sentiment"}}"#, "docs/aws.md");
    check(r#"{"start":{"stage":"sentiment","mode":"compare","in_flight":0}}"#, "in_flight");
    check(r#"{"progress":"none"}"#, "no such job");
}
