//! Two processes that take turns over the same store: one does some calls, then the other does something whole, then the
//! first goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aftercall_core::contact::ContactState;
use aftercall_core::error::Result;
use aftercall_schemas::ContactKey;
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_stages::ports::{
    Accepted, Erase, Input, Inputs, KeptElsewhere, Objects, Published, PublishedIndex, Quarantine, RemovedRows, Version,
};
use aftercall_stages::testkit::Memory;
use async_trait::async_trait;
use jiff::Timestamp;

type Other<'a> = Box<dyn Fn(&Memory) + Send + Sync + 'a>;

/// The store of the one who is interrupted.
pub struct TakingTurns<'a> {
    inner: Arc<Memory>,
    left: AtomicI64,
    other: Other<'a>,
}

impl<'a> TakingTurns<'a> {
    /// Before call number `at` (from 0) the other one has its turn.
    pub fn new(memory: &Arc<Memory>, at: i64, other: impl Fn(&Memory) + Send + Sync + 'a) -> Self {
        Self { inner: Arc::clone(memory), left: AtomicI64::new(at), other: Box::new(other) }
    }

    /// Whether the other one had its turn.
    pub fn interrupted(&self) -> bool {
        self.left.load(Ordering::SeqCst) < 0
    }

    fn call(&self) -> &Memory {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 0 {
            (self.other)(&self.inner);
        }
        &self.inner
    }
}

#[async_trait]
impl Objects for TakingTurns<'_> {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<()> {
        self.call().put(key, bytes).await
    }
    async fn put_if_absent(&self, key: &str, bytes: &[u8]) -> Result<bool> {
        Objects::put_if_absent(self.call(), key, bytes).await
    }
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        Objects::get(self.call(), key).await
    }
    async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        Objects::list(self.call(), prefix).await
    }
    async fn remove(&self, key: &str) -> Result<()> {
        self.call().remove(key).await
    }
}

#[async_trait]
impl PublishedIndex for TakingTurns<'_> {
    async fn published(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<&Published>,
        limit: usize,
    ) -> Result<Vec<Published>> {
        self.call().published(from, to, after, limit).await
    }
}

#[async_trait]
impl Quarantine for TakingTurns<'_> {
    async fn put_if_absent(&self, entry: &QuarantineEntry) -> Result<bool> {
        Quarantine::put_if_absent(self.call(), entry).await
    }
    async fn list(&self) -> Result<Vec<QuarantineEntry>> {
        Quarantine::list(self.call()).await
    }
    async fn count_attempt(&self, quarantine_id: &str) -> Result<()> {
        self.call().count_attempt(quarantine_id).await
    }
    async fn release(&self, quarantine_id: &str) -> Result<()> {
        self.call().release(quarantine_id).await
    }
}

#[async_trait]
impl Inputs for TakingTurns<'_> {
    async fn accept(
        &self,
        contact: &ContactKey,
        input: &Input,
        state: &ContactState,
        expected: Option<Version>,
    ) -> Result<Accepted> {
        self.call().accept(contact, input, state, expected).await
    }
    async fn list(&self, contact: &ContactKey) -> Result<Vec<Input>> {
        Inputs::list(self.call(), contact).await
    }
}

#[async_trait]
impl Erase for TakingTurns<'_> {
    async fn bury(&self, contact: &ContactKey, at: Timestamp) -> Result<()> {
        self.call().bury(contact, at).await
    }
    async fn is_buried(&self, contact: &ContactKey) -> Result<bool> {
        self.call().is_buried(contact).await
    }
    async fn pointers_to(&self, contact: &ContactKey) -> Result<Vec<ContactKey>> {
        self.call().pointers_to(contact).await
    }
    async fn unpublish(&self, contact: &ContactKey) -> Result<u64> {
        self.call().unpublish(contact).await
    }
    async fn remove_rows(&self, contact: &ContactKey) -> Result<RemovedRows> {
        self.call().remove_rows(contact).await
    }
}

#[async_trait]
impl KeptElsewhere for TakingTurns<'_> {
    async fn kept_of(&self, contact: &ContactKey) -> Result<u64> {
        self.call().kept_of(contact).await
    }
    async fn forget(&self, contact: &ContactKey) -> Result<u64> {
        self.call().forget(contact).await
    }
}
