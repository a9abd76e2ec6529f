//! What a function of the voice agent does with the event that woke it: read it, let the right part of this crate decide,
//! tell the pipeline what was said, and count. It knows the shapes of events but no AWS SDK, so all of it runs in ordinary
//! tests. Nothing of what was said is in an error or a count.

mod earlier;
mod flag;
mod long_answer;
mod order;
mod review;
mod turn;

pub use earlier::{Callers, take_caller, take_insight};
pub use flag::{flag_comes_again, take_flagged};
pub use long_answer::{JOB_HIDDEN, Worked, take_consumer, take_job, take_producer};
pub use order::take_order;
pub use review::{Review, take_review};
pub use turn::take_turn;

use std::collections::BTreeMap;

use aftercall_core::error::{Error, ErrorKind};

use crate::live::{Part, Transcripts};

/// What telling the pipeline may take, ms: a caller waits for it.
const TELL_MS: u64 = 700;

/// The answer of a function and what happened, in numbers. Names are CamelCase, as CloudWatch's are.
#[derive(Debug)]
pub struct Handled<T> {
    /// The answer.
    pub answer: T,
    /// How often what happened.
    pub counts: BTreeMap<&'static str, u64>,
    /// How long what took, ms.
    pub millis: BTreeMap<&'static str, u64>,
    /// What went wrong and did not change the answer.
    pub faults: Vec<Error>,
}

impl<T> Handled<T> {
    fn new(answer: T) -> Self {
        Self { answer, counts: BTreeMap::new(), millis: BTreeMap::new(), faults: Vec::new() }
    }

    fn count(mut self, name: &'static str) -> Self {
        *self.counts.entry(name).or_default() += 1;
        self
    }

    fn took(mut self, name: &'static str, ms: u64) -> Self {
        self.millis.insert(name, ms);
        self
    }

    /// Tells the pipeline a part. What cannot be told is counted: the caller is answered all the same.
    async fn tell(mut self, part: Option<Part>, transcripts: &dyn Transcripts) -> Self {
        let Some(part) = part.filter(|part| !part.said.is_empty()) else { return self };
        match transcripts.tell(&part, TELL_MS).await {
            Ok(()) => self.count("TranscriptParts"),
            Err(error) => {
                self.faults.push(error);
                self.count("TranscriptPartsLost")
            }
        }
    }
}

/// An event that is not what the function takes. `what` names the field; never its value.
fn unreadable(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Corrupt, format!("the event cannot be read: {what}"))
}
