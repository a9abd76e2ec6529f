//! A job: one question of one contact, with its deadline. Its JSON is the body of the queue's message.

use serde::{Deserialize, Serialize};

/// The id of a job. The same contact, turn and question always have the same one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(String);

impl JobId {
    /// The id of a question, in its normal form, in a turn of a contact.
    pub fn of(contact_id: &str, turn: &str, question_key: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in [contact_id, turn, question_key] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        Self(hasher.finalize().to_hex().to_string())
    }

    /// Reads an id that a flow hands back; none if it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        hex.then(|| Self(text.to_owned()))
    }

    /// Hexadecimal digest.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Version of this form.
    pub v: u32,
    /// Id.
    pub job_id: JobId,
    /// Contact.
    pub contact_id: String,
    /// The question as it was said.
    pub question_raw: String,
    /// Its normal form.
    pub question_key: String,
    /// BCP 47 tag.
    pub locale: String,
    /// Version of the knowledge.
    pub kb_version: String,
    /// What the call is about, for calls out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// When it was started, ms since 1970.
    pub enqueued_at_ms: u64,
    /// When the caller is passed on, ms since 1970.
    pub deadline_ms: u64,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum JobOutcome {
    /// With an answer.
    Answer {
        /// It.
        answer: String,
        /// Where it comes from.
        citations: Vec<String>,
    },
    /// Nothing supports an answer.
    Unknown,
    /// It cannot be found out.
    Failed,
}

/// A job as it stands in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The job.
    pub job: Job,
    /// How it ended, once it has.
    pub outcome: Option<JobOutcome>,
    /// When it ended, ms since 1970, once it has. Written with the outcome, so it stays the same however often it is read.
    pub ended_at_ms: Option<u64>,
}
