//! Erases a contact: mark and tombstone, index, Parquet rows, objects, quarantine, letters, the voice agent, tables, in this order. Every step
//! may be repeated, and what the next step needs is removed after it, so an erasure that was interrupted is started again and
//! comes to the same end. A dump that is under way leaves the contact out by the mark (`marks`). It must not decide who is
//! to be erased.

use std::collections::{BTreeMap, BTreeSet};

use aftercall_core::error::{ErrorKind, Result};
use aftercall_core::redact::RedactedConversation;
use aftercall_core::rows;
use aftercall_schemas::ContactKey;
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_stages::archive;
use aftercall_stages::keys;
use aftercall_stages::letters::{self, LetterBoxes};
use aftercall_stages::ports::{Clock, Erase, Inputs, KeptElsewhere, Objects, Quarantine, RemovedRows};
use futures_util::{StreamExt, stream};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::dump::{FETCHES, read_object};
use crate::marks::{self, Marks};
use crate::plan;
use crate::rewrite::{Files, clean, clean_or_note, files_of, mend_manifests, or_note, settle};

/// Where documents of ours lie that are imported.
pub const INCOMING: &str = "incoming/";
/// Ending of the small file beside a document that says whose it is.
const SIDECAR: &str = ".contact.json";

/// What an erasure needs.
#[derive(Clone, Copy)]
pub struct ErasePorts<'a> {
    /// Tombstones and tables.
    pub tables: &'a dyn Erase,
    /// The inputs, to say where they came from.
    pub inputs: &'a dyn Inputs,
    /// What could not be used.
    pub quarantine: &'a dyn Quarantine,
    /// All objects: inputs, conversations, analyses, exchanges, quarantined bytes, the archive, Parquet files.
    pub objects: &'a dyn Objects,
    /// Dead letters.
    pub letters: &'a dyn LetterBoxes,
    /// What other parts of the deployment keep: the voice agent. None where there is none.
    pub elsewhere: Option<&'a dyn KeptElsewhere>,
    /// What the origin of a document begins with that lies below [`INCOMING`], such as `s3://<bucket>/incoming/`. `None`
    /// where all documents are other people's.
    pub own_documents: Option<&'a str>,
    /// The time.
    pub clock: &'a dyn Clock,
}

/// What was removed of one contact; with a dry run, what would be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// Rows of the tables.
    pub rows: RemovedRows,
    /// Revisions taken out of the index.
    pub published: u64,
    /// Keys of objects.
    pub objects: Vec<String>,
    /// Ids of quarantine entries: those that name the contact, and those that name none and whose bytes have its id.
    pub quarantined: Vec<String>,
    /// Where dead letters and abandoned batches spoke of it, once a message or record.
    pub letters: Vec<String>,
    /// What the voice agent kept: jobs, answers made from its questions, proposals.
    pub voice: u64,
    /// Rows of the Parquet files, by table.
    pub parquet_rows: BTreeMap<String, u64>,
    /// Parquet files that were written anew without the contact.
    pub rewritten: Vec<String>,
    /// Parquet files that held nothing else.
    pub removed: Vec<String>,
    /// Windows whose files changed: whoever loaded them has the contact still.
    pub windows: BTreeSet<u32>,
    /// What of the warehouse cannot be read, and why: nobody can say whether it holds the contact.
    pub unreadable: BTreeMap<String, String>,
    /// Where its inputs came from, as far as those documents are not ours to remove or hold other contacts too.
    pub origins: BTreeSet<String>,
}

/// Whether something is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is.
    Erase,
    /// It is only listed.
    DryRun,
}

