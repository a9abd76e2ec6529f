//! The rows of a window on their way into files. Revisions are read and files made on all cores while the next ones are
//! fetched; a day is written when there are too many rows in memory.
//!
//! Which rows a file holds must not depend on how fast anything is. So revisions are counted off in chunks, rows are
//! counted when a chunk so far back is done, and before a day is written every chunk that was begun is waited for: all of
//! that at fixed places in the order of the index.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use aftercall_core::error::{Error, Result};
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_stages::ports::{Objects, Published};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::dump::{DumpSettings, FETCHES, manifest_file};
use crate::heaps::{self, Heap, Heaps, Place};
use crate::manifest::{Entry, ManifestFile, ROOT, Waiting, Window};
use crate::pool::{Pending, Pool};
use crate::revision::{Raw, fetch, read};

/// Revisions of a chunk at the most.
const CHUNK: usize = 64;
/// A chunk ends with the revision whose objects make it longer than this: contacts may be long.
const CHUNK_BYTES: usize = 1 << 20;
/// Revisions of a chunk that one core reads: so few that the others do not wait long for the last.
const TASK: usize = 16;
/// Chunks that are read at a time, so that no core has to wait while the next one is fetched.
const CHUNKS: usize = 4;

/// Heaps that no core is adding to. There are never more than cores.
#[derive(Clone, Default)]
struct Shares(Arc<Mutex<Vec<Heaps>>>);

impl Shares {
    fn with<T>(&self, change: impl FnOnce(&mut Vec<Heaps>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take(&self) -> Heaps {
        self.with(Vec::pop).unwrap_or_default()
    }

    fn put(&self, heaps: Heaps) {
        self.with(|shares| shares.push(heaps));
    }
}

/// What came of some revisions.
#[derive(Default)]
struct Made {
    rows: usize,
    revisions: u64,
    waiting: Vec<Waiting>,
}

/// A file, as it is being made.
struct BeingMade {
    place: Place,
    part: u32,
    rows: usize,
    bytes: Pending<Result<Vec<u8>>>,
}

/// Rows that are not written yet, and what has been written.
pub(crate) struct Writer<'a> {
    objects: &'a dyn Objects,
    settings: &'a DumpSettings,
    window: Window,
    pool: Pool,
    /// Revisions that are fetched, fewer than a chunk.
    fetched: Vec<(Published, Raw)>,
    fetched_bytes: usize,
    /// Chunks that are being read, each in several tasks.
    being_read: VecDeque<Vec<Pending<Result<Made>>>>,
    shares: Shares,
    /// Rows of chunks that are done.
    in_memory: usize,
    revisions: u64,
    waiting: Vec<Waiting>,
    being_made: VecDeque<BeingMade>,
    /// Files of a day and table that were begun.
    parts: BTreeMap<Place, u32>,
    files: Vec<ManifestFile>,
}

impl<'a> Writer<'a> {
    /// Without rows.
    pub(crate) fn new(objects: &'a dyn Objects, settings: &'a DumpSettings, window: Window) -> Result<Self> {
        Ok(Self {
            objects,
            settings,
            window,
            pool: Pool::new(cores())?,
            fetched: Vec::new(),
            fetched_bytes: 0,
            being_read: VecDeque::new(),
            shares: Shares::default(),
            in_memory: 0,
            revisions: 0,
            waiting: Vec::new(),
            being_made: VecDeque::new(),
            parts: BTreeMap::new(),
            files: Vec::new(),
        })
    }

    /// Revisions whose rows are made at a time: a small part of what may be in memory.
    fn chunk(&self) -> usize {
        (self.settings.max_rows_in_memory / 64).clamp(1, CHUNK)
    }

    /// Adds the rows of revisions.
    pub(crate) async fn add_all(&mut self, entries: Vec<Published>) -> Result<()> {
        let objects = self.objects;
        let fetches = entries.into_iter().map(|published| async move {
            let raw = fetch(objects, &published).await?;
            Ok::<_, Error>((published, raw))
        });
        let mut fetches = stream::iter(fetches).buffered(FETCHES);
        while let Some(one) = fetches.try_next().await? {
            self.fetched_bytes += one.1.bytes();
            self.fetched.push(one);
            if self.fetched.len() >= self.chunk() || self.fetched_bytes > CHUNK_BYTES {
                self.begin_rows().await?;
            }
        }
        Ok(())
    }

