//! What a window holds, decided before its first file is written and never changed: its bounds, the entries that earlier
//! windows missed, and a digest of every entry. Whoever writes the window, and however often, writes the same.
//!
//! An entry that appears in the index after the decision, because its writer read the clock long before it wrote, is in no
//! plan. The next window looks back, finds it missing, and carries it.

use std::collections::BTreeSet;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_stages::ports::{Objects, Published};
use serde::{Deserialize, Serialize};

use crate::manifest::{Entry, Waiting, Window};
use crate::marks::Marks;

/// Where plans lie, in the order of their windows.
pub const PLANS: &str = "warehouse/_windows/";
/// Ending of the note beside a plan that its window need not be looked at again.
const CHECKED: &str = ".checked";
/// Bytes of an entry's digest.
const DIGEST: usize = 16;

/// The key of the plan of a window.
pub fn plan_key(number: u32) -> String {
    format!("{PLANS}{number:08}.plan")
}

/// The window's number, from the key of its plan or its manifest.
pub fn number_of(key: &str) -> Option<u32> {
    let name = key.rsplit('/').next()?;
    name.get(..8)?.parse().ok()
}

/// A window and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The short part.
    pub head: Head,
    /// Everything in the window, late entries too.
    pub content: Content,
}

/// The short part of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The window.
    pub window: Window,
    /// Published revisions of earlier windows that those windows missed.
    pub late: Vec<Entry>,
    /// Quarantine entries of earlier windows that those windows missed.
    pub late_quarantined: Vec<QuarantineEntry>,
    /// Revisions of earlier windows that still cannot be read.
    pub waiting: Vec<Waiting>,
}

/// The entries of a window, as digests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content(Vec<[u8; DIGEST]>);

impl Content {
    /// Of these digests, in any order.
    pub fn of(mut digests: Vec<[u8; DIGEST]>) -> Self {
        digests.sort_unstable();
        digests.dedup();
        Self(digests)
    }

    /// Whether an entry is in it.
    pub fn has(&self, digest: &[u8; DIGEST]) -> bool {
        self.0.binary_search(digest).is_ok()
    }

    /// Whether nothing is.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The digest of a published revision. The moment is no part of it: a revision is published once.
pub fn digest_of(published: &Published) -> [u8; DIGEST] {
    let revision = published.revision.to_le_bytes();
    digest(&[
        b"published",
        published.contact.instance_id.as_bytes(),
        published.contact.contact_id.as_bytes(),
        &revision,
    ])
}

/// The digest of a quarantine entry.
pub fn digest_of_quarantined(entry: &QuarantineEntry) -> [u8; DIGEST] {
    digest(&[b"quarantined", entry.quarantine_id.as_bytes()])
}

fn digest(parts: &[&[u8]]) -> [u8; DIGEST] {
    // In one piece: a digest of many small ones takes twice as long.
    let mut bytes = Vec::with_capacity(128);
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part);
    }
    let mut digest = [0; DIGEST];
    blake3::Hasher::new().update(&bytes).finalize_xof().fill(&mut digest);
    digest
}

/// Writes a plan unless its window has one. Says whether this one counts.
pub async fn put(objects: &dyn Objects, plan: &Plan) -> Result<bool> {
    let key = plan_key(plan.head.window.number);
    objects.put_if_absent(&key, &bytes_of(&key, plan)?).await
}

/// Reads the plan of a window.
pub async fn get(objects: &dyn Objects, number: u32) -> Result<Plan> {
    let key = plan_key(number);
    let Some(bytes) = objects.get(&key).await? else {
        return Err(Error::new(ErrorKind::NotFound, "the plan of a window is gone").with("key", &key));
    };
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or_else(|| corrupt(&key))?;
    let (head, rest) = bytes.split_at(end);
    let digests = rest.get(1..).unwrap_or_default();
    if digests.len() % DIGEST != 0 {
        return Err(corrupt(&key));
    }
    let head = serde_json::from_slice(head).map_err(|error| corrupt(&key).because(error))?;
    let content = digests.chunks_exact(DIGEST).filter_map(|chunk| chunk.try_into().ok()).collect();
    Ok(Plan { head, content: Content::of(content) })
}

/// Takes the marked contacts out of the plan of a window. Their digests stay: they say nothing of them.
pub(crate) async fn forget(objects: &dyn Objects, number: u32, marks: &Marks) -> Result<()> {
    let plan = get(objects, number).await?;
    let mut head = plan.head.clone();
    head.late.retain(|entry| !marks.has(&entry.contact));
    head.waiting.retain(|waiting| !marks.has(&waiting.entry.contact));
    head.late_quarantined.retain(|entry| !marks.has_entry(entry));
    if head == plan.head {
        return Ok(());
    }
    let key = plan_key(number);
    objects.put(&key, &bytes_of(&key, &Plan { head, ..plan })?).await
}

/// The numbers of all plans, and of the windows that need not be looked at again ([`note_checked`]).
pub(crate) async fn numbers(objects: &dyn Objects) -> Result<(BTreeSet<u32>, BTreeSet<u32>)> {
    let (checked, plans): (Vec<_>, Vec<_>) =
        objects.list(PLANS).await?.into_iter().partition(|key| key.ends_with(CHECKED));
    let of = |keys: Vec<String>| keys.iter().filter_map(|key| number_of(key)).collect();
    Ok((of(plans), of(checked)))
}

/// Notes that a window's manifest was there when the marks were listed last, so that it holds nobody who was erased while
/// it was written.
pub(crate) async fn note_checked(objects: &dyn Objects, number: u32) -> Result<()> {
    objects.put_if_absent(&format!("{PLANS}{number:08}{CHECKED}"), b"checked\n").await.map(drop)
}

fn bytes_of(key: &str, plan: &Plan) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(&plan.head).map_err(|error| corrupt(key).because(error))?;
    bytes.push(b'\n');
    bytes.extend(plan.content.0.iter().flatten());
    Ok(bytes)
}

fn corrupt(key: &str) -> Error {
    Error::new(ErrorKind::Corrupt, "the plan of a window cannot be read or written; restore it from a version before")
        .with("key", key)
}
