//! Writes what has been published since the last dump as Parquet, partitioned by day. A dump covers windows of the index
//! of published revisions; it never scans a table. Windows are bounded and follow each other, so days of outage are worked
//! off in order.
//!
//! A window is decided before its first file (`plan`), files get names from the window, and its manifest is written after
//! its last file. So an interrupted window is written again with the same content over the same files, and two runs at
//! once write the same. A window closes later than any writer takes (`lag`), and every window carries what earlier ones
//! missed (`look_back`): no entry is lost, and none is in two windows. A contact that is erased while its window is written
//! is taken out of what was written before the window counts as done (`marks`).

use std::collections::BTreeSet;
use std::time::Duration;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_stages::ports::{Objects, Published, PublishedIndex, Quarantine};
use futures_util::{Stream, StreamExt, stream};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;

use crate::manifest::{Entry, MANIFEST_FORMAT, MANIFESTS, SCHEMA_VERSION};
pub use crate::manifest::{Manifest, ManifestFile, ROOT, Window};
use crate::marks::{self, Marks};
use crate::plan::{self, Plan, digest_of, digest_of_quarantined, number_of};
use crate::rewrite::{Files, settle, settle_window};
use crate::schedule;
use crate::tables::Table;
use crate::writer::Writer;

/// Entries of the index that are read at a time.
pub(crate) const PAGE: usize = 1024;

/// Objects that are read at a time: a bucket answers slowly and many at once.
pub(crate) const FETCHES: usize = 32;

/// What a dump needs.
#[derive(Clone, Copy)]
pub struct DumpPorts<'a> {
    /// What has been published.
    pub index: &'a dyn PublishedIndex,
    /// What could not be used.
    pub quarantine: &'a dyn Quarantine,
    /// Conversations and analyses to read, Parquet files to write.
    pub objects: &'a dyn Objects,
}

/// How to dump.
#[derive(Debug, Clone)]
pub struct DumpSettings {
    /// The zone of `local_date`.
    pub zone: TimeZone,
    /// Rows that are held in memory at the most, over all days; more make more files.
    pub max_rows_in_memory: usize,
    /// A window ends this long before now: longer than any writer may take from reading the clock to writing, and than
    /// clocks differ.
    pub lag: Duration,
    /// How far back every dump looks for entries that earlier windows missed.
    pub look_back: Duration,
    /// Time that a window holds at the most.
    pub longest_window: Duration,
    /// Revisions that were published within a window, at the most; those of one moment are never parted.
    pub max_revisions: usize,
}

impl Default for DumpSettings {
    /// For many writers: a Lambda function lives 15 minutes at the most; five more for clocks.
    fn default() -> Self {
        Self {
            zone: TimeZone::UTC,
            max_rows_in_memory: 64_000,
            lag: Duration::from_secs(20 * 60),
            look_back: Duration::from_secs(24 * 3600),
            longest_window: Duration::from_secs(6 * 3600),
            // Some minutes of a call that may last fifteen.
            max_revisions: 100_000,
        }
    }
}

/// Dumps what was published until now. Returns the manifests written, oldest first; none when there was nothing new.
pub async fn dump(ports: DumpPorts<'_>, settings: &DumpSettings, now: Timestamp) -> Result<Vec<Manifest>> {
    dump_while(ports, settings, now, || true).await
}

/// The same for whoever has only so much time: a window is begun only while `may_begin` says so, the first one always. The next
/// dump goes on.
pub async fn dump_while(
    ports: DumpPorts<'_>,
    settings: &DumpSettings,
    now: Timestamp,
    may_begin: impl Fn() -> bool,
) -> Result<Vec<Manifest>> {
    let mut written = Vec::new();
    let (plans, checked) = plan::numbers(ports.objects).await?;
    let mut last = plans.last().copied();
    let mut done = BTreeSet::new();
    for key in ports.objects.list(MANIFESTS).await? {
        let Some(number) = number_of(&key) else { continue };
        done.insert(number);
        if !checked.contains(&number)
            && let Some(manifest) = read_object::<Manifest>(ports.objects, &key).await?
        {
            // Whoever wrote it may have ended before it looked whether a contact was erased meanwhile.
            settle_window(ports.objects, manifest, Marks::default()).await?;
        }
    }
    if let Some(number) = last.filter(|number| !done.contains(number)) {
        let plan = plan::get(ports.objects, number).await?;
        written.push(write_window(ports, settings, &plan, true).await?);
    }
    while written.is_empty() || may_begin() {
        let Some(next) = schedule::next(ports, settings, last, now).await? else { break };
        let number = next.head.window.number;
        let mine = plan::put(ports.objects, &next).await?;
        // Somebody else decided first: theirs counts.
        let next = if mine { next } else { plan::get(ports.objects, number).await? };
        written.push(write_window(ports, settings, &next, !mine).await?);
        last = Some(number);
    }
    Ok(written)
}

