//! Writes what has been published since the last dump as Parquet, partitioned by day. A dump covers windows of the index
//! of published revisions; it never scans a table. Windows are bounded and follow each other, so days of outage are worked
//! off in order.
//!
//! A window is decided before its first file (`plan`), files get names from the window, and its manifest is written after
//! its last file. So an interrupted window is written again with the same content over the same files, and two runs at
//! once write the same. A window closes later than any writer takes (`lag`), and every window carries what earlier ones
//! missed (`look_back`): no entry is lost, and none is in two windows. A contact that is erased while its window is written
//! is taken out of what was written before the window counts as done (`marks`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::thread::JoinHandle;
use std::time::Duration;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::rows;
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_stages::ports::{Objects, Published, PublishedIndex, Quarantine};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;

use crate::day::{self, Day, Encoded};
use crate::manifest::{Entry, MANIFEST_FORMAT, MANIFESTS, SCHEMA_VERSION, Waiting};
pub use crate::manifest::{Manifest, ManifestFile, ROOT, Window};
use crate::marks::{self, Marks};
use crate::plan::{self, Plan, digest_of, digest_of_quarantined, number_of};
use crate::revision::{Raw, fetch, read};
use crate::rewrite::{Files, settle, settle_window};
use crate::schedule;
use crate::tables::Table;

/// Entries of the index that are read at a time.
pub(crate) const PAGE: usize = 1024;

/// Revisions that are in hand at a time, between the store and the rows.
const CHUNK: usize = 128;
/// Objects that are asked for at a time: a bucket answers slowly and many at once.
pub(crate) const FETCHES: usize = 32;
/// Revisions that are not worth a thread.
const FEW: usize = 16;

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

impl DumpSettings {
    /// Revisions whose rows are made at a time: a small part of what may be in memory.
    fn chunk(&self) -> usize {
        (self.max_rows_in_memory / 64).clamp(1, CHUNK)
    }
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

/// Rows that are not written yet, and what has been written.
struct Writer<'a> {
    objects: &'a dyn Objects,
    settings: &'a DumpSettings,
    window: Window,
    /// As many as there are cores: each has the rows of the revisions that it has read.
    shares: Vec<Share>,
    in_memory: usize,
    /// Shares that threads are adding to.
    being_read: Vec<JoinHandle<Result<Made>>>,
    being_made: VecDeque<BeingMade>,
    /// Files of a day that were begun.
    parts: BTreeMap<Date, u32>,
    files: Vec<ManifestFile>,
}

/// Rows by day.
type Share = BTreeMap<Date, Day>;

/// Writes the files and the manifest of a window. `begun`: somebody may have written some of them before.
async fn write_window(ports: DumpPorts<'_>, settings: &DumpSettings, plan: &Plan, begun: bool) -> Result<Manifest> {
    let window = plan.head.window;
    // Before anything is read of which a row is made: see `marks`.
    let marks = marks::all(ports.objects).await?;
    let mut writer = Writer {
        objects: ports.objects,
        settings,
        window,
        shares: std::iter::repeat_with(Share::new).take(cores()).collect(),
        in_memory: 0,
        being_read: Vec::new(),
        being_made: VecDeque::new(),
        parts: BTreeMap::new(),
        files: Vec::new(),
    };
    let mut waiting = plan.head.waiting.clone();
    waiting.retain(|waiting| !marks.has(&waiting.entry.contact));
    let mut revisions = 0;
    let mut late = BTreeSet::new();
    let mut entries: Vec<Published> = plan.head.late.iter().map(Entry::published).collect();
    late.extend(entries.iter().map(digest_of));
    entries.retain(|published| !marks.has(&published.contact));
    revisions += writer.add_all(&entries, &mut waiting).await?;
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
        revisions += writer.add_all(&entries, &mut waiting).await?;
    }
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

