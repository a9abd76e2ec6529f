//! Keeps a knowledge base in step with its documents: many changes, few ingestion jobs, and a version that changes when the
//! knowledge has, because stored answers are only good for the version that they were made of.
//!
//! What has to happen is concluded from the newest job and the time of the change, never remembered: a run that was killed
//! loses nothing.

use std::time::Duration;

use aftercall_core::error::Result;
use async_trait::async_trait;

/// How long documents have to be at rest before a job begins, ms: a folder that is uploaded is one job.
pub const REST_MS: u64 = 5_000;
/// Times of changes are told in whole seconds.
const WHOLE_SECOND_MS: u64 = 1_000;

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// It waits, runs, or is being stopped.
    Running,
    /// It has read all documents.
    Complete,
    /// It has failed or was stopped.
    Failed,
}

/// A job that reads the documents into the knowledge base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngestionJob {
    /// Id.
    pub id: String,
    /// How far it is.
    pub state: JobState,
    /// When it began, ms since 1970.
    pub started_ms: u64,
}

/// The knowledge base's own jobs.
#[async_trait]
pub trait Ingestion: Send + Sync {
    /// The job that began last.
    async fn newest(&self) -> Result<Option<IngestionJob>>;

    /// Begins a job, unless one with this token was begun or another one runs.
    async fn start(&self, token: &str) -> Result<()>;
}

/// The version of the knowledge: the job that it is of.
#[async_trait]
pub trait KnowledgeVersion: Send + Sync {
    /// The version; none before the first job.
    async fn current(&self) -> Result<Option<String>>;

    /// Writes the version of a job, unless that of a later one is there.
    async fn set(&self, job: &IngestionJob) -> Result<()>;
}

/// After how long a change that the knowledge base has not yet is looked at again.
pub const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// What to do about a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The newest job has read it.
    Done,
    /// Look again later.
    Wait,
    /// Begin a job, then look again.
    Start,
}

/// What to do about a change of documents at `changed_ms`.
pub fn next(changed_ms: u64, now_ms: u64, newest: Option<&IngestionJob>) -> Next {
    match newest {
        Some(job) if job.state == JobState::Running => Next::Wait,
        Some(job)
            if job.state == JobState::Complete && job.started_ms >= changed_ms.saturating_add(WHOLE_SECOND_MS) =>
        {
            Next::Done
        }
        _ if now_ms < changed_ms.saturating_add(REST_MS) => Next::Wait,
        _ => Next::Start,
    }
}

/// Takes a change further. Says whether the knowledge base has it; if not, the same change has to come again.
///
/// # Errors
/// The service's and the store's; calling again is safe.
pub async fn sync(
    changed_ms: u64,
    now_ms: u64,
    ingestion: &dyn Ingestion,
    version: &dyn KnowledgeVersion,
) -> Result<bool> {
    let newest = ingestion.newest().await?;
    match (next(changed_ms, now_ms, newest.as_ref()), newest) {
        (Next::Done, Some(job)) => {
            version.set(&job).await?;
            Ok(true)
        }
        (Next::Start, newest) => {
            // Two workers that conclude the same begin the same job.
            let after = newest.map_or_else(|| "first".to_owned(), |job| job.id);
            ingestion.start(&token(&after)).await?;
            Ok(false)
        }
        _ => Ok(false),
    }
}

/// The client token of the job after another one: 64 hexadecimal digits, of 33 to 256 characters that Bedrock takes.
fn token(after: &str) -> String {
    blake3::derive_key("aftercall voice ingestion job 2026-11", after.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
