//! Objects on one machine: small ones are rows of the store, large ones and the Parquet files are files of the folder. A
//! file for every conversation would cost more than analysing it: making a file takes a file system longer than SQLite
//! takes to write its content.

use aftercall_core::error::Result;
use aftercall_stages::ports::Objects;
use async_trait::async_trait;

use crate::folder::Folder;
use crate::store::Store;

/// Longest object that is a row.
const SMALL: usize = 64 * 1024;
/// What lies below is read by other tools, so it is always a file.
const FILES: &str = "warehouse/";

/// The objects of a data folder.
#[derive(Debug, Clone, Copy)]
pub struct LocalObjects<'a> {
    /// Small objects.
    pub store: &'a Store,
    /// Large objects and Parquet files.
    pub folder: &'a Folder,
}

impl LocalObjects<'_> {
    fn is_row(key: &str, bytes: &[u8]) -> bool {
        bytes.len() <= SMALL && !key.starts_with(FILES)
    }
}

#[async_trait]
impl Objects for LocalObjects<'_> {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<()> {
        if Self::is_row(key, bytes) {
            return self.store.put_object(key, bytes);
        }
        self.folder.put(key, bytes).await?;
        // An object that was small before must not hide the one that is written now.
        if key.starts_with(FILES) { Ok(()) } else { self.store.remove_object(key) }
    }

    async fn put_if_absent(&self, key: &str, bytes: &[u8]) -> Result<bool> {
        if key.starts_with(FILES) {
            return self.folder.put_if_absent(key, bytes).await;
        }
        if self.get(key).await?.is_some() {
            return Ok(false);
        }
        self.put(key, bytes).await.map(|()| true)
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        if !key.starts_with(FILES)
            && let Some(bytes) = self.store.get_object(key)?
        {
            return Ok(Some(bytes));
        }
        self.folder.get(key).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let mut keys = self.store.list_objects(prefix)?;
        keys.extend(self.folder.list(prefix).await?);
        keys.sort();
        keys.dedup();
        Ok(keys)
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.store.remove_object(key)?;
        self.folder.remove(key).await
    }
}
