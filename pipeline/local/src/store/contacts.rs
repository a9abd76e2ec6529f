//! The contacts and segments tables and the two indexes that are written with them.

use aftercall_core::contact::{ContactState, Status};
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_schemas::{ContactKey, RevisionKey};
use aftercall_stages::ports::{
    Accepted, Contacts, Input, Inputs, OpenContacts, Published, PublishedIndex, Stored, Version, Written,
};
use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::{Store, failed, moment};

impl Store {
    /// Writes a contact's state and what follows from it, inside `transaction`.
    fn write_state(
        &self,
        transaction: &Transaction<'_>,
        contact: &ContactKey,
        state: &ContactState,
        version: i64,
    ) -> Result<()> {
        let body = serde_json::to_string(state).map_err(|error| {
            Error::new(ErrorKind::Corrupt, "a contact's state cannot be written as JSON")
                .with("contact", contact)
                .because(error)
        })?;
        let wake_at = state.wake_at(self.rules).map(Timestamp::as_millisecond);
        let write = || {
            transaction
                .prepare_cached(
                    "INSERT INTO contacts VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE
                     SET version = excluded.version, state = excluded.state, wake_at = excluded.wake_at",
                )?
                .execute(params![contact.instance_id, contact.contact_id, version, body, wake_at])?;
            if let Some(analysis) = &state.analysis
                && let Status::Finished { published_at: Some(at), .. } = &analysis.status
            {
                transaction
                    .prepare_cached("INSERT INTO published VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING")?
                    .execute(params![
                        at.as_millisecond(),
                        contact.instance_id,
                        contact.contact_id,
                        analysis.revision,
                        analysis.key.0
                    ])?;
            }
            Ok(())
        };
        write().map_err(|error| failed("a contact cannot be written", error).with("contact", contact))
    }
}

fn version_of(transaction: &Transaction<'_>, contact: &ContactKey) -> Result<Option<i64>> {
    transaction
        .prepare_cached("SELECT version FROM contacts WHERE instance_id = ?1 AND contact_id = ?2")
        .and_then(|mut select| {
            select.query_row([&contact.instance_id, &contact.contact_id], |row| row.get(0)).optional()
        })
        .map_err(|error| failed("a contact cannot be read", error).with("contact", contact))
}

fn number(version: Version) -> i64 {
    i64::try_from(version.0).unwrap_or(i64::MAX)
}

#[async_trait]
impl Contacts for Store {
    async fn load(&self, contact: &ContactKey) -> Result<Option<Stored>> {
        let connection = self.connection();
        let found: Option<(i64, String)> = connection
            .prepare_cached("SELECT version, state FROM contacts WHERE instance_id = ?1 AND contact_id = ?2")
            .and_then(|mut select| {
                select
                    .query_row([&contact.instance_id, &contact.contact_id], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()
            })
            .map_err(|error| failed("a contact cannot be read", error).with("contact", contact))?;
        drop(connection);
        let Some((version, state)) = found else { return Ok(None) };
        let state = serde_json::from_str(&state).map_err(|error| {
            Error::new(ErrorKind::Corrupt, "a contact's state cannot be read").with("contact", contact).because(error)
        })?;
        Ok(Some(Stored { state, version: Version(u64::try_from(version).unwrap_or(0)) }))
    }

    async fn save(&self, contact: &ContactKey, state: &ContactState, expected: Version) -> Result<Written> {
        let mut connection = self.connection();
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| failed("the store cannot be written", error))?;
        let expected = number(expected);
        if version_of(&transaction, contact)? != Some(expected) {
            return Ok(Written::Conflict);
        }
        self.write_state(&transaction, contact, state, expected.saturating_add(1))?;
        transaction.commit().map_err(|error| failed("a contact cannot be written", error).with("contact", contact))?;
        Ok(Written::Yes)
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
        let mut connection = self.connection();
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| failed("the store cannot be written", error))?;
        let failed = |error| failed("an input cannot be written", error).with("contact", contact);
        let new = transaction
            .prepare_cached("INSERT INTO inputs VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING")
            .and_then(|mut insert| {
                insert.execute(params![
                    contact.instance_id,
                    contact.contact_id,
                    input.digest,
                    input.origin,
                    input.arrived_at.as_millisecond(),
                    input.body
                ])
            })
            .map_err(failed)?;
        if new == 0 {
            return Ok(Accepted::Duplicate);
        }
        let expected = expected.map(number);
        if version_of(&transaction, contact)? != expected {
            // Dropping the transaction takes the input back.
            return Ok(Accepted::Conflict);
        }
        self.write_state(&transaction, contact, state, expected.map_or(1, |version| version.saturating_add(1)))?;
        transaction.commit().map_err(failed)?;
        Ok(Accepted::New)
    }

    async fn list(&self, contact: &ContactKey) -> Result<Vec<Input>> {
        let connection = self.connection();
        connection
            .prepare_cached(
                "SELECT digest, origin, arrived_at, body FROM inputs
                 WHERE instance_id = ?1 AND contact_id = ?2 ORDER BY digest",
            )
            .and_then(|mut select| {
                let rows = select.query_map([&contact.instance_id, &contact.contact_id], |row| {
                    Ok(Input {
                        digest: row.get(0)?,
                        origin: row.get(1)?,
                        arrived_at: moment(row.get(2)?)?,
                        body: row.get(3)?,
                    })
                })?;
                rows.collect::<rusqlite::Result<Vec<_>>>()
            })
            .map_err(|error| failed("a contact's inputs cannot be read", error).with("contact", contact))
    }
}

