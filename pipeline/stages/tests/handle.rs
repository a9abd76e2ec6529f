//! The functions' handlers over the ports in memory, in the order in which AWS would wake them: a stream of records in, a
//! published analysis out; what AWS delivers twice, loses or breaks on the way changes nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aftercall_core::assemble::AssembleSettings;
use aftercall_core::contact::{ContactState, Phase, ReadyRules};
use aftercall_core::error::{Error, ErrorKind, Result, Retry};
use aftercall_core::formats::DecodeContext;
use aftercall_core::redact::{RedactedConversation, RedactionSettings};
use aftercall_schemas::events::{ContactFlagged, ContactRouted, Insight};
use aftercall_schemas::results::{AgentSummary, CustomerSummary, Processing};
use aftercall_schemas::{ContactKey, Stage};
use aftercall_stages::handle::advance::{AdvancePorts, wake, wake_all};
use aftercall_stages::handle::import::{Fetch, Fetched, ImportLimits, ImportPorts, import_batch};
use aftercall_stages::handle::publish::publish_batch;
use aftercall_stages::handle::records::take_batch;
use aftercall_stages::handle::redrive::{DeadLetters, RedrivePorts, Redriven, Request, redrive};
use aftercall_stages::handle::routing::route_batch;
use aftercall_stages::handle::stages::{HideMessage, StageBatchPorts, run_batch};
use aftercall_stages::handle::{BatchResponse, Handled};
use aftercall_stages::ingest::IngestPorts;
use aftercall_stages::ports::{
    Accepted, Announce, Contacts, Failed, Input, Inputs, MaybeSummarised, Objects, Quarantine, Results, Summarize,
    Version,
};
use aftercall_stages::quarantine::QuarantinePorts;
use aftercall_stages::route::RouteSettings;
use aftercall_stages::run_stage::{StagePorts, StageSettings};
use aftercall_stages::testkit::sample::{contact, documents};
use aftercall_stages::testkit::world::Counting;
use aftercall_stages::testkit::{Memory, VirtualClock};
use async_trait::async_trait;
use base64::Engine;
use pollster::block_on;
use serde_json::{Value, json};

const ALL: [Stage; 7] = [
    Stage::Measures,
    Stage::Sentiment,
    Stage::FirstResponse,
    Stage::CustomerSummary,
    Stage::AgentSummary,
    Stage::Categories,
    Stage::Entities,
];

/// Hears what is announced, and what is hidden in the queue.
#[derive(Default)]
struct Listener {
    routed: Mutex<Vec<ContactRouted>>,
    insights: Mutex<Vec<Insight>>,
    flagged: Mutex<Vec<ContactFlagged>>,
    hidden: Mutex<Vec<(String, Duration)>>,
}

#[async_trait]
impl Announce for Listener {
    async fn routed(&self, messages: &[ContactRouted]) -> Result<()> {
        self.routed.lock().unwrap().extend_from_slice(messages);
        Ok(())
    }

    async fn insights(&self, insights: &[Insight]) -> Result<()> {
        self.insights.lock().unwrap().extend_from_slice(insights);
        Ok(())
    }

    async fn flagged(&self, messages: &[ContactFlagged]) -> Result<()> {
        self.flagged.lock().unwrap().extend_from_slice(messages);
        Ok(())
    }
}

#[async_trait]
impl HideMessage for Listener {
    async fn hide(&self, receipt_handle: &str, wait: Duration) -> Result<()> {
        self.hidden.lock().unwrap().push((receipt_handle.to_string(), wait));
        Ok(())
    }
}

#[async_trait]
impl DeadLetters for Listener {
    async fn send_again(&self, _: &str, limit: usize) -> Result<u64> {
        Ok(limit as u64)
    }
}

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

struct Aws {
    memory: Arc<Memory>,
    clock: VirtualClock,
    heard: Listener,
    model: Box<dyn Summarize>,
}

impl Aws {
    fn new() -> Self {
        Self {
            memory: Arc::default(),
            clock: VirtualClock::default(),
            heard: Listener::default(),
            model: Box::new(Counting::default()),
        }
    }

    fn settings() -> RouteSettings {
        RouteSettings {
            ready: ReadyRules::default(),
            stage_deadline: Duration::from_secs(3600),
            assemble: AssembleSettings::default(),
            redaction: RedactionSettings::default(),
            optional_stages: Default::default(),
        }
    }

    fn ingest(&self) -> IngestPorts<'_> {
        let memory = &*self.memory;
        IngestPorts {
            contacts: memory,
            inputs: memory,
            recordings: memory,
            objects: memory,
            quarantine: memory,
            clock: &self.clock,
        }
    }

    fn advance(&self) -> AdvancePorts<'_> {
        let memory = &*self.memory;
        AdvancePorts {
            contacts: memory,
            inputs: memory,
            results: memory,
            objects: memory,
            quarantine: memory,
            announce: &self.heard,
            clock: &self.clock,
        }
    }

    fn take(&self, event: &Value) -> Handled {
        block_on(take_batch(self.ingest(), &DecodeContext::new("stream"), &event.to_string())).unwrap()
    }

    fn route(&self) -> Handled {
        let event = changes(&[&contact().to_string()]);
        block_on(route_batch(self.advance(), &Self::settings(), &event.to_string())).unwrap()
    }

    /// Runs stages on every message that has been announced, and forgets the messages.
    fn run(&self, stages: &[Stage]) -> Handled {
        let messages: Vec<_> = std::mem::take(&mut *self.heard.routed.lock().unwrap());
        let bodies: Vec<_> = messages.iter().map(|message| json!({ "detail": message }).to_string()).collect();
        self.run_bodies(stages, &bodies)
    }

    fn run_bodies(&self, stages: &[Stage], bodies: &[String]) -> Handled {
        self.run_with(&StageSettings::default(), stages, bodies)
    }

    fn run_with(&self, settings: &StageSettings, stages: &[Stage], bodies: &[String]) -> Handled {
        let memory = &*self.memory;
        let ports = StageBatchPorts {
            stage: StagePorts {
                objects: memory,
                results: memory,
                summarize: &*self.model,
                label: None,
                lease: None,
                clock: &self.clock,
            },
            announce: &self.heard,
            erased: memory,
            aside: QuarantinePorts { quarantine: memory, objects: memory, clock: &self.clock },
            queue: &self.heard,
        };
        block_on(run_batch(ports, settings, stages, &queue(bodies).to_string())).unwrap()
    }

    fn publish(&self) -> Handled {
        let event = changes(&[&contact().to_string(), &contact().to_string()]);
        block_on(publish_batch(self.advance().publish(), &self.heard, &event.to_string())).unwrap()
    }

    fn reconcile(&self) -> Handled {
        block_on(wake_all(self.advance(), &*self.memory, &Self::settings(), 1000)).unwrap()
    }

    fn phase(&self) -> Phase {
        block_on(self.memory.load(&contact())).unwrap().expect("the contact is there").state.phase()
    }
}

