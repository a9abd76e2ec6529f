//! Producer, worker and Consumer on a virtual clock, whatever the backend does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::sync::Arc;

use aftercall_core::error::{Error, ErrorKind, Result, Retry};
use aftercall_voice::answers::{Answer, Answerer, Ask, Citation, Pace, Supported};
use aftercall_voice::lex::connect::ConnectEvent;
use aftercall_voice::long_answer::{
    Clock, Job, JobId, JobOutcome, Jobs, Look, Next, Polling, Producer, ProducerSettings, Reply, Status, Worked,
    Worker, consume, decide, produce, work,
};
use aftercall_voice::memory::{MemoryAnswers, MemoryJobs, MemoryQueue, VirtualClock};
use aftercall_voice::testkit::{jobs_conform, queue_conforms};
use async_trait::async_trait;
use pollster::block_on;
use proptest::prelude::*;

fn event(contact: &str, question: &str) -> ConnectEvent {
    let text = serde_json::json!({"Name": "ContactFlowEvent", "Details": {
        "ContactData": {"ContactId": contact}, "Parameters": {"question": question, "locale": "en-US"}}});
    ConnectEvent::parse(&text.to_string()).unwrap()
}

struct House {
    jobs: MemoryJobs,
    queue: MemoryQueue,
    answers: MemoryAnswers,
    clock: Arc<VirtualClock>,
    settings: ProducerSettings,
}

impl House {
    fn new() -> Self {
        Self {
            jobs: MemoryJobs::default(),
            queue: MemoryQueue::default(),
            answers: MemoryAnswers::default(),
            clock: Arc::default(),
            settings: ProducerSettings::new("1"),
        }
    }

    fn produce(&self, contact: &str, question: &str) -> Reply {
        let House { jobs, queue, answers, clock, settings } = self;
        let producer = Producer { jobs, queue, answers, clock: clock.as_ref(), settings };
        block_on(produce(&event(contact, question), &producer)).unwrap()
    }

    fn work(&self, answerer: &dyn Answerer) -> Result<Worked> {
        let worker = Worker {
            jobs: &self.jobs,
            answers: &self.answers,
            answerer,
            clock: self.clock.as_ref(),
            answer_ms: 50_000,
        };
        block_on(work(self.queue.sent().last().unwrap(), &worker))
    }

    fn consume(&self, id: &JobId) -> Reply {
        block_on(consume(id, &self.jobs, self.clock.as_ref(), &Polling::default(), 8_000))
    }
}

/// An answerer that always says the same.
struct Says(fn() -> Result<Answer>);

#[async_trait]
impl Answerer for Says {
    fn pace(&self, _question: &str) -> Pace {
        Pace::Slow
    }

    async fn answer(&self, _ask: &Ask<'_>) -> Result<Answer> {
        (self.0)()
    }
}

fn answer(own: bool) -> Result<Answer> {
    Ok(Answer::Supported(Supported {
        text: "**Twenty** gigabytes.".to_owned(),
        citations: vec![Citation { document: "plans.md".to_owned(), line: Some(3) }],
        from_customer_data: own,
    }))
}

#[test]
fn the_twins_conform() {
    block_on(jobs_conform(&MemoryJobs::default())).unwrap();
    block_on(queue_conforms(&MemoryQueue::default())).unwrap();
}

// covers 1.9: 200, 202, 504, 500 as texts
#[test]
fn a_question_goes_round() {
    let house = House::new();
    let started = house.produce("c-1", "how much data is in the gold plan");
    assert_eq!((started.status, started.answer.as_str()), (Status::Waiting, ""));
    let body = serde_json::to_value(&house.queue.sent()[0]).unwrap();
    for field in
        ["v", "jobId", "contactId", "questionRaw", "questionKey", "locale", "kbVersion", "enqueuedAtMs", "deadlineMs"]
    {
        assert!(body.get(field).is_some(), "{field}");
    }
    let id = started.job.unwrap();
    assert_eq!(house.consume(&id).status, Status::Waiting);
    assert_eq!(house.work(&Says(|| answer(false))).unwrap(), Worked::Done);
    let ready = house.consume(&id);
    assert_eq!(
        serde_json::to_value(ready.fields()).unwrap(),
        serde_json::json!({"statusCode": "200", "jobId": id.as_str(), "answer": "Twenty gigabytes.", "source": "JOB"})
    );
    assert_eq!(house.work(&Says(|| answer(false))).unwrap(), Worked::Already, "the message may come twice");
    // The next caller, in other words: from the cache, with no job.
    let again = house.produce("c-2", "could you tell me how much data is in the gold plan please");
    assert_eq!((again.status, again.source, house.queue.sent().len()), (Status::Ready, Some("CACHE"), 1));
}

#[test]
fn an_answer_from_a_customers_data_is_not_kept_for_others() {
    let house = House::new();
    house.produce("c-1", "how much data is in the gold plan");
    house.work(&Says(|| answer(true))).unwrap();
    assert_eq!(house.produce("c-2", "how much data is in the gold plan").status, Status::Waiting);
}

