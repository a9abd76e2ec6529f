//! Parquet files and manifests without the rows of marked contacts. Erasures call it, and dumps for what was erased while
//! they wrote. A file keeps the columns that it has, so an older version takes nothing out of a newer one's files. It must
//! not decide who is marked.

use std::collections::{BTreeMap, BTreeSet};

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_stages::ports::Objects;
use arrow_array::cast::AsArray;
use arrow_array::{BooleanArray, RecordBatch};
use arrow_select::concat::concat_batches;
use arrow_select::filter::filter_record_batch;
use bytes::Bytes;
use futures_util::StreamExt;
use jiff::civil::Date;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::dump::{manifest_file, put_manifest, read_all};
use crate::encode::encode_columns;
use crate::manifest::{MANIFESTS, Manifest, ManifestFile, ROOT};
use crate::marks::{self, Marks};
use crate::plan;
use crate::tables::Table;

/// What became of a file.
#[derive(Debug, Clone)]
pub(crate) struct Cleaned {
    /// As it is now; `None` if nothing is left of it.
    pub file: Option<ManifestFile>,
    /// Rows that were removed, or would be.
    pub removed: u64,
}

/// Files by key, as they are now; `None`: gone.
pub(crate) type Files = BTreeMap<String, Option<ManifestFile>>;

/// The Parquet files of these days (all, if they are not known), listed in a manifest or not: those of a window that nobody
/// has finished count too. Quarantine files are of the day of the quarantine, so all of them are among them.
pub(crate) async fn files_of(objects: &dyn Objects, days: Option<&BTreeSet<Date>>) -> Result<Vec<String>> {
    let mut keys = Vec::new();
    for table in Table::ALL {
        let folder = format!("{ROOT}/{}/", table.name());
        match days.filter(|_| table != Table::Quarantine) {
            Some(days) => {
                for day in days {
                    keys.extend(objects.list(&format!("{folder}dt={day}/")).await?);
                }
            }
            None => keys.extend(objects.list(&folder).await?),
        }
    }
    Ok(keys)
}

/// Table and day of a file, from its key.
fn place_of(key: &str) -> Option<(Table, Date)> {
    let mut parts = key.strip_prefix(ROOT)?.strip_prefix('/')?.split('/');
    let table = Table::parse(parts.next()?)?;
    let day = parts.next()?.strip_prefix("dt=")?.parse().ok()?;
    Some((table, day))
}

/// Looks at a file and says what it would be without the marked contacts. `write`: makes it so.
pub(crate) async fn clean(objects: &dyn Objects, key: &str, marks: &Marks, write: bool) -> Result<Option<Cleaned>> {
    let Some((table, day)) = place_of(key) else { return Ok(None) };
    let Some(bytes) = objects.get(key).await? else { return Ok(Some(Cleaned { file: None, removed: 0 })) };
    let Rest { removed, kept, left } = without(table, key, bytes, marks)?;
    if removed > 0 && kept == 0 {
        if write {
            objects.remove(key).await?;
        }
        return Ok(Some(Cleaned { file: None, removed }));
    }
    if removed > 0 && write {
        objects.put(key, &left).await?;
    }
    Ok(Some(Cleaned { file: Some(manifest_file(key.to_owned(), table, day, kept, &left)), removed }))
}

/// What cannot be read, by key, and why.
pub(crate) type Damaged = BTreeMap<String, String>;

