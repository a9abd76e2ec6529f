//! Dead letter queues by function, for `redrive` and `erase`. To bring it back, a message is sent to the function's queue before it leaves the dead
//! letters, so a crash between the two delivers it twice, never not at all.

use std::collections::BTreeMap;

use aftercall_aws::sqs::Queues;
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_stages::handle::redrive::DeadLetters;
use aftercall_stages::letters::{Letter, LetterBoxes};
use async_trait::async_trait;
use aws_config::SdkConfig;
use serde::Deserialize;

const VARIABLE: &str = "AFTERCALL_DEAD_LETTER_QUEUES";
/// How long a message is hidden while a queue is searched, seconds: as long as a call may take.
const HIDDEN: u32 = 900;

/// The two queues of a function.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Pair {
    dead_letters: String,
    queue: String,
}

/// The queues of all functions.
pub struct Queued {
    queues: Queues,
    pairs: BTreeMap<String, Pair>,
}

impl Queued {
    /// The queues that the environment names.
    pub fn of_environment(config: &SdkConfig) -> Result<Self> {
        let text = std::env::var(VARIABLE).unwrap_or_else(|_| "{}".into());
        let pairs = serde_json::from_str(&text).map_err(|error| {
            Error::new(ErrorKind::Config, format!("{VARIABLE} is no object of queues; see docs/aws.md")).because(error)
        })?;
        Ok(Self { queues: Queues::new(config), pairs })
    }
}

#[async_trait]
impl DeadLetters for Queued {
    async fn send_again(&self, function: &str, limit: usize) -> Result<u64> {
        let pair = self.pairs.get(function).ok_or_else(|| {
            let known: Vec<_> = self.pairs.keys().map(String::as_str).collect();
            Error::new(
                ErrorKind::Config,
                format!("no function with a queue has this name; there are {}", known.join(", ")),
            )
            .with("function", function)
        })?;
        let mut sent = 0;
        while sent < limit {
            let messages = self.queues.take(&pair.dead_letters, (limit - sent).min(10)).await?;
            if messages.is_empty() {
                break;
            }
            for message in messages {
                self.queues.send(&pair.queue, &message.body).await?;
                self.queues.delete(&pair.dead_letters, &message.receipt).await?;
                sent += 1;
            }
        }
        Ok(sent as u64)
    }
}

impl Queued {
    fn url(&self, name: &str) -> &str {
        self.pairs.get(name).map_or("", |pair| pair.dead_letters.as_str())
    }
}

#[async_trait]
impl LetterBoxes for Queued {
    fn names(&self) -> Vec<String> {
        self.pairs.keys().cloned().collect()
    }

    async fn take(&self, name: &str) -> Result<Vec<Letter>> {
        let taken = self.queues.take_hidden(self.url(name), HIDDEN).await?;
        Ok(taken.into_iter().map(|message| Letter { receipt: message.receipt, body: message.body }).collect())
    }

    async fn remove(&self, name: &str, letter: &Letter) -> Result<()> {
        self.queues.delete(self.url(name), &letter.receipt).await
    }

    async fn put_back(&self, name: &str, letter: &Letter) -> Result<()> {
        self.queues.back_off(self.url(name), &letter.receipt, 0).await
    }
}
