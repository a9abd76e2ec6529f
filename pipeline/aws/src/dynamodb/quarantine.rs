//! The quarantine table, in the index table: pk `quarantine#<shard of 8>`, sk the entry's id, `entry` S (JSON),
//! `attempts` N, `quarantined_at` N (ms), `expires_at` N (s): an entry goes with its bytes, which are objects beside it and
//! are kept as long as inputs are.

use std::time::Duration;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_stages::ports::Quarantine;
use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;
use jiff::Timestamp;

use super::item::{Item, item, n, number, s, shard, text};
use super::{Tables, corrupt, table_failed};

const SHARDS: u8 = 8;

fn partition(shard: u8) -> String {
    format!("quarantine#{shard}")
}

fn partition_of(quarantine_id: &str) -> AttributeValue {
    s(partition(shard(quarantine_id, SHARDS)))
}

fn entry_item(entry: &QuarantineEntry, keep: Duration) -> Result<Item> {
    let body = serde_json::to_string(entry).map_err(|error| {
        Error::new(ErrorKind::Corrupt, "a quarantine entry cannot be written as JSON").because(error)
    })?;
    let id = &entry.quarantine_id;
    let keep = i64::try_from(keep.as_secs()).unwrap_or(i64::MAX);
    Ok(item([
        ("pk", partition_of(id)),
        ("sk", s(id)),
        ("entry", s(body)),
        ("attempts", n(entry.attempts)),
        ("quarantined_at", n(entry.quarantined_at.as_millisecond())),
        ("expires_at", n(entry.quarantined_at.as_second().saturating_add(keep))),
    ]))
}

fn parse(table: &str, found: &Item) -> Result<QuarantineEntry> {
    let body = text(table, found, "entry")?;
    let entry: QuarantineEntry = serde_json::from_str(body).map_err(|_| corrupt(table, "entry"))?;
    Ok(QuarantineEntry { attempts: number(table, found, "attempts")?, ..entry })
}

/// Entries are by time and then by id.
fn place(entry: &QuarantineEntry) -> (Timestamp, &str) {
    (entry.quarantined_at, &entry.quarantine_id)
}

/// Which entries are asked for.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    from: Timestamp,
    to: Timestamp,
    after: Option<&'a QuarantineEntry>,
    limit: usize,
}

impl Wanted<'_> {
    fn has(&self, entry: &QuarantineEntry) -> bool {
        let in_time = self.from <= entry.quarantined_at && entry.quarantined_at < self.to;
        in_time && self.after.is_none_or(|after| place(entry) > place(after))
    }

    /// The first ones, in their order.
    fn first(&self, mut entries: Vec<QuarantineEntry>) -> Vec<QuarantineEntry> {
        entries.sort_by(|a, b| place(a).cmp(&place(b)));
        entries.truncate(self.limit);
        entries
    }
}

impl Tables {
    /// The first entries of a shard that are wanted. The server leaves out what is of another time, and no more is held
    /// here than a page of the answer beside the entries that are asked for.
    async fn quarantine_shard_between(&self, shard: u8, wanted: Wanted<'_>) -> Result<Vec<QuarantineEntry>> {
        let table = &self.settings.names.index;
        let from = wanted.after.map_or(wanted.from, |after| after.quarantined_at.max(wanted.from));
        let query = self
            .client
            .query()
            .table_name(table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            // In whole milliseconds; what of these is not wanted is left out below.
            .filter_expression("quarantined_at BETWEEN :from AND :to")
            .expression_attribute_values(":pk", s(partition(shard)))
            .expression_attribute_values(":from", n(from.as_millisecond().saturating_sub(1)))
            .expression_attribute_values(":to", n(wanted.to.as_millisecond().saturating_add(1)));
        let mut first = Vec::new();
        let mut pages = query.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| table_failed("the quarantine cannot be read", table, &error))?;
            for found in page.items() {
                let entry = parse(table, found)?;
                if wanted.has(&entry) {
                    first.push(entry);
                }
            }
            first = wanted.first(first);
        }
        Ok(first)
    }

    async fn quarantine_shard(&self, shard: u8) -> Result<Vec<QuarantineEntry>> {
        let table = &self.settings.names.index;
        let query = self
            .client
            .query()
            .table_name(table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", s(partition(shard)));
        let found = query.into_paginator().items().send().try_collect().await;
        let found = found.map_err(|error| table_failed("the quarantine cannot be read", table, &error))?;
        found.iter().map(|found| parse(table, found)).collect()
    }
}

#[async_trait]
impl Quarantine for Tables {
    async fn put_if_absent(&self, entry: &QuarantineEntry) -> Result<bool> {
        let table = &self.settings.names.index;
        let put = self
            .client
            .put_item()
            .table_name(table)
            .set_item(Some(entry_item(entry, self.settings.keep_inputs)?))
            // The table removes late: an entry whose time is over is as good as none.
            .condition_expression("attribute_not_exists(pk) OR expires_at <= :now")
            .expression_attribute_values(":now", n(entry.quarantined_at.as_second()));
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(false)
            }
            Err(error) => Err(table_failed("a quarantine entry cannot be written", table, &error)
                .with("quarantine_id", &entry.quarantine_id)),
        }
    }

    async fn list(&self) -> Result<Vec<QuarantineEntry>> {
        let shards = try_join_all((0..SHARDS).map(|shard| self.quarantine_shard(shard))).await?;
        let mut entries: Vec<QuarantineEntry> = shards.into_iter().flatten().collect();
        entries.sort_by(|a, b| b.quarantined_at.cmp(&a.quarantined_at).then(a.quarantine_id.cmp(&b.quarantine_id)));
        Ok(entries)
    }

    async fn between(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<&QuarantineEntry>,
        limit: usize,
    ) -> Result<Vec<QuarantineEntry>> {
        if limit == 0 || to <= from {
            return Ok(Vec::new());
        }
        let wanted = Wanted { from, to, after, limit };
        let shards = try_join_all((0..SHARDS).map(|shard| self.quarantine_shard_between(shard, wanted))).await?;
        Ok(wanted.first(shards.into_iter().flatten().collect()))
    }

    async fn count_attempt(&self, quarantine_id: &str) -> Result<()> {
        let table = &self.settings.names.index;
        let update = self
            .client
            .update_item()
            .table_name(table)
            .key("pk", partition_of(quarantine_id))
            .key("sk", s(quarantine_id))
            .update_expression("ADD attempts :one")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":one", n(1));
        match update.send().await {
            Ok(_) => Ok(()),
            // It has been released: there is nothing to count.
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => Ok(()),
            Err(error) => Err(table_failed("a quarantine entry cannot be written", table, &error)
                .with("quarantine_id", quarantine_id)),
        }
    }

    async fn release(&self, quarantine_id: &str) -> Result<()> {
        let table = &self.settings.names.index;
        let delete = self.client.delete_item().table_name(table);
        let delete = delete.key("pk", partition_of(quarantine_id)).key("sk", s(quarantine_id));
        delete.send().await.map(drop).map_err(|error| {
            table_failed("a quarantine entry cannot be removed", table, &error).with("quarantine_id", quarantine_id)
        })
    }
}