/// What came of an object, for whoever goes on with the others where one cannot be read: nothing is known of it, and it is noted.
pub(crate) fn or_note<T>(done: Result<T>, key: &str, damaged: &mut Damaged) -> Result<Option<T>> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.kind == ErrorKind::Corrupt => {
            damaged.insert(key.to_owned(), error.to_string());
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// [`clean`] for whoever goes on with the other files.
pub(crate) async fn clean_or_note(
    objects: &dyn Objects,
    key: &str,
    marks: &Marks,
    write: bool,
    damaged: &mut Damaged,
) -> Result<Option<Cleaned>> {
    Ok(or_note(clean(objects, key, marks, write).await, key, damaged)?.flatten())
}

/// Cleans files that were written, again until no mark was set meanwhile. `marks` were listed before they were written; the
/// marks that they are clean of now are returned.
pub(crate) async fn settle(objects: &dyn Objects, files: &mut Files, mut marks: Marks) -> Result<Marks> {
    loop {
        let now = marks::all(objects).await?;
        if now.without(&marks).is_empty() {
            return Ok(marks);
        }
        marks = now.and(&marks);
        for (key, file) in files.iter_mut() {
            if let Some(cleaned) = clean(objects, key, &marks, true).await? {
                *file = cleaned.file;
            }
        }
    }
}

/// A manifest with these files as they are now, and without the marked contacts among those that wait.
pub(crate) fn mended(manifest: &Manifest, files: &Files, marks: &Marks) -> Manifest {
    let mut mended = manifest.clone();
    mended.waiting.retain(|waiting| !marks.has(&waiting.entry.contact));
    let now = |file: &ManifestFile| files.get(&file.key).map_or_else(|| Some(file.clone()), Clone::clone);
    mended.files = manifest.files.iter().filter_map(now).collect();
    mended
}

/// Mends every manifest that lists one of these files or lets a marked contact wait. `days`: those that the files are all
/// files of; a manifest may list one of them that was removed before by somebody who could not say so, or one that was
/// written since.
pub(crate) async fn mend_manifests(
    objects: &dyn Objects,
    days: Option<&BTreeSet<Date>>,
    files: &mut Files,
    marks: &Marks,
    damaged: &mut Damaged,
) -> Result<()> {
    let mut reads = read_all::<Manifest>(objects, objects.list(MANIFESTS).await?);
    while let Some((key, read)) = reads.next().await {
        let Some(manifest) = or_note(read, &key, damaged)?.flatten() else { continue };
        for file in &manifest.files {
            let of_days = days.is_none_or(|days| days.contains(&file.dt)) || file.table == Table::Quarantine.name();
            if of_days
                && !files.contains_key(&file.key)
                && let Some(cleaned) = clean_or_note(objects, &file.key, marks, true, damaged).await?
            {
                files.insert(file.key.clone(), cleaned.file);
            }
        }
        let mended = mended(&manifest, files, marks);
        if mended != manifest {
            put_true(objects, mended, damaged).await?;
        }
    }
    Ok(())
}

/// Writes a manifest whose files somebody else may write at the same moment, and afterwards looks at marks and files again
/// until it says what is there. So of two who write it over each other the last one puts it right. Of a file that cannot be
/// read it says what it said.
async fn put_true(objects: &dyn Objects, mut manifest: Manifest, damaged: &mut Damaged) -> Result<Manifest> {
    loop {
        put_manifest(objects, &manifest).await?;
        let marks = marks::all(objects).await?;
        let mut files = Files::new();
        for file in &manifest.files {
            if let Some(seen) = clean_or_note(objects, &file.key, &marks, true, damaged).await? {
                files.insert(file.key.clone(), seen.file);
            }
        }
        let now = mended(&manifest, &files, &marks);
        if now == manifest {
            return Ok(manifest);
        }
        manifest = now;
    }
}

/// Looks again at a window whose manifest is there, in case that a contact was erased while it was written: cleans its
/// files, its manifest and its plan of the contacts that were marked since `marks` were listed, until there are none.
/// Then it notes that nobody has to look again.
pub(crate) async fn settle_window(objects: &dyn Objects, manifest: Manifest, mut marks: Marks) -> Result<Manifest> {
    let number = manifest.window.number;
    let mut manifest = manifest;
    loop {
        let now = marks::all(objects).await?;
        if now.without(&marks).is_empty() {
            break;
        }
        marks = now.and(&marks);
        let mut files = Files::new();
        for file in &manifest.files {
            if let Some(cleaned) = clean(objects, &file.key, &marks, true).await? {
                files.insert(file.key.clone(), cleaned.file);
            }
        }
        // All of its files could be read a moment ago.
        manifest = put_true(objects, mended(&manifest, &files, &marks), &mut Damaged::new()).await?;
        plan::forget(objects, number, &marks).await?;
    }
    plan::note_checked(objects, number).await?;
    Ok(manifest)
}

/// A file without the marked contacts.
struct Rest {
    removed: u64,
    kept: u64,
    left: Vec<u8>,
}

/// The same rows give the same bytes, in how many steps they were removed.
fn without(table: Table, key: &str, bytes: Vec<u8>, marks: &Marks) -> Result<Rest> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        Error::new(ErrorKind::Corrupt, "a Parquet file cannot be read").with("key", key).because(error)
    };
    let shared = Bytes::from(bytes);
    let builder = ParquetRecordBatchReaderBuilder::try_new(shared.clone()).map_err(|error| failed(error.into()))?;
    let schema = std::sync::Arc::clone(builder.schema());
    let reader = builder.build().map_err(|error| failed(error.into()))?;
    let (mut removed, mut kept) = (0, 0);
    let mut batches = Vec::new();
    for batch in reader {
        let batch = batch.map_err(|error| failed(error.into()))?;
        let others = others(&batch, marks);
        removed += (others.len() - others.true_count()) as u64;
        kept += others.true_count() as u64;
        batches.push(filter_record_batch(&batch, &others).map_err(|error| failed(error.into()))?);
    }
    let left = if removed == 0 || kept == 0 {
        shared.to_vec()
    } else {
        let rows = concat_batches(&schema, &batches).map_err(|error| failed(error.into()))?;
        encode_columns(table, &schema, &[rows])?
    };
    Ok(Rest { removed, kept, left })
}

/// Which rows have no mark: of their contact, or of the entry of the quarantine that they are.
fn others(batch: &RecordBatch, marks: &Marks) -> BooleanArray {
    let column = |name: &str| batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
    let (Some(instances), Some(ids)) = (column("instance_id"), column("contact_id")) else {
        return BooleanArray::from(vec![true; batch.num_rows()]);
    };
    let entries = column("quarantine_id");
    // Rows of a contact lie together, so the last answer is the next one too.
    let mut last = ((None, None), true);
    let of_other = |row: usize, ids: (Option<&str>, Option<&str>), last: bool, same: bool| match (entries, ids) {
        (Some(entries), _) if marks.has_quarantined(entries.value(row)) => false,
        (None, _) if same => last,
        (_, (Some(instance), Some(id))) => !marks.has_ids(instance, id),
        _ => true,
    };
    instances
        .iter()
        .zip(ids.iter())
        .enumerate()
        .map(|(row, ids)| {
            last = (ids, of_other(row, ids, last.1, ids == last.0));
            Some(last.1)
        })
        .collect()
}
