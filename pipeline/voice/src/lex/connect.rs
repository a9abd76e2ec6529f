//! What Connect's function block sends, and what it takes back: one flat object of strings, at most 32 KB.
//!
//! Endpoints, queue and media streams may be null; parameters may be nested since 2025, so they stay JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::or_default;

/// The event.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ConnectEvent {
    /// `ContactFlowEvent`.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// Contact and parameters.
    pub details: Details,
}

/// Contact and parameters.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Details {
    /// The contact.
    #[serde(deserialize_with = "or_default")]
    pub contact_data: ContactData,
    /// What the block sends.
    #[serde(deserialize_with = "or_default")]
    pub parameters: BTreeMap<String, Value>,
}

/// The contact.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ContactData {
    /// Contact attributes.
    #[serde(deserialize_with = "or_default")]
    pub attributes: BTreeMap<String, Option<String>>,
    /// `VOICE`, `CHAT`, `TASK` or `EMAIL`; old events write `Voice`.
    #[serde(deserialize_with = "or_default")]
    pub channel: String,
    /// Contact id.
    #[serde(deserialize_with = "or_default")]
    pub contact_id: String,
    /// First contact of the journey.
    pub initial_contact_id: Option<String>,
    /// `INBOUND`, `OUTBOUND`, `API` and others.
    #[serde(deserialize_with = "or_default")]
    pub initiation_method: String,
    /// Instance.
    #[serde(rename = "InstanceARN", deserialize_with = "or_default")]
    pub instance_arn: String,
    /// BCP 47 tag.
    pub language_code: Option<String>,
    /// The caller; null in chats and tasks and when the number is withheld.
    pub customer_endpoint: Option<Endpoint>,
    /// Our number.
    pub system_endpoint: Option<Endpoint>,
    /// The queue, once there is one.
    pub queue: Option<Queue>,
}

/// A telephone number or another address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Endpoint {
    /// The address.
    #[serde(deserialize_with = "or_default")]
    pub address: String,
    /// `TELEPHONE_NUMBER` and others.
    #[serde(rename = "Type", deserialize_with = "or_default")]
    pub kind: String,
}

/// A queue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Queue {
    /// ARN.
    #[serde(rename = "ARN")]
    pub arn: Option<String>,
    /// Name.
    pub name: Option<String>,
}

impl ConnectEvent {
    /// Reads an event. The error says which field is wrong, or that no contact is named.
    pub fn parse(json: &str) -> Result<Self, String> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let event: Self =
            // The reader's own message quotes the value, which may be somebody's number.
            serde_path_to_error::deserialize(&mut reader)
                .map_err(|error| format!("Connect event: the field {} is wrong", error.path()))?;
        if event.details.contact_data.contact_id.is_empty() {
            return Err("Connect event: Details.ContactData.ContactId is missing".to_owned());
        }
        Ok(event)
    }

    /// A parameter that is a string and not empty.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.details.parameters.get(name)?.as_str().filter(|value| !value.is_empty())
    }
}

/// Bytes that Connect takes from a function.
pub const RESULT_BYTES: usize = 32 * 1024;

/// A result of the kind `STRING_MAP`: names and strings, nothing nested, within 32 KB.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StringMap(BTreeMap<String, String>);

impl StringMap {
    /// The map, or how many bytes it has if that is too many.
    pub fn new<'a>(fields: impl IntoIterator<Item = (&'a str, String)>) -> Result<Self, usize> {
        let fields: BTreeMap<String, String> =
            fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let bytes: usize = fields.iter().map(|(name, value)| name.len() + value.len() + 6).sum();
        if bytes > RESULT_BYTES { Err(bytes) } else { Ok(Self(fields)) }
    }

    /// The fields.
    pub const fn fields(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}