    /// Ends what [`Self::add_all`] began. Says how many revisions were added, and which have to wait.
    pub(crate) async fn end_revisions(&mut self) -> Result<(u64, Vec<Waiting>)> {
        self.begin_rows().await?;
        self.take_rows(0)?;
        Ok((self.revisions, std::mem::take(&mut self.waiting)))
    }

    /// Adds the row of an entry of the quarantine. Only when all revisions were added.
    pub(crate) async fn add_quarantined(&mut self, entry: &QuarantineEntry) -> Result<()> {
        let mut heaps = self.shares.take();
        heaps.add_quarantined(entry)?;
        self.shares.put(heaps);
        self.in_memory += 1;
        self.make_room().await
    }

    /// Begins to add the rows of a chunk.
    async fn begin_rows(&mut self) -> Result<()> {
        self.take_rows(CHUNKS - 1)?;
        self.make_room().await?;
        let mut fetched = std::mem::take(&mut self.fetched).into_iter();
        self.fetched_bytes = 0;
        let mut tasks = Vec::new();
        loop {
            let entries: Vec<(Published, Raw)> = fetched.by_ref().take(TASK).collect();
            if entries.is_empty() {
                break;
            }
            let (shares, zone) = (self.shares.clone(), self.settings.zone.clone());
            tasks.push(self.pool.begin(move || add_rows(&shares, entries, &zone)));
        }
        self.being_read.push_back(tasks);
        Ok(())
    }

    /// Waits until only so many chunks are being read.
    fn take_rows(&mut self, newest: usize) -> Result<()> {
        while self.being_read.len() > newest {
            for made in self.being_read.pop_front().into_iter().flatten() {
                let made = made.wait()??;
                self.in_memory += made.rows;
                self.revisions += made.revisions;
                self.waiting.extend(made.waiting);
            }
        }
        Ok(())
    }

    /// Rows by day and table.
    fn counts(&self) -> BTreeMap<Place, usize> {
        self.shares.with(|shares| {
            let mut counts = BTreeMap::new();
            for (place, rows) in shares.iter().flat_map(Heaps::counts) {
                *counts.entry(place).or_default() += rows;
            }
            counts
        })
    }

    /// Writes the fullest days if there are too many rows, so many that there is room for a while.
    async fn make_room(&mut self) -> Result<()> {
        let most = self.settings.max_rows_in_memory;
        if self.in_memory <= most {
            return Ok(());
        }
        // The cores go on reading while the files that were begun are stored.
        self.put_files().await?;
        self.take_rows(0)?;
        while self.in_memory > most - most / 8 {
            let counts = self.counts();
            let mut days: BTreeMap<Date, usize> = BTreeMap::new();
            for ((date, _), rows) in &counts {
                *days.entry(*date).or_default() += rows;
            }
            let Some((fullest, _)) = days.into_iter().max_by_key(|(_, rows)| *rows) else { return Ok(()) };
            let of_day = |place: &Place| place.0 == fullest;
            counts.into_keys().filter(of_day).for_each(|place| self.write(place));
        }
        Ok(())
    }

    /// Begins to write the rows of a day and table: the cores make the file before they read what is begun later.
    fn write(&mut self, place: Place) {
        let heaps: Vec<Heap> =
            self.shares.with(|shares| shares.iter_mut().filter_map(|heaps| heaps.take(place)).collect());
        let rows = heaps.iter().map(Heap::rows).sum();
        self.in_memory = self.in_memory.saturating_sub(rows);
        let parts = self.parts.entry(place).or_default();
        let part = *parts;
        *parts += 1;
        let bytes = self.pool.begin(move || heaps::file(place.1, heaps));
        self.being_made.push_back(BeingMade { place, part, rows, bytes });
    }

    /// Stores the files that were made.
    async fn put_files(&mut self) -> Result<()> {
        while let Some(BeingMade { place: (date, table), part, rows, bytes }) = self.being_made.pop_front() {
            let bytes = bytes.wait()??;
            let key = format!("{ROOT}/{}/dt={date}/{}-{part}.parquet", table.name(), self.window.name());
            self.objects.put(&key, &bytes).await?;
            self.files.push(manifest_file(key, table, date, rows as u64, &bytes));
        }
        Ok(())
    }

