//! Where an input goes that cannot be used: the bytes, the reason, the time. Nothing is ever dropped.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One input, or what a model has answered, that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuarantineEntry {
    /// Digest of origin and bytes, of a model's answer without its bytes: the same twice is one entry.
    pub quarantine_id: String,
    /// Short, stable word for the kind of fault, such as `unknown_format`.
    pub reason: String,
    /// What is wrong, where, and what to do; without any text of the conversation.
    pub detail: String,
    /// Where it came from: a path or object key, with the line where there is one, with the stage that asked a model.
    pub origin: String,
    /// Contact it belongs to, where that is known.
    pub contact_id: Option<String>,
    /// Instance it belongs to, where that is known.
    pub instance_id: Option<String>,
    /// Length of the input, bytes.
    pub size_bytes: i64,
    /// When it arrived here.
    pub quarantined_at: Timestamp,
    /// Times it has been tried again.
    pub attempts: i64,
}
