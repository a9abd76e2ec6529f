//! Starts a job, or answers at once from the cache. May be called again for the same turn: it stays one job.

use aftercall_core::error::Result;

use super::job::{Entry, Job, JobId, JobOutcome};
use super::ports::{Clock, JobQueue, Jobs};
use super::reply::{Reply, Status};
use crate::cache::{AnswerStore, CustomerScope, Scope, keys, lookup, normalise};
use crate::dialogue::{Phrase, phrase};
use crate::lex::connect::ConnectEvent;

/// What the Producer is tuned with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProducerSettings {
    /// Version of the knowledge.
    pub kb_version: String,
    /// From the start of a job until the caller is passed on, ms.
    pub job_ms: u64,
    /// What each call outside may take, ms: three of them fit into the 3 s of the flow's block.
    pub call_ms: u64,
}

impl ProducerSettings {
    /// A minute for a job.
    pub fn new(kb_version: &str) -> Self {
        Self { kb_version: kb_version.to_owned(), job_ms: 60_000, call_ms: 800 }
    }
}

/// What the Producer works with.
pub struct Producer<'a> {
    /// The table.
    pub jobs: &'a dyn Jobs,
    /// The queue.
    pub queue: &'a dyn JobQueue,
    /// Stored answers.
    pub answers: &'a dyn AnswerStore,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Settings.
    pub settings: &'a ProducerSettings,
}

/// What a call out is about: a parameter, or the contact's attribute.
fn purpose(event: &ConnectEvent) -> Option<String> {
    let attribute =
        || event.details.contact_data.attributes.get("callPurpose")?.as_deref().filter(|text| !text.is_empty());
    event.parameter("purpose").or_else(attribute).map(str::to_owned)
}

/// Answers an event of the flow. Parameters: `question`, `locale`, and if the flow has them `turn` and `purpose`.
///
/// # Errors
/// The table's or the queue's; calling again is safe. A fault of the cache is no error: then there is a job.
pub async fn produce(event: &ConnectEvent, producer: &Producer<'_>) -> Result<Reply> {
    let Producer { jobs, queue, answers, clock, settings } = producer;
    let Some(question) = event.parameter("question") else { return Ok(Reply::without(Status::Fault, None)) };
    let locale = event.parameter("locale").unwrap_or("en-US");
    let key = normalise(question);
    let contact = event.details.contact_data.contact_id.as_str();
    let id = JobId::of(contact, event.parameter("turn").unwrap_or_default(), &key);
    let scope = Scope {
        locale: locale.to_owned(),
        kb_version: settings.kb_version.clone(),
        customer: CustomerScope::Everybody,
    };
    if let Some(keys) = keys(question, &scope)
        && let Ok(Some(found)) = lookup(*answers, question, &keys).await
    {
        return Ok(Reply::ready(Some(id), &found.answer, "CACHE"));
    }
    let now = clock.now_ms();
    let job = Job {
        v: 1,
        job_id: id.clone(),
        contact_id: contact.to_owned(),
        question_raw: question.to_owned(),
        question_key: key,
        locale: locale.to_owned(),
        kb_version: settings.kb_version.clone(),
        purpose: purpose(event),
        enqueued_at_ms: now,
        deadline_ms: now + settings.job_ms,
    };
    let entry = jobs.start(&job, settings.call_ms).await?;
    if let Some(reply) = ended(&entry) {
        return Ok(reply);
    }
    // Also when the job was there: the run that started it may have died before it sent it.
    queue.send(&entry.job, settings.call_ms).await?;
    Ok(Reply::without(Status::Waiting, Some(id)))
}

/// The reply to a job that has ended.
pub(super) fn ended(entry: &Entry) -> Option<Reply> {
    let id = Some(entry.job.job_id.clone());
    let reply = match entry.outcome.as_ref()? {
        JobOutcome::Answer { answer, .. } => Reply::ready(id, answer, "JOB"),
        JobOutcome::Unknown => Reply::ready(id, phrase(Phrase::Unknown, &entry.job.locale), "JOB"),
        // As if the time were over: a person takes over.
        JobOutcome::Failed => Reply::without(Status::Expired, id),
    };
    Some(Reply { at_ms: entry.ended_at_ms, ..reply })
}
