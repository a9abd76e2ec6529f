//! The segments table: what came in, not redacted. An input and its contact's state are one transaction.

use aftercall_core::contact::ContactState;
use aftercall_core::error::Result;
use aftercall_schemas::ContactKey;
use aftercall_stages::keys;
use aftercall_stages::ports::{Accepted, Erase, Input, Inputs, Version};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::Put;

use super::contacts::write_of;
use super::item::{Item, b, contact_key, item, moment, n, s, text, text_if};
use super::{Tables, cancelled, corrupt, table_failed, transaction_failed};

/// Largest body that is kept in the item, bytes. An item may have 400 KB (DynamoDB quotas), and the transaction that
/// writes it 4 MB.
const INLINE: usize = 300 * 1024;

impl Tables {
    /// The item of an input. A large body is put into the raw bucket first, under the input's digest.
    async fn input_item(&self, contact: &ContactKey, input: &Input) -> Result<Item> {
        let keep = i64::try_from(self.settings.keep_inputs.as_secs()).unwrap_or(i64::MAX);
        let mut written = item([
            ("pk", s(contact_key(contact))),
            ("sk", s(&input.digest)),
            ("origin", s(&input.origin)),
            ("arrived_at", n(input.arrived_at.as_millisecond())),
            ("expires_at", n(input.arrived_at.as_second().saturating_add(keep))),
        ]);
        if input.body.len() <= INLINE {
            written.insert("body".into(), b(&input.body));
        } else {
            let key = keys::input(contact, &input.digest);
            self.objects.put(&key, &input.body).await?;
            written.insert("body_key".into(), s(key));
        }
        Ok(written)
    }

    async fn read_input(&self, found: &Item) -> Result<Input> {
        let table = &self.settings.names.segments;
        let body = match (found.get("body").and_then(|body| body.as_b().ok()), text_if(found, "body_key")) {
            (Some(body), _) => body.as_ref().to_vec(),
            (None, Some(key)) => {
                self.objects.get(key).await?.ok_or_else(|| corrupt(table, "body_key").with("key", key))?
            }
            (None, None) => return Err(corrupt(table, "body")),
        };
        Ok(Input {
            digest: text(table, found, "sk")?.to_owned(),
            origin: text(table, found, "origin")?.to_owned(),
            arrived_at: moment(table, found, "arrived_at")?,
            body,
        })
    }
}

#[async_trait]
impl Inputs for Tables {
    async fn accept(
        &self,
        contact: &ContactKey,
        input: &Input,
        state: &ContactState,
        expected: Option<Version>,
    ) -> Result<Accepted> {
        let table = &self.settings.names.segments;
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(self.input_item(contact, input).await?))
            .condition_expression("attribute_not_exists(pk)");
        let mut writes = vec![write_of(put)?];
        writes.extend(self.state_writes(contact, state, expected).await?);
        // The SDK sends the same token with each attempt, so an attempt whose answer was lost is not a duplicate.
        let sent = self.client.transact_write_items().set_transact_items(Some(writes)).send().await;
        let Err(error) = sent else { return Ok(Accepted::New) };
        let conflict = |code: &Option<&str>| *code == Some("TransactionConflict");
        match cancelled(&error).as_deref() {
            Some([Some("ConditionalCheckFailed"), ..]) => Ok(Accepted::Duplicate),
            Some([_, Some("ConditionalCheckFailed"), ..]) if self.is_buried(contact).await? => Ok(Accepted::Erased),
            Some([_, Some("ConditionalCheckFailed"), ..]) => Ok(Accepted::Conflict),
            Some(codes) if codes.iter().any(conflict) => Ok(Accepted::Conflict),
            _ => Err(transaction_failed("an input cannot be written", table, &error).with("contact", contact)),
        }
    }

    async fn list(&self, contact: &ContactKey) -> Result<Vec<Input>> {
        let table = &self.settings.names.segments;
        let query = self
            .client
            .query()
            .table_name(table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", s(contact_key(contact)));
        let found = query.into_paginator().items().send().try_collect().await.map_err(|error| {
            table_failed("a contact's inputs cannot be read", table, &error).with("contact", contact)
        })?;
        let mut inputs = Vec::with_capacity(found.len());
        for found in &found {
            inputs.push(self.read_input(found).await.map_err(|error| error.with("contact", contact))?);
        }
        Ok(inputs)
    }
}
