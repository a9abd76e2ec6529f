//! Functions of the voice agent as AWS calls them: events in, answers out, and what the pipeline hears of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::sync::Arc;

use aftercall_core::assemble::{AssembleSettings, assemble};
use aftercall_core::error::{Error, ErrorKind, Result, Retry};
use aftercall_core::formats::{DecodeContext, decode};
use aftercall_schemas::{ContactKey, ParticipantRole};
use aftercall_voice::agent::Agent;
use aftercall_voice::answers::{Answer, Answerer, Ask, Citation, Pace, Supported};
use aftercall_voice::dialogue::{SealKey, Settings};
use aftercall_voice::handle::{Handled, take_consumer, take_job, take_order, take_producer, take_turn};
use aftercall_voice::knowledge::{JobState, KnowledgeVersion, sync};
use aftercall_voice::live::{Part, Transcripts};
use aftercall_voice::long_answer::{Job, Producer, ProducerSettings, Worked, Worker};
use aftercall_voice::memory::{
    MemoryAnswers, MemoryCalls, MemoryDialer, MemoryJobs, MemoryKnowledge, MemoryQueue, MemoryTranscripts, VirtualClock,
};
use aftercall_voice::outbound::{Outbound, OutboundSettings, Raw};
use aftercall_voice::testkit::knowledge_version_conforms;
use async_trait::async_trait;
use pollster::block_on;
use serde_json::{Value, json};

const MORNING_MS: u64 = 1_763_629_200_000;

