//! Small objects as rows. Who decides what is small is `crate::objects`.

use aftercall_core::error::Result;
use rusqlite::{OptionalExtension, params};

use super::Store;

impl Store {
    /// Writes an object.
    pub(crate) fn put_object(&self, key: &str, bytes: &[u8]) -> Result<()> {
        self.write("an object cannot be written", |connection| {
            connection
                .prepare_cached("INSERT INTO objects VALUES (?1, ?2) ON CONFLICT DO UPDATE SET body = excluded.body")?
                .execute(params![key, bytes])
                .map(drop)
        })
        .map_err(|error| error.with("key", key))
    }

    /// Reads an object.
    pub(crate) fn get_object(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.read("an object cannot be read", |connection| {
            connection
                .prepare_cached("SELECT body FROM objects WHERE key = ?1")?
                .query_row([key], |row| row.get(0))
                .optional()
        })
        .map_err(|error| error.with("key", key))
    }

    /// The keys that begin with `prefix`, in order.
    pub(crate) fn list_objects(&self, prefix: &str) -> Result<Vec<String>> {
        self.read("the objects cannot be listed", |connection| {
            connection
                .prepare_cached("SELECT key FROM objects WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key")?
                .query_map([prefix], |row| row.get(0))?
                .collect()
        })
    }

    /// Removes an object.
    pub(crate) fn remove_object(&self, key: &str) -> Result<()> {
        self.write("an object cannot be removed", |connection| {
            connection.prepare_cached("DELETE FROM objects WHERE key = ?1")?.execute([key]).map(drop)
        })
        .map_err(|error| error.with("key", key))
    }
}
