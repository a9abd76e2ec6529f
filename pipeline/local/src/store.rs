//! The tables on one machine: one SQLite file in WAL mode. Every write is one transaction, so a killed process leaves
//! each either done or not done. `synchronous = NORMAL` costs no fsync a write: a power loss may cost the last writes,
//! never the file's soundness, and the next run makes up for them.
//!
//! It must hold no rule: what a state means, and which index entries follow from it, is asked of the core.

mod contacts;
mod results;

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
const TABLES_VERSION: i64 = 1;

const TABLES: &str = "
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
";

/// The tables of a data folder.
#[derive(Debug)]
pub struct Store {
    connection: Mutex<Connection>,
    rules: ReadyRules,
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
        match version {
            TABLES_VERSION => {}
            0 => {
                transaction.execute_batch(TABLES).map_err(failed)?;
                transaction.pragma_update(None, "user_version", TABLES_VERSION).map_err(failed)?;
            }
            newer => {
                return Err(Error::new(
                    ErrorKind::Config,
                    format!(
                        "the store has tables of version {newer}, this program knows {TABLES_VERSION}; use the program that wrote it"
                    ),
                ));
            }
        }
        transaction.commit().map_err(failed)?;
        Ok(Self { connection: Mutex::new(connection), rules })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A poisoned lock only says that another thread panicked; SQLite has rolled its transaction back.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed(what: &str, error: rusqlite::Error) -> Error {
    Error::new(ErrorKind::Storage, what).because(error).retry(Retry::Later)
}

fn moment(millis: i64) -> rusqlite::Result<Timestamp> {
    Timestamp::from_millisecond(millis)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Integer, Box::new(error)))
}

#[async_trait]
impl Quarantine for Store {
    async fn put_if_absent(&self, entry: &QuarantineEntry) -> Result<bool> {
        let connection = self.connection();
        let written = connection
            .prepare_cached("INSERT INTO quarantine VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING")
            .and_then(|mut insert| {
                insert.execute(params![
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
            });
        Ok(written.map_err(|error| failed("a quarantine entry cannot be written", error))? > 0)
    }

    async fn list(&self) -> Result<Vec<QuarantineEntry>> {
        let connection = self.connection();
        let entries = connection
            .prepare_cached("SELECT * FROM quarantine ORDER BY quarantined_at DESC, quarantine_id")
            .and_then(|mut select| {
                let rows = select.query_map([], |row| {
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
                })?;
                rows.collect::<rusqlite::Result<Vec<_>>>()
            });
        entries.map_err(|error| failed("the quarantine cannot be read", error))
    }

    async fn count_attempt(&self, quarantine_id: &str) -> Result<()> {
        let connection = self.connection();
        connection
            .prepare_cached("UPDATE quarantine SET attempts = attempts + 1 WHERE quarantine_id = ?1")
            .and_then(|mut update| update.execute([quarantine_id]))
            .map(drop)
            .map_err(|error| failed("a quarantine entry cannot be written", error))
    }

    async fn release(&self, quarantine_id: &str) -> Result<()> {
        let connection = self.connection();
        connection
            .prepare_cached("DELETE FROM quarantine WHERE quarantine_id = ?1")
            .and_then(|mut delete| delete.execute([quarantine_id]))
            .map(drop)
            .map_err(|error| failed("a quarantine entry cannot be removed", error))
    }
}
