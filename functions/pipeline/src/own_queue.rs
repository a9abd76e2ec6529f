//! The queue of a function that calls itself again.

use std::time::Duration;

use aftercall_aws::config::{Deadlines, shared_config};
use aftercall_aws::sqs::Queues;
use aftercall_core::error::Result;
use aftercall_stages::handle::again::OwnQueue;
use async_trait::async_trait;

use crate::environment::Environment;

/// As long as the longest call of any function takes (Lambda's limit), and as SQS can delay a message at the most.
pub const LATER: Duration = Duration::from_secs(900);

/// A queue of SQS.
pub struct OwnSqsQueue {
    queues: Queues,
    url: String,
}

impl OwnSqsQueue {
    /// The queue that the environment names.
    pub async fn of_environment() -> Result<Self> {
        let mut environment = Environment::of_process();
        let url = environment.needed("AFTERCALL_QUEUE_URL");
        environment.finish()?;
        Ok(Self { queues: Queues::new(&shared_config(&Deadlines::default()).await), url })
    }
}

#[async_trait]
impl OwnQueue for OwnSqsQueue {
    async fn send(&self, body: &str, after: Duration) -> Result<()> {
        self.queues.send_after(&self.url, body, u32::try_from(after.as_secs()).unwrap_or(u32::MAX)).await
    }
}
