//! The pipeline's insights as the function takes them, a batch of a stream at a time, and what it reads of the pipeline for them.

use std::time::Duration;

use aftercall_aws::s3::Bucketed;
use aftercall_core::error::{Error, ErrorKind, Result, Retry};
use aftercall_core::redact::RedactedConversation;
use aftercall_function::report::report;
use aftercall_schemas::results::Analysis;
use aftercall_schemas::{ContactKey, RevisionKey};
use aftercall_stages::handle::envelope::{kinesis, records};
use aftercall_stages::handle::{BatchResponse, Deadline};
use aftercall_stages::keys;
use aftercall_stages::ports::Objects;
use aftercall_voice::earlier::{EarlierCalls, PublishedContacts};
use aftercall_voice::handle::take_insight;
use async_trait::async_trait;
use serde::de::DeserializeOwned;

use crate::reported;

/// The program's name.
pub const FUNCTION: &str = "earlier-calls";

/// The objects of the pipeline that hold what was published.
pub struct PublishedObjects<'a>(pub &'a Bucketed);

impl PublishedObjects<'_> {
    async fn read<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let Some(bytes) = self.0.get(key).await? else { return Ok(None) };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| Error::new(ErrorKind::Corrupt, "an object cannot be read").with("key", key).because(error))
    }
}

#[async_trait]
impl PublishedContacts for PublishedObjects<'_> {
    async fn conversation(&self, contact: &ContactKey, revision: &RevisionKey) -> Result<Option<RedactedConversation>> {
        self.read(&keys::conversation(contact, revision)).await
    }

    async fn analysis(&self, key: &str, within_ms: u64) -> Result<Option<Analysis>> {
        let read = tokio::time::timeout(Duration::from_millis(within_ms), self.read(key));
        read.await.unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Storage, "an analysis was not read in time").with("key", key).retry(Retry::Later))
        })
    }
}

/// Takes a batch of insights. What cannot be read is counted and left out: nothing is lost by it, the pipeline keeps what it
/// was about. What fails for the moment, or has no time left, comes again with all that follows it.
///
/// # Errors
/// An event that is no batch.
pub async fn take_insights(
    event: &str,
    notes: &dyn EarlierCalls,
    contacts: &dyn PublishedContacts,
    deadline: Deadline<'_>,
) -> Result<BatchResponse> {
    let mut response = BatchResponse::default();
    for record in records(event)? {
        // Without a number nothing can be reported: the whole batch comes again.
        let record = kinesis(record).map_err(|rejected| Error::new(ErrorKind::Corrupt, rejected.to_string()))?;
        if !deadline.has_time() {
            report(FUNCTION, &[("NotBegun", 1)].into(), &[].into(), &[]);
            response.add(&record.sequence_number);
            break;
        }
        let unreadable = |why: String| Error::new(ErrorKind::Corrupt, why).with("record", &record.sequence_number);
        let taken = match &record.data {
            Ok(bytes) => match std::str::from_utf8(bytes) {
                Ok(insight) => take_insight(insight, notes, contacts).await,
                Err(error) => Err(unreadable(error.to_string())),
            },
            Err((rejected, _)) => Err(unreadable(rejected.to_string())),
        };
        match taken {
            Ok(handled) => reported(FUNCTION, handled),
            Err(error) if error.retry == Retry::Never => {
                report(FUNCTION, &[("InsightsUnreadable", 1)].into(), &[].into(), &[error]);
            }
            Err(error) => {
                report(FUNCTION, &[("InsightsAgain", 1)].into(), &[].into(), &[error]);
                response.add(&record.sequence_number);
                break;
            }
        }
    }
    Ok(response)
}
