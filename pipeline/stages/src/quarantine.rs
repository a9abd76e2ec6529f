//! Putting aside an input that cannot be used: its bytes, the reason, the time. Nothing is ever dropped, and a bad input
//! never stops its neighbours. The bytes may hold personal data, so they live in their own zone and are never logged.

use aftercall_core::error::{Rejected, Result};
use aftercall_schemas::quarantine::QuarantineEntry;

use crate::keys;
use crate::ports::{Clock, Objects, Quarantine};

/// What putting aside needs.
#[derive(Clone, Copy)]
pub struct QuarantinePorts<'a> {
    /// Where the entry goes.
    pub quarantine: &'a dyn Quarantine,
    /// Where the bytes go.
    pub objects: &'a dyn Objects,
    /// The time.
    pub clock: &'a dyn Clock,
}

/// The bytes of an input that is put aside.
#[derive(Clone, Copy)]
pub enum Evidence<'a> {
    /// These.
    Bytes(&'a [u8]),
    /// Too many to copy: they stay where `origin` says.
    LeftInPlace {
        /// How many.
        size_bytes: u64,
    },
}

/// The id of the entry of an input that is put aside: the same input from the same place has the same.
pub fn entry_id(rejected: &Rejected, origin: &str, evidence: Evidence<'_>) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(origin.as_bytes()).update(&[0]).update(rejected.reason.as_str().as_bytes()).update(&[0]);
    match evidence {
        Evidence::Bytes(bytes) => hasher.update(bytes),
        Evidence::LeftInPlace { size_bytes } => hasher.update(&size_bytes.to_le_bytes()),
    };
    hasher.finalize().to_hex()[..32].to_string()
}

/// Puts an input aside. The same input from the same place is one entry, however often it comes; says whether it is new.
pub async fn put_aside(
    ports: QuarantinePorts<'_>,
    rejected: &Rejected,
    origin: &str,
    evidence: Evidence<'_>,
) -> Result<bool> {
    put_aside_as(ports, entry_id(rejected, origin, evidence), rejected, origin, evidence).await
}

/// Puts aside under an id of the caller's. Bytes of an entry that is there take the place of the ones before.
pub async fn put_aside_as(
    ports: QuarantinePorts<'_>,
    quarantine_id: String,
    rejected: &Rejected,
    origin: &str,
    evidence: Evidence<'_>,
) -> Result<bool> {
    let size_bytes = match evidence {
        Evidence::Bytes(bytes) => bytes.len() as u64,
        Evidence::LeftInPlace { size_bytes } => size_bytes,
    };
    // Bytes before the entry: an entry whose bytes are missing would be a loss, bytes without an entry are only litter.
    if let Evidence::Bytes(bytes) = evidence {
        ports.objects.put(&keys::quarantine(&quarantine_id), bytes).await?;
    }
    let contact = rejected.contact.as_ref();
    let entry = QuarantineEntry {
        quarantine_id,
        reason: rejected.reason.as_str().to_string(),
        detail: rejected.detail.clone(),
        origin: origin.to_string(),
        contact_id: contact.map(|contact| contact.contact_id.clone()),
        instance_id: contact.map(|contact| contact.instance_id.clone()),
        size_bytes: i64::try_from(size_bytes).unwrap_or(i64::MAX),
        quarantined_at: ports.clock.now(),
        attempts: 0,
    };
    ports.quarantine.put_if_absent(&entry).await
}
