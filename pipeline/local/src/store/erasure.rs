//! Erasing from the tables: tombstones, and the rows of a contact.

use aftercall_core::error::Result;
use aftercall_schemas::ContactKey;
use aftercall_stages::ports::{Contacts, Erase, RemovedRows};
use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{Store, failed};

/// Made at every start: a store of before tombstones gets them.
pub(super) const TABLES: &str = "CREATE TABLE IF NOT EXISTS tombstones (
    instance_id TEXT NOT NULL, contact_id TEXT NOT NULL, erased_at INTEGER NOT NULL,
    PRIMARY KEY (instance_id, contact_id)
) WITHOUT ROWID;";

/// Whether a contact has a tombstone.
pub(super) fn is_buried(connection: &Connection, contact: &ContactKey) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM tombstones WHERE instance_id = ?1 AND contact_id = ?2")?
        .exists([&contact.instance_id, &contact.contact_id])
}

fn delete(connection: &Connection, table: &str, contact: &ContactKey) -> rusqlite::Result<u64> {
    let deleted = connection.execute(
        &format!("DELETE FROM {table} WHERE instance_id = ?1 AND contact_id = ?2"),
        [&contact.instance_id, &contact.contact_id],
    )?;
    Ok(deleted as u64)
}

impl Store {
    /// Overwrites what was deleted on the disk: pages that are free, and the log of writes.
    pub fn scrub(&self) -> Result<()> {
        let scrub = |connection: &Connection| connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
        scrub(&self.lock().connection)
            .map_err(|error| failed("what was erased cannot be overwritten on the disk", error))
    }
}

#[async_trait]
impl Erase for Store {
    async fn bury(&self, contact: &ContactKey, at: Timestamp) -> Result<()> {
        self.write("a tombstone cannot be written", |connection| {
            connection
                .prepare_cached("INSERT INTO tombstones VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
                .execute(params![contact.instance_id, contact.contact_id, at.as_millisecond()])
                .map(drop)
        })
        .map_err(|error| error.with("contact", contact))
    }

    async fn is_buried(&self, contact: &ContactKey) -> Result<bool> {
        self.read("the tombstones cannot be read", |connection| is_buried(connection, contact))
    }

    async fn pointers_to(&self, contact: &ContactKey) -> Result<Vec<ContactKey>> {
        let waiting: Vec<ContactKey> = self.read("the recordings cannot be read", |connection| {
            connection
                .prepare_cached(
                    "SELECT DISTINCT waits.instance_id, waits.contact_id FROM recordings AS owns
                     JOIN recordings AS waits ON waits.name = owns.name AND waits.claim <> owns.claim
                     WHERE owns.instance_id = ?1 AND owns.contact_id = ?2 ORDER BY 1, 2",
                )?
                .query_map([&contact.instance_id, &contact.contact_id], |row| {
                    Ok(ContactKey { instance_id: row.get(0)?, contact_id: row.get(1)? })
                })?
                .collect()
        })?;
        let mut pointers = Vec::new();
        for waits in waiting {
            let stored = self.load(&waits).await?;
            if stored.is_none_or(|stored| stored.state.moved_to.as_ref() == Some(contact)) {
                pointers.push(waits);
            }
        }
        Ok(pointers)
    }

    async fn unpublish(&self, contact: &ContactKey) -> Result<u64> {
        self.write("the published revisions cannot be removed", |connection| delete(connection, "published", contact))
            .map_err(|error| error.with("contact", contact))
    }

    async fn remove_rows(&self, contact: &ContactKey) -> Result<RemovedRows> {
        self.write("a contact cannot be removed", |connection| {
            Ok(RemovedRows {
                inputs: delete(connection, "inputs", contact)?,
                results: delete(connection, "results", contact)?,
                attempts: delete(connection, "attempts", contact)?,
                recordings: delete(connection, "recordings", contact)?,
                states: delete(connection, "contacts", contact)?,
            })
        })
        .map_err(|error| error.with("contact", contact))
    }
}
