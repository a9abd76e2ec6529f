//! The only file that can make a [`RedactedConversation`]. What takes one can rely on it: models, results, logs and the
//! warehouse never see text that has not been through redaction.

use aftercall_schemas::{Conversation, Turn};
use serde::{Deserialize, Serialize};

use super::RedactionSettings;

/// A conversation whose personal data is masked.
///
/// Made by [`redact`], or read back (`Deserialize`) from an object that was stored redacted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedactedConversation<T = Turn>(Conversation<T>);

impl<T> RedactedConversation<T> {
    /// The conversation.
    pub const fn conversation(&self) -> &Conversation<T> {
        &self.0
    }
}

/// Masks personal data in every turn, in the allowed attributes and in the service's summary. `names` are names known
/// from metadata (contact record, display names). Doing it twice changes nothing.
pub fn redact(conversation: Conversation, names: &[String], settings: &RedactionSettings) -> RedactedConversation {
    RedactedConversation(super::mask::masked(conversation, names, settings))
}