/// Writes the files and the manifest of a window. `begun`: somebody may have written some of them before.
async fn write_window(ports: DumpPorts<'_>, settings: &DumpSettings, plan: &Plan, begun: bool) -> Result<Manifest> {
    let window = plan.head.window;
    // Before anything is read of which a row is made: see `marks`.
    let marks = marks::all(ports.objects).await?;
    let mut writer = Writer::new(ports.objects, settings, window)?;
    let mut waiting = plan.head.waiting.clone();
    waiting.retain(|waiting| !marks.has(&waiting.entry.contact));
    let mut late = BTreeSet::new();
    let mut entries: Vec<Published> = plan.head.late.iter().map(Entry::published).collect();
    late.extend(entries.iter().map(digest_of));
    entries.retain(|published| !marks.has(&published.contact));
    writer.add_all(entries).await?;
    let mut after: Option<Published> = None;
    loop {
        let page = ports.index.published(window.from, window.to, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        // What came after the window was decided is the next one's.
        let mut entries = page;
        entries.retain(|published| {
            let digest = digest_of(published);
            plan.content.has(&digest) && !late.contains(&digest) && !marks.has(&published.contact)
        });
        writer.add_all(entries).await?;
    }
    let (revisions, unreadable) = writer.end_revisions().await?;
    waiting.extend(unreadable);
    let quarantined = add_quarantined(ports, plan, &marks, &mut writer).await?;
    let files = writer.finish().await?;
    if begun {
        remove_strays(ports.objects, window, &files).await?;
    }
    let mut now: Files = files.into_iter().map(|file| (file.key.clone(), Some(file))).collect();
    let settled = settle(ports.objects, &mut now, marks.clone()).await?;
    waiting.retain(|waiting| !settled.has(&waiting.entry.contact));
    let manifest = Manifest {
        format: MANIFEST_FORMAT.into(),
        schema_version: SCHEMA_VERSION,
        window,
        revisions,
        late: plan.head.late.len() as u64,
        quarantined,
        waiting,
        files: now.into_values().flatten().collect(),
    };
    put_manifest(ports.objects, &manifest).await?;
    // The plan may name a contact that was marked before the first list and was still in the index.
    if !settled.is_empty() {
        plan::forget(ports.objects, window.number, &settled).await?;
    }
    settle_window(ports.objects, manifest, settled).await
}

async fn add_quarantined(ports: DumpPorts<'_>, plan: &Plan, marks: &Marks, writer: &mut Writer<'_>) -> Result<u64> {
    let window = plan.head.window;
    let mut count = 0;
    let mut late = BTreeSet::new();
    for entry in &plan.head.late_quarantined {
        late.insert(digest_of_quarantined(entry));
        if marks.has_entry(entry) {
            continue;
        }
        writer.add_quarantined(entry).await?;
        count += 1;
    }
    let mut after = None;
    loop {
        let page = ports.quarantine.between(window.from, window.to, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(count) };
        after = Some(last.clone());
        for entry in &page {
            let digest = digest_of_quarantined(entry);
            if plan.content.has(&digest) && !late.contains(&digest) && !marks.has_entry(entry) {
                writer.add_quarantined(entry).await?;
                count += 1;
            }
        }
    }
}

/// The entry of a file in its manifest.
pub(crate) fn manifest_file(key: String, table: Table, dt: Date, rows: u64, bytes: &[u8]) -> ManifestFile {
    ManifestFile {
        key,
        table: table.name().to_string(),
        dt,
        rows,
        bytes: bytes.len() as u64,
        blake3: blake3::hash(bytes).to_hex().to_string(),
    }
}

/// Removes files of a window that an attempt with other settings, or of another version, left behind.
async fn remove_strays(objects: &dyn Objects, window: Window, files: &[ManifestFile]) -> Result<()> {
    let listed: BTreeSet<&str> = files.iter().map(|file| file.key.as_str()).collect();
    let begin = format!("{}-", window.name());
    for table in Table::ALL {
        for key in objects.list(&format!("{ROOT}/{}/", table.name())).await? {
            let of_window = key.rsplit('/').next().is_some_and(|name| name.starts_with(&begin));
            if of_window && !listed.contains(key.as_str()) {
                objects.remove(&key).await?;
            }
        }
    }
    Ok(())
}

/// Every manifest, in the order of the windows.
pub async fn manifests(objects: &dyn Objects) -> Result<Vec<Manifest>> {
    let mut manifests = Vec::new();
    for key in objects.list(MANIFESTS).await? {
        manifests.extend(read_object::<Manifest>(objects, &key).await?);
    }
    Ok(manifests)
}

pub(crate) async fn put_manifest(objects: &dyn Objects, manifest: &Manifest) -> Result<()> {
    let key = manifest.window.manifest_key();
    let bytes = serde_json::to_vec_pretty(manifest).map_err(|error| corrupt(&key, error))?;
    objects.put(&key, &bytes).await
}

pub(crate) async fn read_object<T: DeserializeOwned>(objects: &dyn Objects, key: &str) -> Result<Option<T>> {
    let Some(bytes) = objects.get(key).await? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| corrupt(key, error))
}

/// Reads many objects, so many at a time as are fetched at a time, in the order of their keys.
pub(crate) fn read_all<T: DeserializeOwned + Send>(
    objects: &dyn Objects,
    keys: Vec<String>,
) -> impl Stream<Item = (String, Result<Option<T>>)> + Unpin {
    let reads = keys.into_iter().map(move |key| async move {
        let read = read_object(objects, &key).await;
        (key, read)
    });
    Box::pin(stream::iter(reads).buffered(FETCHES))
}

fn corrupt(key: &str, error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Corrupt, "an object cannot be read or written").with("key", key).because(error)
}
