//! The contacts and segments tables and the two indexes that are written with them.

use aftercall_core::contact::{ContactState, Status};
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_schemas::{ContactKey, RevisionKey};
use aftercall_stages::ports::{
    Accepted, Contacts, Input, Inputs, OpenContacts, Published, PublishedIndex, Stored, Version, Written,
};
use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Store, moment, not_json};

impl Store {
    /// Writes a contact's state and what follows from it.
    fn write_state(
        &self,
        connection: &Connection,
        contact: &ContactKey,
        state: &ContactState,
        version: i64,
    ) -> rusqlite::Result<()> {
        let body = serde_json::to_string(state).map_err(not_json)?;
        let wake_at = state.wake_at(self.rules).map(Timestamp::as_millisecond);
        connection
            .prepare_cached(
                "INSERT INTO contacts VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE
                 SET version = excluded.version, state = excluded.state, wake_at = excluded.wake_at",
            )?
            .execute(params![contact.instance_id, contact.contact_id, version, body, wake_at])?;
        if let Some(analysis) = &state.analysis
            && let Status::Finished { published_at: Some(at), .. } = &analysis.status
        {
            let number = analysis.revision;
            connection
                .prepare_cached("INSERT INTO published VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING")?
                .execute(params![
                    at.as_millisecond(),
                    contact.instance_id,
                    contact.contact_id,
                    number,
                    analysis.key.0
                ])?;
        }
        Ok(())
    }

    /// All contacts, by key. For people; no stage uses it.
    pub fn all_contacts(&self) -> Result<Vec<ContactKey>> {
        self.read("the contacts cannot be read", |connection| {
            connection
                .prepare_cached("SELECT instance_id, contact_id FROM contacts ORDER BY instance_id, contact_id")?
                .query_map([], key)?
                .collect()
        })
    }

    /// Contacts whose id is or begins with `text` (or `instance/contact`), by key. For people; no stage uses it.
    pub fn contacts_like(&self, text: &str, limit: usize) -> Result<Vec<ContactKey>> {
        self.read("the contacts cannot be read", |connection| {
            connection
                .prepare_cached(
                    "SELECT instance_id, contact_id FROM contacts
                     WHERE substr(contact_id, 1, length(?1)) = ?1 OR instance_id || '/' || contact_id = ?1
                     ORDER BY contact_id <> ?1, instance_id, contact_id LIMIT ?2",
                )?
                .query_map(params![text, limit_of(limit)], key)?
                .collect()
        })
    }
}

fn version_of(connection: &Connection, contact: &ContactKey) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT version FROM contacts WHERE instance_id = ?1 AND contact_id = ?2")?
        .query_row([&contact.instance_id, &contact.contact_id], |row| row.get(0))
        .optional()
}