// covers 1.9
#[test]
fn what_can_go_wrong_has_a_way_on() {
    let fails = || Err(Error::new(ErrorKind::Provider, "refused"));
    let house = House::new();
    let id = house.produce("c-1", "how much is it").job.unwrap();
    house.work(&Says(fails)).unwrap();
    assert_eq!(house.consume(&id).status, Status::Expired, "a model that refuses: a person takes over");

    let house = House::new();
    let id = house.produce("c-1", "how much is it").job.unwrap();
    let passing = || Err(Error::new(ErrorKind::Provider, "busy").retry(Retry::Later));
    assert!(house.work(&Says(passing)).is_err(), "the queue brings it again");
    house.clock.advance(60_000);
    assert_eq!(house.consume(&id).status, Status::Expired, "the worker never came back");

    let house = House::new();
    let id = house.produce("c-1", "how much is it").job.unwrap();
    house.work(&Says(|| Ok(Answer::Unknown))).unwrap();
    assert!(house.consume(&id).answer.contains("don't know"));

    assert_eq!(house.consume(&JobId::of("c", "", "never started")).status, Status::Expired);
    assert_eq!(JobId::parse("../../etc/passwd"), None);
    let empty = ConnectEvent::parse(r#"{"Details":{"ContactData":{"ContactId":"c"},"Parameters":{}}}"#).unwrap();
    let House { jobs, queue, answers, clock, settings } = &house;
    let producer = Producer { jobs, queue, answers, clock: clock.as_ref(), settings };
    assert_eq!(block_on(produce(&empty, &producer)).unwrap().status, Status::Fault);
}

// covers 1.19: returns when the answer is there
#[test]
fn the_consumer_returns_when_the_answer_is_there() {
    // Looks at 0, 200, 400 … ms; the answer is written between 1,200 and 1,400.
    struct At(MemoryJobs, Arc<VirtualClock>, u64);
    #[async_trait]
    impl Jobs for At {
        async fn start(&self, job: &Job, within_ms: u64) -> Result<aftercall_voice::long_answer::Entry> {
            self.0.start(job, within_ms).await
        }
        async fn get(&self, id: &JobId, within_ms: u64) -> Result<Option<aftercall_voice::long_answer::Entry>> {
            if self.1.now_ms() >= self.2 {
                self.0.finish(id, &JobOutcome::Answer { answer: "Yes.".to_owned(), citations: Vec::new() }, 1).await?;
            }
            self.0.get(id, within_ms).await
        }
        async fn finish(&self, id: &JobId, outcome: &JobOutcome, at_ms: u64) -> Result<bool> {
            self.0.finish(id, outcome, at_ms).await
        }
    }
    for ready in [0, 1, 199, 200, 1_300, 6_499] {
        let house = House::new();
        let id = house.produce("c-1", "is it open").job.unwrap();
        let jobs = At(house.jobs, Arc::clone(&house.clock), ready);
        let reply = block_on(consume(&id, &jobs, house.clock.as_ref(), &Polling::default(), 8_000));
        assert_eq!(reply.status, Status::Ready);
        let extra = house.clock.now_ms() - ready;
        assert!(extra <= 200, "{extra} ms after it was there");
    }
}

proptest! {
    // covers 1.1: never past 8 s
    #[test]
    fn the_consumer_is_in_time_whatever_the_table_does(
        latencies in prop::collection::vec(0u64..20_000, 0..60),
        left in 0u64..12_000,
        deadline in 0u64..70_000,
    ) {
        let clock: Arc<VirtualClock> = Arc::default();
        let mut all = vec![0];
        all.extend(latencies);
        let jobs = MemoryJobs::slow(Arc::clone(&clock), all);
        let id = JobId::of("c", "1", "q");
        let job = Job { v: 1, job_id: id.clone(), contact_id: "c".to_owned(), question_raw: "q".to_owned(), question_key: "q".to_owned(),
            locale: "en-US".to_owned(), kb_version: "1".to_owned(), purpose: None, enqueued_at_ms: 0, deadline_ms: deadline };
        block_on(jobs.start(&job, 1_000)).unwrap();
        let polling = Polling::default();
        let reply = block_on(consume(&id, &jobs, clock.as_ref(), &polling, left));
        let took = clock.now_ms();
        // One look of 1 ms is always allowed.
        prop_assert!(took <= left.min(8_000).saturating_sub(polling.margin_ms).max(1), "{took} ms of {left}");
        prop_assert!(matches!(reply.status, Status::Waiting | Status::Expired));
        if reply.status == Status::Expired {
            prop_assert!(took >= deadline);
        }
    }

    // covers 1.3: one message, three tries, one job
    #[test]
    fn three_calls_are_one_job(contact in "[a-z0-9-]{1,12}", question in "[a-zA-Z ?]{1,40}[a-z]", fails in 0usize..3) {
        let house = House::new();
        for _ in 0..fails {
            // A run that started the job and died before it sent it.
            let id = JobId::of(&contact, "", &aftercall_voice::cache::normalise(&question));
            let job = Job { v: 1, job_id: id, contact_id: contact.clone(), question_raw: question.clone(),
                question_key: aftercall_voice::cache::normalise(&question), locale: "en-US".to_owned(), kb_version: "1".to_owned(),
                purpose: None, enqueued_at_ms: 0, deadline_ms: 60_000 };
            block_on(house.jobs.start(&job, 1_000)).unwrap();
        }
        let replies: Vec<Reply> = [question.clone(), question.to_uppercase(), format!("um, {question}")]
            .iter().map(|said| { house.clock.advance(900); house.produce(&contact, said) }).collect();
        prop_assert_eq!(house.jobs.entries().len(), 1);
        prop_assert_eq!(house.queue.sent().len(), 1);
        prop_assert!(replies.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn the_policy_never_waits_past_the_end(now in 0u64..20_000, end in 0u64..20_000) {
        let id = JobId::of("c", "1", "q");
        if let Next::Wait(ms) = decide(&Polling::default(), &id, now, end, &Look::Failed) {
            prop_assert!(ms > 0 && now + ms <= end);
        }
    }
}
