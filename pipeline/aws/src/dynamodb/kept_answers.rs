//! What the voice agent's table keeps of a contact: items with its digest in `contact` S, found by the index `contact` (hash
//! `contact`, of keys only). The index is a moment behind the table; an erasure comes again.

use aftercall_core::error::Result;
use aftercall_schemas::ContactKey;
use aftercall_stages::ports::KeptElsewhere;
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;

use super::item::{s, text};
use super::table_failed;

const INDEX: &str = "contact";

/// The digest by which items of a contact are found. The voice agent knows a contact by its id alone.
pub(crate) fn contact_digest(contact_id: &str) -> String {
    blake3::hash(contact_id.as_bytes()).to_hex().to_string()
}

/// The voice agent's table, as an erasure sees it.
pub struct KeptAnswers {
    client: Client,
    table: String,
}

impl KeptAnswers {
    /// The table; nothing is called yet.
    pub fn new(config: &SdkConfig, table: &str) -> Self {
        Self { client: Client::new(config), table: table.to_owned() }
    }

    async fn keys_of(&self, contact: &ContactKey) -> Result<Vec<String>> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(INDEX)
            .key_condition_expression("contact = :contact")
            .expression_attribute_values(":contact", s(contact_digest(&contact.contact_id)));
        let found = query.into_paginator().items().send().try_collect().await.map_err(|error| {
            table_failed("what the voice agent keeps cannot be read", &self.table, &error).with("contact", contact)
        })?;
        found.iter().map(|found| text(&self.table, found, "pk").map(str::to_owned)).collect()
    }
}

#[async_trait]
impl KeptElsewhere for KeptAnswers {
    async fn kept_of(&self, contact: &ContactKey) -> Result<u64> {
        Ok(self.keys_of(contact).await?.len() as u64)
    }

    async fn forget(&self, contact: &ContactKey) -> Result<u64> {
        let keys = self.keys_of(contact).await?;
        for key in &keys {
            let delete = self.client.delete_item().table_name(&self.table).key("pk", s(key));
            delete.send().await.map_err(|error| {
                table_failed("what the voice agent keeps cannot be removed", &self.table, &error)
                    .with("contact", contact)
            })?;
        }
        Ok(keys.len() as u64)
    }
}
