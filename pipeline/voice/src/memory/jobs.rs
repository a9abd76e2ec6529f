//! Jobs and their queue in memory. Both can be made slow, on the virtual clock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aftercall_core::error::{Error, ErrorKind, Result, Retry};
use async_trait::async_trait;

use super::VirtualClock;
use crate::long_answer::{Clock, Entry, Job, JobId, JobOutcome, JobQueue, Jobs};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Jobs in memory.
#[derive(Debug, Default)]
pub struct MemoryJobs {
    entries: Mutex<BTreeMap<JobId, Entry>>,
    slow: Option<(Arc<VirtualClock>, Mutex<Vec<u64>>)>,
}

impl MemoryJobs {
    /// Jobs whose calls take these ms, in turn, on this clock.
    pub fn slow(clock: Arc<VirtualClock>, mut latencies: Vec<u64>) -> Self {
        latencies.reverse();
        Self { entries: Mutex::default(), slow: Some((clock, Mutex::new(latencies))) }
    }

    /// All entries, by id.
    pub fn entries(&self) -> Vec<Entry> {
        lock(&self.entries).values().cloned().collect()
    }

    /// Waits as long as a call takes, or as long as it may, and fails then.
    async fn wait(&self, within_ms: u64) -> Result<()> {
        let Some((clock, latencies)) = &self.slow else { return Ok(()) };
        let takes = lock(latencies).pop().unwrap_or(0);
        clock.sleep(takes.min(within_ms)).await;
        if takes > within_ms {
            return Err(Error::new(ErrorKind::Storage, "the jobs table did not answer in time").retry(Retry::Later));
        }
        Ok(())
    }
}

#[async_trait]
impl Jobs for MemoryJobs {
    async fn start(&self, job: &Job, within_ms: u64) -> Result<Entry> {
        self.wait(within_ms).await?;
        let mut entries = lock(&self.entries);
        let entry = entries.entry(job.job_id.clone());
        Ok(entry.or_insert_with(|| Entry { job: job.clone(), outcome: None, ended_at_ms: None }).clone())
    }

    async fn get(&self, id: &JobId, within_ms: u64) -> Result<Option<Entry>> {
        self.wait(within_ms).await?;
        Ok(lock(&self.entries).get(id).cloned())
    }

    async fn finish(&self, id: &JobId, outcome: &JobOutcome, at_ms: u64) -> Result<bool> {
        match lock(&self.entries).get_mut(id) {
            Some(entry) if entry.outcome.is_none() => {
                entry.outcome = Some(outcome.clone());
                entry.ended_at_ms = Some(at_ms);
                Ok(true)
            }
            Some(_) => Ok(false),
            None => Err(Error::new(ErrorKind::NotFound, "no such job")),
        }
    }
}

/// A queue in memory that takes each job once, as a FIFO queue does by its deduplication id.
#[derive(Debug, Default)]
pub struct MemoryQueue(Mutex<Vec<Job>>);

impl MemoryQueue {
    /// All jobs that were sent, in order.
    pub fn sent(&self) -> Vec<Job> {
        lock(&self.0).clone()
    }
}

#[async_trait]
impl JobQueue for MemoryQueue {
    async fn send(&self, job: &Job, _within_ms: u64) -> Result<()> {
        let mut sent = lock(&self.0);
        if !sent.iter().any(|known| known.job_id == job.job_id) {
            sent.push(job.clone());
        }
        Ok(())
    }
}
