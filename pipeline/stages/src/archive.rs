//! The archive: documents as they came, in a zone of its own with a life of its own, so that they can be taken in again by
//! a later version. Off unless a setting says so: it holds what is not redacted.
//!
//! A document is kept before it is taken in, and noted after, so that an erasure finds it: under its contacts, and, where
//! something of it was put aside, under the entries of the quarantine.

use std::collections::BTreeSet;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::formats::DecodeContext;
use aftercall_core::formats::identity::Sidecar;
use aftercall_schemas::ContactKey;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::ingest::{IngestPorts, Ingested, ingest};
use crate::keys;
use crate::letters;
use crate::ports::Objects;

/// Where documents lie, by the day they came.
const DOCUMENTS: &str = "archive/documents/";
/// Where it is noted which documents had something put aside: below the entry's id.
const ASIDE: &str = "archive/aside/";

/// Whether documents are kept as they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Archive {
    /// They are not.
    Off,
    /// They are.
    On,
}

/// What is kept beside a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Key of its bytes.
    pub key: String,
    /// Where it came from: path or object key, with the line where there is one. Formats read a contact id off it.
    pub origin: String,
    /// When it came first on this day.
    pub received_at: Timestamp,
    /// The sidecar that lay beside it.
    pub sidecar: Option<String>,
}

/// Takes a document in, and keeps it if there is an archive. `sidecar`: its text, as it lay beside the document.
pub async fn take_in(
    ports: IngestPorts<'_>,
    archive: Archive,
    document: &[u8],
    context: &DecodeContext,
    sidecar: Option<&str>,
) -> Result<Ingested> {
    match archive {
        Archive::Off => ingest(ports, document, context).await,
        Archive::On => ingest_and_keep(ports, document, context, sidecar).await,
    }
}

async fn ingest_and_keep(
    ports: IngestPorts<'_>,
    document: &[u8],
    context: &DecodeContext,
    sidecar: Option<&str>,
) -> Result<Ingested> {
    let received_at = ports.clock.now();
    let mut hasher = blake3::Hasher::new();
    hasher.update(context.origin.as_bytes()).update(&[0]).update(document);
    let name = hasher.finalize().to_hex()[..32].to_string();
    let key = place(received_at.to_zoned(TimeZone::UTC).date(), &name);
    let kept = Kept {
        key: format!("{key}.document"),
        origin: context.origin.clone(),
        received_at,
        sidecar: sidecar.map(str::to_owned),
    };
    ports.objects.put_if_absent(&kept.key, document).await?;
    let bytes = serde_json::to_vec(&kept).map_err(|error| unreadable(&key).because(error))?;
    ports.objects.put_if_absent(&format!("{key}.json"), &bytes).await?;
    let ingested = ingest(ports, document, context).await?;
    if ingested.erased > 0 && ingested.contacts.is_empty() {
        // Its contacts were erased: it must not come back this way either.
        ports.objects.remove(&kept.key).await?;
        ports.objects.remove(&format!("{key}.json")).await?;
        return Ok(ingested);
    }
    for contact in &ingested.contacts {
        ports.objects.put_if_absent(&format!("{}{name}", keys::archived_of(contact)), key.as_bytes()).await?;
    }
    for entry in &ingested.entries {
        ports.objects.put_if_absent(&format!("{ASIDE}{entry}/{name}"), key.as_bytes()).await?;
    }
    Ok(ingested)
}

/// Beginnings of names: those of a day lie in as many folders, so that a part of them can be listed.
const FOLDERS: &str = "0123456789abcdef";

/// The key of a document, without its ending.
fn place(day: Date, name: &str) -> String {
    format!("{DOCUMENTS}{day}/{}/{name}", name.get(..1).unwrap_or_default())
}

/// Names of documents that came on a day, from one after `after` on, by name: `limit` at the most, however many there are.
pub async fn names(objects: &dyn Objects, day: Date, after: Option<&str>, limit: usize) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for folder in FOLDERS.chars().skip_while(|folder| after.is_some_and(|after| after.chars().next() > Some(*folder))) {
        let folder = format!("{DOCUMENTS}{day}/{folder}/");
        for key in objects.list(&folder).await? {
            if names.len() >= limit {
                return Ok(names);
            }
            let name = key.strip_prefix(&folder).and_then(|rest| rest.strip_suffix(".json"));
            names.extend(name.filter(|name| after.is_none_or(|after| *name > after)).map(str::to_owned));
        }
    }
    Ok(names)
}

/// What is kept beside the document of this name.
///
/// # Errors
/// `NotFound`: it is not there any more, because its contacts were erased.
pub async fn kept(objects: &dyn Objects, day: Date, name: &str) -> Result<Kept> {
    let key = format!("{}.json", place(day, name));
    let bytes = objects.get(&key).await?.ok_or_else(|| gone(&key))?;
    serde_json::from_slice(&bytes).map_err(|error| unreadable(&key).because(error))
}

