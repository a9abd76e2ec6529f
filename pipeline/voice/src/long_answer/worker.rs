//! Finds the answer of a job. The answer is kept also if the caller has hung up: the next one has it at once.

use aftercall_core::error::{Result, Retry};

use super::job::{Job, JobOutcome};
use super::ports::{Clock, Jobs};
use crate::answers::{Answer, Answerer, Ask};
use crate::cache::{AnswerStore, CustomerScope, Scope, StoredAnswer, keys, remember};

/// What one look into the table may take, ms. Nobody is on the line of a worker.
const LOOK_MS: u64 = 5_000;

/// What a worker works with.
pub struct Worker<'a> {
    /// The table.
    pub jobs: &'a dyn Jobs,
    /// Stored answers.
    pub answers: &'a dyn AnswerStore,
    /// Who knows.
    pub answerer: &'a dyn Answerer,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Longest time for one answer, ms: the function's own limit less a margin.
    pub answer_ms: u64,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worked {
    /// The outcome is written.
    Done,
    /// The job had ended before: a message may come twice.
    Already,
    /// The outcome is written: nobody was asked, because what may be spent today is spent, and the caller goes to a person.
    OverBudget,
}

/// Works on one job of the queue.
///
/// # Errors
/// The table's, and a fault of the answerer that may pass: the queue brings the job again.
pub async fn work(job: &Job, worker: &Worker<'_>) -> Result<Worked> {
    let Worker { jobs, answers, answerer, clock, answer_ms } = worker;
    let entry = jobs.get(&job.job_id, LOOK_MS).await?;
    if entry.is_some_and(|entry| entry.outcome.is_some()) {
        return Ok(Worked::Already);
    }
    let ask = Ask {
        question: &job.question_raw,
        locale: &job.locale,
        purpose: job.purpose.as_deref(),
        within_ms: *answer_ms,
    };
    let mut over_budget = false;
    let outcome = match answerer.answer(&ask).await {
        Ok(Answer::Supported(found)) => {
            let citations: Vec<String> = found.citations.iter().map(ToString::to_string).collect();
            let scope = Scope {
                locale: job.locale.clone(),
                kb_version: job.kb_version.clone(),
                customer: CustomerScope::Everybody,
            };
            let stored = StoredAnswer {
                question: job.question_raw.clone(),
                answer: found.text.clone(),
                citations: citations.clone(),
            };
            // Why somebody was called is that customer's.
            let customers = found.from_customer_data || job.purpose.is_some();
            // What is not stored is found again next time.
            if let Some(keys) = keys(&job.question_raw, &scope) {
                drop(remember(*answers, &keys, &stored, &job.contact_id, customers).await);
            }
            JobOutcome::Answer { answer: found.text, citations }
        }
        Ok(Answer::Unknown) => JobOutcome::Unknown,
        Ok(Answer::TooSlow) => JobOutcome::Failed,
        Ok(Answer::OverBudget) => {
            over_budget = true;
            JobOutcome::Failed
        }
        Err(error) if error.retry != Retry::Never && clock.now_ms() < job.deadline_ms => return Err(error),
        Err(_) => JobOutcome::Failed,
    };
    let written = jobs.finish(&job.job_id, &outcome, clock.now_ms()).await?;
    Ok(match (written, over_budget) {
        (true, false) => Worked::Done,
        (true, true) => Worked::OverBudget,
        (false, _) => Worked::Already,
    })
}