fn number(version: Version) -> i64 {
    i64::try_from(version.0).unwrap_or(i64::MAX)
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn key(row: &Row<'_>) -> rusqlite::Result<ContactKey> {
    Ok(ContactKey { instance_id: row.get(0)?, contact_id: row.get(1)? })
}

#[async_trait]
impl Contacts for Store {
    async fn load(&self, contact: &ContactKey) -> Result<Option<Stored>> {
        let found: Option<(i64, String)> = self
            .read("a contact cannot be read", |connection| {
                connection
                    .prepare_cached("SELECT version, state FROM contacts WHERE instance_id = ?1 AND contact_id = ?2")?
                    .query_row([&contact.instance_id, &contact.contact_id], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()
            })
            .map_err(|error| error.with("contact", contact))?;
        let Some((version, state)) = found else { return Ok(None) };
        let state = serde_json::from_str(&state).map_err(|error| {
            Error::new(ErrorKind::Corrupt, "a contact's state cannot be read").with("contact", contact).because(error)
        })?;
        Ok(Some(Stored { state, version: Version(u64::try_from(version).unwrap_or(0)) }))
    }

    async fn save(&self, contact: &ContactKey, state: &ContactState, expected: Version) -> Result<Written> {
        let expected = number(expected);
        self.write("a contact cannot be written", |connection| {
            if version_of(connection, contact)? != Some(expected) {
                return Ok(Written::Conflict);
            }
            self.write_state(connection, contact, state, expected.saturating_add(1))?;
            Ok(Written::Yes)
        })
        .map_err(|error| error.with("contact", contact))
    }
}

#[async_trait]
impl Inputs for Store {
    async fn accept(
        &self,
        contact: &ContactKey,
        input: &Input,
        state: &ContactState,
        expected: Option<Version>,
    ) -> Result<Accepted> {
        let expected = expected.map(number);
        self.write("an input cannot be written", |connection| {
            if super::erasure::is_buried(connection, contact)? {
                return Ok(Accepted::Erased);
            }
            let known = connection
                .prepare_cached("SELECT 1 FROM inputs WHERE instance_id = ?1 AND contact_id = ?2 AND digest = ?3")?
                .exists([&contact.instance_id, &contact.contact_id, &input.digest])?;
            if known {
                return Ok(Accepted::Duplicate);
            }
            if version_of(connection, contact)? != expected {
                return Ok(Accepted::Conflict);
            }
            connection.prepare_cached("INSERT INTO inputs VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
                contact.instance_id,
                contact.contact_id,
                input.digest,
                input.origin,
                input.arrived_at.as_millisecond(),
                input.body
            ])?;
            let version = expected.map_or(1, |version| version.saturating_add(1));
            self.write_state(connection, contact, state, version)?;
            Ok(Accepted::New)
        })
        .map_err(|error| error.with("contact", contact))
    }

    async fn list(&self, contact: &ContactKey) -> Result<Vec<Input>> {
        self.read("a contact's inputs cannot be read", |connection| {
            connection
                .prepare_cached(
                    "SELECT digest, origin, arrived_at, body FROM inputs
                     WHERE instance_id = ?1 AND contact_id = ?2 ORDER BY digest",
                )?
                .query_map([&contact.instance_id, &contact.contact_id], |row| {
                    Ok(Input {
                        digest: row.get(0)?,
                        origin: row.get(1)?,
                        arrived_at: moment(row.get(2)?)?,
                        body: row.get(3)?,
                    })
                })?
                .collect()
        })
        .map_err(|error| error.with("contact", contact))
    }
}

#[async_trait]
impl OpenContacts for Store {
    async fn open(&self, due_by: Timestamp, after: Option<&ContactKey>, limit: usize) -> Result<Vec<ContactKey>> {
        let (instance, contact) = after.map_or(("", ""), |after| (&after.instance_id, &after.contact_id));
        self.read("the open contacts cannot be read", |connection| {
            connection
                .prepare_cached(
                    "SELECT instance_id, contact_id FROM contacts INDEXED BY contacts_open
                     WHERE wake_at IS NOT NULL AND wake_at <= ?1 AND (instance_id, contact_id) > (?2, ?3)
                     ORDER BY instance_id, contact_id LIMIT ?4",
                )?
                .query_map(params![due_by.as_millisecond(), instance, contact, limit_of(limit)], key)?
                .collect()
        })
    }
}

#[async_trait]
impl PublishedIndex for Store {
    async fn published(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<&Published>,
        limit: usize,
    ) -> Result<Vec<Published>> {
        let start = after.map_or((i64::MIN, "", "", 0), |after| {
            let contact = &after.contact;
            (after.published_at.as_millisecond(), &*contact.instance_id, &*contact.contact_id, after.revision)
        });
        let window = (from.as_millisecond(), to.as_millisecond());
        self.read("the published contacts cannot be read", |connection| {
            connection
                .prepare_cached(
                    "SELECT instance_id, contact_id, published_at, revision, revision_key FROM published
                     WHERE published_at >= ?1 AND published_at < ?2
                       AND (published_at, instance_id, contact_id, revision) > (?3, ?4, ?5, ?6)
                     ORDER BY published_at, instance_id, contact_id, revision LIMIT ?7",
                )?
                .query_map(params![window.0, window.1, start.0, start.1, start.2, start.3, limit_of(limit)], |row| {
                    Ok(Published {
                        contact: key(row)?,
                        published_at: moment(row.get(2)?)?,
                        revision: row.get(3)?,
                        revision_key: RevisionKey(row.get(4)?),
                    })
                })?
                .collect()
        })
    }
}
