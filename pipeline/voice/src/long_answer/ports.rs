//! What long answers need of the outside world. Each call says how long it may take: an adapter ends it then, with an
//! error that can be tried again. The suites in `testkit` are the precise meaning.

use aftercall_core::error::Result;
use async_trait::async_trait;

use super::job::{Entry, Job, JobId, JobOutcome};

/// The time, and waiting.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now, ms since 1970 (since the beginning, in a simulation).
    fn now_ms(&self) -> u64;

    /// Waits so many ms.
    async fn sleep(&self, ms: u64);
}

/// The table of jobs. Reads are strongly consistent.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Adds a job unless it is there, and gives what is there then.
    async fn start(&self, job: &Job, within_ms: u64) -> Result<Entry>;

    /// A job; none if it was never started or has been forgotten.
    async fn get(&self, id: &JobId, within_ms: u64) -> Result<Option<Entry>>;

    /// Writes the outcome and its time, ms since 1970, unless there is one. Says whether it was written.
    async fn finish(&self, id: &JobId, outcome: &JobOutcome, at_ms: u64) -> Result<bool>;
}

/// The queue to the worker. Sending a job twice is as good as once: its id is the deduplication id.
#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Sends a job.
    async fn send(&self, job: &Job, within_ms: u64) -> Result<()>;
}
