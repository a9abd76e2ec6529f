//! The index `open` of the contacts table: contacts with something open, in eight shards. Each shard is read in the order
//! of its keys and no further than needed, and the shards are merged.

use aftercall_core::error::Result;
use aftercall_schemas::ContactKey;
use aftercall_stages::ports::OpenContacts;
use async_trait::async_trait;
use futures_util::future::try_join_all;
use jiff::Timestamp;

use super::contacts::OPEN_SHARDS;
use super::item::{contact_key, contact_of, n, s, text};
use super::{Tables, corrupt, table_failed};

const INDEX: &str = "open";

impl Tables {
    /// Keys of one shard that are due, at the most `limit`, by key.
    async fn open_shard(&self, shard: u8, due_by: Timestamp, after: Option<&str>, limit: usize) -> Result<Vec<String>> {
        let table = &self.settings.names.contacts;
        let query = self
            .client
            .query()
            .table_name(table)
            .index_name(INDEX)
            .key_condition_expression("open_shard = :shard AND pk > :after")
            // No id is empty and no key begins with less than a space.
            .expression_attribute_values(":after", s(after.unwrap_or(" ")))
            .expression_attribute_values(":shard", s(shard.to_string()))
            .filter_expression("wake_at <= :due")
            .expression_attribute_values(":due", n(due_by.as_millisecond()));
        let mut found = Vec::new();
        let mut items = query.into_paginator().items().send();
        while found.len() < limit
            && let Some(next) = items.next().await
        {
            let next = next.map_err(|error| table_failed("the open contacts cannot be read", table, &error))?;
            found.push(text(table, &next, "pk")?.to_owned());
        }
        Ok(found)
    }
}

#[async_trait]
impl OpenContacts for Tables {
    /// In the order of the keys as text, which is that of the contacts for the ids of Amazon Connect.
    async fn open(&self, due_by: Timestamp, after: Option<&ContactKey>, limit: usize) -> Result<Vec<ContactKey>> {
        let after = after.map(contact_key);
        let shards = (0..OPEN_SHARDS).map(|shard| self.open_shard(shard, due_by, after.as_deref(), limit));
        let mut keys: Vec<String> = try_join_all(shards).await?.into_iter().flatten().collect();
        keys.sort_unstable();
        keys.truncate(limit);
        let table = &self.settings.names.contacts;
        keys.iter().map(|key| contact_of(key).ok_or_else(|| corrupt(table, "pk"))).collect()
    }
}
