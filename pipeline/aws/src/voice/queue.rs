//! The queue to the worker: FIFO; a job's id is deduplication id and message group, so that a job is one message however
//! often it is sent, and jobs do not wait for each other.

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_voice::long_answer::{Job, JobQueue};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;

use super::within;
use crate::config::Warming;
use crate::error::{Service, failed};

/// The queue, by its URL.
pub struct AnswerQueue {
    client: Client,
    url: String,
}

impl AnswerQueue {
    /// The queue; nothing is called yet.
    pub fn new(config: &SdkConfig, url: &str) -> Self {
        Self { client: Client::new(config), url: url.to_owned() }
    }

    /// Opens a connection.
    pub fn warm(&self) -> Warming<'_> {
        let call = self.client.get_queue_attributes().queue_url(&self.url);
        Box::pin(async move { drop(call.send().await) })
    }
}

#[async_trait]
impl JobQueue for AnswerQueue {
    async fn send(&self, job: &Job, within_ms: u64) -> Result<()> {
        let body = serde_json::to_string(job)
            .map_err(|error| Error::new(ErrorKind::Corrupt, "a job cannot be written as JSON").because(error))?;
        let id = job.job_id.as_str();
        let send = self.client.send_message().queue_url(&self.url).message_body(body);
        let send = send.message_deduplication_id(id).message_group_id(id);
        within(within_ms, async {
            let sent = send.send().await;
            sent.map(drop)
                .map_err(|error| failed("a job cannot be sent", Service::Sqs, &error).with("queue", &self.url))
        })
        .await
    }
}
