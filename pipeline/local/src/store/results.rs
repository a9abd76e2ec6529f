//! The results table and the attempts beside it.

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_schemas::results::StageResult;
use aftercall_schemas::{ContactKey, RevisionKey, Stage};
use aftercall_stages::ports::{Attempt, Results};
use async_trait::async_trait;
use rusqlite::{OptionalExtension, params};

use super::{Store, moment, not_json};

fn parse(contact: &ContactKey, body: &[u8]) -> Result<StageResult> {
    serde_json::from_slice(body).map_err(|error| {
        Error::new(ErrorKind::Corrupt, "a stored result cannot be read").with("contact", contact).because(error)
    })
}

impl Store {
    /// Runs a statement on the row of a result: its key is parameters 1 to 5, its body 6. Says whether a row was written.
    fn write_result(&self, sql: &str, result: &StageResult) -> Result<bool> {
        let contact = &result.contact;
        self.write("a result cannot be written", |connection| {
            let body = serde_json::to_vec(result).map_err(not_json)?;
            let written = connection.prepare_cached(sql)?.execute(params![
                contact.instance_id,
                contact.contact_id,
                result.revision_key.0,
                result.stage.as_str(),
                result.stage_version,
                body
            ])?;
            Ok(written > 0)
        })
        .map_err(|error| error.with("contact", contact))
    }
}

#[async_trait]
impl Results for Store {
    async fn put_if_absent(&self, result: &StageResult) -> Result<bool> {
        self.write_result("INSERT INTO results VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING", result)
    }

    async fn replace_failed(&self, result: &StageResult) -> Result<bool> {
        // The body is JSON in a BLOB.
        self.write_result(
            "UPDATE results SET body = ?6 WHERE instance_id = ?1 AND contact_id = ?2 AND revision_key = ?3
             AND stage = ?4 AND stage_version = ?5
             AND json_type(CAST(body AS TEXT), '$.outcome.failed') IS NOT NULL",
            result,
        )
    }

    async fn remove_failed(
        &self,
        contact: &ContactKey,
        revision: &RevisionKey,
        stage: Stage,
        stage_version: &str,
    ) -> Result<bool> {
        self.write("a result cannot be removed", |connection| {
            let removed = connection
                .prepare_cached(
                    "DELETE FROM results WHERE instance_id = ?1 AND contact_id = ?2 AND revision_key = ?3
                     AND stage = ?4 AND stage_version = ?5
                     AND json_type(CAST(body AS TEXT), '$.outcome.failed') IS NOT NULL",
                )?
                .execute(params![contact.instance_id, contact.contact_id, revision.0, stage.as_str(), stage_version])?;
            Ok(removed > 0)
        })
        .map_err(|error| error.with("contact", contact))
    }

    async fn get(
        &self,
        contact: &ContactKey,
        revision: &RevisionKey,
        stage: Stage,
        stage_version: &str,
    ) -> Result<Option<StageResult>> {
        let body: Option<Vec<u8>> = self
            .read("a result cannot be read", |connection| {
                connection
                    .prepare_cached(
                        "SELECT body FROM results WHERE instance_id = ?1 AND contact_id = ?2 AND revision_key = ?3
                         AND stage = ?4 AND stage_version = ?5",
                    )?
                    .query_row(
                        params![contact.instance_id, contact.contact_id, revision.0, stage.as_str(), stage_version],
                        |row| row.get(0),
                    )
                    .optional()
            })
            .map_err(|error| error.with("contact", contact))?;
        body.map(|body| parse(contact, &body)).transpose()
    }

    async fn list(&self, contact: &ContactKey, revision: &RevisionKey) -> Result<Vec<StageResult>> {
        let bodies: Vec<Vec<u8>> = self
            .read("a contact's results cannot be read", |connection| {
                connection
                    .prepare_cached(
                        "SELECT body FROM results WHERE instance_id = ?1 AND contact_id = ?2 AND revision_key = ?3
                         ORDER BY stage, stage_version",
                    )?
                    .query_map(params![contact.instance_id, contact.contact_id, revision.0], |row| row.get(0))?
                    .collect()
            })
            .map_err(|error| error.with("contact", contact))?;
        bodies.iter().map(|body| parse(contact, body)).collect()
    }

    async fn note_attempt(&self, attempt: &Attempt) -> Result<()> {
        let contact = &attempt.contact;
        self.write("an attempt cannot be written", |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO attempts (instance_id, contact_id, revision_key, stage, at, error)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    contact.instance_id,
                    contact.contact_id,
                    attempt.revision_key.0,
                    attempt.stage.as_str(),
                    attempt.at.as_millisecond(),
                    attempt.error
                ])
                .map(drop)
        })
        .map_err(|error| error.with("contact", contact))
    }

    async fn attempts(&self, contact: &ContactKey) -> Result<Vec<Attempt>> {
        self.read("a contact's attempts cannot be read", |connection| {
            connection
                .prepare_cached(
                    "SELECT revision_key, stage, at, error FROM attempts
                     WHERE instance_id = ?1 AND contact_id = ?2 ORDER BY number",
                )?
                .query_map([&contact.instance_id, &contact.contact_id], |row| {
                    let stage: String = row.get(1)?;
                    let unknown = || rusqlite::Error::InvalidColumnName(stage.clone());
                    Ok(Attempt {
                        contact: contact.clone(),
                        revision_key: RevisionKey(row.get(0)?),
                        stage: Stage::parse(&stage).ok_or_else(unknown)?,
                        at: moment(row.get(2)?)?,
                        error: row.get(3)?,
                    })
                })?
                .collect()
        })
        .map_err(|error| error.with("contact", contact))
    }
}
