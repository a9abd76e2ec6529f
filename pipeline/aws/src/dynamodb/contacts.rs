//! The contacts table. A state is written under the version it was made from; what it says of publication is written
//! with it, in one transaction.

use std::collections::HashMap;

use aftercall_core::contact::{ContactState, Status};
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_schemas::ContactKey;
use aftercall_stages::ports::{Contacts, Published, Stored, Version, Written};
use async_trait::async_trait;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::builders::PutBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};

use super::item::{Item, contact_key, item, n, number, s, shard, text};
use super::{Tables, cancelled, table_failed, transaction_failed};

/// Shards of the index `open`.
pub(super) const OPEN_SHARDS: u8 = 8;

const SAVE: &str = "a contact cannot be written";

/// The condition of a write over `expected`: names and values, and what has to hold.
struct Condition {
    expression: &'static str,
    values: Option<HashMap<String, AttributeValue>>,
}

fn over(expected: Option<Version>) -> Condition {
    match expected {
        Some(version) => Condition {
            expression: "version = :expected AND attribute_not_exists(erased)",
            values: Some(item([(":expected", n(version.0))])),
        },
        None => Condition { expression: "attribute_not_exists(pk)", values: None },
    }
}

/// What a state says has been published, if it says so.
fn publication(contact: &ContactKey, state: &ContactState) -> Option<Published> {
    let analysis = state.analysis.as_ref()?;
    let Status::Finished { published_at: Some(at), .. } = &analysis.status else { return None };
    Some(Published {
        contact: contact.clone(),
        revision_key: analysis.key.clone(),
        revision: analysis.revision,
        published_at: *at,
    })
}

impl Tables {
    fn contact_item(&self, contact: &ContactKey, state: &ContactState, version: u64) -> Result<Item> {
        let pk = contact_key(contact);
        let body = serde_json::to_string(state).map_err(|error| {
            Error::new(ErrorKind::Corrupt, "a contact's state cannot be written as JSON")
                .with("contact", contact)
                .because(error)
        })?;
        let open_shard = shard(&pk, OPEN_SHARDS);
        let mut written =
            item([("pk", s(pk)), ("state", s(body)), ("version", n(version)), ("phase", s(state.phase().as_str()))]);
        if let Some(wake_at) = state.wake_at(self.settings.rules) {
            written.insert("open_shard".into(), s(open_shard.to_string()));
            written.insert("wake_at".into(), n(wake_at.as_millisecond()));
        }
        Ok(written)
    }

    /// The writes of a contact's state over `expected`: the contact, and the published entry where there is one. Notes
    /// the hour of a publication before, so that nothing is published in an hour that nobody looks at.
    pub(super) async fn state_writes(
        &self,
        contact: &ContactKey,
        state: &ContactState,
        expected: Option<Version>,
    ) -> Result<Vec<TransactWriteItem>> {
        let version = expected.map_or(1, |version| version.0.saturating_add(1));
        let Condition { expression, values } = over(expected);
        let put = Put::builder()
            .table_name(&self.settings.names.contacts)
            .set_item(Some(self.contact_item(contact, state, version)?))
            .condition_expression(expression)
            .set_expression_attribute_values(values);
        let mut writes = vec![write_of(put)?];
        if let Some(published) = publication(contact, state) {
            self.note_hour(published.published_at).await?;
            writes.push(write_of(self.published_put(&published))?);
            writes.push(write_of(self.published_of_put(&published))?);
        }
        Ok(writes)
    }

    /// Writes a state that publishes nothing.
    async fn save_alone(&self, contact: &ContactKey, state: &ContactState, expected: Version) -> Result<Written> {
        let table = &self.settings.names.contacts;
        let Condition { expression, values } = over(Some(expected));
        let put = self
            .client
            .put_item()
            .table_name(table)
            .set_item(Some(self.contact_item(contact, state, expected.0.saturating_add(1))?))
            .condition_expression(expression)
            .set_expression_attribute_values(values);
        match put.send().await {
            Ok(_) => Ok(Written::Yes),
            Err(error) if lost(&error) => Ok(Written::Conflict),
            Err(error) => Err(table_failed(SAVE, table, &error).with("contact", contact)),
        }
    }
}

/// Whether somebody else wrote first, or is writing now.
fn lost(error: &SdkError<PutItemError>) -> bool {
    error
        .as_service_error()
        .is_some_and(|error| error.is_conditional_check_failed_exception() || error.is_transaction_conflict_exception())
}

/// One write of a transaction.
pub(super) fn write_of(put: PutBuilder) -> Result<TransactWriteItem> {
    let put = put
        .build()
        .map_err(|error| Error::new(ErrorKind::Storage, "a write of a transaction cannot be made").because(error))?;
    Ok(TransactWriteItem::builder().put(put).build())
}

fn parse(table: &str, contact: &ContactKey, found: &Item) -> Result<Stored> {
    let state = serde_json::from_str(text(table, found, "state")?).map_err(|error| {
        Error::new(ErrorKind::Corrupt, "a contact's state cannot be read").with("contact", contact).because(error)
    })?;
    Ok(Stored { state, version: Version(number(table, found, "version")?) })
}

#[async_trait]
impl Contacts for Tables {
    async fn load(&self, contact: &ContactKey) -> Result<Option<Stored>> {
        let table = &self.settings.names.contacts;
        let get = self.client.get_item().table_name(table).key("pk", s(contact_key(contact))).consistent_read(true);
        let got = get
            .send()
            .await
            .map_err(|error| table_failed("a contact cannot be read", table, &error).with("contact", contact))?;
        // A tombstone has no state.
        let found = got.item.filter(|found| found.contains_key("state"));
        found.map(|found| parse(table, contact, &found)).transpose()
    }

    async fn save(&self, contact: &ContactKey, state: &ContactState, expected: Version) -> Result<Written> {
        if publication(contact, state).is_none() {
            return self.save_alone(contact, state, expected).await;
        }
        let writes = self.state_writes(contact, state, Some(expected)).await?;
        let sent = self.client.transact_write_items().set_transact_items(Some(writes)).send().await;
        let Err(error) = sent else { return Ok(Written::Yes) };
        match cancelled(&error).as_deref().and_then(<[_]>::first) {
            Some(Some("ConditionalCheckFailed" | "TransactionConflict")) => Ok(Written::Conflict),
            _ => Err(transaction_failed(SAVE, &self.settings.names.contacts, &error).with("contact", contact)),
        }
    }
}
