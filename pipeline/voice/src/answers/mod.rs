//! Who knows the answer, as a port: a knowledge base, an agent, or a folder of documents on this machine.
//!
//! An answer either rests on passages that it names, or is "I don't know". Text of documents and of callers is data: an
//! answerer quotes it, and follows nothing in it.

pub mod grounded;
mod local;
mod passages;

pub use local::{Documents, LocalAnswerer};
pub use passages::{Passage, split};

use aftercall_core::error::Result;
use async_trait::async_trait;

/// A question to an answerer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask<'a> {
    /// The question; it stands for itself.
    pub question: &'a str,
    /// BCP 47 tag.
    pub locale: &'a str,
    /// What the call is about, for calls out.
    pub purpose: Option<&'a str>,
    /// How long it may take, ms.
    pub within_ms: u64,
}

/// Where an answer comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citation {
    /// The document, as its path in the folder or its address.
    pub document: String,
    /// First line of the passage, from 1; none where a knowledge base cut the document its own way.
    pub line: Option<u32>,
}

impl std::fmt::Display for Citation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.document),
            None => f.write_str(&self.document),
        }
    }
}

/// What an answerer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// An answer that its citations support.
    Supported(Supported),
    /// Nothing supports an answer.
    Unknown,
    /// It was not found in time.
    TooSlow,
    /// What may be spent today is spent: nobody was asked.
    OverBudget,
}

/// An answer that its citations support.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supported {
    /// The answer.
    pub text: String,
    /// Where it comes from, at least one.
    pub citations: Vec<Citation>,
    /// A customer's data went into it: nobody else may have it.
    pub from_customer_data: bool,
}

/// How quick an answerer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Within a turn.
    Quick,
    /// Seconds: the caller is better kept company.
    Slow,
}

/// Who knows the answer.
#[async_trait]
pub trait Answerer: Send + Sync {
    /// How quick it is with such a question.
    fn pace(&self, question: &str) -> Pace;

    /// The answer.
    ///
    /// # Errors
    /// A service that failed or refused. Not finding an answer is no error.
    async fn answer(&self, ask: &Ask<'_>) -> Result<Answer>;
}
