//! Producer, Consumer and worker as functions: the flow's events and the queue's messages in, what the flow or the queue
//! takes out.

use std::time::Duration;

use aftercall_core::error::Result;

use super::{Handled, unreadable};
use crate::agent::TurnName;
use crate::conversation::Speaker;
use crate::lex::connect::{ConnectEvent, StringMap};
use crate::live::{CallName, Part, Transcripts, Utterance};
use crate::long_answer::{
    Clock, Job, JobId, JobOutcome, Jobs, Polling, Producer, Reply, Status, Worker, consume, produce, work,
};

pub use crate::long_answer::Worked;

/// How often the queue brings a job before it is a dead letter. The deployment's word for it (`maxReceiveCount`) is compared
/// with this by `cdk/test/contract.test.ts`.
const MOST_RECEIVES: u32 = 2;
/// How long a job that failed for the moment is hidden: a caller waits for it.
pub const JOB_HIDDEN: Duration = Duration::from_secs(2);

/// The locale of a flow that does not say one.
const LOCALE: &str = "en-US";

/// Starts a job, or answers from the cache.
///
/// # Errors
/// An event that is not Connect's; the table's and the queue's. Connect calls again, and it stays one job.
pub async fn take_producer(
    event: &str,
    producer: &Producer<'_>,
    transcripts: &dyn Transcripts,
) -> Result<Handled<StringMap>> {
    let event = ConnectEvent::parse(event).map_err(unreadable)?;
    let started = producer.clock.now_ms();
    let reply = produce(&event, producer).await?;
    let counted = match reply.status {
        Status::Ready => "AnswersFromCache",
        Status::Waiting => "JobsStarted",
        Status::Fault | Status::Expired => "JobsRefused",
    };
    // Connect may call again, so the time is the turn's, not this run's.
    let turn = event.parameter("turn").and_then(TurnName::parse);
    let at_ms = reply.at_ms.or(turn.map(|turn| turn.heard_at_ms.saturating_add(1)));
    let part = at_ms.and_then(|at_ms| said(&event, &reply, at_ms));
    let took = producer.clock.now_ms().saturating_sub(started);
    Ok(Handled::new(reply.fields()).count(counted).took("ProducerMillis", took).tell(part, transcripts).await)
}

/// Waits for a job. `left_ms` is what the function's own limit leaves.
///
/// # Errors
/// An event that is not Connect's.
pub async fn take_consumer(
    event: &str,
    jobs: &dyn Jobs,
    clock: &dyn Clock,
    transcripts: &dyn Transcripts,
    left_ms: u64,
) -> Result<Handled<StringMap>> {
    let event = ConnectEvent::parse(event).map_err(unreadable)?;
    let Some(id) = event.parameter("jobId").and_then(JobId::parse) else {
        return Ok(Handled::new(Reply::without(Status::Fault, None).fields()).count("JobsUnnamed"));
    };
    let started = clock.now_ms();
    let reply = consume(&id, jobs, clock, &Polling::default(), left_ms).await;
    let counted = match reply.status {
        Status::Ready => "AnswersHeard",
        Status::Waiting => "AnswersAwaited",
        Status::Fault | Status::Expired => "AnswersTooLate",
    };
    let part = reply.at_ms.and_then(|at_ms| said(&event, &reply, at_ms));
    let took = clock.now_ms().saturating_sub(started);
    Ok(Handled::new(reply.fields()).count(counted).took("ConsumerMillis", took).tell(part, transcripts).await)
}

/// What the flow says next, for the pipeline: nothing unless there is an answer.
fn said(event: &ConnectEvent, reply: &Reply, at_ms: u64) -> Option<Part> {
    let job = reply.job.as_ref().filter(|_| reply.status == Status::Ready && !reply.answer.is_empty())?;
    let utterance =
        Utterance { id: format!("{}-agent", job.as_str()), speaker: Speaker::Agent, text: reply.answer.clone(), at_ms };
    Some(Part {
        call: CallName::Contact(event.details.contact_data.contact_id.clone()),
        locale: event.parameter("locale").unwrap_or(LOCALE).to_owned(),
        said: vec![utterance],
        ends: false,
    })
}

/// Works on one message of the queue, which has come so often. Where the queue will not bring it again, a fault that may pass
/// ends the job too, and the caller is passed on instead of waiting for nothing.
///
/// # Errors
/// A message that is no job, and what may pass; the queue brings it again, or puts it to its dead letters.
pub async fn take_job(body: &str, worker: &Worker<'_>, receive_count: u32) -> Result<Handled<Worked>> {
    let job: Job = serde_json::from_str(body).map_err(|_| unreadable("it is no job"))?;
    let started = worker.clock.now_ms();
    let waited = started.saturating_sub(job.enqueued_at_ms);
    let worked = match work(&job, worker).await {
        Err(error) if receive_count >= MOST_RECEIVES => {
            let written = worker.jobs.finish(&job.job_id, &JobOutcome::Failed, worker.clock.now_ms()).await?;
            let mut handled = Handled::new(if written { Worked::Done } else { Worked::Already }).count("JobsGivenUp");
            handled.faults.push(error);
            return Ok(handled);
        }
        other => other?,
    };
    let counted = match worked {
        Worked::Done => "JobsDone",
        Worked::Already => "JobsDoneBefore",
        Worked::OverBudget => "AnswersOverBudget",
    };
    let took = worker.clock.now_ms().saturating_sub(started);
    Ok(Handled::new(worked).count(counted).took("JobWaitMillis", waited).took("JobMillis", took))
}
