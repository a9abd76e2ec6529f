//! The ports over generated contacts: objects made when they are asked for, or read from one file that was written before.
//! Parquet files are written below a folder, or counted and forgotten.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_stages::ports::{Objects, Published, PublishedIndex, Quarantine};
use async_trait::async_trait;
use jiff::Timestamp;

use crate::generated::{analysis, conversation, published};

/// Objects that were written before: where each lies in the file, conversation and analysis in turns.
pub struct Stored {
    /// The file.
    pub file: File,
    /// Offset and length.
    pub places: Vec<(u64, u32)>,
    /// The index of what is published.
    pub index: Vec<Published>,
}

/// The ports.
pub struct World {
    /// How many contacts there are.
    pub contacts: u64,
    /// Days that they are spread over, where they are made when they are asked for.
    pub days: u64,
    /// Objects that were written before, if any.
    pub stored: Option<Stored>,
    /// Where Parquet files go, if they are kept.
    pub folder: Option<PathBuf>,
    kept: Mutex<BTreeMap<String, Vec<u8>>>,
    written: Mutex<(u64, u64)>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    /// Of this many contacts.
    pub fn new(contacts: u64, stored: Option<Stored>, folder: Option<&Path>) -> Self {
        let folder = folder.map(Path::to_path_buf);
        Self { contacts, days: 2, stored, folder, kept: Mutex::default(), written: Mutex::default() }
    }

    /// Parquet files and their bytes.
    pub fn written(&self) -> (u64, u64) {
        *lock(&self.written)
    }

    fn object(&self, contact: u64, is_analysis: bool) -> Result<Vec<u8>> {
        let Some(stored) = &self.stored else {
            let object = if is_analysis { analysis(contact) } else { conversation(contact, self.days) };
            return Ok(object.to_string().into_bytes());
        };
        let failed = || Error::new(ErrorKind::Storage, "a stored object cannot be read");
        let place = usize::try_from(contact * 2 + u64::from(is_analysis)).ok().and_then(|at| stored.places.get(at));
        let (offset, length) = *place.ok_or_else(failed)?;
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        stored.file.read_exact_at(&mut bytes, offset).map_err(|error| failed().because(error))?;
        Ok(bytes)
    }
}

#[async_trait]
impl PublishedIndex for World {
    async fn published(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<&Published>,
        limit: usize,
    ) -> Result<Vec<Published>> {
        let first = after.map_or(0, |after| after.revision_key.0.parse::<u64>().map_or(0, |contact| contact + 1));
        let made = (first..self.contacts).map(published);
        let inside = |entry: &Published| from <= entry.published_at && entry.published_at < to;
        let Some(stored) = &self.stored else { return Ok(made.filter(&inside).take(limit).collect()) };
        let rest = stored.index.iter().skip(usize::try_from(first).unwrap_or(usize::MAX));
        Ok(rest.filter(|entry| inside(entry)).take(limit).cloned().collect())
    }
}

#[async_trait]
impl Quarantine for World {
    async fn put_if_absent(&self, _: &QuarantineEntry) -> Result<bool> {
        Ok(true)
    }

    async fn list(&self) -> Result<Vec<QuarantineEntry>> {
        Ok(Vec::new())
    }

    async fn count_attempt(&self, _: &str) -> Result<()> {
        Ok(())
    }

    async fn release(&self, _: &str) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Objects for World {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<()> {
        if !key.ends_with(".parquet") {
            lock(&self.kept).insert(key.to_string(), bytes.to_vec());
            return Ok(());
        }
        let mut written = lock(&self.written);
        written.0 += 1;
        written.1 += bytes.len() as u64;
        let Some(folder) = &self.folder else { return Ok(()) };
        let path = folder.join(key);
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, bytes));
        made.map_err(|error| Error::new(ErrorKind::Storage, "a file cannot be written").with("key", key).because(error))
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        if let Some(kept) = lock(&self.kept).get(key) {
            return Ok(Some(kept.clone()));
        }
        let name = key.rsplit('/').next().unwrap_or_default();
        let is_analysis = key.starts_with("analyses/");
        if !is_analysis && !key.starts_with("conversations/") {
            return Ok(None);
        }
        let number = name.get(..8).and_then(|digits| digits.parse::<u64>().ok());
        number.map(|contact| self.object(contact, is_analysis)).transpose()
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        Ok(lock(&self.kept).keys().filter(|key| key.starts_with(prefix)).cloned().collect())
    }

    async fn remove(&self, key: &str) -> Result<()> {
        lock(&self.kept).remove(key);
        Ok(())
    }
}
