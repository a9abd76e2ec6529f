//! Seals what travels through a session's attributes. Whoever opens a session can set those: what was not sealed by us, for
//! this purpose and this session, is as good as nothing. A seal hides nothing.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The key that is sealed with, 32 bytes.
#[derive(Clone)]
pub struct SealKey([u8; 32]);

impl SealKey {
    /// A key out of a secret.
    pub fn from_secret(secret: &[u8]) -> Self {
        Self(blake3::derive_key("aftercall voice dialogue state 2026-11", secret))
    }

    /// A value as text, bound to what it is for and whose it is.
    pub(crate) fn seal(&self, purpose: &str, of: &str, value: &impl Serialize) -> String {
        let body = serde_json::to_string(value).unwrap_or_else(|_| "{}".to_owned());
        format!("{}.{body}", self.tag(purpose, of, &body))
    }

    /// The value; none if it was not sealed with this key, for this purpose and for this one.
    pub(crate) fn open<T: DeserializeOwned>(&self, purpose: &str, of: &str, sealed: &str) -> Option<T> {
        let (found, body) = sealed.split_once('.')?;
        let found = blake3::Hash::from_hex(found).ok()?;
        // Compared in constant time.
        (found == self.tag(purpose, of, body)).then(|| serde_json::from_str(body).ok()).flatten()
    }

    fn tag(&self, purpose: &str, of: &str, body: &str) -> blake3::Hash {
        // With its length each part ends where it ends, whatever is in it.
        let bound = format!("{}:{purpose}{}:{of}{body}", purpose.len(), of.len());
        blake3::keyed_hash(&self.0, bound.as_bytes())
    }
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealKey(…)")
    }
}
