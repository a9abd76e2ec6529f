//! Where proposals are kept, what they are made of and what becomes of them, as ports. The suite in `testkit` is the precise
//! meaning of a store of proposals.

use aftercall_core::error::Result;
use aftercall_core::redact::RedactedConversation;
use async_trait::async_trait;
use jiff::Timestamp;

use super::{Document, Entry, Status};

/// The proposals.
#[async_trait]
pub trait Proposals: Send + Sync {
    /// Keeps a proposal unless one of its id is there, whatever became of that. Says whether it was kept.
    async fn put_if_absent(&self, entry: &Entry) -> Result<bool>;

    /// A proposal.
    async fn get(&self, id: &str) -> Result<Option<Entry>>;

    /// All proposals, by id.
    async fn list(&self) -> Result<Vec<Entry>>;

    /// Writes a status if the proposal still has the one that was decided on. Says whether it was written.
    async fn change(&self, id: &str, from: &Status, to: &Status) -> Result<bool>;
}

/// Some of the finished conversations.
pub struct Page {
    /// They, redacted.
    pub conversations: Vec<RedactedConversation>,
    /// What to ask the next page with; none after the last.
    pub next: Option<String>,
}

/// Finished conversations.
#[async_trait]
pub trait Conversations: Send + Sync {
    /// Conversations that were published from one moment to before another, from the beginning or where a page ended.
    async fn published(&self, from: Timestamp, to: Timestamp, after: Option<&str>) -> Result<Page>;
}

/// The documents of the knowledge base.
#[async_trait]
pub trait KnowledgeDocuments: Send + Sync {
    /// Writes a document, and gives its address. Writing it twice is writing it once.
    async fn put(&self, document: &Document) -> Result<String>;
}
