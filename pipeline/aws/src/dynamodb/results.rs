//! The results table: pk the contact, sk `<revision key>#<stage>@<stage version>`, so that all that is known of a contact
//! lies together. And in the index table the attempts: pk `attempts#<contact>`, sk
//! `<ms, 15 digits>#<stage>#<revision key>#<digest of the error>`, `error` S, `expires_at` N (s): a message that comes again for
//! days leaves a row each time, and they are kept as long as inputs are. Every result is an object as well; the object
//! is written first, so no item names what is not there.

use std::time::Duration;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_schemas::results::{Outcome, StageResult};
use aftercall_schemas::{ContactKey, RevisionKey, Stage};
use aftercall_stages::keys;
use aftercall_stages::ports::{Attempt, Results};
use async_trait::async_trait;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemOutput};
use jiff::Timestamp;

use super::item::{Item, contact_key, item, n, padded, s, text, text_if};
use super::{Tables, corrupt, table_failed};

/// Largest result that is kept in the item as well, bytes.
const INLINE: usize = 100 * 1024;

fn sort_key(revision: &RevisionKey, stage: Stage, stage_version: &str) -> String {
    format!("{revision}#{stage}@{stage_version}", stage = stage.as_str())
}

fn result_item(result: &StageResult, body: &str, object_key: &str) -> Item {
    // What is kept under the digest of its text, or proposed by a backfill, is nobody's revision: nothing is to be
    // published of it. Digests of revisions are hexadecimal.
    let revision = result.revision_key.0.bytes().all(|byte| byte.is_ascii_hexdigit());
    let publishes = if revision { "yes" } else { "no" };
    let mut written = item([
        ("pk", s(contact_key(&result.contact))),
        ("sk", s(sort_key(&result.revision_key, result.stage, &result.stage_version))),
        ("object_key", s(object_key)),
        ("publishes", s(publishes)),
    ]);
    if body.len() <= INLINE {
        written.insert("body".into(), s(body));
    }
    written
}

fn attempt_item(attempt: &Attempt, keep: Duration) -> Item {
    let digest = blake3::hash(attempt.error.as_bytes()).to_hex();
    let digest = digest.get(..16).unwrap_or_default();
    let sk = format!("{}#{}#{}#{digest}", padded(attempt.at), attempt.stage.as_str(), attempt.revision_key);
    let keep = i64::try_from(keep.as_secs()).unwrap_or(i64::MAX);
    item([
        ("pk", s(attempts_of(&attempt.contact))),
        ("sk", s(sk)),
        ("error", s(&attempt.error)),
        ("expires_at", n(attempt.at.as_second().saturating_add(keep))),
    ])
}

pub(super) fn attempts_of(contact: &ContactKey) -> String {
    format!("attempts#{}", contact_key(contact))
}

fn parse_attempt(contact: &ContactKey, key: &str, error: &str) -> Option<Attempt> {
    let mut parts = key.split('#');
    let at = Timestamp::from_millisecond(parts.next()?.parse().ok()?).ok()?;
    let stage = Stage::parse(parts.next()?)?;
    let revision_key = RevisionKey(parts.next()?.to_owned());
    Some(Attempt { contact: contact.clone(), revision_key, stage, at, error: error.to_owned() })
}

/// Whether a conditional write was made.
fn written(
    sent: std::result::Result<PutItemOutput, SdkError<PutItemError>>,
    table: &str,
    contact: &ContactKey,
) -> Result<bool> {
    match sent {
        Ok(_) => Ok(true),
        Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => Ok(false),
        Err(error) => Err(table_failed("a result cannot be written", table, &error).with("contact", contact)),
    }
}

impl Tables {
    /// The write of a result's item, with its object written before.
    async fn result_put(&self, result: &StageResult) -> Result<PutItemFluentBuilder> {
        let body = serde_json::to_string(result).map_err(|error| {
            Error::new(ErrorKind::Corrupt, "a result cannot be written as JSON")
                .with("contact", &result.contact)
                .because(error)
        })?;
        let key = keys::result(result, body.as_bytes());
        self.objects.put(&key, body.as_bytes()).await?;
        let item = result_item(result, &body, &key);
        Ok(self.client.put_item().table_name(&self.settings.names.results).set_item(Some(item)))
    }

    async fn result_item(
        &self,
        contact: &ContactKey,
        revision: &RevisionKey,
        stage: Stage,
        stage_version: &str,
    ) -> Result<Option<Item>> {
        let table = &self.settings.names.results;
        let get = self
            .client
            .get_item()
            .table_name(table)
            .key("pk", s(contact_key(contact)))
            .key("sk", s(sort_key(revision, stage, stage_version)))
            .consistent_read(true);
        let got = get.send().await;
        got.map(|got| got.item)
            .map_err(|error| table_failed("a result cannot be read", table, &error).with("contact", contact))
    }

    /// The key of the object of a result that has failed; `None` if there is no such result. The key holds the digest of
    /// what stands there, so a write on condition of it changes the very result that was read.
    async fn failed_result(
        &self,
        contact: &ContactKey,
        revision: &RevisionKey,
        stage: Stage,
        stage_version: &str,
    ) -> Result<Option<String>> {
        let Some(found) = self.result_item(contact, revision, stage, stage_version).await? else { return Ok(None) };
        let known = self.read_result(&found).await.map_err(|error| error.with("contact", contact))?;
        if matches!(known.outcome, Outcome::Found(_)) {
            return Ok(None);
        }
        text(&self.settings.names.results, &found, "object_key").map(|key| Some(key.to_owned()))
    }

