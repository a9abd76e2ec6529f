//! The index of published revisions, by time.
//!
//! | item | pk | sk |
//! |---|---|---|
//! | an entry | `published#<hour UTC>#<shard of 4>` | `<ms, 15 digits>#<contact>#<revision, 10 digits>#<revision key>` |
//! | an hour that has entries | `published-hours` | `<hour UTC>` |
//! | where a contact's entries are | `published-of#<contact>` | `<pk of the entry>|<sk of the entry>` |
//!
//! An hour is `2026-11-20T13`. The hours are noted so that a window of years reads only the hours that hold something. An
//! hour is noted before its first entry is written; a process notes it once.

use std::sync::atomic::Ordering;

use aftercall_core::error::Result;
use aftercall_schemas::{ContactKey, RevisionKey};
use aftercall_stages::ports::{Published, PublishedIndex};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::Put;
use aws_sdk_dynamodb::types::builders::PutBuilder;
use futures_util::future::try_join_all;
use jiff::Timestamp;

use super::item::{contact_key, contact_of, item, padded, s, shard, text};
use super::{Tables, corrupt, table_failed};

const SHARDS: u8 = 4;
const HOURS: &str = "published-hours";
const HOUR_SECONDS: i64 = 3600;

/// The hour of a moment. Moments before 1970 count as its first: nothing happened here before.
fn hour(at: Timestamp) -> String {
    at.max(Timestamp::UNIX_EPOCH).strftime("%Y-%m-%dT%H").to_string()
}

fn sort_key(entry: &Published) -> String {
    let contact = contact_key(&entry.contact);
    format!("{}#{contact}#{:010}#{}", padded(entry.published_at), entry.revision, entry.revision_key)
}

/// The partition that says where a contact's entries are.
pub(super) fn published_of(contact: &ContactKey) -> String {
    format!("published-of#{}", contact_key(contact))
}

fn partition(hour: &str, shard: u8) -> String {
    format!("published#{hour}#{shard}")
}

/// The entry of a sort key. Neither numbers nor digests hold a `#`, so a contact may.
fn parse(key: &str) -> Option<Published> {
    let (millis, rest) = key.split_once('#')?;
    let (rest, revision_key) = rest.rsplit_once('#')?;
    let (contact, revision) = rest.rsplit_once('#')?;
    Some(Published {
        contact: contact_of(contact)?,
        revision_key: RevisionKey(revision_key.to_owned()),
        revision: revision.parse().ok()?,
        published_at: Timestamp::from_millisecond(millis.parse().ok()?).ok()?,
    })
}

impl Tables {
    /// The write of an entry. Writing it again writes the same.
    pub(super) fn published_put(&self, entry: &Published) -> PutBuilder {
        let shard = shard(&contact_key(&entry.contact), SHARDS);
        let pk = partition(&hour(entry.published_at), shard);
        let written = item([("pk", s(pk)), ("sk", s(sort_key(entry)))]);
        Put::builder().table_name(&self.settings.names.index).set_item(Some(written))
    }

    /// The write of where an entry is, by which an erasure finds it.
    pub(super) fn published_of_put(&self, entry: &Published) -> PutBuilder {
        let shard = shard(&contact_key(&entry.contact), SHARDS);
        let place = format!("{}|{}", partition(&hour(entry.published_at), shard), sort_key(entry));
        let written = item([("pk", s(published_of(&entry.contact))), ("sk", s(place))]);
        Put::builder().table_name(&self.settings.names.index).set_item(Some(written))
    }

    /// Notes that an hour has entries, unless this process has noted it last.
    pub(super) async fn note_hour(&self, at: Timestamp) -> Result<()> {
        let number = at.as_second().div_euclid(HOUR_SECONDS);
        if self.noted_hour.load(Ordering::Relaxed) == number {
            return Ok(());
        }
        let table = &self.settings.names.index;
        let written = item([("pk", s(HOURS)), ("sk", s(hour(at)))]);
        let sent = self.client.put_item().table_name(table).set_item(Some(written)).send().await;
        sent.map_err(|error| table_failed("an hour of publications cannot be noted", table, &error))?;
        self.noted_hour.store(number, Ordering::Relaxed);
        Ok(())
    }

    /// Sort keys of a partition of the index, from `low` to `high`, both included, at the most `limit`.
    async fn sort_keys(&self, pk: String, low: &str, high: &str, limit: usize) -> Result<Vec<String>> {
        let table = &self.settings.names.index;
        let query = self
            .client
            .query()
            .table_name(table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND sk BETWEEN :low AND :high")
            .expression_attribute_values(":pk", s(pk))
            .expression_attribute_values(":low", s(low))
            .expression_attribute_values(":high", s(high));
        let mut keys = Vec::new();
        let mut items = query.into_paginator().items().send();
        while keys.len() < limit
            && let Some(next) = items.next().await
        {
            let next = next.map_err(|error| table_failed("the published contacts cannot be read", table, &error))?;
            keys.push(text(table, &next, "sk")?.to_owned());
        }
        Ok(keys)
    }
}

#[async_trait]
impl PublishedIndex for Tables {
    async fn published(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<&Published>,
        limit: usize,
    ) -> Result<Vec<Published>> {
        let first = after.map_or(from, |after| after.published_at.max(from));
        if to <= first || to <= Timestamp::UNIX_EPOCH {
            return Ok(Vec::new());
        }
        let after = after.map(sort_key);
        // No key is just a moment, so nothing of the moment `to` lies within.
        let (low, high) = (padded(from).max(after.clone().unwrap_or_default()), padded(to));
        let hours = self.sort_keys(HOURS.to_owned(), &hour(first), &hour(to), usize::MAX).await?;
        let mut found = Vec::new();
        for hour in hours {
            // One more than wanted: the entry named by `after` is read again and left out.
            let wanted = limit.saturating_sub(found.len()).saturating_add(1);
            let shards = (0..SHARDS).map(|shard| self.sort_keys(partition(&hour, shard), &low, &high, wanted));
            let mut keys: Vec<String> = try_join_all(shards).await?.into_iter().flatten().collect();
            keys.retain(|key| after.as_ref() != Some(key));
            keys.sort_unstable();
            found.append(&mut keys);
            if found.len() >= limit {
                break;
            }
        }
        found.truncate(limit);
        let table = &self.settings.names.index;
        found.iter().map(|key| parse(key).ok_or_else(|| corrupt(table, "sk"))).collect()
    }
}
