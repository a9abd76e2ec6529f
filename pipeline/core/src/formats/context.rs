//! What a decoder needs to know besides the document: where it came from, and what settings say. It is data only.

use std::collections::BTreeSet;

use aftercall_schemas::ContactKey;

use super::identity::Sidecar;
use crate::roles::SpeakerSettings;
use crate::turns::TurnRules;

/// What is known of a document before it is read.
#[derive(Debug, Clone)]
pub struct DecodeContext {
    /// Path or object key the document came from.
    pub origin: String,
    /// The instance of documents that name none.
    pub instance_id: String,
    /// Names of contact attributes that may be kept. Others are dropped.
    pub attributes_allowed: BTreeSet<String>,
    /// Key of the hash that stands for the customer's phone number or address.
    pub hmac_key: [u8; 32],
    /// Who speaks on which channel or under which label.
    pub speakers: SpeakerSettings,
    /// What a file beside the document says of it (`<document>.contact.json`).
    pub sidecar: Option<Sidecar>,
    /// How words become turns where the source has words only.
    pub turn_rules: TurnRules,
    /// Bytes that a compressed document may grow to.
    pub max_inflated_bytes: u64,
}

impl DecodeContext {
    /// A context with defaults: instance `local`, no attribute allowed, a key of zeros, 256 MB when inflated.
    pub fn new(origin: impl Into<String>) -> Self {
        Self {
            origin: origin.into(),
            instance_id: "local".to_owned(),
            attributes_allowed: BTreeSet::new(),
            hmac_key: [0; 32],
            speakers: SpeakerSettings::default(),
            sidecar: None,
            turn_rules: TurnRules::default(),
            max_inflated_bytes: 256 << 20,
        }
    }

    /// The key of a contact: what the document says, else the sidecar, else the configured instance.
    pub(crate) fn contact(&self, instance_id: Option<&str>, contact_id: impl Into<String>) -> ContactKey {
        let instance_id = instance_id
            .map(super::identity::instance_id)
            .filter(|id| !id.is_empty())
            .or_else(|| self.sidecar.as_ref().and_then(|sidecar| sidecar.instance_id.as_deref()))
            .unwrap_or(&self.instance_id);
        ContactKey::new(instance_id, contact_id)
    }

    /// A keyed hash of a customer's endpoint or id, hexadecimal.
    pub(crate) fn customer_hmac(&self, address: &str) -> String {
        customer_hmac(&self.hmac_key, address)
    }
}

/// The keyed hash that stands for a customer's endpoint or id, hexadecimal.
pub fn customer_hmac(key: &[u8; 32], address: &str) -> String {
    blake3::keyed_hash(key, address.trim().as_bytes()).to_hex().to_string()
}
