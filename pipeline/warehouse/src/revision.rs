//! Reads a published revision's objects. What cannot be read is told apart from a store that does not answer: the first
//! waits for somebody to mend it and holds nobody up, the second ends the dump.

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::redact::RedactedConversation;
use aftercall_schemas::conversation;
use aftercall_schemas::results::{ANALYSIS_FORMAT, Analysis};
use aftercall_stages::keys;
use aftercall_stages::ports::{Objects, Published};
use serde::de::DeserializeOwned;

/// A published revision's objects.
pub struct Loaded {
    /// The conversation.
    pub conversation: RedactedConversation,
    /// The analysis.
    pub analysis: Analysis,
}

/// A published revision's objects as they lie in the store.
pub struct Raw {
    conversation: Option<Vec<u8>>,
    analysis: Option<Vec<u8>>,
}

/// Fetches a published revision's objects.
pub async fn fetch(objects: &dyn Objects, published: &Published) -> Result<Raw> {
    let contact = &published.contact;
    let conversation = objects.get(&keys::conversation(contact, &published.revision_key)).await?;
    let key = keys::analysis(contact, &published.revision_key, published.revision);
    Ok(Raw { conversation, analysis: objects.get(&key).await? })
}

/// Reads what was fetched. An error says that it is missing, damaged, or written by a newer version.
pub fn read(published: &Published, raw: &Raw) -> Result<Loaded> {
    let contact = &published.contact;
    let read = || {
        let key = keys::conversation(contact, &published.revision_key);
        let conversation: RedactedConversation = parse(&key, raw.conversation.as_deref(), conversation::FORMAT)?;
        let key = keys::analysis(contact, &published.revision_key, published.revision);
        Ok(Loaded { conversation, analysis: parse(&key, raw.analysis.as_deref(), ANALYSIS_FORMAT)? })
    };
    read().map_err(|error: Error| error.with("contact", contact))
}

/// Fetches and reads a published revision. `Err` inside of `Ok`: it cannot be read, though the store answers.
pub async fn load(objects: &dyn Objects, published: &Published) -> Result<std::result::Result<Loaded, Error>> {
    Ok(read(published, &fetch(objects, published).await?))
}

fn parse<T: DeserializeOwned>(key: &str, bytes: Option<&[u8]>, format: &str) -> Result<T> {
    let Some(bytes) = bytes else {
        return Err(Error::new(ErrorKind::NotFound, "an object of a published revision is missing").with("key", key));
    };
    #[derive(serde::Deserialize)]
    struct Format {
        format: String,
    }
    // The format first: what a newer version wrote may have any form.
    match serde_json::from_slice::<Format>(bytes) {
        Ok(found) if found.format != format => Err(Error::new(
            ErrorKind::Corrupt,
            format!(
                "an object was written by another version, as {:?}; this one reads {format}; upgrade",
                found.format
            ),
        )
        .with("key", key)),
        _ => serde_json::from_slice(bytes).map_err(|error| {
            Error::new(ErrorKind::Corrupt, "an object cannot be read").with("key", key).because(error)
        }),
    }
}
