//! Writes what has been published since the last dump as Parquet, partitioned by day. A dump covers a window of the
//! index of published revisions, `from <= published_at < to`; it never scans a table. Windows follow each other without
//! gap or overlap. The window is written down before its first file and its manifest after its last, so an interrupted
//! dump is done again with the same bounds and overwrites its own files with the same bytes.

use std::collections::BTreeMap;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::redact::RedactedConversation;
use aftercall_core::rows::{self, Revision};
use aftercall_schemas::results::Analysis;
use aftercall_stages::keys;
use aftercall_stages::ports::{Objects, Published, PublishedIndex};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::day::Day;

/// Where tables, manifests and the window in progress lie.
pub const ROOT: &str = "warehouse";
const MANIFESTS: &str = "warehouse/_manifests/";
const IN_PROGRESS: &str = "warehouse/_in_progress.json";
/// Entries of the index that are read at a time.
const PAGE: usize = 1024;

/// What a dump needs.
#[derive(Clone, Copy)]
pub struct DumpPorts<'a> {
    /// What has been published.
    pub index: &'a dyn PublishedIndex,
    /// Conversations and analyses to read, Parquet files to write.
    pub objects: &'a dyn Objects,
}

/// How to dump.
#[derive(Debug, Clone)]
pub struct DumpSettings {
    /// The zone of `local_date`.
    pub zone: TimeZone,
    /// Turns that are held in memory at the most, over all days; more make more files.
    pub max_rows_in_memory: usize,
}

impl Default for DumpSettings {
    fn default() -> Self {
        Self { zone: TimeZone::UTC, max_rows_in_memory: 60_000 }
    }
}

/// A window of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// First moment of it.
    pub from: Timestamp,
    /// First moment after it.
    pub to: Timestamp,
}

impl Window {
    /// The name of its manifest and files: its end, to the millisecond.
    pub fn name(&self) -> String {
        self.to.strftime("%Y%m%dT%H%M%S.%3fZ").to_string()
    }
}

/// What a window wrote: the list that a consumer loads from. Written last, so what it lists is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// `aftercall.manifest/1`.
    pub format: String,
    /// The window.
    pub window: Window,
    /// Published revisions in it.
    pub revisions: u64,
    /// Files, by key.
    pub files: Vec<ManifestFile>,
}

/// A file of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Key of the object.
    pub key: String,
    /// Table.
    pub table: String,
    /// Day partition.
    pub dt: Date,
    /// Rows.
    pub rows: u64,
    /// Size.
    pub bytes: u64,
    /// BLAKE3 of the bytes, hexadecimal.
    pub blake3: String,
}

/// Dumps what was published before `until` and after the last dump. Returns the manifests written: one, or none when
/// there was nothing new, or two when an interrupted window had to be finished first.
pub async fn dump(ports: DumpPorts<'_>, settings: &DumpSettings, until: Timestamp) -> Result<Vec<Manifest>> {
    let mut written = Vec::new();
    if let Some(window) = read_object::<Window>(ports.objects, IN_PROGRESS).await? {
        written.extend(dump_window(ports, settings, window).await?);
        ports.objects.remove(IN_PROGRESS).await?;
    }
    let from = match ports.objects.list(MANIFESTS).await?.last() {
        Some(key) => {
            let manifest: Option<Manifest> = read_object(ports.objects, key).await?;
            manifest.map_or(Timestamp::MIN, |manifest| manifest.window.to)
        }
        None => Timestamp::MIN,
    };
    if from >= until || ports.index.published(from, until, None, 1).await?.is_empty() {
        return Ok(written);
    }
    let window = Window { from, to: until };
    let bytes = serde_json::to_vec(&window).map_err(|error| corrupt(IN_PROGRESS, error))?;
    ports.objects.put(IN_PROGRESS, &bytes).await?;
    written.extend(dump_window(ports, settings, window).await?);
    ports.objects.remove(IN_PROGRESS).await?;
    Ok(written)
}

async fn dump_window(ports: DumpPorts<'_>, settings: &DumpSettings, window: Window) -> Result<Option<Manifest>> {
    let mut days: BTreeMap<Date, (Day, u32)> = BTreeMap::new();
    let mut files = Vec::new();
    let mut revisions = 0;
    let mut in_memory = 0;
    let mut after: Option<Published> = None;
    loop {
        let page = ports.index.published(window.from, window.to, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        for published in &page {
            let (conversation, analysis) = load(ports.objects, published).await?;
            let revision = Revision {
                conversation: conversation.conversation(),
                analysis: &analysis,
                number: published.revision,
                published_at: published.published_at,
            };
            let (buffer, _) = days.entry(rows::day(revision)).or_default();
            let before = buffer.rows();
            buffer.add(revision, &settings.zone);
            in_memory += buffer.rows() - before;
            revisions += 1;
            if in_memory > settings.max_rows_in_memory
                && let Some((day, fullest)) = days.iter_mut().max_by_key(|(_, (day, _))| day.rows())
            {
                in_memory -= fullest.0.rows();
                write_day(ports.objects, window, *day, fullest, &mut files).await?;
            }
        }
    }
    for (day, buffer) in &mut days {
        write_day(ports.objects, window, *day, buffer, &mut files).await?;
    }
    if revisions == 0 {
        return Ok(None);
    }
    files.sort_by(|a: &ManifestFile, b| a.key.cmp(&b.key));
    let manifest = Manifest { format: "aftercall.manifest/1".into(), window, revisions, files };
    let key = format!("{MANIFESTS}{}.json", window.name());
    let bytes = serde_json::to_vec_pretty(&manifest).map_err(|error| corrupt(&key, error))?;
    ports.objects.put(&key, &bytes).await?;
    Ok(Some(manifest))
}

async fn load(objects: &dyn Objects, published: &Published) -> Result<(RedactedConversation, Analysis)> {
    let contact = &published.contact;
    let conversation_key = keys::conversation(contact, &published.revision_key);
    let analysis_key = keys::analysis(contact, &published.revision_key, published.revision);
    let missing = |key: &str| {
        Error::new(ErrorKind::NotFound, "an object of a published revision is missing")
            .with("contact", contact)
            .with("key", key)
    };
    let conversation = read_object(objects, &conversation_key).await?.ok_or_else(|| missing(&conversation_key))?;
    let analysis = read_object(objects, &analysis_key).await?.ok_or_else(|| missing(&analysis_key))?;
    Ok((conversation, analysis))
}

async fn write_day(
    objects: &dyn Objects,
    window: Window,
    day: Date,
    (buffer, parts): &mut (Day, u32),
    files: &mut Vec<ManifestFile>,
) -> Result<()> {
    let part = *parts;
    *parts += 1;
    for file in buffer.take_files()? {
        let table = file.table.name();
        let key = format!("{ROOT}/{table}/dt={day}/{}-{part}.parquet", window.name());
        objects.put(&key, &file.bytes).await?;
        files.push(ManifestFile {
            key,
            table: table.to_string(),
            dt: day,
            rows: file.rows,
            bytes: file.bytes.len() as u64,
            blake3: blake3::hash(&file.bytes).to_hex().to_string(),
        });
    }
    Ok(())
}

async fn read_object<T: DeserializeOwned>(objects: &dyn Objects, key: &str) -> Result<Option<T>> {
    let Some(bytes) = objects.get(key).await? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| corrupt(key, error))
}

fn corrupt(key: &str, error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Corrupt, "an object cannot be read or written").with("key", key).because(error)
}
