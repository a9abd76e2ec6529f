//! Why something did not work, in two kinds: [`Rejected`] for an input that cannot be used (it goes to quarantine and
//! never stops its neighbours), and [`Error`] for an operation that failed (it says whether trying again can help).
//! Neither may carry text of a conversation.

use std::fmt;
use std::time::Duration;

use aftercall_schemas::ContactKey;

/// Stable words for why an input cannot be used. They stand in the quarantine table, so they are not renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The bytes are not JSON.
    NotJson,
    /// The JSON or gzip ends in the middle.
    Truncated,
    /// Text is not UTF-8.
    InvalidUtf8,
    /// Well-formed, but no format that is known.
    UnknownFormat,
    /// A known format whose structure is broken: wrong types, impossible values.
    InvalidStructure,
    /// Nothing says which contact it belongs to.
    MissingContactId,
    /// Larger than the configured limit.
    TooLarge,
    /// The conversation contradicts itself (see the detail), found when the contact was validated.
    InvalidConversation,
    /// It came after the contact's other inputs had expired, so that no revision could be made of all of them.
    TooLate,
    /// A language model has answered, and no answer can be used: it has not the form, twice, or was cut off.
    InvalidAnswer,
}

impl Reason {
    /// The word as it stands in the quarantine table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::Truncated => "truncated",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::UnknownFormat => "unknown_format",
            Self::InvalidStructure => "invalid_structure",
            Self::MissingContactId => "missing_contact_id",
            Self::TooLarge => "too_large",
            Self::InvalidConversation => "invalid_conversation",
            Self::TooLate => "too_late",
            Self::InvalidAnswer => "invalid_answer",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An input that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Kind of fault.
    pub reason: Reason,
    /// What is wrong, where in the document, and what to do. No text of the conversation.
    pub detail: String,
    /// The contact, where the input says.
    pub contact: Option<ContactKey>,
}

impl Rejected {
    /// A rejection of an input whose contact is not known.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into(), contact: None }
    }

    /// The same, of a contact that is known.
    pub fn of(mut self, contact: ContactKey) -> Self {
        self.contact = Some(contact);
        self
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.detail)
    }
}

impl std::error::Error for Rejected {}

/// Whether trying the same operation again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It cannot: the request itself is wrong.
    Never,
    /// It can, at a time of the caller's choosing.
    Later,
    /// It can, but not before this long.
    After(Duration),
}

/// What kind of operation failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A store could not be read or written.
    Storage,
    /// What a store holds is not what was written there.
    Corrupt,
    /// A model or another service did not answer as it should.
    Provider,
    /// A setting is wrong.
    Config,
    /// Somebody else changed the same thing first, more often than we tried.
    Conflict,
    /// What was asked for does not exist.
    NotFound,
}

/// An operation that failed.
#[derive(Debug)]
pub struct Error {
    /// Kind of operation.
    pub kind: ErrorKind,
    /// Whether trying again can help.
    pub retry: Retry,
    message: String,
    context: Vec<(&'static str, String)>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Result of an operation.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error that trying again does not help, unless [`Error::retry`] says otherwise.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, retry: Retry::Never, message: message.into(), context: Vec::new(), source: None }
    }

    /// The same error with advice on trying again.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The same error with one more fact: file, line, contact id, key.
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.context.push((name, value.to_string()));
        self
    }

    /// The same error with what caused it.
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for (index, (name, value)) in self.context.iter().enumerate() {
            write!(f, "{}{name} {value}", if index == 0 { " (" } else { ", " })?;
        }
        if !self.context.is_empty() {
            f.write_str(")")?;
        }
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