    async fn read_result(&self, found: &Item) -> Result<StageResult> {
        let table = &self.settings.names.results;
        let unreadable = |_| corrupt(table, "body");
        if let Some(body) = text_if(found, "body") {
            return serde_json::from_str(body).map_err(unreadable);
        }
        let key = text(table, found, "object_key")?;
        let body = self.objects.get(key).await?.ok_or_else(|| corrupt(table, "object_key").with("key", key))?;
        serde_json::from_slice(&body).map_err(unreadable)
    }
}

#[async_trait]
impl Results for Tables {
    async fn put_if_absent(&self, result: &StageResult) -> Result<bool> {
        let (table, contact) = (&self.settings.names.results, &result.contact);
        let put = self.result_put(result).await?.condition_expression("attribute_not_exists(pk)");
        written(put.send().await, table, contact)
    }

    async fn replace_failed(&self, result: &StageResult) -> Result<bool> {
        let (table, contact) = (&self.settings.names.results, &result.contact);
        let (revision, stage) = (&result.revision_key, result.stage);
        let failed = self.failed_result(contact, revision, stage, &result.stage_version).await?;
        let Some(before) = failed else { return Ok(false) };
        let put = self
            .result_put(result)
            .await?
            .condition_expression("object_key = :before")
            .expression_attribute_values(":before", s(before));
        written(put.send().await, table, contact)
    }

    async fn remove_failed(
        &self,
        contact: &ContactKey,
        revision: &RevisionKey,
        stage: Stage,
        stage_version: &str,
    ) -> Result<bool> {
        let table = &self.settings.names.results;
        let failed = self.failed_result(contact, revision, stage, stage_version).await?;
        let Some(before) = failed else { return Ok(false) };
        let delete = self
            .client
            .delete_item()
            .table_name(table)
            .key("pk", s(contact_key(contact)))
            .key("sk", s(sort_key(revision, stage, stage_version)))
            .condition_expression("object_key = :before")
            .expression_attribute_values(":before", s(before));
        match delete.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(false)
            }
            Err(error) => Err(table_failed("a result cannot be removed", table, &error).with("contact", contact)),
        }
    }

    async fn get(
        &self,
        contact: &ContactKey,
        revision: &RevisionKey,
        stage: Stage,
        stage_version: &str,
    ) -> Result<Option<StageResult>> {
        match self.result_item(contact, revision, stage, stage_version).await? {
            Some(found) => self.read_result(&found).await.map(Some).map_err(|error| error.with("contact", contact)),
            None => Ok(None),
        }
    }

    async fn list(&self, contact: &ContactKey, revision: &RevisionKey) -> Result<Vec<StageResult>> {
        let table = &self.settings.names.results;
        let query = self
            .client
            .query()
            .table_name(table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :revision)")
            .expression_attribute_values(":pk", s(contact_key(contact)))
            .expression_attribute_values(":revision", s(format!("{revision}#")));
        let found = query.into_paginator().items().send().try_collect().await.map_err(|error| {
            table_failed("a contact's results cannot be read", table, &error).with("contact", contact)
        })?;
        let mut results = Vec::with_capacity(found.len());
        for found in &found {
            results.push(self.read_result(found).await.map_err(|error| error.with("contact", contact))?);
        }
        Ok(results)
    }

    async fn note_attempt(&self, attempt: &Attempt) -> Result<()> {
        let table = &self.settings.names.index;
        let item = attempt_item(attempt, self.settings.keep_inputs);
        let sent = self.client.put_item().table_name(table).set_item(Some(item)).send().await;
        sent.map(drop).map_err(|error| {
            table_failed("an attempt cannot be written", table, &error).with("contact", &attempt.contact)
        })
    }

    async fn attempts(&self, contact: &ContactKey) -> Result<Vec<Attempt>> {
        let table = &self.settings.names.index;
        let query = self
            .client
            .query()
            .table_name(table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", s(attempts_of(contact)));
        let found = query.into_paginator().items().send().try_collect().await.map_err(|error| {
            table_failed("a contact's attempts cannot be read", table, &error).with("contact", contact)
        })?;
        let parse = |found: &Item| {
            let attempt = parse_attempt(contact, text(table, found, "sk")?, text(table, found, "error")?);
            attempt.ok_or_else(|| corrupt(table, "sk"))
        };
        found.iter().map(parse).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_is_kept_as_long_as_inputs_are() {
        let attempt = Attempt {
            contact: ContactKey::new("i", "c"),
            revision_key: RevisionKey("r".into()),
            stage: Stage::Sentiment,
            at: Timestamp::UNIX_EPOCH,
            error: "access is denied".into(),
        };
        let written = attempt_item(&attempt, Duration::from_secs(30 * 24 * 3600));
        assert_eq!(written.get("expires_at"), Some(&n(2_592_000)));
        let key = written
            .get("sk")
            .and_then(|key| key.as_s().ok())
            .map(|key| parse_attempt(&attempt.contact, key, "access is denied"));
        assert_eq!(key, Some(Some(attempt)), "and comes back whole");
    }
}
