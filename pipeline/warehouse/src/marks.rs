//! Marks of erased contacts, and of erased quarantine entries that name no contact, as the writers of Parquet files see them.
//! A mark is an object without a name in it: its key ends in a digest. It is set before an erasure touches anything and stays.
//!
//! Dumps and erasures rewrite the same files and hold no lock. What makes that safe is one rule that each of them keeps:
//! *list the marks before reading what a file is made of, leave the marked contacts out, and list the marks again after
//! writing; if there are new ones, clean what was written and list again.* Take the last write of any file and any mark. If
//! the mark was there at the writer's first list, the contact is not in the file. If it came before the second, the writer
//! cleans the file. If it came after that, the file was written before the mark was set, and the erasure that set it, which
//! looks at the files afterwards, finds it.

use std::collections::BTreeSet;

use aftercall_core::error::Result;
use aftercall_schemas::ContactKey;
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_stages::ports::Objects;

/// Where marks lie.
pub const MARKS: &str = "warehouse/_erasures/";

/// Stands for the instance in the digest of a quarantine entry. No instance has this id.
const QUARANTINED: &str = "\0quarantine";

/// The contacts and entries that have a mark.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks(BTreeSet<String>);

/// What stands for a contact in the key of its mark.
fn name(instance_id: &str, contact_id: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in [instance_id, contact_id] {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    hasher.finalize().to_hex()[..32].to_string()
}

/// Marks a contact. Doing it twice is doing it once.
pub async fn set(objects: &dyn Objects, contact: &ContactKey) -> Result<()> {
    let key = format!("{MARKS}{}", name(&contact.instance_id, &contact.contact_id));
    objects.put_if_absent(&key, b"erased\n").await.map(drop)
}

/// Marks a quarantine entry.
pub async fn set_quarantined(objects: &dyn Objects, quarantine_id: &str) -> Result<()> {
    let key = format!("{MARKS}{}", name(QUARANTINED, quarantine_id));
    objects.put_if_absent(&key, b"erased\n").await.map(drop)
}

/// All marks.
pub async fn all(objects: &dyn Objects) -> Result<Marks> {
    let keys = objects.list(MARKS).await?;
    Ok(Marks(keys.into_iter().filter_map(|key| key.strip_prefix(MARKS).map(str::to_owned)).collect()))
}

impl Marks {
    /// The mark of one contact, whether it is set or not.
    pub fn of(contact: &ContactKey) -> Self {
        Self(BTreeSet::from([name(&contact.instance_id, &contact.contact_id)]))
    }

    /// Whether a contact has one.
    pub fn has(&self, contact: &ContactKey) -> bool {
        self.has_ids(&contact.instance_id, &contact.contact_id)
    }

    /// Whether the contact with these ids has one.
    pub fn has_ids(&self, instance_id: &str, contact_id: &str) -> bool {
        !self.0.is_empty() && self.0.contains(&name(instance_id, contact_id))
    }

    /// Whether the quarantine entry with this id has one.
    pub fn has_quarantined(&self, quarantine_id: &str) -> bool {
        self.has_ids(QUARANTINED, quarantine_id)
    }

    /// Whether a quarantine entry has one, or the contact that it names.
    pub fn has_entry(&self, entry: &QuarantineEntry) -> bool {
        let of_contact = match (&entry.instance_id, &entry.contact_id) {
            (Some(instance_id), Some(contact_id)) => self.has_ids(instance_id, contact_id),
            _ => false,
        };
        of_contact || self.has_quarantined(&entry.quarantine_id)
    }

    /// With that of a quarantine entry, whether it is set or not.
    pub fn and_quarantined(mut self, quarantine_id: &str) -> Self {
        self.0.insert(name(QUARANTINED, quarantine_id));
        self
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// With those of others too.
    pub fn and(mut self, others: &Self) -> Self {
        self.0.extend(others.0.iter().cloned());
        self
    }

    /// Without those of others.
    pub fn without(&self, others: &Self) -> Self {
        Self(self.0.difference(&others.0).cloned().collect())
    }
}
