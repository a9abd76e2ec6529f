//! The suites that every table of jobs and every queue passes.

use aftercall_core::error::Error;

use crate::long_answer::{Entry, Job, JobId, JobOutcome, JobQueue, Jobs};

const WITHIN_MS: u64 = 5_000;

fn fault(error: Error) -> String {
    error.to_string()
}

fn expect(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

fn job(question: &str, contact: &str) -> Job {
    Job {
        v: 1,
        job_id: JobId::of(contact, "1", question),
        contact_id: contact.to_owned(),
        question_raw: question.to_owned(),
        question_key: question.to_owned(),
        locale: "en-US".to_owned(),
        kb_version: "1".to_owned(),
        purpose: None,
        enqueued_at_ms: 1_000,
        deadline_ms: 61_000,
    }
}

/// A table of jobs: a job starts once, its first outcome stays, what is not there is not found.
///
/// # Errors
/// What is not as it should be.
pub async fn jobs_conform(jobs: &dyn Jobs) -> Result<(), String> {
    let first = job("how long is the wait", "conformance");
    expect(jobs.get(&first.job_id, WITHIN_MS).await.map_err(fault)?.is_none(), "a job that nobody started")?;
    let missing = jobs.finish(&first.job_id, &JobOutcome::Unknown, 2_000).await;
    expect(missing.is_err(), "a job that nobody started cannot be finished")?;
    let started = jobs.start(&first, WITHIN_MS).await.map_err(fault)?;
    expect(started.job == first && started.outcome.is_none(), "a new job has no outcome")?;
    let later = Job { deadline_ms: 99_000, ..first.clone() };
    let again = jobs.start(&later, WITHIN_MS).await.map_err(fault)?;
    expect(again.job == first, "starting again keeps the first job with its deadline")?;
    let answer = JobOutcome::Answer { answer: "Ten minutes.".to_owned(), citations: vec!["a".to_owned()] };
    expect(jobs.finish(&first.job_id, &answer, 3_000).await.map_err(fault)?, "the first outcome is written")?;
    expect(!jobs.finish(&first.job_id, &JobOutcome::Failed, 4_000).await.map_err(fault)?, "the second is not")?;
    let found = jobs.get(&first.job_id, WITHIN_MS).await.map_err(fault)?;
    let first_outcome = |entry: Entry| entry.outcome == Some(answer.clone()) && entry.ended_at_ms == Some(3_000);
    expect(found.is_some_and(first_outcome), "the first outcome stays, and its time")?;
    let again = jobs.start(&first, WITHIN_MS).await.map_err(fault)?;
    expect(again.outcome == Some(answer), "starting a finished job gives its outcome")
}

/// A queue: takes a job, and takes it again without harm.
///
/// # Errors
/// What is not as it should be.
pub async fn queue_conforms(queue: &dyn JobQueue) -> Result<(), String> {
    let job = job("how long is the queue", "conformance");
    queue.send(&job, WITHIN_MS).await.map_err(fault)?;
    queue.send(&job, WITHIN_MS).await.map_err(fault)
}
