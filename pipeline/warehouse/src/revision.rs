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

/// Reads a published revision. `Err` inside of `Ok`: it is missing, damaged, or written by a newer version.
pub async fn load(objects: &dyn Objects, published: &Published) -> Result<std::result::Result<Loaded, Error>> {
    let contact = &published.contact;
    let conversation_key = keys::conversation(contact, &published.revision_key);
    let analysis_key = keys::analysis(contact, &published.revision_key, published.revision);
    let conversation = objects.get(&conversation_key).await?;
    let analysis = objects.get(&analysis_key).await?;
    let read = || {
        let conversation: RedactedConversation = read(&conversation_key, conversation, conversation::FORMAT)?;
        let analysis = read(&analysis_key, analysis, ANALYSIS_FORMAT)?;
        Ok(Loaded { conversation, analysis })
    };
    Ok(read().map_err(|error: Error| error.with("contact", contact)))
}

fn read<T: DeserializeOwned>(key: &str, bytes: Option<Vec<u8>>, format: &str) -> Result<T> {
    let Some(bytes) = bytes else {
        return Err(Error::new(ErrorKind::NotFound, "an object of a published revision is missing").with("key", key));
    };
    #[derive(serde::Deserialize)]
    struct Format {
        format: String,
    }
    // The format first: what a newer version wrote may have any form.
    match serde_json::from_slice::<Format>(&bytes) {
        Ok(found) if found.format != format => Err(Error::new(
            ErrorKind::Corrupt,
            format!(
                "an object was written by another version, as {:?}; this one reads {format}; upgrade",
                found.format
            ),
        )
        .with("key", key)),
        _ => serde_json::from_slice(&bytes).map_err(|error| {
            Error::new(ErrorKind::Corrupt, "an object cannot be read").with("key", key).because(error)
        }),
    }
}
