//! The pipeline's finished conversations, as the learning loop takes them: by the index of what was published.

use aftercall_aws::dynamodb::Tables;
use aftercall_aws::s3::Bucketed;
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::redact::RedactedConversation;
use aftercall_stages::keys;
use aftercall_stages::ports::{Objects, Published, PublishedIndex};
use aftercall_voice::learning::{Conversations, Page};
use async_trait::async_trait;
use jiff::Timestamp;

/// Conversations of a page.
const PAGE: usize = 100;

/// Index and objects of the pipeline.
pub struct Finished<'a> {
    /// The tables.
    pub tables: &'a Tables,
    /// The objects.
    pub objects: &'a Bucketed,
}

fn cursor(text: &str) -> Result<Published> {
    serde_json::from_str(text).map_err(|error| Error::new(ErrorKind::Corrupt, "a page has no such end").because(error))
}

#[async_trait]
impl Conversations for Finished<'_> {
    async fn published(&self, from: Timestamp, to: Timestamp, after: Option<&str>) -> Result<Page> {
        let after = after.map(cursor).transpose()?;
        let entries = PublishedIndex::published(self.tables, from, to, after.as_ref(), PAGE).await?;
        let mut conversations = Vec::with_capacity(entries.len());
        for entry in &entries {
            let key = keys::conversation(&entry.contact, &entry.revision_key);
            // One that is gone was erased since.
            if let Some(bytes) = self.objects.get(&key).await? {
                let read: RedactedConversation = serde_json::from_slice(&bytes).map_err(|error| {
                    Error::new(ErrorKind::Corrupt, "a conversation cannot be read").with("key", &key).because(error)
                })?;
                conversations.push(read);
            }
        }
        let next = entries.last().filter(|_| entries.len() == PAGE).map(serde_json::to_string).transpose();
        let next = next.map_err(|error| Error::new(ErrorKind::Corrupt, "a page has no end").because(error))?;
        Ok(Page { conversations, next })
    }
}
