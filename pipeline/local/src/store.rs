//! The tables on one machine: one SQLite file in WAL mode. Every write is done whole or not at all. A run puts many writes
//! into one transaction ([`Store::batched`]); a killed process loses those of the open one, as if they had not been made
//! yet, and the next run makes them. Objects are written before the rows that name them, so no row ever names an object
//! that is not there. `synchronous = NORMAL` costs no fsync a write.
//!
//! It must hold no rule: what a state means, and which index entries follow from it, is asked of the core.

mod contacts;
mod erasure;
mod leases;
mod objects;
mod recordings;
mod results;
mod spending;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aftercall_core::contact::ReadyRules;
use aftercall_core::error::{Error, ErrorKind, Result, Retry};
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_stages::ports::Quarantine;
use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, params};

/// Version of the tables below, kept in `user_version`.
const TABLES_VERSION: i64 = 3;

/// Tables of version 1.
const TABLES_1: &str = "
CREATE TABLE contacts (
    instance_id TEXT NOT NULL, contact_id TEXT NOT NULL,
    version INTEGER NOT NULL, state TEXT NOT NULL, wake_at INTEGER,
    PRIMARY KEY (instance_id, contact_id)
) WITHOUT ROWID;
CREATE INDEX contacts_open ON contacts (instance_id, contact_id, wake_at) WHERE wake_at IS NOT NULL;
CREATE TABLE inputs (
    instance_id TEXT NOT NULL, contact_id TEXT NOT NULL, digest TEXT NOT NULL,
    origin TEXT NOT NULL, arrived_at INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (instance_id, contact_id, digest)
) WITHOUT ROWID;
CREATE TABLE results (
    instance_id TEXT NOT NULL, contact_id TEXT NOT NULL, revision_key TEXT NOT NULL,
    stage TEXT NOT NULL, stage_version TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (instance_id, contact_id, revision_key, stage, stage_version)
) WITHOUT ROWID;
CREATE TABLE attempts (
    number INTEGER PRIMARY KEY,
    instance_id TEXT NOT NULL, contact_id TEXT NOT NULL, revision_key TEXT NOT NULL,
    stage TEXT NOT NULL, at INTEGER NOT NULL, error TEXT NOT NULL
);
CREATE INDEX attempts_of_contact ON attempts (instance_id, contact_id);
CREATE TABLE published (
    published_at INTEGER NOT NULL, instance_id TEXT NOT NULL, contact_id TEXT NOT NULL,
    revision INTEGER NOT NULL, revision_key TEXT NOT NULL,
    PRIMARY KEY (published_at, instance_id, contact_id, revision)
) WITHOUT ROWID;
CREATE TABLE quarantine (
    quarantine_id TEXT PRIMARY KEY, reason TEXT NOT NULL, detail TEXT NOT NULL, origin TEXT NOT NULL,
    contact_id TEXT, instance_id TEXT, size_bytes INTEGER NOT NULL,
    quarantined_at INTEGER NOT NULL, attempts INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE recordings (
    name TEXT NOT NULL, claim INTEGER NOT NULL, instance_id TEXT NOT NULL, contact_id TEXT NOT NULL,
    PRIMARY KEY (name, claim, instance_id, contact_id)
) WITHOUT ROWID;
CREATE TABLE objects (key TEXT PRIMARY KEY, body BLOB NOT NULL);
";

/// What version 2 has besides.
const TABLES_2: &str = "
CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE spending (day TEXT PRIMARY KEY, micros INTEGER NOT NULL) WITHOUT ROWID;
";

/// What version 3 has besides.
const TABLES_3: &str = "ALTER TABLE spending ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;";

/// Writes that one transaction holds at the most while a run batches them.
const BATCH_WRITES: u32 = 512;

/// The tables of a data folder.
#[derive(Debug)]
pub struct Store {
    inner: Mutex<Inner>,
    rules: ReadyRules,
}

#[derive(Debug)]
struct Inner {
    connection: Connection,
    /// Callers that batch their writes now.
    batching: u32,
    /// Writes of the open transaction.
    writes: u32,
}

impl Store {
    /// Opens the tables in `file`, and makes them if the file is new.
    pub fn open(file: &Path, rules: ReadyRules) -> Result<Self> {
        let connection = Connection::open(file).map_err(|error| failed("the store cannot be opened", error));
        let connection = connection.map_err(|error| error.with("file", file.display()))?;
        Self::prepare(connection, rules).map_err(|error| error.with("file", file.display()))
    }

    fn prepare(mut connection: Connection, rules: ReadyRules) -> Result<Self> {
        let failed = |error| failed("the store cannot be prepared", error);
        connection.busy_timeout(Duration::from_secs(60)).map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(64);
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 8000;
                 PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY;",
            )
            .map_err(failed)?;
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate);
        let transaction = transaction.map_err(failed)?;
        let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
        let missing: &[&str] = match version {
            TABLES_VERSION => &[],
            2 => &[TABLES_3],
            1 => &[TABLES_2, TABLES_3],
            0 => &[TABLES_1, TABLES_2, TABLES_3],
            newer => {
                return Err(Error::new(
                    ErrorKind::Config,
                    format!(
                        "the store has tables of version {newer}, this program knows {TABLES_VERSION}; use the program that wrote it"
                    ),
                ));
            }
        };
        for tables in missing {
            transaction.execute_batch(tables).map_err(failed)?;
        }
        if !missing.is_empty() {
            transaction.pragma_update(None, "user_version", TABLES_VERSION).map_err(failed)?;
        }
        transaction.execute_batch(erasure::TABLES).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(Self { inner: Mutex::new(Inner { connection, batching: 0, writes: 0 }), rules })
    }

    /// Lets `work` put its writes, and those of others at the same time, into transactions of many.
    pub fn batched<T>(&self, work: impl FnOnce() -> T) -> Result<T> {
        self.lock().batching += 1;
        let done = work();
        let mut inner = self.lock();
        inner.batching = inner.batching.saturating_sub(1);
        if inner.batching == 0 {
            inner.commit().map_err(|error| failed("the store cannot be written", error))?;
        }
        Ok(done)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A poisoned lock only says that another thread panicked; every write is whole all the same.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads through `read`.
    fn read<T>(&self, what: &str, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        read(&self.lock().connection).map_err(|error| failed(what, error))
    }

    /// Writes through `write`: all it does, or on an error nothing.
    fn write<T>(&self, what: &str, write: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        self.lock().write(write).map_err(|error| failed(what, error))
    }
}

