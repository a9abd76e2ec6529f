//! What Producer and Consumer say to the flow: a status, the job, the answer as it is spoken.

use crate::dialogue::{Channel, clean, messages};
use crate::lex::connect::StringMap;

use super::job::JobId;

/// The flow compares with these as texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The answer is there.
    Ready,
    /// Not yet.
    Waiting,
    /// The request or a service is at fault.
    Fault,
    /// The deadline of the job has passed.
    Expired,
}

impl Status {
    /// As the flow reads it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "200",
            Self::Waiting => "202",
            Self::Fault => "500",
            Self::Expired => "504",
        }
    }
}

/// A reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: Status,
    /// The job, where there is one.
    pub job: Option<JobId>,
    /// What is said; empty unless ready.
    pub answer: String,
    /// `CACHE` or `JOB`, where there is an answer.
    pub source: Option<&'static str>,
    /// When the answer was there, ms since 1970, where it is a job's.
    pub at_ms: Option<u64>,
}

impl Reply {
    /// A reply without an answer.
    pub const fn without(status: Status, job: Option<JobId>) -> Self {
        Self { status, job, answer: String::new(), source: None, at_ms: None }
    }

    /// A reply with an answer, as it can be spoken.
    pub fn ready(job: Option<JobId>, answer: &str, source: &'static str) -> Self {
        let said = messages(&clean(answer), Channel::Voice);
        let answer = said.iter().map(|message| message.text()).collect::<Vec<_>>().join(" ");
        Self { status: Status::Ready, job, answer, source: Some(source), at_ms: None }
    }

    /// As Connect takes it.
    pub fn fields(&self) -> StringMap {
        let job = self.job.as_ref().map_or(String::new(), |job| job.as_str().to_owned());
        let mut fields =
            vec![("statusCode", self.status.as_str().to_owned()), ("jobId", job), ("answer", self.answer.clone())];
        fields.extend(self.source.map(|source| ("source", source.to_owned())));
        // An answer is at most 3,000 characters, far below the limit.
        StringMap::new(fields).unwrap_or_default()
    }
}
