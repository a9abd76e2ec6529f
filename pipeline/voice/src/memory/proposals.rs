//! Proposals in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aftercall_core::error::Result;
use async_trait::async_trait;

use crate::learning::{Entry, Proposals, Status};

/// Proposals in memory.
#[derive(Debug, Default)]
pub struct MemoryProposals(Mutex<BTreeMap<String, Entry>>);

impl MemoryProposals {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Proposals for MemoryProposals {
    async fn put_if_absent(&self, entry: &Entry) -> Result<bool> {
        let mut entries = self.lock();
        let absent = !entries.contains_key(&entry.proposal.id);
        entries.entry(entry.proposal.id.clone()).or_insert_with(|| entry.clone());
        Ok(absent)
    }

    async fn get(&self, id: &str) -> Result<Option<Entry>> {
        Ok(self.lock().get(id).cloned())
    }

    async fn list(&self) -> Result<Vec<Entry>> {
        Ok(self.lock().values().cloned().collect())
    }

    async fn change(&self, id: &str, from: &Status, to: &Status) -> Result<bool> {
        match self.lock().get_mut(id) {
            Some(entry) if entry.status == *from => {
                entry.status = to.clone();
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}
