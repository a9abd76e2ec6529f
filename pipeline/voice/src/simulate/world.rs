//! What stands behind the flow in a simulation: the real handlers over stores in memory, and a model that takes the seconds
//! it is told to. Jobs are worked on beside the call: a job is done when the clock has passed its time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aftercall_core::error::{Error, ErrorKind, Result};
use async_trait::async_trait;
use pollster::block_on;

use super::script::{ModelScript, Script, ms};
use super::transcript::Transcript;
use crate::answers::{Answer, Answerer, Ask, Citation, Documents, LocalAnswerer, Pace, Supported};
use crate::long_answer::{Clock, Entry, Job, JobId, JobOutcome, JobQueue, Jobs, Worker, work};
use crate::memory::{MemoryAnswers, MemoryJobs, MemoryQueue, VirtualClock};

/// From which time on an answer is not waited for in the turn, ms.
const QUICK_MS: u64 = 2_000;
/// What a worker may take for one answer, ms.
const WORKER_MS: u64 = 840_000;

pub(super) struct World {
    pub clock: Arc<VirtualClock>,
    pub answers: MemoryAnswers,
    pub kb_version: String,
    jobs: MemoryJobs,
    queue: MemoryQueue,
    model: Vec<ModelScript>,
    documents: Option<LocalAnswerer>,
    notes: Mutex<Notes>,
}

#[derive(Default)]
struct Notes {
    due: Vec<(u64, Job)>,
    ready_at: BTreeMap<JobId, u64>,
    model_calls: usize,
    purposes: Vec<String>,
}

fn lock(notes: &Mutex<Notes>) -> MutexGuard<'_, Notes> {
    notes.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    pub(super) fn new(script: &Script, documents: Option<Documents>) -> Self {
        Self {
            clock: Arc::default(),
            answers: MemoryAnswers::default(),
            kb_version: documents.as_ref().map_or("script", Documents::version).to_owned(),
            jobs: MemoryJobs::default(),
            queue: MemoryQueue::default(),
            model: script.model.clone(),
            documents: documents.map(LocalAnswerer),
            notes: Mutex::default(),
        }
    }

    /// Lets time pass outside of a call.
    pub(super) fn pass(&self, ms: u64) {
        self.clock.advance(ms);
        self.work_due(self.clock.now_ms());
    }

    /// Lets all workers end: what nobody waits for any more is done all the same.
    pub(super) fn settle(&self) {
        self.work_due(u64::MAX);
    }

    /// When the answer of a job was there.
    pub(super) fn ready_at(&self, id: &JobId) -> Option<u64> {
        lock(&self.notes).ready_at.get(id).copied()
    }

    pub(super) fn count(&self, transcript: &mut Transcript) {
        let entries = self.jobs.entries();
        transcript.jobs = entries.len();
        let answered = |entry: &&Entry| matches!(entry.outcome, Some(JobOutcome::Answer { .. }));
        transcript.answered_jobs = entries.iter().filter(answered).count();
        let notes = lock(&self.notes);
        transcript.model_calls = notes.model_calls;
        transcript.purposes = notes.purposes.clone();
    }

    fn scripted(&self, question: &str) -> Option<&ModelScript> {
        let question = question.to_lowercase();
        self.model.iter().find(|model| question.contains(&model.about))
    }

    /// Runs the worker for every job whose time has come.
    fn work_due(&self, now: u64) {
        let due: Vec<(u64, Job)> = {
            let mut notes = lock(&self.notes);
            let (due, later) = notes.due.drain(..).partition(|(at, _)| *at <= now);
            notes.due = later;
            due
        };
        for (at, job) in due {
            let answerer = StandIn { world: self, waits: false };
            let worker = Worker {
                jobs: &self.jobs,
                answers: &self.answers,
                answerer: &answerer,
                clock: self.clock.as_ref(),
                answer_ms: WORKER_MS,
            };
            // A job that fails stays without an outcome: its deadline ends it, as it would in a real table.
            if block_on(work(&job, &worker)).is_ok() {
                lock(&self.notes).ready_at.entry(job.job_id.clone()).or_insert(at);
            }
        }
    }
}

#[async_trait]
impl Jobs for World {
    async fn start(&self, job: &Job, within_ms: u64) -> Result<Entry> {
        self.work_due(self.clock.now_ms());
        self.jobs.start(job, within_ms).await
    }

    async fn get(&self, id: &JobId, within_ms: u64) -> Result<Option<Entry>> {
        self.work_due(self.clock.now_ms());
        self.jobs.get(id, within_ms).await
    }

    async fn finish(&self, id: &JobId, outcome: &JobOutcome, at_ms: u64) -> Result<bool> {
        self.jobs.finish(id, outcome, at_ms).await
    }
}

#[async_trait]
impl JobQueue for World {
    async fn send(&self, job: &Job, within_ms: u64) -> Result<()> {
        let before = self.queue.sent().len();
        self.queue.send(job, within_ms).await?;
        let model = self.scripted(&job.question_raw);
        if self.queue.sent().len() > before && !model.is_some_and(|model| model.dies) {
            let takes = model.map_or(0, |model| ms(model.takes_s));
            lock(&self.notes).due.push((self.clock.now_ms().saturating_add(takes), job.clone()));
        }
        Ok(())
    }
}

/// The model of the script, and the documents for what it does not know.
pub(super) struct StandIn<'a> {
    pub world: &'a World,
    /// Whether the clock moves while it thinks; not beside a call.
    pub waits: bool,
}

#[async_trait]
impl Answerer for StandIn<'_> {
    fn pace(&self, question: &str) -> Pace {
        match self.world.scripted(question) {
            Some(model) if model.dies || ms(model.takes_s) > QUICK_MS => Pace::Slow,
            _ => Pace::Quick,
        }
    }

    async fn answer(&self, ask: &Ask<'_>) -> Result<Answer> {
        let Some(model) = self.world.scripted(ask.question) else {
            return match &self.world.documents {
                Some(documents) => documents.answer(ask).await,
                None => Ok(Answer::Unknown),
            };
        };
        {
            let mut notes = lock(&self.world.notes);
            notes.model_calls += 1;
            notes.purposes.extend(ask.purpose.map(str::to_owned));
        }
        let takes = ms(model.takes_s);
        if self.waits {
            self.world.clock.advance(takes.min(ask.within_ms));
        }
        if takes > ask.within_ms {
            return Ok(Answer::TooSlow);
        }
        if model.refuses {
            return Err(Error::new(ErrorKind::Provider, "the model refuses"));
        }
        Ok(model.answer.as_ref().map_or(Answer::Unknown, |text| {
            Answer::Supported(Supported {
                text: text.clone(),
                citations: vec![Citation { document: "script".to_owned(), line: Some(1) }],
                from_customer_data: model.customer_data,
            })
        }))
    }
}