/// Erases a contact and those that stood for its transcripts. Returns what was removed of each.
pub async fn erase(ports: ErasePorts<'_>, contact: &ContactKey, mode: Mode) -> Result<BTreeMap<String, Erased>> {
    // Those that stood for it come first: they are found by what the contact itself still has.
    let mut contacts = ports.tables.pointers_to(contact).await?;
    contacts.push(contact.clone());
    if mode == Mode::Erase {
        for one in &contacts {
            // From here on nothing of it is taken in, and no dump writes it.
            ports.tables.bury(one, ports.clock.now()).await?;
            marks::set(ports.objects, one).await?;
        }
    }
    let mut erased = BTreeMap::new();
    for one in &contacts {
        erased.insert(one.to_string(), erase_one(ports, one, mode).await?);
    }
    Ok(erased)
}

async fn erase_one(ports: ErasePorts<'_>, contact: &ContactKey, mode: Mode) -> Result<Erased> {
    let mut erased = Erased::default();
    let mut documents = BTreeSet::new();
    for input in ports.inputs.list(contact).await? {
        match ports.own_documents.and_then(|own| own_document(&input.origin, own)) {
            Some(name) => documents.extend([format!("{INCOMING}{name}"), format!("{INCOMING}{name}{SIDECAR}")]),
            None => drop(erased.origins.insert(input.origin)),
        }
    }
    let mut own = Marks::of(contact);
    let marks = marks::all(ports.objects).await?;
    for entry in ports.quarantine.list().await? {
        // One that has a mark was left behind by an erasure that was interrupted; its bytes may be gone.
        if !marks.has_quarantined(&entry.quarantine_id) && !is_of(ports.objects, &entry, contact).await? {
            continue;
        }
        if let Some(name) = ports.own_documents.and_then(|own| own_document(&entry.origin, own)) {
            documents.insert(format!("{INCOMING}{name}"));
        }
        if mode == Mode::Erase {
            marks::set_quarantined(ports.objects, &entry.quarantine_id).await?;
        }
        own = own.and_quarantined(&entry.quarantine_id);
        erased.quarantined.push(entry.quarantine_id);
    }
    for key in documents {
        erased.objects.extend(ports.objects.get(&key).await?.map(|_| key));
    }
    let days = days(ports.objects, contact).await?;
    if mode == Mode::Erase {
        // No dump that begins from here on sees the contact.
        erased.published = ports.tables.unpublish(contact).await?;
    }
    erase_parquet(ports.objects, own, days.as_ref(), mode, &mut erased).await?;
    for folder in keys::folders_of(contact) {
        erased.objects.extend(ports.objects.list(&folder).await?);
    }
    erased.objects.extend(archive::keys_of(ports.objects, contact, &erased.quarantined).await?);
    if mode == Mode::Erase {
        for key in &erased.objects {
            ports.objects.remove(key).await?;
        }
    }
    if mode == Mode::Erase {
        for quarantine_id in &erased.quarantined {
            ports.objects.remove(&keys::quarantine(quarantine_id)).await?;
            ports.quarantine.release(quarantine_id).await?;
        }
    }
    erased.letters = letters::of_contact(ports.letters, ports.objects, contact, mode == Mode::Erase).await?;
    if let Some(elsewhere) = ports.elsewhere {
        erased.voice = match mode {
            Mode::Erase => elsewhere.forget(contact).await?,
            Mode::DryRun => elsewhere.kept_of(contact).await?,
        };
    }
    if mode == Mode::Erase {
        erased.rows = ports.tables.remove_rows(contact).await?;
    }
    Ok(erased)
}

/// The name of a document that is ours and holds nothing else: one of a file with several has its line at the end.
fn own_document<'a>(origin: &'a str, own: &str) -> Option<&'a str> {
    let name = origin.strip_prefix(own)?;
    let line = name.rsplit_once(':').map(|(_, line)| line);
    let one_of_several = line.is_some_and(|line| !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit()));
    (!one_of_several).then_some(name)
}

