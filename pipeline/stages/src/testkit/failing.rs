//! A wrapper that disturbs a chosen call, to see what is left behind: it fails, or the process dies there, before the call
//! (nothing was written) or after it (written, but nobody was told).

use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;

use aftercall_core::contact::ContactState;
use aftercall_core::error::{Error, ErrorKind, Result, Retry};
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_schemas::results::StageResult;
use aftercall_schemas::{ContactKey, RevisionKey, Stage};
use async_trait::async_trait;
use jiff::Timestamp;

use crate::ports::{
    Accepted, Attempt, Claim, Contacts, Erase, Input, Inputs, KeptElsewhere, Leases, Objects, Published,
    PublishedIndex, Quarantine, Recordings, RemovedRows, Results, Stored, Version, Written,
};

/// On which side of a call it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Nothing was done.
    Before,
    /// All was done, and the caller is not told.
    After,
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The caller gets an error, and may tidy up.
    Fails,
    /// The caller dies: it gets nothing and does nothing any more, and nobody is told.
    Dies,
    /// The process itself dies, with whatever it has open.
    Aborts,
}

/// One disturbance of one call among all calls of the adapters that share it.
#[derive(Debug)]
pub struct Disturbance {
    calls: AtomicU64,
    dead: AtomicBool,
    at: u64,
    point: Point,
    fault: Fault,
}

impl Disturbance {
    /// Of call number `at`, from 0.
    pub fn new(at: u64, point: Point, fault: Fault) -> Arc<Self> {
        Arc::new(Self { calls: AtomicU64::new(0), dead: AtomicBool::new(false), at, point, fault })
    }

    /// Calls made so far.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    /// Does work until it ends or the process dies. `None`: it died.
    pub async fn until_dead<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if self.dead.load(Ordering::SeqCst) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
        .await
    }

    async fn strike<T>(&self) -> Result<T> {
        match self.fault {
            Fault::Fails => Err(Error::new(ErrorKind::Storage, "a failure injected by the test").retry(Retry::Later)),
            Fault::Dies => {
                self.dead.store(true, Ordering::SeqCst);
                pending().await
            }
            Fault::Aborts => std::process::abort(),
        }
    }
}

/// Wraps an adapter; one call is disturbed once.
pub struct Failing<P> {
    inner: Arc<P>,
    disturbance: Arc<Disturbance>,
}

impl<P> Failing<P> {
    /// Lets call number `fail_at` (from 0) fail.
    pub fn new(inner: Arc<P>, fail_at: u64, point: Point) -> Self {
        Self::sharing(inner, &Disturbance::new(fail_at, point, Fault::Fails))
    }

    /// One of several adapters whose calls are counted together.
    pub fn sharing(inner: Arc<P>, disturbance: &Arc<Disturbance>) -> Self {
        Self { inner, disturbance: Arc::clone(disturbance) }
    }

    /// Calls made so far.
    pub fn calls(&self) -> u64 {
        self.disturbance.calls()
    }

    async fn call<T>(&self, inner: impl Future<Output = Result<T>>) -> Result<T> {
        let disturbance = &*self.disturbance;
        let struck = disturbance.calls.fetch_add(1, Ordering::SeqCst) == disturbance.at;
        if struck && disturbance.point == Point::Before {
            return disturbance.strike().await;
        }
        let done = inner.await?;
        if struck { disturbance.strike().await } else { Ok(done) }
    }
}

#[async_trait]
impl<P: Contacts> Contacts for Failing<P> {
    async fn load(&self, contact: &ContactKey) -> Result<Option<Stored>> {
        self.call(self.inner.load(contact)).await
    }

    async fn save(&self, contact: &ContactKey, state: &ContactState, expected: Version) -> Result<Written> {
        self.call(self.inner.save(contact, state, expected)).await
    }
}

#[async_trait]
impl<P: Inputs> Inputs for Failing<P> {
    async fn accept(
        &self,
        contact: &ContactKey,
        input: &Input,
        state: &ContactState,
        expected: Option<Version>,
    ) -> Result<Accepted> {
        self.call(self.inner.accept(contact, input, state, expected)).await
    }

    async fn list(&self, contact: &ContactKey) -> Result<Vec<Input>> {
        self.call(self.inner.list(contact)).await
    }
}

#[async_trait]
impl<P: Recordings> Recordings for Failing<P> {
    async fn note(&self, name: &str, claim: Claim, contact: &ContactKey) -> Result<()> {
        self.call(self.inner.note(name, claim, contact)).await
    }

