//! Queues, for putting dead letters back and for backing off. Functions' own queues are read by Lambda, not by this. It
//! must not know what a message says.

use std::time::Duration;

use aftercall_core::error::{Error, Result};
use aftercall_stages::handle::again::{HideMessage, OwnQueue};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::SdkError;
use aws_sdk_sqs::types::MessageSystemAttributeName;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::error::{Service, failed};

/// Messages that one call gives at the most (API reference of ReceiveMessage).
const MOST_A_CALL: usize = 10;
/// How long a call waits for messages, seconds. A call that does not wait asks some of the servers only and may find
/// nothing in a queue that holds something.
const WAIT_SECONDS: i32 = 2;
/// Longest time that a message can be hidden, seconds (API reference of ChangeMessageVisibility).
const LONGEST_HIDDEN: i32 = 43_200;
/// Longest time that a message can be delayed, seconds (API reference of SendMessage).
const LONGEST_DELAY: i32 = 900;

/// A message that was taken from a queue. It is hidden from others for the queue's visibility time-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The message's id.
    pub id: String,
    /// What it is deleted or hidden by; of this one receipt.
    pub receipt: String,
    /// What it says.
    pub body: String,
    /// How often it has been received, this time included.
    pub receives: u32,
}

/// Queues, by their URLs.
pub struct Queues {
    client: Client,
}

impl Queues {
    /// Queues; nothing is called yet.
    pub fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(config) }
    }

    /// Takes up to `limit` messages; fewer only if the queue gives no more.
    pub async fn take(&self, url: &str, limit: usize) -> Result<Vec<Message>> {
        let mut taken = Vec::new();
        while taken.len() < limit {
            let wanted = limit.saturating_sub(taken.len()).min(MOST_A_CALL);
            let receive = self
                .client
                .receive_message()
                .queue_url(url)
                .max_number_of_messages(i32::try_from(wanted).unwrap_or(1))
                .wait_time_seconds(WAIT_SECONDS)
                .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount);
            let got = receive.send().await.map_err(|error| queue_failed("a queue cannot be read", url, &error))?;
            let messages = got.messages.unwrap_or_default();
            if messages.is_empty() {
                break;
            }
            taken.extend(messages.into_iter().filter_map(message));
        }
        Ok(taken)
    }

    /// Takes messages that nobody has taken, ten at the most, and hides them for this long. None: there are none left.
    pub async fn take_hidden(&self, url: &str, seconds: u32) -> Result<Vec<Message>> {
        let hidden = i32::try_from(seconds).unwrap_or(LONGEST_HIDDEN).min(LONGEST_HIDDEN);
        let receive = self
            .client
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(i32::try_from(MOST_A_CALL).unwrap_or(1))
            .wait_time_seconds(WAIT_SECONDS)
            .visibility_timeout(hidden);
        let got = receive.send().await.map_err(|error| queue_failed("a queue cannot be read", url, &error))?;
        Ok(got.messages.unwrap_or_default().into_iter().filter_map(message).collect())
    }

    /// Deletes a message that was taken. Deleting it twice is harmless.
    pub async fn delete(&self, url: &str, receipt: &str) -> Result<()> {
        let sent = self.client.delete_message().queue_url(url).receipt_handle(receipt).send().await;
        sent.map(drop).map_err(|error| queue_failed("a message cannot be deleted", url, &error))
    }

    /// Sends a message. Sent twice, it is there twice: who reads does each thing once by its keys.
    pub async fn send(&self, url: &str, body: &str) -> Result<()> {
        let sent = self.client.send_message().queue_url(url).message_body(body).send().await;
        sent.map(drop).map_err(|error| queue_failed("a message cannot be sent", url, &error))
    }

    /// Sends a message that shows itself after this long, 15 minutes at the most.
    pub async fn send_after(&self, url: &str, body: &str, seconds: u32) -> Result<()> {
        let delay = i32::try_from(seconds).unwrap_or(LONGEST_DELAY).min(LONGEST_DELAY);
        let sent = self.client.send_message().queue_url(url).message_body(body).delay_seconds(delay).send().await;
        sent.map(drop).map_err(|error| queue_failed("a message cannot be sent", url, &error))
    }

    /// Hides a message that was taken for this long from now, so that it is tried again after it and not before.
    pub async fn back_off(&self, url: &str, receipt: &str, seconds: u32) -> Result<()> {
        let seconds = i32::try_from(seconds).unwrap_or(LONGEST_HIDDEN).min(LONGEST_HIDDEN);
        let change = self.client.change_message_visibility().queue_url(url);
        let sent = change.receipt_handle(receipt).visibility_timeout(seconds).send().await;
        sent.map(drop).map_err(|error| queue_failed("a message cannot be hidden", url, &error))
    }
}

/// A function's own queue, as its handlers know it.
pub struct FunctionQueue {
    queues: Queues,
    url: String,
}

impl FunctionQueue {
    /// The queue with this URL; nothing is called yet.
    pub fn new(config: &SdkConfig, url: String) -> Self {
        Self { queues: Queues::new(config), url }
    }
}

#[async_trait]
impl HideMessage for FunctionQueue {
    async fn hide(&self, receipt_handle: &str, wait: Duration) -> Result<()> {
        let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
        self.queues.back_off(&self.url, receipt_handle, seconds).await
    }
}

#[async_trait]
impl OwnQueue for FunctionQueue {
    async fn send(&self, body: &str, after: Duration) -> Result<()> {
        self.queues.send_after(&self.url, body, u32::try_from(after.as_secs()).unwrap_or(u32::MAX)).await
    }
}

/// A message of the SDK. One without a receipt cannot be handled; the queue gives it again.
fn message(got: aws_sdk_sqs::types::Message) -> Option<Message> {
    let receives = got.attributes().and_then(|all| all.get(&MessageSystemAttributeName::ApproximateReceiveCount));
    let receives = receives.and_then(|count| count.parse().ok()).unwrap_or(1);
    Some(Message {
        receipt: got.receipt_handle?,
        id: got.message_id.unwrap_or_default(),
        body: got.body.unwrap_or_default(),
        receives,
    })
}

fn queue_failed<E: ProvideErrorMetadata>(what: &str, url: &str, error: &SdkError<E>) -> Error {
    failed(what, Service::Sqs, error).with("queue", url)
}