    /// Writes all rows that are left.
    pub(crate) async fn finish(mut self) -> Result<Vec<ManifestFile>> {
        self.end_revisions().await?;
        // The longest first, so that all cores end together.
        let mut counts: Vec<(Place, usize)> = self.counts().into_iter().collect();
        counts.sort_by_key(|(_, rows)| Reverse(*rows));
        for (place, _) in counts {
            self.write(place);
        }
        self.put_files().await?;
        self.files.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(self.files)
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn add_rows(shares: &Shares, entries: Vec<(Published, Raw)>, zone: &TimeZone) -> Result<Made> {
    let mut heaps = shares.take();
    let mut made = Made::default();
    for (published, raw) in entries {
        match read(&published, &raw) {
            Ok(loaded) => {
                made.rows += heaps.add(loaded.revision(&published), zone)?;
                made.revisions += 1;
            }
            Err(problem) => {
                made.waiting.push(Waiting { entry: Entry::from(&published), problem: problem.to_string() });
            }
        }
    }
    shares.put(heaps);
    Ok(made)
}

#[cfg(test)]
mod tests {
    use aftercall_schemas::{ContactKey, RevisionKey};
    use aftercall_stages::keys;
    use aftercall_stages::testkit::Memory;
    use jiff::Timestamp;
    use pollster::block_on;
    use serde_json::json;

    use super::*;

    /// Stores a revision, but for one in seven, which cannot be read.
    fn stored(memory: &Memory, number: i64) -> Published {
        let (contact, key) = (ContactKey::new("i", format!("c{number}")), RevisionKey("k".into()));
        let moment = |millis: i64| Timestamp::from_millisecond(1_773_043_200_000 + millis).unwrap();
        let turn = |turn: i64| {
            json!({
                "turn_id": format!("t{turn}"), "participant": 0, "role": "CUSTOMER", "content": format!("{turn} of {number}"),
                "begin_offset_millis": turn * 1000, "end_offset_millis": null,
            })
        };
        let conversation = json!({
            "format": "aftercall.conversation/1", "instance_id": "i", "contact_id": contact.contact_id, "channel": "VOICE",
            "language": null, "sources": [], "alignment": "single", "start_timestamp": moment(number % 3 * 86_400_000),
            "participants": [], "turns": (0..number % 11).map(turn).collect::<Vec<_>>(),
        });
        let analysis = json!({
            "format": "aftercall.analysis/1", "instance_id": "i", "contact_id": contact.contact_id, "revision_key": key,
            "use_cases": [], "state": "complete", "missing": {}, "results": {},
        });
        let put = |key: String, value: serde_json::Value| {
            block_on(memory.put(&key, value.to_string().as_bytes())).unwrap();
        };
        put(keys::conversation(&contact, &key), conversation);
        if number % 7 != 6 {
            put(keys::analysis(&contact, &key, 1), analysis);
        }
        Published { contact, revision_key: key, revision: 1, published_at: moment(number) }
    }

    #[test]
    fn files_do_not_depend_on_cores_and_pages() {
        let memory = Memory::default();
        let entries: Vec<Published> = (0..400).map(|number| stored(&memory, number)).collect();
        let window = Window { number: 1, from: Timestamp::UNIX_EPOCH, to: Timestamp::MAX };
        let settings = DumpSettings { max_rows_in_memory: 300, ..DumpSettings::default() };
        let made = |cores: usize, page: usize| {
            let mut writer =
                Writer { pool: Pool::new(cores).unwrap(), ..Writer::new(&memory, &settings, window).unwrap() };
            for page in entries.chunks(page) {
                block_on(writer.add_all(page.to_vec())).unwrap();
            }
            let (revisions, waiting) = block_on(writer.end_revisions()).unwrap();
            assert_eq!((revisions, waiting.len()), (343, 57));
            (waiting, block_on(writer.finish()).unwrap())
        };
        let one = made(1, 400);
        assert!(one.1.len() > 6 * 2, "several files a day and table: {}", one.1.len());
        assert_eq!(one.1.iter().filter(|file| file.table == "contacts").map(|file| file.rows).sum::<u64>(), 343);
        for (cores, page) in [(1, 1), (2, 400), (2, 37), (3, 128), (8, 5), (8, 400)] {
            assert_eq!(made(cores, page), one, "{cores} cores, pages of {page}");
        }
    }
}
