//! The voice agent's ports over AWS: jobs, stored answers, proposals, calls out, latest contacts and the version of the knowledge in one table; the job
//! queue; who answers ([`answers`]); and, with a feature each, the stream of transcripts, the ingestion jobs of a knowledge
//! base and Connect's calls. The table has `pk` S and forgets by `expires_at` N (s). It must hold no rule: what things mean is
//! said in `aftercall_voice`.
//!
//! Every call that somebody waits for ends within the time that its caller gives it, with an error that can be tried again.

#[cfg(any(feature = "knowledge-base", feature = "bedrock-agent"))]
pub mod answers;
mod calls;
#[cfg(feature = "connect")]
pub mod dialer;
#[cfg(feature = "s3")]
pub mod documents;
mod earlier;
#[cfg(feature = "ingestion")]
pub mod ingestion;
mod jobs;
mod proposals;
mod queue;
mod stored;
#[cfg(feature = "kinesis")]
pub mod transcripts;
mod version;

pub use queue::AnswerQueue;

use std::future::Future;
use std::time::Duration;

use aftercall_core::error::{Error, ErrorKind, Result, Retry};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;

use crate::config::Warming;
use crate::dynamodb::item::s;

/// The table of jobs, stored answers, calls out and the version of the knowledge.
pub struct AnswersTable {
    client: Client,
    table: String,
    keep_answers: Duration,
}

impl AnswersTable {
    /// The table; nothing is called yet. Answers are forgotten after `keep_answers`, jobs a day after their deadline.
    pub fn new(config: &SdkConfig, table: &str, keep_answers: Duration) -> Self {
        Self { client: Client::new(config), table: table.to_owned(), keep_answers }
    }

    /// Opens a connection.
    pub fn warm(&self) -> Warming<'_> {
        let get = self.client.get_item().table_name(&self.table).key("pk", s("-"));
        Box::pin(async move { drop(get.send().await) })
    }
}

/// Ends a call after so many ms.
async fn within<T>(ms: u64, call: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(Duration::from_millis(ms), call).await.unwrap_or_else(|_| {
        Err(Error::new(ErrorKind::Storage, "the call did not end in time").with("ms", ms).retry(Retry::Later))
    })
}
