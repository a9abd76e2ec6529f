//! What finished conversations may teach: question and answer are proposed, wait for a person, and only what a person
//! approved becomes a document.
//!
//! A proposal is data that strangers wrote. It is taken from redacted conversations only, nothing about one customer is
//! proposed, and one that looks like an instruction goes to quarantine, which no approval leads out of. Even an approved
//! document is data for every answerer: nothing in it is followed.

mod extract;
mod ports;
mod suspicion;

pub use extract::propose;
pub use ports::{Conversations, KnowledgeDocuments, Page, Proposals};
pub use suspicion::suspicion;

use serde::{Deserialize, Serialize};

/// A question and an answer out of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Digest of question and answer, 16 hexadecimal digits: the same pair of two conversations is one proposal.
    pub id: String,
    /// The contact, as `<instance>/<contact>`.
    pub contact: String,
    /// BCP 47 tag, where it is known.
    pub locale: Option<String>,
    /// What was asked, redacted, on one line.
    pub question: String,
    /// What was answered, redacted, on one line.
    pub answer: String,
    /// The turns that say so, as `<contact>#<turn>`.
    pub citations: Vec<String>,
}

/// What became of a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "status")]
pub enum Status {
    /// Somebody has to decide.
    Waiting,
    /// It looks like an instruction; it can be rejected, and nothing else.
    Quarantined {
        /// Why.
        reason: String,
    },
    /// It is a document.
    Approved,
    /// It stays out, also if it comes again.
    Rejected,
}

impl Status {
    /// In a word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Quarantined { .. } => "quarantined",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }
}

/// A proposal and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The proposal.
    #[serde(flatten)]
    pub proposal: Proposal,
    /// What became of it.
    #[serde(flatten)]
    pub status: Status,
}

impl Entry {
    /// A proposal as it comes in: it waits, or is in quarantine. `said` are the turns that it was taken from: what is cut
    /// out of a suspicious turn may look harmless.
    pub fn new(proposal: Proposal, said: &[&str]) -> Self {
        let texts = [proposal.question.as_str(), proposal.answer.as_str()];
        let found = texts.iter().chain(said).find_map(|text| suspicion(text));
        let status = found.map_or(Status::Waiting, |reason| Status::Quarantined { reason: reason.to_owned() });
        Self { proposal, status }
    }

    /// The document of an approved proposal; none of any other.
    pub fn document(&self) -> Option<Document> {
        (self.status == Status::Approved).then(|| Document {
            name: format!("learned-{}.md", self.proposal.id),
            text: format!("# {}\n\n{}\n", plain(&self.proposal.question), plain(&self.proposal.answer)),
        })
    }
}

/// What somebody decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It becomes a document.
    Approve,
    /// It stays out.
    Reject,
}

/// Why a decision cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It looks like an instruction.
    Quarantined(String),
    /// Somebody decided otherwise before.
    Decided(Status),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Quarantined(reason) => write!(
                f,
                "it is in quarantine ({reason}) and can only be rejected; what is true of it can be written into a document by hand"
            ),
            Self::Decided(status) => write!(f, "it is {} already", status.as_str()),
        }
    }
}

impl std::error::Error for Refusal {}

/// The status after a decision. Deciding the same twice changes nothing.
///
/// # Errors
/// A decision that the status does not allow.
pub fn decide(status: &Status, decision: Decision) -> Result<Status, Refusal> {
    match (status, decision) {
        (Status::Waiting | Status::Approved, Decision::Approve) => Ok(Status::Approved),
        (Status::Waiting | Status::Quarantined { .. } | Status::Rejected, Decision::Reject) => Ok(Status::Rejected),
        (Status::Quarantined { reason }, Decision::Approve) => Err(Refusal::Quarantined(reason.clone())),
        (decided, _) => Err(Refusal::Decided(decided.clone())),
    }
}

/// A document of the knowledge base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Name of its file.
    pub name: String,
    /// Markdown: the question as heading, the answer as one paragraph.
    pub text: String,
}

/// One line without marks of Markdown, so that a text is neither a heading nor a list nor a link.
fn plain(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let marks: &[char] = &['#', '*', '-', '>', '`', '|', ' '];
    crate::dialogue::clean(line.trim_start_matches(marks))
}