    async fn find(&self, name: &str, claim: Claim) -> Result<Vec<ContactKey>> {
        self.call(self.inner.find(name, claim)).await
    }
}

#[async_trait]
impl<P: Results> Results for Failing<P> {
    async fn put_if_absent(&self, result: &StageResult) -> Result<bool> {
        self.call(self.inner.put_if_absent(result)).await
    }

    async fn replace_failed(&self, result: &StageResult) -> Result<bool> {
        self.call(self.inner.replace_failed(result)).await
    }

    async fn remove_failed(
        &self,
        contact: &ContactKey,
        revision: &RevisionKey,
        stage: Stage,
        stage_version: &str,
    ) -> Result<bool> {
        self.call(self.inner.remove_failed(contact, revision, stage, stage_version)).await
    }

    async fn get(
        &self,
        contact: &ContactKey,
        revision: &RevisionKey,
        stage: Stage,
        stage_version: &str,
    ) -> Result<Option<StageResult>> {
        self.call(self.inner.get(contact, revision, stage, stage_version)).await
    }

    async fn list(&self, contact: &ContactKey, revision: &RevisionKey) -> Result<Vec<StageResult>> {
        self.call(self.inner.list(contact, revision)).await
    }

    async fn note_attempt(&self, attempt: &Attempt) -> Result<()> {
        self.call(self.inner.note_attempt(attempt)).await
    }

    async fn attempts(&self, contact: &ContactKey) -> Result<Vec<Attempt>> {
        self.call(self.inner.attempts(contact)).await
    }
}

#[async_trait]
impl<P: Objects> Objects for Failing<P> {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<()> {
        self.call(self.inner.put(key, bytes)).await
    }

    async fn put_if_absent(&self, key: &str, bytes: &[u8]) -> Result<bool> {
        self.call(self.inner.put_if_absent(key, bytes)).await
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.call(self.inner.get(key)).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        self.call(self.inner.list(prefix)).await
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.call(self.inner.remove(key)).await
    }
}

#[async_trait]
impl<P: Quarantine> Quarantine for Failing<P> {
    async fn put_if_absent(&self, entry: &QuarantineEntry) -> Result<bool> {
        self.call(self.inner.put_if_absent(entry)).await
    }

    async fn list(&self) -> Result<Vec<QuarantineEntry>> {
        self.call(self.inner.list()).await
    }

    async fn count_attempt(&self, quarantine_id: &str) -> Result<()> {
        self.call(self.inner.count_attempt(quarantine_id)).await
    }

    async fn release(&self, quarantine_id: &str) -> Result<()> {
        self.call(self.inner.release(quarantine_id)).await
    }
}

#[async_trait]
impl<P: Leases> Leases for Failing<P> {
    async fn take(&self, name: &str, holder: &str, now: Timestamp, until: Timestamp) -> Result<bool> {
        self.call(self.inner.take(name, holder, now, until)).await
    }

    async fn give_back(&self, name: &str, holder: &str) -> Result<()> {
        self.call(self.inner.give_back(name, holder)).await
    }
}

#[async_trait]
impl<P: PublishedIndex> PublishedIndex for Failing<P> {
    async fn published(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<&Published>,
        limit: usize,
    ) -> Result<Vec<Published>> {
        self.call(self.inner.published(from, to, after, limit)).await
    }
}

#[async_trait]
impl<P: Erase> Erase for Failing<P> {
    async fn bury(&self, contact: &ContactKey, at: Timestamp) -> Result<()> {
        self.call(self.inner.bury(contact, at)).await
    }

    async fn is_buried(&self, contact: &ContactKey) -> Result<bool> {
        self.call(self.inner.is_buried(contact)).await
    }

    async fn pointers_to(&self, contact: &ContactKey) -> Result<Vec<ContactKey>> {
        self.call(self.inner.pointers_to(contact)).await
    }

    async fn unpublish(&self, contact: &ContactKey) -> Result<u64> {
        self.call(self.inner.unpublish(contact)).await
    }

    async fn remove_rows(&self, contact: &ContactKey) -> Result<RemovedRows> {
        self.call(self.inner.remove_rows(contact)).await
    }
}

#[async_trait]
impl<P: KeptElsewhere> KeptElsewhere for Failing<P> {
    async fn kept_of(&self, contact: &ContactKey) -> Result<u64> {
        self.call(self.inner.kept_of(contact)).await
    }

    async fn forget(&self, contact: &ContactKey) -> Result<u64> {
        self.call(self.inner.forget(contact)).await
    }
}