impl Inner {
    fn write<T>(&mut self, write: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        if self.connection.is_autocommit() {
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
        }
        let savepoint = self.connection.savepoint()?;
        let done = write(&savepoint);
        let ended = match &done {
            Ok(_) => savepoint.commit(),
            Err(_) => savepoint.finish(),
        };
        self.writes += 1;
        if self.batching == 0 || self.writes >= BATCH_WRITES {
            self.commit()?;
        }
        ended.and(done)
    }

    fn commit(&mut self) -> rusqlite::Result<()> {
        self.writes = 0;
        if self.connection.is_autocommit() { Ok(()) } else { self.connection.execute_batch("COMMIT") }
    }
}

/// The error of a state that cannot be read or written as JSON, for use inside of a transaction.
fn not_json(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

fn failed(what: &str, error: rusqlite::Error) -> Error {
    Error::new(ErrorKind::Storage, what).because(error).retry(Retry::Later)
}

fn moment(millis: i64) -> rusqlite::Result<Timestamp> {
    Timestamp::from_millisecond(millis)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Integer, Box::new(error)))
}

fn quarantined(row: &rusqlite::Row<'_>) -> rusqlite::Result<QuarantineEntry> {
    Ok(QuarantineEntry {
        quarantine_id: row.get(0)?,
        reason: row.get(1)?,
        detail: row.get(2)?,
        origin: row.get(3)?,
        contact_id: row.get(4)?,
        instance_id: row.get(5)?,
        size_bytes: row.get(6)?,
        quarantined_at: moment(row.get(7)?)?,
        attempts: row.get(8)?,
    })
}

#[async_trait]
impl Quarantine for Store {
    async fn put_if_absent(&self, entry: &QuarantineEntry) -> Result<bool> {
        let written = self.write("a quarantine entry cannot be written", |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO quarantine VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
                )?
                .execute(params![
                    entry.quarantine_id,
                    entry.reason,
                    entry.detail,
                    entry.origin,
                    entry.contact_id,
                    entry.instance_id,
                    entry.size_bytes,
                    entry.quarantined_at.as_millisecond(),
                    entry.attempts,
                ])
        })?;
        Ok(written > 0)
    }

    async fn list(&self) -> Result<Vec<QuarantineEntry>> {
        self.read("the quarantine cannot be read", |connection| {
            let mut select =
                connection.prepare_cached("SELECT * FROM quarantine ORDER BY quarantined_at DESC, quarantine_id")?;
            select.query_map([], quarantined)?.collect()
        })
    }

    async fn between(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<&QuarantineEntry>,
        limit: usize,
    ) -> Result<Vec<QuarantineEntry>> {
        let after =
            after.map_or((i64::MIN, ""), |after| (after.quarantined_at.as_millisecond(), &*after.quarantine_id));
        self.read("the quarantine cannot be read", |connection| {
            connection
                .prepare_cached(
                    "SELECT * FROM quarantine WHERE quarantined_at >= ?1 AND quarantined_at < ?2
                       AND (quarantined_at, quarantine_id) > (?3, ?4)
                     ORDER BY quarantined_at, quarantine_id LIMIT ?5",
                )?
                .query_map(
                    params![
                        from.as_millisecond(),
                        to.as_millisecond(),
                        after.0,
                        after.1,
                        i64::try_from(limit).unwrap_or(i64::MAX)
                    ],
                    quarantined,
                )?
                .collect()
        })
    }

    async fn count_attempt(&self, quarantine_id: &str) -> Result<()> {
        self.write("a quarantine entry cannot be written", |connection| {
            connection
                .prepare_cached("UPDATE quarantine SET attempts = attempts + 1 WHERE quarantine_id = ?1")?
                .execute([quarantine_id])
                .map(drop)
        })
    }

    async fn release(&self, quarantine_id: &str) -> Result<()> {
        self.write("a quarantine entry cannot be removed", |connection| {
            connection
                .prepare_cached("DELETE FROM quarantine WHERE quarantine_id = ?1")?
                .execute([quarantine_id])
                .map(drop)
        })
    }
}