/// Says what it is told to, or that it takes longer than a turn.
struct Says(fn(&Ask<'_>) -> Result<Answer>);

#[async_trait]
impl Answerer for Says {
    fn pace(&self, _question: &str) -> Pace {
        Pace::Quick
    }

    async fn answer(&self, ask: &Ask<'_>) -> Result<Answer> {
        (self.0)(ask)
    }
}

fn supported(text: &str) -> Result<Answer> {
    let citations = vec![Citation { document: "plans.md".to_owned(), line: None }];
    Ok(Answer::Supported(Supported { text: text.to_owned(), citations, from_customer_data: false }))
}

struct House {
    jobs: MemoryJobs,
    queue: MemoryQueue,
    answers: MemoryAnswers,
    transcripts: MemoryTranscripts,
    clock: Arc<VirtualClock>,
}

impl House {
    fn new() -> Self {
        let clock = Arc::new(VirtualClock::default());
        clock.advance(MORNING_MS);
        let (jobs, queue, answers) = (MemoryJobs::default(), MemoryQueue::default(), MemoryAnswers::default());
        Self { jobs, queue, answers, transcripts: MemoryTranscripts::default(), clock }
    }

    /// The session attributes after a turn.
    fn turn(&self, attributes: &Value, mode: &str, words: &str, answerer: &dyn Answerer) -> Value {
        let event = json!({"invocationSource": "DialogCodeHook", "inputMode": mode, "sessionId": "s-1",
            "inputTranscript": words, "bot": {"localeId": "en_US"},
            "sessionState": {"sessionAttributes": attributes, "intent": {"name": "defaultIntent", "slots": {}}}});
        let agent = Agent {
            answerer,
            answers: &self.answers,
            clock: self.clock.as_ref(),
            settings: &Settings::default(),
            key: &SealKey::from_secret(b"test"),
            kb_version: "1",
        };
        let handled = block_on(take_turn(&event.to_string(), &agent, &self.transcripts)).unwrap();
        serde_json::to_value(handled.answer).unwrap()["sessionState"]["sessionAttributes"].clone()
    }

    fn produce(&self, attributes: &Value) -> Value {
        let event =
            connect(&json!({"question": attributes["question"], "turn": attributes["turn"], "locale": "en-US"}));
        let settings = ProducerSettings::new("1");
        let producer = Producer {
            jobs: &self.jobs,
            queue: &self.queue,
            answers: &self.answers,
            clock: self.clock.as_ref(),
            settings: &settings,
        };
        let handled = block_on(take_producer(&event, &producer, &self.transcripts)).unwrap();
        serde_json::to_value(handled.answer).unwrap()
    }

    fn work(&self, answerer: &dyn Answerer, last_try: bool) -> Result<Handled<Worked>> {
        let worker = Worker {
            jobs: &self.jobs,
            answers: &self.answers,
            answerer,
            clock: self.clock.as_ref(),
            answer_ms: 50_000,
        };
        let job: Job = self.queue.sent().last().unwrap().clone();
        block_on(take_job(&serde_json::to_string(&job).unwrap(), &worker, if last_try { 2 } else { 1 }))
    }

    fn consume(&self, job: &Value) -> Value {
        let event = connect(&json!({ "jobId": job }));
        let handled = block_on(take_consumer(&event, &self.jobs, self.clock.as_ref(), &self.transcripts, 8_000));
        serde_json::to_value(handled.unwrap().answer).unwrap()
    }

    /// What the pipeline makes of all that was told: role and text.
    fn transcript(&self) -> Vec<String> {
        let mut deliveries = Vec::new();
        for document in self.transcripts.told() {
            let decoded = decode(document.to_string().as_bytes(), &DecodeContext::new("kinesis")).unwrap();
            deliveries.extend(decoded.deliveries);
        }
        let contact = ContactKey::new("local", "c-1");
        assert!(deliveries.iter().all(|delivery| delivery.contact == contact));
        let conversation = assemble(&contact, &deliveries, &AssembleSettings::default()).conversation;
        let role = |role| if role == ParticipantRole::Customer { "customer" } else { "bot" };
        conversation.turns.iter().map(|turn| format!("{}: {}", role(turn.role), turn.content)).collect()
    }
}

fn connect(parameters: &Value) -> String {
    json!({"Name": "ContactFlowEvent", "Details": {"ContactData": {"ContactId": "c-1", "CustomerEndpoint": null},
        "Parameters": parameters}})
    .to_string()
}

#[test]
fn a_call_reaches_the_pipeline_as_it_was_however_often_its_parts_come() {
    let house = House::new();
    let slow = Says(|_| Ok(Answer::TooSlow));
    let first = json!({"contactId": "c-1"});
    let asked = house.turn(&first, "Speech", "can you summarise the earnings call", &slow);
    assert_eq!(asked["turnOutcome"], "ASYNC");
    house.clock.advance(100);
    let replies = [house.produce(&asked), house.produce(&asked), house.produce(&asked)];
    assert!(replies.iter().all(|reply| reply == &replies[0] && reply["statusCode"] == "202"), "{replies:?}");
    assert_eq!(house.queue.sent().len(), 1, "three tries are one job");
    house.clock.advance(20_000);
    house.work(&Says(|_| supported("Revenue grew by 11 percent.")), false).unwrap();
    house.clock.advance(500);
    // Connect calls a Consumer again whose answer was lost.
    assert_eq!(house.consume(&replies[0]["jobId"])["answer"], "Revenue grew by 11 percent.");
    house.clock.advance(700);
    assert_eq!(house.consume(&replies[0]["jobId"])["statusCode"], "200");
    // The same question again has its answer at once; then the caller keys something, and says goodbye.
    house.clock.advance(5_000);
    let again = house.turn(&asked, "Speech", "can you summarise the earnings call", &slow);
    assert_eq!(again["turnOutcome"], "ANSWERED");
    house.clock.advance(1_000);
    let keyed = house.turn(&again, "DTMF", "4711", &Says(|_| Ok(Answer::Unknown)));
    house.clock.advance(1_000);
    house.turn(&keyed, "Speech", "goodbye", &slow);
    let expected = [
        "customer: can you summarise the earnings call",
        "bot: Revenue grew by 11 percent.",
        "customer: can you summarise the earnings call",
        "bot: Revenue grew by 11 percent.",
        "customer: [keys]",
        "bot: I don't know that. Could you ask it in another way?",
        "customer: goodbye",
    ];
    assert_eq!(house.transcript(), expected);
    let told = house.transcripts.told();
    assert!(told.iter().all(|part| !part.to_string().contains("4711")));
    let ends: Vec<bool> = told.iter().map(|part| part["ends"] == true).collect();
    assert_eq!(ends.iter().filter(|ends| **ends).count(), 1, "only goodbye ends a call");
    assert!(ends.last().unwrap());
}

#[test]
fn a_cached_answer_that_the_producer_gives_twice_is_told_once() {
    let house = House::new();
    let asked =
        house.turn(&json!({"contactId": "c-1"}), "Speech", "what does it cost to roam", &Says(|_| Ok(Answer::TooSlow)));
    house.produce(&asked);
    house.work(&Says(|_| supported("Two euros a day.")), false).unwrap();
    for wait in [10, 400] {
        house.clock.advance(wait);
        assert_eq!(house.produce(&asked)["source"], "CACHE");
    }
    assert_eq!(house.transcript(), ["customer: what does it cost to roam", "bot: Two euros a day."]);
}

#[test]
fn a_call_whose_contact_nobody_names_is_one_of_its_own() {
    let house = House::new();
    house.turn(&json!({}), "Speech", "is it open", &Says(|_| supported("Yes.")));
    assert_eq!(house.transcripts.told()[0]["contact_id"], "aftercall-voice:s-1");
}

#[test]
fn a_model_that_fails_has_a_kind_way_on() {
    let throttled = Says(|_| Err(Error::new(ErrorKind::Provider, "throttled").retry(Retry::Later)));
    let house = House::new();
    let asked = house.turn(&json!({"contactId": "c-1"}), "Speech", "how long is the wait", &throttled);
    assert_eq!(asked["turnOutcome"], "ASYNC", "what passes is waited for behind a prompt");
    let job = house.produce(&asked)["jobId"].clone();
    assert!(house.work(&throttled, false).is_err(), "the queue brings it again");
    house.work(&throttled, true).unwrap();
    assert_eq!(house.consume(&job)["statusCode"], "504", "nobody waits for what will not come");
    let refused = Says(|_| Err(Error::new(ErrorKind::Provider, "the model refused")));
    let handed = house.turn(&json!({"contactId": "c-1"}), "Speech", "how long is the wait", &refused);
    assert_eq!(handed["turnOutcome"], "AGENT");
}

#[test]
fn what_is_no_event_is_refused_and_not_quoted() {
    let house = House::new();
    let agent = Agent {
        answerer: &Says(|_| Ok(Answer::Unknown)),
        answers: &house.answers,
        clock: house.clock.as_ref(),
        settings: &Settings::default(),
        key: &SealKey::from_secret(b"test"),
        kb_version: "1",
    };
    let check = |event: &str| {
        let turn = block_on(take_turn(event, &agent, &house.transcripts)).unwrap_err();
        let consumer =
            block_on(take_consumer(event, &house.jobs, house.clock.as_ref(), &house.transcripts, 8_000)).unwrap_err();
        for error in [turn, consumer] {
            assert!(!error.to_string().contains("4155550100"), "{error}");
        }
    };
    check("+14155550100");
    check("{}");
    check(r#"{"Details": "+14155550100"}"#);
    check(r#"{"sessionId": ["+14155550100"], "Details": {"ContactData": {"ContactId": 14155550100}}}"#);
    // A Consumer that is called without a job has a way on too.
    assert_eq!(house.consume(&json!("not a job"))["statusCode"], "500");
    assert!(house.transcripts.told().is_empty());
}

#[test]
fn a_transcript_that_cannot_be_told_costs_the_caller_nothing() {
    struct Down;
    #[async_trait]
    impl Transcripts for Down {
        async fn tell(&self, _part: &Part, _within_ms: u64) -> Result<()> {
            Err(Error::new(ErrorKind::Storage, "no stream"))
        }
    }
    let house = House::new();
    let agent = Agent {
        answerer: &Says(|_| supported("Yes.")),
        answers: &house.answers,
        clock: house.clock.as_ref(),
        settings: &Settings::default(),
        key: &SealKey::from_secret(b"test"),
        kb_version: "1",
    };
    let event = json!({"sessionId": "s-1", "inputTranscript": "is it open", "bot": {"localeId": "en_US"}}).to_string();
    let handled = block_on(take_turn(&event, &agent, &Down)).unwrap();
    assert_eq!(handled.answer.messages()[0].text(), "Yes.");
    assert_eq!((handled.counts.get("TranscriptPartsLost"), handled.faults.len()), (Some(&1), 1));
}

#[test]
fn when_the_budget_is_spent_a_colleague_takes_over_and_it_is_counted() {
    let house = House::new();
    let spent = Says(|_| Ok(Answer::OverBudget));
    let agent = Agent {
        answerer: &spent,
        answers: &house.answers,
        clock: house.clock.as_ref(),
        settings: &Settings::default(),
        key: &SealKey::from_secret(b"test"),
        kb_version: "1",
    };
    let event = json!({"sessionId": "s-1", "inputTranscript": "is it open", "bot": {"localeId": "en_US"}}).to_string();
    let handled = block_on(take_turn(&event, &agent, &house.transcripts)).unwrap();
    assert_eq!(handled.answer.attributes()["turnOutcome"], "AGENT");
    assert_eq!(handled.answer.messages()[0].text(), "I will pass you to a colleague.");
    assert_eq!(handled.counts.get("AnswersOverBudget"), Some(&1));
    // A job that waited for the worker ends at once, so that nobody waits for nothing.
    let asked = json!({"question": "how long is it open", "turn": "1@5", "contactId": "c-1"});
    let job = house.produce(&asked);
    assert_eq!(house.work(&spent, false).unwrap().counts.get("AnswersOverBudget"), Some(&1));
    assert_eq!(house.consume(&job["jobId"])["statusCode"], "504");
    // What was answered before costs nothing.
    house.turn(&json!({"contactId": "c-2"}), "Speech", "is it free", &Says(|_| supported("Yes.")));
    let again = house.turn(&json!({"contactId": "c-3"}), "Speech", "is it free", &spent);
    assert_eq!(again["turnOutcome"], "ANSWERED");
}

#[test]
fn orders_call_once_and_errors_hold_no_number() {
    let some = |text: &str| Some(text.to_owned());
    let settings = OutboundSettings::read(&Raw {
        instance_id: some("i"),
        flow_id: some("f"),
        queue_id: some("q"),
        source: some("+14155550199"),
        countries: some("+1=America/New_York"),
        hours: None,
        calls_a_minute: None,
        flags: None,
    })
    .unwrap();
    let (calls, dialer) = (MemoryCalls::default(), MemoryDialer::default());
    let outbound = Outbound { settings: &settings, opt_outs: &calls, log: &calls, dialer: &dialer };
    let noon = "2026-11-20T12:00:00-05:00".parse().unwrap();
    let give = |order: Value| block_on(take_order(&order.to_string(), &outbound, noon));
    let check = |order: Value, expected: &str| {
        let answer = give(order).unwrap().answer;
        assert_eq!(answer["outcome"], expected, "{answer}");
        assert!(!answer.to_string().contains("415555"), "{answer}");
    };
    let by_hand = json!({"id": "1", "destination": "+14155550100", "openingMessage": "Hello.", "purpose": "A fault."});
    let flag = |categories: Value| {
        json!({"record": {"instance_id": "i", "contact_id": "c", "categories": categories, "destination": "+14155550101"},
               "category": "cancels", "openingMessage": "Hello.", "purpose": "They want to leave."})
    };
    check(by_hand.clone(), "called");
    check(by_hand, "already");
    check(flag(json!(["other"])), "no_flag");
    check(flag(json!(["cancels"])), "called");
    check(flag(json!(["cancels", "other"])), "already");
    check(json!({"optOut": "+14155550102"}), "opted_out");
    check(
        json!({"id": "2", "destination": "+14155550102", "openingMessage": "Hello.", "purpose": "A fault."}),
        "refused",
    );
    assert_eq!(dialer.dialled().len(), 2);
    for wrong in [
        json!({"optOut": "4155550100"}),
        json!({"destination": "+14155550100"}),
        json!({"record": {}, "x": "+14155550100"}),
    ] {
        let error = give(wrong).unwrap_err().to_string();
        assert!(!error.contains("415555"), "{error}");
    }
}

// covers 0.1
#[test]
fn many_changes_of_documents_are_few_jobs_and_the_version_follows() {
    let knowledge = MemoryKnowledge::default();
    let look = |changed_ms, now_ms| {
        knowledge.at(now_ms);
        block_on(sync(changed_ms, now_ms, &knowledge, &knowledge)).unwrap()
    };
    let version = || block_on(knowledge.current()).unwrap();
    // A folder is uploaded within two seconds; nobody begins before it rests.
    assert!(!look(10_000, 10_500) && !look(11_000, 11_500) && !look(12_000, 13_000));
    assert_eq!(knowledge.begun(), 0);
    assert!(!look(12_000, 18_000) && !look(10_000, 18_000));
    assert_eq!(knowledge.begun(), 1);
    // It changes while the job runs: that change is not in it.
    assert!(!look(19_000, 25_000));
    knowledge.end(JobState::Complete);
    assert!(look(12_000, 30_000), "what was there when the job began is in");
    assert_eq!(version().as_deref(), Some("job-1"));
    assert!(!look(19_000, 31_000));
    knowledge.end(JobState::Failed);
    assert!(!look(19_000, 40_000), "a job that fails is begun again");
    assert_eq!((knowledge.begun(), version().as_deref()), (3, Some("job-1")));
    knowledge.end(JobState::Complete);
    assert!(look(19_000, 50_000));
    assert!(look(12_000, 50_000), "a change that comes again changes nothing");
    assert_eq!((knowledge.begun(), version().as_deref()), (3, Some("job-3")));
    block_on(knowledge_version_conforms(&MemoryKnowledge::default())).unwrap();
}