/// Whether a quarantine entry is a contact's. What could not be read names nobody, but may have the contact's id in it, or in
/// the name that it came under.
async fn is_of(objects: &dyn Objects, entry: &QuarantineEntry, contact: &ContactKey) -> Result<bool> {
    if let Some(id) = &entry.contact_id {
        return Ok(*id == contact.contact_id && entry.instance_id.as_ref() == Some(&contact.instance_id));
    }
    if letters::mentions(entry.origin.as_bytes(), contact) {
        return Ok(true);
    }
    let bytes = objects.get(&keys::quarantine(&entry.quarantine_id)).await?;
    Ok(bytes.is_some_and(|bytes| letters::mentions(&bytes, contact)))
}

/// The days that the contact's revisions are of; `None` where they are not all known, so that every file is looked at.
async fn days(objects: &dyn Objects, contact: &ContactKey) -> Result<Option<BTreeSet<Date>>> {
    let mut days = BTreeSet::new();
    for folder in keys::folders_of(contact).iter().filter(|folder| folder.starts_with("conversations/")) {
        for key in objects.list(folder).await? {
            let conversation = match read_object::<RedactedConversation>(objects, &key).await {
                Ok(Some(conversation)) => conversation,
                // What cannot be read says no day.
                Ok(None) => return Ok(None),
                Err(error) if error.kind == ErrorKind::Corrupt => return Ok(None),
                Err(error) => return Err(error),
            };
            // A contact without any time is of the day it was published, which nothing here says.
            let Some(moment) = rows::reference_timestamp(conversation.conversation()) else { return Ok(None) };
            days.insert(moment.to_zoned(TimeZone::UTC).date());
        }
    }
    Ok((!days.is_empty()).then_some(days))
}

/// Removes the rows of a contact and of its quarantine entries from every Parquet file that has some, and mends manifests and plans.
async fn erase_parquet(
    objects: &dyn Objects,
    own: Marks,
    days: Option<&BTreeSet<Date>>,
    mode: Mode,
    erased: &mut Erased,
) -> Result<()> {
    let mut marks = match mode {
        Mode::Erase => marks::all(objects).await?.and(&own),
        Mode::DryRun => own.clone(),
    };
    let mut files = Files::new();
    for key in files_of(objects, days).await? {
        // What is said to be removed is this contact's alone.
        let Some(looked) = clean_or_note(objects, &key, &own, false, &mut erased.unreadable).await? else { continue };
        if looked.removed > 0 {
            let table = key.split('/').nth(1).unwrap_or_default();
            *erased.parquet_rows.entry(table.to_owned()).or_default() += looked.removed;
            let list = if looked.file.is_none() { &mut erased.removed } else { &mut erased.rewritten };
            list.push(key.clone());
            erased.windows.extend(plan::number_of(&key));
        }
        let now = match (mode, looked.removed) {
            (Mode::Erase, 1..) => clean(objects, &key, &marks, true).await?.and_then(|cleaned| cleaned.file),
            _ => looked.file,
        };
        files.insert(key, now);
    }
    if mode == Mode::DryRun {
        return Ok(());
    }
    marks = settle(objects, &mut files, marks).await?;
    mend_manifests(objects, days, &mut files, &marks, &mut erased.unreadable).await?;
    let (plans, _) = plan::numbers(objects).await?;
    let forgets = plans.into_iter().map(async |number| (number, plan::forget(objects, number, &marks).await));
    let mut forgets = stream::iter(forgets).buffered(FETCHES);
    while let Some((number, forgotten)) = forgets.next().await {
        or_note(forgotten, &plan::plan_key(number), &mut erased.unreadable)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_of_several_contacts_stays() {
        let check =
            |origin: &str, expected: Option<&str>| assert_eq!(own_document(origin, "s3://raw/incoming/"), expected);
        check("s3://raw/incoming/a.json", Some("a.json"));
        check("s3://raw/incoming/a.jsonl:17", None);
        check("s3://raw/incoming/a:b.json", Some("a:b.json"));
        check("s3://theirs/a.json", None);
        check("aws-dub-genai-events#49", None);
    }
}
