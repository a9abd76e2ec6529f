//! Who answers on AWS: a knowledge base whose passages a model words ([`knowledge_base`]), or an agent of Bedrock ([`agent`]).
//! Both look at what was asked and at what is answered with the same guardrail, and both answer "I don't know" where no
//! passage supports what was worded: that is decided by `aftercall_voice::answers::grounded`.

#[cfg(feature = "bedrock-agent")]
pub mod agent;
mod guard;
#[cfg(feature = "knowledge-base")]
pub mod knowledge_base;
mod passages;

use std::future::Future;
use std::time::Duration;

use aftercall_core::error::Result;
use aftercall_voice::answers::{Answer, Supported};

use guard::{Checked, Guard};

/// An answer, or that it took too long.
async fn in_time(within_ms: u64, answer: impl Future<Output = Result<Answer>>) -> Result<Answer> {
    tokio::time::timeout(Duration::from_millis(within_ms), answer).await.unwrap_or(Ok(Answer::TooSlow))
}

/// The third look of the guardrail: at what is going to be said.
async fn guarded(answer: Answer, guard: Option<&Guard>) -> Result<Answer> {
    let (Answer::Supported(found), Some(guard)) = (&answer, guard) else { return Ok(answer) };
    Ok(match guard.check_answer(&found.text).await? {
        Checked::Passed => answer,
        Checked::Masked(text) => Answer::Supported(Supported { text, ..found.clone() }),
        Checked::Blocked => Answer::Unknown,
    })
}
