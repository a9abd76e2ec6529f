//! Latest contacts of customers, and published contacts, in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aftercall_core::error::Result;
use aftercall_core::redact::RedactedConversation;
use aftercall_schemas::results::Analysis;
use aftercall_schemas::{ContactKey, RevisionKey};
use async_trait::async_trait;

use crate::earlier::{EarlierCalls, Note, PublishedContacts};

/// Latest contacts, by customer.
#[derive(Debug, Default)]
pub struct MemoryEarlierCalls(Mutex<BTreeMap<String, Note>>);

impl MemoryEarlierCalls {
    fn notes(&self) -> MutexGuard<'_, BTreeMap<String, Note>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl EarlierCalls for MemoryEarlierCalls {
    async fn note(&self, note: &Note) -> Result<()> {
        let mut notes = self.notes();
        if notes.get(&note.customer).is_none_or(|known| known.at <= note.at) {
            notes.insert(note.customer.clone(), note.clone());
        }
        Ok(())
    }

    async fn latest(&self, customer: &str, _: u64) -> Result<Option<Note>> {
        Ok(self.notes().get(customer).cloned())
    }
}

/// Published contacts: conversations by contact, analyses by key.
#[derive(Debug, Default)]
pub struct MemoryPublishedContacts {
    /// Conversations.
    pub conversations: BTreeMap<ContactKey, RedactedConversation>,
    /// Analyses.
    pub analyses: BTreeMap<String, Analysis>,
}

#[async_trait]
impl PublishedContacts for MemoryPublishedContacts {
    async fn conversation(&self, contact: &ContactKey, _: &RevisionKey) -> Result<Option<RedactedConversation>> {
        Ok(self.conversations.get(contact).cloned())
    }

    async fn analysis(&self, key: &str, _: u64) -> Result<Option<Analysis>> {
        Ok(self.analyses.get(key).cloned())
    }
}