/// Takes a document of an archive in again, as it came. It is not kept once more. `from`: the archive's objects.
///
/// # Errors
/// `NotFound` or `Corrupt`: the document cannot be had; others can.
pub async fn take_again(
    from: &dyn Objects,
    ports: IngestPorts<'_>,
    context: &DecodeContext,
    kept: &Kept,
) -> Result<Ingested> {
    let document = from.get(&kept.key).await?.ok_or_else(|| gone(&kept.key))?;
    let sidecar = kept.sidecar.as_ref().map(|text| Sidecar::parse(text.as_bytes())).transpose();
    let sidecar = sidecar.map_err(|rejected| {
        Error::new(ErrorKind::Corrupt, "an archived sidecar cannot be read").with("key", &kept.key).because(rejected)
    })?;
    let context = DecodeContext { origin: kept.origin.clone(), sidecar, ..context.clone() };
    ingest(ports, &document, &context).await
}

/// The documents that came on these days, in the order in which they came.
pub async fn documents(objects: &dyn Objects, from: Option<Date>, to: Option<Date>) -> Result<Vec<Kept>> {
    let mut documents = Vec::new();
    for key in objects.list(DOCUMENTS).await? {
        if !key.ends_with(".json") {
            continue;
        }
        let Some(day) = day_of(&key) else { continue };
        if from.is_some_and(|from| day < from) || to.is_some_and(|to| day > to) {
            continue;
        }
        let Some(bytes) = objects.get(&key).await? else { continue };
        let kept: Kept = serde_json::from_slice(&bytes).map_err(|error| unreadable(&key).because(error))?;
        documents.push(kept);
    }
    documents.sort_by(|a, b| (a.received_at, &a.key).cmp(&(b.received_at, &b.key)));
    Ok(documents)
}

/// Removes what came before this day: documents, then the notes by which an erasure would find them; notes that a kill leaves
/// go with the next documents. Says how many documents. On AWS the bucket's own rules do it.
pub async fn expire(objects: &dyn Objects, before: Date) -> Result<u64> {
    let is_older = |place: &str| day_of(place).is_some_and(|day| day < before);
    let mut documents = 0;
    for key in objects.list(DOCUMENTS).await?.into_iter().filter(|key| is_older(key)) {
        objects.remove(&key).await?;
        documents += u64::from(key.ends_with(".document"));
    }
    if documents == 0 {
        return Ok(0);
    }
    for notes in [keys::ARCHIVED, ASIDE] {
        for note in objects.list(notes).await? {
            if noted(objects, &note).await?.is_some_and(|place| is_older(&place)) {
                objects.remove(&note).await?;
            }
        }
    }
    Ok(documents)
}

/// The day on which the document of this key, or of the key's beginning, came.
fn day_of(key: &str) -> Option<Date> {
    key.strip_prefix(DOCUMENTS)?.split('/').next()?.parse().ok()
}

/// The keys of everything that the archive holds of a contact. `entries` are the ids of its entries in the quarantine. A
/// document that speaks of others too is among them.
pub async fn keys_of(objects: &dyn Objects, contact: &ContactKey, entries: &[String]) -> Result<Vec<String>> {
    let mut documents = BTreeSet::new();
    let mut notes = Vec::new();
    for note in objects.list(&keys::archived_of(contact)).await? {
        documents.extend(noted(objects, &note).await?);
        notes.push(note);
    }
    for note in objects.list(ASIDE).await? {
        let Some(key) = noted(objects, &note).await? else { continue };
        let entry = note.strip_prefix(ASIDE).and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let of_entry = entries.iter().any(|one| one == entry);
        if documents.contains(&key) || of_entry || speaks_of(objects, &key, contact).await? {
            documents.insert(key);
            notes.push(note);
        }
    }
    let mut found: Vec<_> =
        documents.into_iter().flat_map(|key| [format!("{key}.document"), format!("{key}.json")]).collect();
    // Notes last: they say what else there is to remove.
    found.extend(notes);
    Ok(found)
}

async fn noted(objects: &dyn Objects, note: &str) -> Result<Option<String>> {
    Ok(objects.get(note).await?.and_then(|bytes| String::from_utf8(bytes).ok()))
}

/// Whether a document has a contact's id in it, or in what is kept beside it. Its entry in the quarantine may be gone:
/// somebody tried it again.
async fn speaks_of(objects: &dyn Objects, key: &str, contact: &ContactKey) -> Result<bool> {
    for part in [format!("{key}.document"), format!("{key}.json")] {
        if objects.get(&part).await?.is_some_and(|bytes| letters::mentions(&bytes, contact)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn gone(key: &str) -> Error {
    Error::new(ErrorKind::NotFound, "an archived document is gone").with("key", key)
}

fn unreadable(key: &str) -> Error {
    Error::new(ErrorKind::Corrupt, "what is kept beside an archived document cannot be read or written")
        .with("key", key)
}