impl Writer<'_> {
    /// Adds the row of an entry of the quarantine.
    async fn add_quarantined(&mut self, entry: &QuarantineEntry) -> Result<()> {
        if let Some(share) = self.shares.first_mut() {
            share.entry(rows::quarantined_day(entry)).or_default().add_quarantined(entry);
            self.in_memory += 1;
        }
        self.make_room().await
    }

    /// Adds the rows of revisions. Says how many revisions were added; the others have to wait.
    async fn add_all(&mut self, entries: &[Published], waiting: &mut Vec<Waiting>) -> Result<u64> {
        let mut added = 0;
        for chunk in entries.chunks(self.settings.chunk()) {
            let fetches = stream::iter(chunk).map(|published| fetch(self.objects, published));
            let raw: Vec<Raw> = fetches.buffered(FETCHES).try_collect().await?;
            added += self.take_rows(waiting).await?;
            self.begin_rows(chunk, raw);
        }
        added += self.take_rows(waiting).await?;
        Ok(added)
    }

    /// Begins to add the rows of some revisions: every core adds a part of them to its share. Meanwhile the next ones are
    /// fetched.
    fn begin_rows(&mut self, entries: &[Published], raw: Vec<Raw>) {
        let length = entries.len().div_ceil(self.shares.len().max(1)).max(FEW);
        let mut raw = raw.into_iter();
        for entries in entries.chunks(length) {
            let share = self.shares.pop().unwrap_or_default();
            let entries: Vec<(Published, Raw)> = entries.iter().cloned().zip(raw.by_ref()).collect();
            let zone = self.settings.zone.clone();
            self.being_read.push(std::thread::spawn(move || add_rows(share, entries, &zone)));
        }
    }

    /// Takes back the shares that threads have added rows to, if there are any.
    async fn take_rows(&mut self, waiting: &mut Vec<Waiting>) -> Result<u64> {
        let mut added = 0;
        for made in std::mem::take(&mut self.being_read) {
            let made = ended(made)?;
            added += made.revisions;
            self.in_memory += made.rows;
            waiting.extend(made.waiting);
            self.shares.push(made.share);
        }
        self.make_room().await?;
        Ok(added)
    }

    /// Rows by day.
    fn days(&self) -> BTreeMap<Date, usize> {
        let mut days = BTreeMap::new();
        for (date, day) in self.shares.iter().flatten() {
            *days.entry(*date).or_default() += day.rows();
        }
        days
    }

    /// Writes the fullest days if there are too many rows.
    async fn make_room(&mut self) -> Result<()> {
        while self.in_memory > self.settings.max_rows_in_memory {
            let fullest = self.days().into_iter().max_by_key(|(_, rows)| *rows);
            let Some((fullest, _)) = fullest else { return Ok(()) };
            self.write(fullest, 1).await?;
        }
        Ok(())
    }

    /// Begins to write the rows of a day: another core makes the files while this one reads on. `at_once`: so many days may
    /// be made into files at the same time.
    async fn write(&mut self, date: Date, at_once: usize) -> Result<()> {
        self.put_files(at_once.saturating_sub(1)).await?;
        let day: Vec<Day> = self.shares.iter_mut().filter_map(|share| share.remove(&date)).collect();
        self.in_memory = self.in_memory.saturating_sub(day.iter().map(Day::rows).sum());
        let parts = self.parts.entry(date).or_default();
        let part = *parts;
        *parts += 1;
        self.being_made.push_back(BeingMade { date, part, files: std::thread::spawn(move || day::files(day)) });
        Ok(())
    }

    /// Stores the files that other cores have made, but for those of the newest days.
    async fn put_files(&mut self, newest: usize) -> Result<()> {
        while self.being_made.len() > newest {
            let Some(BeingMade { date, part, files }) = self.being_made.pop_front() else { return Ok(()) };
            for file in ended(files)? {
                let table = file.table.name();
                let key = format!("{ROOT}/{table}/dt={date}/{}-{part}.parquet", self.window.name());
                self.objects.put(&key, &file.bytes).await?;
                self.files.push(manifest_file(key, file.table, date, file.rows, &file.bytes));
            }
        }
        Ok(())
    }

    /// Writes all days that have rows.
    async fn finish(mut self) -> Result<Vec<ManifestFile>> {
        for date in self.days().into_keys() {
            self.write(date, cores()).await?;
        }
        self.put_files(0).await?;
        self.files.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(self.files)
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Files of a part of a day, as another core makes them.
struct BeingMade {
    date: Date,
    part: u32,
    files: JoinHandle<Result<Vec<Encoded>>>,
}

/// A share with the rows of some revisions more.
struct Made {
    share: Share,
    rows: usize,
    revisions: u64,
    waiting: Vec<Waiting>,
}

/// What a thread has made. A panic is a fault of this program; it must not become a window without rows.
fn ended<T>(thread: JoinHandle<Result<T>>) -> Result<T> {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn add_rows(share: Share, entries: Vec<(Published, Raw)>, zone: &TimeZone) -> Result<Made> {
    let mut made = Made { share, rows: 0, revisions: 0, waiting: Vec::new() };
    for (published, raw) in entries {
        match read(&published, &raw) {
            Ok(loaded) => {
                let revision = loaded.revision(&published);
                let day = made.share.entry(rows::day(revision)).or_default();
                let before = day.rows();
                day.add(revision, zone)?;
                made.rows += day.rows() - before;
                made.revisions += 1;
            }
            Err(problem) => {
                made.waiting.push(Waiting { entry: Entry::from(&published), problem: problem.to_string() });
            }
        }
    }
    Ok(made)
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
