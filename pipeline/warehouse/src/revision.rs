//! Reads a published revision's objects. What cannot be read is told apart from a store that does not answer: the first
//! waits for somebody to mend it and holds nobody up, the second ends the dump.

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::redact::RedactedConversation;
use aftercall_core::rows::{Revision, StoredTurn};
use aftercall_schemas::conversation;
use aftercall_schemas::results::{ANALYSIS_FORMAT, Analysis};
use aftercall_stages::keys;
use aftercall_stages::ports::{Objects, Published};

/// A published revision's objects.
pub struct Loaded<'a> {
    /// The conversation.
    pub conversation: RedactedConversation<StoredTurn<'a>>,
    /// The analysis.
    pub analysis: Analysis,
}

impl<'a> Loaded<'a> {
    /// What rows are made of.
    pub fn revision(&self, published: &Published) -> Revision<'_, StoredTurn<'a>> {
        Revision {
            conversation: self.conversation.conversation(),
            analysis: &self.analysis,
            number: published.revision,
            published_at: published.published_at,
        }
    }
}

/// A published revision's objects as they lie in the store.
pub struct Raw {
    conversation: Option<Vec<u8>>,
    analysis: Option<Vec<u8>>,
}

impl Raw {
    /// How long they are.
    pub fn bytes(&self) -> usize {
        [&self.conversation, &self.analysis].into_iter().flatten().map(Vec::len).sum()
    }
}

/// Fetches a published revision's objects.
pub async fn fetch(objects: &dyn Objects, published: &Published) -> Result<Raw> {
    let contact = &published.contact;
    let conversation = objects.get(&keys::conversation(contact, &published.revision_key)).await?;
    let key = keys::analysis(contact, &published.revision_key, published.revision);
    Ok(Raw { conversation, analysis: objects.get(&key).await? })
}

/// Reads what was fetched. An error says that it is missing, damaged, or written by a newer version.
pub fn read<'a>(published: &Published, raw: &'a Raw) -> Result<Loaded<'a>> {
    let contact = &published.contact;
    let of_contact = |error: Error, key: String| error.with("key", key).with("contact", contact);
    let format = |read: &RedactedConversation<StoredTurn<'a>>| read.conversation().format == conversation::FORMAT;
    let conversation = parse(raw.conversation.as_deref(), conversation::FORMAT, format)
        .map_err(|error| of_contact(error, keys::conversation(contact, &published.revision_key)))?;
    let format = |read: &Analysis| read.format == ANALYSIS_FORMAT;
    let analysis = parse(raw.analysis.as_deref(), ANALYSIS_FORMAT, format)
        .map_err(|error| of_contact(error, keys::analysis(contact, &published.revision_key, published.revision)))?;
    Ok(Loaded { conversation, analysis })
}

/// Whether a published revision can be read, if the store answers.
pub async fn is_readable(objects: &dyn Objects, published: &Published) -> Result<bool> {
    Ok(read(published, &fetch(objects, published).await?).is_ok())
}

/// Reads an object. One pass where the format is the one that is expected; what a newer version wrote may have any form,
/// so then the format is what is said about it.
fn parse<'a, T: serde::Deserialize<'a>>(
    bytes: Option<&'a [u8]>,
    format: &str,
    is_of_format: impl Fn(&T) -> bool,
) -> Result<T> {
    let Some(bytes) = bytes else {
        return Err(Error::new(ErrorKind::NotFound, "an object of a published revision is missing"));
    };
    #[derive(serde::Deserialize)]
    struct Format {
        format: String,
    }
    // Looked at once as a whole, it need not be looked at again string by string.
    let problem: Option<Box<dyn std::error::Error + Send + Sync>> =
        match std::str::from_utf8(bytes).map(serde_json::from_str) {
            Ok(Ok(read)) if is_of_format(&read) => return Ok(read),
            Ok(Ok(_)) => None,
            Ok(Err(problem)) => Some(problem.into()),
            Err(problem) => Some(problem.into()),
        };
    let found = serde_json::from_slice::<Format>(bytes).ok().map(|found| found.format);
    Err(match (found, problem) {
        (Some(found), _) if found != format => Error::new(
            ErrorKind::Corrupt,
            format!("an object was written by another version, as {found:?}; this one reads {format}; upgrade"),
        ),
        (_, Some(problem)) => Error::new(ErrorKind::Corrupt, "an object cannot be read").because(problem),
        (_, None) => Error::new(ErrorKind::Corrupt, "an object cannot be read"),
    })
}