#[async_trait]
impl OpenContacts for Store {
    async fn open(&self, due_by: Timestamp, after: Option<&ContactKey>, limit: usize) -> Result<Vec<ContactKey>> {
        let connection = self.connection();
        let (instance, contact) = after.map_or(("", ""), |after| (&after.instance_id, &after.contact_id));
        connection
            .prepare_cached(
                "SELECT instance_id, contact_id FROM contacts INDEXED BY contacts_open
                 WHERE wake_at IS NOT NULL AND wake_at <= ?1 AND (instance_id, contact_id) > (?2, ?3)
                 ORDER BY instance_id, contact_id LIMIT ?4",
            )
            .and_then(|mut select| {
                let limit = i64::try_from(limit).unwrap_or(i64::MAX);
                let rows = select.query_map(params![due_by.as_millisecond(), instance, contact, limit], |row| {
                    Ok(ContactKey { instance_id: row.get(0)?, contact_id: row.get(1)? })
                })?;
                rows.collect::<rusqlite::Result<Vec<_>>>()
            })
            .map_err(|error| failed("the open contacts cannot be read", error))
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
        let connection = self.connection();
        let start = match after {
            Some(after) => (
                after.published_at.as_millisecond(),
                after.contact.instance_id.as_str(),
                after.contact.contact_id.as_str(),
                i64::from(after.revision),
            ),
            None => (i64::MIN, "", "", 0),
        };
        connection
            .prepare_cached(
                "SELECT published_at, instance_id, contact_id, revision, revision_key FROM published
                 WHERE published_at >= ?1 AND published_at < ?2
                   AND (published_at, instance_id, contact_id, revision) > (?3, ?4, ?5, ?6)
                 ORDER BY published_at, instance_id, contact_id, revision LIMIT ?7",
            )
            .and_then(|mut select| {
                let limit = i64::try_from(limit).unwrap_or(i64::MAX);
                let window = (from.as_millisecond(), to.as_millisecond());
                let rows = select.query_map(
                    params![window.0, window.1, start.0, start.1, start.2, start.3, limit],
                    |row| {
                        Ok(Published {
                            published_at: moment(row.get(0)?)?,
                            contact: ContactKey { instance_id: row.get(1)?, contact_id: row.get(2)? },
                            revision: row.get(3)?,
                            revision_key: RevisionKey(row.get(4)?),
                        })
                    },
                )?;
                rows.collect::<rusqlite::Result<Vec<_>>>()
            })
            .map_err(|error| failed("the published contacts cannot be read", error))
    }
}

impl Store {
    /// Contacts whose id is or begins with `text` (or `instance/contact`), by key. For people; no stage uses it.
    pub fn contacts_like(&self, text: &str, limit: usize) -> Result<Vec<ContactKey>> {
        let connection = self.connection();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        connection
            .prepare_cached(
                "SELECT instance_id, contact_id FROM contacts
                 WHERE substr(contact_id, 1, length(?1)) = ?1 OR instance_id || '/' || contact_id = ?1
                 ORDER BY contact_id <> ?1, instance_id, contact_id LIMIT ?2",
            )
            .and_then(|mut select| {
                let rows = select.query_map(params![text, limit], |row| {
                    Ok(ContactKey { instance_id: row.get(0)?, contact_id: row.get(1)? })
                })?;
                rows.collect::<rusqlite::Result<Vec<_>>>()
            })
            .map_err(|error| failed("the contacts cannot be read", error))
    }
}
