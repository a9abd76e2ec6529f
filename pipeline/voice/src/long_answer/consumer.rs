//! Waits for a job, in steps, and returns the moment it has ended; never later than the flow's block allows.

use super::job::{Entry, JobId};
use super::ports::{Clock, Jobs};
use super::producer::ended;
use super::reply::{Reply, Status};

/// How the Consumer waits, ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Polling {
    /// Between two looks.
    pub step_ms: u64,
    /// What the flow's block allows.
    pub limit_ms: u64,
    /// What is kept for a cold start, the way back, and a slow read.
    pub margin_ms: u64,
    /// What one look may take.
    pub look_ms: u64,
}

impl Default for Polling {
    fn default() -> Self {
        Self { step_ms: 200, limit_ms: 8_000, margin_ms: 1_500, look_ms: 1_000 }
    }
}

impl Polling {
    /// The last moment to return, for a Consumer that started at `started` and whose function ends in `left_ms`.
    pub fn end(&self, started: u64, left_ms: u64) -> u64 {
        started + self.limit_ms.min(left_ms).saturating_sub(self.margin_ms)
    }
}

/// What to do after a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Return this.
    Return(Reply),
    /// Wait so many ms and look again.
    Wait(u64),
}

/// What came of a look.
#[derive(Debug)]
pub enum Look<'a> {
    /// The job.
    Found(&'a Entry),
    /// There is no such job.
    Nothing,
    /// The table did not answer.
    Failed,
}

/// Decides after a look that ended at `now`. Pure: the whole policy of waiting is here.
pub fn decide(polling: &Polling, id: &JobId, now: u64, end: u64, look: &Look<'_>) -> Next {
    let waiting = || Next::Return(Reply::without(Status::Waiting, Some(id.clone())));
    let deadline = match look {
        // Forgotten, or never ours: nothing will come.
        Look::Nothing => return Next::Return(Reply::without(Status::Expired, Some(id.clone()))),
        Look::Found(entry) => match ended(entry) {
            Some(reply) => return Next::Return(reply),
            None => Some(entry.job.deadline_ms),
        },
        Look::Failed => None,
    };
    if deadline.is_some_and(|deadline| now >= deadline) {
        return Next::Return(Reply::without(Status::Expired, Some(id.clone())));
    }
    // One ms stays for the last look.
    let left = end.saturating_sub(now).saturating_sub(1).min(deadline.map_or(u64::MAX, |deadline| deadline - now));
    if left == 0 { waiting() } else { Next::Wait(left.min(polling.step_ms)) }
}

/// Waits for a job. `left_ms` is what the function's own limit leaves.
pub async fn consume(id: &JobId, jobs: &dyn Jobs, clock: &dyn Clock, polling: &Polling, left_ms: u64) -> Reply {
    let end = polling.end(clock.now_ms(), left_ms);
    loop {
        let now = clock.now_ms();
        let within = polling.look_ms.min(end.saturating_sub(now)).max(1);
        let found = jobs.get(id, within).await;
        let look = match &found {
            Ok(Some(entry)) => Look::Found(entry),
            Ok(None) => Look::Nothing,
            Err(_) => Look::Failed,
        };
        match decide(polling, id, clock.now_ms(), end, &look) {
            Next::Return(reply) => return reply,
            Next::Wait(ms) => clock.sleep(ms).await,
        }
    }
}
