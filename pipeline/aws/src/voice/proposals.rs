//! Proposals to the knowledge base: pk `proposal#<id>`, `proposal` S (JSON), `status` S (JSON), `list` S (`proposals`, by which
//! they are listed: index `list`), `contact` S (by which an erasure finds them), and as long as nobody has decided
//! `expires_at` N (s): a decision stays for good, so that what was rejected stays out.

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_voice::learning::{Entry, Proposals, Status};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::AnswersTable;
use crate::dynamodb::item::{Item, item, n, s, text};
use crate::dynamodb::kept_answers::contact_digest;
use crate::dynamodb::{corrupt, table_failed};

const LIST: &str = "proposals";
/// How long a proposal waits for a decision, seconds: 90 days.
const WAITS_SECONDS: i64 = 90 * 86_400;

fn key(id: &str) -> AttributeValue {
    s(format!("proposal#{id}"))
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Corrupt, "a proposal cannot be written as JSON").because(error)
}

fn json(status: &Status) -> Result<String> {
    serde_json::to_string(status).map_err(unwritable)
}

impl AnswersTable {
    fn proposal(&self, found: &Item) -> Result<Entry> {
        let proposal = serde_json::from_str(text(&self.table, found, "proposal")?);
        let status = serde_json::from_str(text(&self.table, found, "status")?);
        Ok(Entry {
            proposal: proposal.map_err(|_| corrupt(&self.table, "proposal"))?,
            status: status.map_err(|_| corrupt(&self.table, "status"))?,
        })
    }
}

#[async_trait]
impl Proposals for AnswersTable {
    async fn put_if_absent(&self, entry: &Entry) -> Result<bool> {
        let contact = entry.proposal.contact.split_once('/').map_or("", |(_, contact)| contact);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item([
                ("pk", key(&entry.proposal.id)),
                ("proposal", s(serde_json::to_string(&entry.proposal).map_err(unwritable)?)),
                ("status", s(json(&entry.status)?)),
                ("list", s(LIST)),
                ("contact", s(contact_digest(contact))),
                ("expires_at", n(Timestamp::now().as_second().saturating_add(WAITS_SECONDS))),
            ])))
            .condition_expression("attribute_not_exists(pk)");
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(false)
            }
            Err(error) => Err(table_failed("a proposal cannot be kept", &self.table, &error)),
        }
    }

    async fn get(&self, id: &str) -> Result<Option<Entry>> {
        let get = self.client.get_item().table_name(&self.table).key("pk", key(id)).consistent_read(true);
        let got = get.send().await;
        let got = got.map_err(|error| table_failed("a proposal cannot be read", &self.table, &error))?;
        got.item.map(|found| self.proposal(&found)).transpose()
    }

    async fn list(&self) -> Result<Vec<Entry>> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("list")
            .key_condition_expression("#list = :list")
            .expression_attribute_names("#list", "list")
            .expression_attribute_values(":list", s(LIST));
        let found = query.into_paginator().items().send().try_collect().await;
        let found = found.map_err(|error| table_failed("proposals cannot be listed", &self.table, &error))?;
        let mut entries = found.iter().map(|found| self.proposal(found)).collect::<Result<Vec<_>>>()?;
        entries.sort_by(|a, b| a.proposal.id.cmp(&b.proposal.id));
        Ok(entries)
    }

    async fn change(&self, id: &str, from: &Status, to: &Status) -> Result<bool> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", key(id))
            .update_expression("SET #status = :to REMOVE expires_at")
            .condition_expression("#status = :from")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":from", s(json(from)?))
            .expression_attribute_values(":to", s(json(to)?));
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(false)
            }
            Err(error) => Err(table_failed("a proposal cannot be changed", &self.table, &error)),
        }
    }
}
