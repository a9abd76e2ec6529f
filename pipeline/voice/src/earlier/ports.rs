//! What earlier calls need of the outside world. The suite in `testkit` is the precise meaning of [`EarlierCalls`].

use aftercall_core::error::Result;
use aftercall_core::redact::RedactedConversation;
use aftercall_schemas::results::Analysis;
use aftercall_schemas::{ContactKey, RevisionKey};
use async_trait::async_trait;
use jiff::Timestamp;

/// Which contact was a customer's latest, and where its analysis is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Keyed hash of the customer's endpoint, as in contact records.
    pub customer: String,
    /// The contact's id.
    pub contact_id: String,
    /// Key of its analysis.
    pub analysis_key: String,
    /// When the contact was.
    pub at: Timestamp,
}

/// The latest contact of every customer. An adapter may forget (time to live).
#[async_trait]
pub trait EarlierCalls: Send + Sync {
    /// Notes a contact unless a later one of the customer is noted. The same contact again takes the place of its note.
    async fn note(&self, note: &Note) -> Result<()>;

    /// The note of a customer. Ends within so many ms, with an error that can be tried again.
    async fn latest(&self, customer: &str, within_ms: u64) -> Result<Option<Note>>;
}

/// What the pipeline keeps of contacts that were published; none where it was erased.
#[async_trait]
pub trait PublishedContacts: Send + Sync {
    /// The redacted conversation of a revision.
    async fn conversation(&self, contact: &ContactKey, revision: &RevisionKey) -> Result<Option<RedactedConversation>>;

    /// An analysis. Ends within so many ms, with an error that can be tried again.
    async fn analysis(&self, key: &str, within_ms: u64) -> Result<Option<Analysis>>;
}
