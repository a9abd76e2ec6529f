//! What identifies things: the contact and one revision of its content.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A contact: one call or chat. `contact_id` is unique within `instance_id` only, so both are part of every key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct ContactKey {
    /// Amazon Connect instance id (a UUID), or the configured name where the source has no instance.
    pub instance_id: String,
    /// Amazon Connect contact id (a UUID), or `<source>:<id>` for ids that are not Connect's.
    pub contact_id: String,
}

impl ContactKey {
    /// A key of an instance and a contact id.
    pub fn new(instance_id: impl Into<String>, contact_id: impl Into<String>) -> Self {
        Self { instance_id: instance_id.into(), contact_id: contact_id.into() }
    }
}

impl fmt::Display for ContactKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.instance_id, self.contact_id)
    }
}

/// The digest of a contact's canonical, redacted conversation: 32 lower-case hexadecimal digits.
///
/// Input that does not change the conversation does not change the key; every effect of a revision is keyed by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct RevisionKey(pub String);

impl fmt::Display for RevisionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
