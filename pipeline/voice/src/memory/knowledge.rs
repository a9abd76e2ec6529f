//! A knowledge base's ingestion jobs and its version, in memory. A job runs until somebody ends it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use aftercall_core::error::Result;
use async_trait::async_trait;

use crate::knowledge::{Ingestion, IngestionJob, JobState, KnowledgeVersion};

#[derive(Debug, Default)]
struct Known {
    now_ms: u64,
    jobs: Vec<(String, IngestionJob)>,
    version: Option<IngestionJob>,
}

/// Jobs and version.
#[derive(Debug, Default)]
pub struct MemoryKnowledge(Mutex<Known>);

impl MemoryKnowledge {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the time at which jobs begin.
    pub fn at(&self, now_ms: u64) {
        self.known().now_ms = now_ms;
    }

    /// Ends the job that runs.
    pub fn end(&self, state: JobState) {
        if let Some((_, job)) = self.known().jobs.last_mut() {
            job.state = state;
        }
    }

    /// How many jobs were begun.
    pub fn begun(&self) -> usize {
        self.known().jobs.len()
    }
}

#[async_trait]
impl Ingestion for MemoryKnowledge {
    async fn newest(&self) -> Result<Option<IngestionJob>> {
        Ok(self.known().jobs.last().map(|(_, job)| job.clone()))
    }

    async fn start(&self, token: &str) -> Result<()> {
        let mut known = self.known();
        let running = known.jobs.last().is_some_and(|(_, job)| job.state == JobState::Running);
        if !running && !known.jobs.iter().any(|(begun, _)| begun == token) {
            let id = format!("job-{}", known.jobs.len() + 1);
            let job = IngestionJob { id, state: JobState::Running, started_ms: known.now_ms };
            known.jobs.push((token.to_owned(), job));
        }
        Ok(())
    }
}

#[async_trait]
impl KnowledgeVersion for MemoryKnowledge {
    async fn current(&self) -> Result<Option<String>> {
        Ok(self.known().version.as_ref().map(|job| job.id.clone()))
    }

    async fn set(&self, job: &IngestionJob) -> Result<()> {
        let mut known = self.known();
        if known.version.as_ref().is_none_or(|version| version.started_ms < job.started_ms) {
            known.version = Some(job.clone());
        }
        Ok(())
    }
}
