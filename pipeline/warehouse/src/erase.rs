//! Erases a contact: tombstone, index, Parquet rows, objects, quarantine, tables, in this order. Every step may be repeated,
//! and what the next step needs is removed after it, so an erasure that was interrupted is started again and comes to the
//! same end. It must not decide who is to be erased.

use std::collections::{BTreeMap, BTreeSet};

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::redact::RedactedConversation;
use aftercall_core::rows;
use aftercall_schemas::ContactKey;
use aftercall_stages::archive;
use aftercall_stages::keys;
use aftercall_stages::ports::{Clock, Erase, Inputs, Objects, Quarantine, RemovedRows};
use arrow_array::cast::AsArray;
use arrow_array::{BooleanArray, RecordBatch};
use bytes::Bytes;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Serialize;

use crate::dump::{manifest_file, put_manifest, read_object};
use crate::encode::encode_batches;
use crate::manifest::{MANIFESTS, Manifest};
use crate::plan;
use crate::tables::Table;

/// What an erasure needs.
#[derive(Clone, Copy)]
pub struct ErasePorts<'a> {
    /// Tombstones and tables.
    pub tables: &'a dyn Erase,
    /// The inputs, to say where they came from.
    pub inputs: &'a dyn Inputs,
    /// What could not be used.
    pub quarantine: &'a dyn Quarantine,
    /// All objects: conversations, analyses, exchanges, quarantined bytes, the archive, Parquet files.
    pub objects: &'a dyn Objects,
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
    /// Ids of quarantine entries.
    pub quarantined: Vec<String>,
    /// Rows of the Parquet files, by table.
    pub parquet_rows: BTreeMap<String, u64>,
    /// Parquet files that were written anew without the contact.
    pub rewritten: Vec<String>,
    /// Parquet files that held nothing else.
    pub removed: Vec<String>,
    /// Windows whose files changed: whoever loaded them has the contact still.
    pub windows: BTreeSet<u32>,
    /// Where its inputs came from: those documents are not ours to remove.
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
            ports.tables.bury(one, ports.clock.now()).await?;
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
    for input in ports.inputs.list(contact).await? {
        erased.origins.insert(input.origin);
    }
    let days = days(ports.objects, contact).await?;
    if mode == Mode::Erase {
        // No dump that begins from here on sees the contact.
        erased.published = ports.tables.unpublish(contact).await?;
    }
    erase_rows(ports.objects, contact, days.as_ref(), mode, &mut erased).await?;
    for folder in keys::folders_of(contact) {
        erased.objects.extend(ports.objects.list(&folder).await?);
    }
    erased.objects.extend(archive::keys_of(ports.objects, contact).await?);
    if mode == Mode::Erase {
        for key in &erased.objects {
            ports.objects.remove(key).await?;
        }
    }
    for entry in ports.quarantine.list().await? {
        let of_contact = entry.contact_id.as_deref() == Some(contact.contact_id.as_str())
            && entry.instance_id.as_deref() == Some(contact.instance_id.as_str());
        if of_contact {
            if mode == Mode::Erase {
                ports.objects.remove(&keys::quarantine(&entry.quarantine_id)).await?;
                ports.quarantine.release(&entry.quarantine_id).await?;
            }
            erased.quarantined.push(entry.quarantine_id);
        }
    }
    if mode == Mode::Erase {
        erased.rows = ports.tables.remove_rows(contact).await?;
    }
    Ok(erased)
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

/// Removes the contact's rows from every Parquet file that has some, and mends the manifests.
async fn erase_rows(
    objects: &dyn Objects,
    contact: &ContactKey,
    days: Option<&BTreeSet<Date>>,
    mode: Mode,
    erased: &mut Erased,
) -> Result<()> {
    for manifest_key in objects.list(MANIFESTS).await? {
        let Some(manifest) = read_object::<Manifest>(objects, &manifest_key).await? else { continue };
        let mut mended = manifest.clone();
        mended.waiting.retain(|waiting| waiting.entry.contact != *contact);
        mended.files.clear();
        for file in &manifest.files {
            let table = Table::parse(&file.table);
            let may_hold = days.is_none_or(|days| days.contains(&file.dt)) || table == Some(Table::Quarantine);
            let (Some(table), true) = (table, may_hold) else {
                mended.files.push(file.clone());
                continue;
            };
            let Some(bytes) = objects.get(&file.key).await? else { continue };
            let Rest { removed, kept, left } = without(table, &file.key, bytes, contact)?;
            if removed > 0 {
                *erased.parquet_rows.entry(file.table.clone()).or_default() += removed;
                let list = if kept == 0 { &mut erased.removed } else { &mut erased.rewritten };
                list.push(file.key.clone());
                erased.windows.insert(manifest.window.number);
            }
            match (mode, removed, kept) {
                (Mode::DryRun, ..) => mended.files.push(file.clone()),
                (Mode::Erase, 1.., 0) => objects.remove(&file.key).await?,
                (Mode::Erase, ..) => {
                    if removed > 0 {
                        objects.put(&file.key, &left).await?;
                    }
                    // An erasure that was interrupted here has changed the file and not the manifest.
                    mended.files.push(manifest_file(file.key.clone(), table, file.dt, kept, &left));
                }
            }
        }
        if mode == Mode::Erase && mended != manifest {
            put_manifest(objects, &mended).await?;
        }
    }
    if mode == Mode::Erase { plan::forget(objects, contact).await } else { Ok(()) }
}

/// A file without a contact.
struct Rest {
    removed: u64,
    kept: u64,
    left: Vec<u8>,
}

fn without(table: Table, key: &str, bytes: Vec<u8>, contact: &ContactKey) -> Result<Rest> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        Error::new(ErrorKind::Corrupt, "a Parquet file cannot be read").with("key", key).because(error)
    };
    let shared = Bytes::from(bytes);
    let reader = ParquetRecordBatchReaderBuilder::try_new(shared.clone()).map_err(|error| failed(error.into()))?;
    let reader = reader.build().map_err(|error| failed(error.into()))?;
    let (mut removed, mut kept) = (0, 0);
    let mut batches = Vec::new();
    for batch in reader {
        let batch = batch.map_err(|error| failed(error.into()))?;
        let others = others(&batch, contact);
        removed += (others.len() - others.true_count()) as u64;
        kept += others.true_count() as u64;
        batches.push(arrow_select::filter::filter_record_batch(&batch, &others).map_err(|error| failed(error.into()))?);
    }
    let left = if removed == 0 || kept == 0 { shared.to_vec() } else { encode_batches(table, &batches)? };
    Ok(Rest { removed, kept, left })
}

/// Which rows are of other contacts.
fn others(batch: &RecordBatch, contact: &ContactKey) -> BooleanArray {
    let column = |name: &str| batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
    let (Some(instances), Some(ids)) = (column("instance_id"), column("contact_id")) else {
        return BooleanArray::from(vec![true; batch.num_rows()]);
    };
    let of_other = |(instance, id): (Option<&str>, Option<&str>)| {
        instance != Some(contact.instance_id.as_str()) || id != Some(contact.contact_id.as_str())
    };
    instances.iter().zip(ids.iter()).map(|pair| Some(of_other(pair))).collect()
}