fn kinesis(documents: &[Vec<u8>]) -> Value {
    let record = |(index, document): (usize, &Vec<u8>)| {
        let data = base64::engine::general_purpose::STANDARD.encode(document);
        json!({"eventID": format!("shard:{index}"), "kinesis": {"sequenceNumber": index.to_string(),
            "partitionKey": (index % 3).to_string(), "data": data, "approximateArrivalTimestamp": 1.5}})
    };
    json!({"Records": documents.iter().enumerate().map(record).collect::<Vec<_>>()})
}

fn changes(keys: &[&str]) -> Value {
    let record = |(index, key): (usize, &&str)| json!({"eventName": "MODIFY", "dynamodb": {"SequenceNumber": index.to_string(), "Keys": {"pk": {"S": key}}}});
    json!({"Records": keys.iter().enumerate().map(record).collect::<Vec<_>>()})
}

fn queue(bodies: &[String]) -> Value {
    let record = |(index, body): (usize, &String)| {
        json!({"messageId": format!("m{index}"), "receiptHandle": format!("r{index}"), "body": body,
            "attributes": {"ApproximateReceiveCount": "1"}})
    };
    json!({"Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>()})
}

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
    assert!(insights.iter().any(|insight| matches!(insight, Insight::ResultKept(kept) if kept.found)));
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
    block_on(route_batch(aws.advance(), &wanted, &changes(&[&contact().to_string()]).to_string())).unwrap();
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
    let entries = block_on(Quarantine::list(&*aws.memory)).unwrap();
    for entry in entries {
        let key = aftercall_stages::keys::quarantine(&entry.quarantine_id);
        let bytes = block_on(Objects::get(&*aws.memory, &key)).unwrap().expect("the bytes are kept");
        assert!(!bytes.is_empty(), "{entry:?}");
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
        Failed { error, processing: Box::new(processing) }
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
    let ports = ImportPorts { ingest: aws.ingest(), fetch: &bucket };
    let limits = ImportLimits { object_bytes: 100_000, documents: Default::default() };
    let context = DecodeContext::new("");
    let handled = block_on(import_batch(ports, &context, limits, &queue(&bodies).to_string())).unwrap();
    assert_eq!(handled.response, BatchResponse::default(), "{:?}", handled.errors);
    assert_eq!(handled.counts["InputsNew"], documents().len() as u64);
    assert_eq!(handled.counts["Quarantined"], 2);
    assert_eq!(handled.counts["Gone"], 1);
}

#[test]
fn what_was_put_aside_comes_back() {
    let aws = Aws::new();
    let ports = RedrivePorts { ingest: aws.ingest(), advance: aws.advance(), dead_letters: &aws.heard };
    let check = |request: Value, expected: Redriven| {
        let request: Request = serde_json::from_value(request).unwrap();
        let done = block_on(redrive(ports, &DecodeContext::new("x"), &Aws::settings(), &request)).unwrap();
        assert_eq!(done, expected, "{request:?}");
    };
    aws.take(&json!({"Records": [{"kinesis": {"sequenceNumber": "1", "data": "e30="}}]}));
    check(json!({"from": "quarantine", "reason": "not_json"}), Redriven::default());
    check(json!({"from": "quarantine", "limit": 5}), Redriven { used: 0, left: 1 });
    check(json!({"from": "dead_letters", "function": "sentiment", "limit": 3}), Redriven { used: 3, left: 0 });
    let given_up = json!({"requestContext": {"condition": "RetryAttemptsExhausted"},
        "payload": kinesis(&documents()).to_string()});
    block_on(aws.memory.put("aws/lambda/a/b", given_up.to_string().as_bytes())).unwrap();
    block_on(aws.memory.put("aws/lambda/a/c", b"{}")).unwrap();
    check(json!({"from": "abandoned"}), Redriven { used: 1, left: 1 });
    assert_eq!(aws.phase(), Phase::Ready);
    let changed = json!({"payload": changes(&[&contact().to_string()]).to_string()});
    block_on(aws.memory.put("aws/lambda/a/d", changed.to_string().as_bytes())).unwrap();
    check(json!({"from": "abandoned"}), Redriven { used: 1, left: 1 });
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
    let handled = block_on(route_batch(ports, &Aws::settings(), &event.to_string())).unwrap();
    assert_eq!(handled.counts["Quarantined"], documents().len() as u64 - 1);
    assert_eq!(aws.phase(), Phase::Quarantined);
    let entries = block_on(Quarantine::list(&*aws.memory)).unwrap();
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
