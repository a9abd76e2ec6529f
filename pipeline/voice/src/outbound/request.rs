//! The request of StartOutboundVoiceContact (Amazon Connect API reference), as a value. An adapter sends it as it is.

use std::collections::BTreeMap;

use serde::Serialize;

use super::number::PhoneNumber;
use super::settings::OutboundSettings;
use super::trigger::Trigger;

/// A request. Serialises to the API's JSON.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CallRequest {
    /// The same for the same trigger: Connect makes one contact of two requests with it (it remembers seven days).
    pub client_token: String,
    /// The instance.
    pub instance_id: String,
    /// The flow.
    pub contact_flow_id: String,
    /// The queue.
    pub queue_id: String,
    /// Who calls.
    pub source_phone_number: String,
    /// Who is called.
    pub destination_phone_number: String,
    /// What flow and prompt read: `direction`, `openingMessage`, `callPurpose`.
    pub attributes: BTreeMap<String, String>,
}

impl std::fmt::Debug for CallRequest {
    /// The token alone: the rest is personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallRequest").field("client_token", &self.client_token).finish_non_exhaustive()
    }
}

/// The request of a trigger.
pub fn request(trigger: &Trigger, number: &PhoneNumber, settings: &OutboundSettings) -> CallRequest {
    let attribute = |name: &str, value: &str| (name.to_owned(), value.trim().to_owned());
    CallRequest {
        client_token: token(&trigger.id),
        instance_id: settings.instance_id.clone(),
        contact_flow_id: settings.flow_id.clone(),
        queue_id: settings.queue_id.clone(),
        source_phone_number: settings.source.as_str().to_owned(),
        destination_phone_number: number.as_str().to_owned(),
        attributes: BTreeMap::from([
            attribute("direction", "OUTBOUND"),
            attribute("openingMessage", &trigger.opening_message),
            attribute("callPurpose", &trigger.purpose),
        ]),
    }
}

/// The client token of a trigger: 64 hexadecimal digits, of at most 500 characters that Connect takes.
fn token(trigger: &str) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("aftercall voice call out 2026-11");
    hasher.update(trigger.as_bytes());
    hasher.finalize().to_hex().to_string()
}
