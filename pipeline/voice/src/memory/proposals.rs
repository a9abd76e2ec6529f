//! The learning loop in memory: conversations, proposals, documents.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aftercall_core::error::Result;
use aftercall_core::redact::RedactedConversation;
use async_trait::async_trait;
use jiff::Timestamp;

use crate::learning::{Conversations, Document, Entry, KnowledgeDocuments, Page, Proposals, Status};

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

/// Finished conversations in memory, by when they were published. A page holds one.
#[derive(Default)]
pub struct MemoryConversations(pub Vec<(Timestamp, RedactedConversation)>);

#[async_trait]
impl Conversations for MemoryConversations {
    async fn published(&self, from: Timestamp, to: Timestamp, after: Option<&str>) -> Result<Page> {
        let begin = after.and_then(|after| after.parse().ok()).unwrap_or(0usize);
        let mut rest = self.0.iter().enumerate().skip(begin).filter(|(_, (at, _))| (from..to).contains(at));
        let found = rest.next();
        Ok(Page {
            conversations: found.iter().map(|(_, (_, conversation))| conversation.clone()).collect(),
            next: found.map(|(at, _)| at.saturating_add(1).to_string()).filter(|_| rest.next().is_some()),
        })
    }
}

/// Documents in memory, by name.
#[derive(Debug, Default)]
pub struct MemoryDocuments(Mutex<BTreeMap<String, String>>);

impl MemoryDocuments {
    /// The documents.
    pub fn all(&self) -> BTreeMap<String, String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl KnowledgeDocuments for MemoryDocuments {
    async fn put(&self, document: &Document) -> Result<String> {
        let mut documents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        documents.insert(document.name.clone(), document.text.clone());
        Ok(document.name.clone())
    }
}
