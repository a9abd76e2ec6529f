//! Erasing a contact from the tables. The tombstone is the contact's own item: `erased` N (ms) is set, and refuses every
//! write of a state from then on; in the end nothing else is left of the item. Rows are removed before the state, so that an
//! erasure that was interrupted is done again from where it stopped.

use aftercall_core::error::Result;
use aftercall_schemas::ContactKey;
use aftercall_stages::ports::{Claim, Contacts, Erase, Recordings, RemovedRows};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use jiff::Timestamp;

use super::item::{Item, contact_key, n, s, text};
use super::published::published_of;
use super::recordings::{partition, recordings_of, word};
use super::results::attempts_of;
use super::{Tables, corrupt, table_failed};

impl Tables {
    /// The keys of all items of a partition.
    async fn keys_of(&self, table: &str, pk: &str) -> Result<Vec<Item>> {
        let query = self
            .client
            .query()
            .table_name(table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", s(pk))
            .projection_expression("pk, sk");
        let found = query.into_paginator().items().send().try_collect().await;
        found.map_err(|error| table_failed("what is kept of a contact cannot be read", table, &error))
    }

    /// Removes an item, and says whether it was there.
    async fn remove(&self, table: &str, key: Item) -> Result<bool> {
        let delete = self.client.delete_item().table_name(table).set_key(Some(key)).return_values(ReturnValue::AllOld);
        let sent = delete.send().await;
        let sent = sent.map_err(|error| table_failed("what is kept of a contact cannot be removed", table, &error))?;
        Ok(sent.attributes.is_some_and(|before| !before.is_empty()))
    }

    /// Removes a partition, and says how many items it had.
    async fn remove_partition(&self, table: &str, pk: &str) -> Result<u64> {
        let mut removed = 0;
        for key in self.keys_of(table, pk).await? {
            removed += u64::from(self.remove(table, key).await?);
        }
        Ok(removed)
    }

    /// The recordings that a contact has something to do with: claim and name.
    async fn recordings_by(&self, contact: &ContactKey) -> Result<Vec<(Claim, String)>> {
        let table = &self.settings.names.index;
        let mut found = Vec::new();
        for key in self.keys_of(table, &recordings_of(contact)).await? {
            let sk = text(table, &key, "sk")?;
            let claim = [Claim::Owns, Claim::Waits].into_iter().find(|claim| sk.starts_with(word(*claim)));
            let claim = claim.ok_or_else(|| corrupt(table, "sk"))?;
            found.push((claim, sk.strip_prefix(word(claim)).unwrap_or(sk).to_owned()));
        }
        Ok(found)
    }
}

fn key(pk: String, sk: String) -> Item {
    Item::from([("pk".to_owned(), s(pk)), ("sk".to_owned(), s(sk))])
}

#[async_trait]
impl Erase for Tables {
    async fn bury(&self, contact: &ContactKey, at: Timestamp) -> Result<()> {
        let table = &self.settings.names.contacts;
        let update = self
            .client
            .update_item()
            .table_name(table)
            .key("pk", s(contact_key(contact)))
            .update_expression("SET erased = if_not_exists(erased, :at) REMOVE phase, open_shard, wake_at")
            .expression_attribute_values(":at", n(at.as_millisecond()));
        let sent = update.send().await;
        sent.map(drop)
            .map_err(|error| table_failed("a tombstone cannot be set", table, &error).with("contact", contact))
    }

    async fn is_buried(&self, contact: &ContactKey) -> Result<bool> {
        let table = &self.settings.names.contacts;
        let get = self
            .client
            .get_item()
            .table_name(table)
            .key("pk", s(contact_key(contact)))
            .projection_expression("erased")
            .consistent_read(true);
        let got = get.send().await;
        let got = got.map_err(|error| table_failed("a tombstone cannot be read", table, &error))?;
        Ok(got.item.is_some_and(|found| matches!(found.get("erased"), Some(AttributeValue::N(_)))))
    }

    async fn pointers_to(&self, contact: &ContactKey) -> Result<Vec<ContactKey>> {
        let mut pointers = Vec::new();
        for (claim, name) in self.recordings_by(contact).await? {
            if claim != Claim::Owns {
                continue;
            }
            for waits in self.find(&name, Claim::Waits).await? {
                let stored = self.load(&waits).await?;
                if stored.is_none_or(|stored| stored.state.moved_to.as_ref() == Some(contact)) {
                    pointers.push(waits);
                }
            }
        }
        pointers.sort_unstable();
        pointers.dedup();
        Ok(pointers)
    }

    async fn unpublish(&self, contact: &ContactKey) -> Result<u64> {
        let table = &self.settings.names.index;
        let mut removed = 0;
        for place in self.keys_of(table, &published_of(contact)).await? {
            let (pk, sk) = text(table, &place, "sk")?.split_once('|').ok_or_else(|| corrupt(table, "sk"))?;
            // The entry first: as long as it is there, something has to say where.
            removed += u64::from(self.remove(table, key(pk.to_owned(), sk.to_owned())).await?);
            self.remove(table, place.clone()).await?;
        }
        Ok(removed)
    }

    async fn remove_rows(&self, contact: &ContactKey) -> Result<RemovedRows> {
        let names = &self.settings.names;
        let pk = contact_key(contact);
        let mut removed = RemovedRows {
            inputs: self.remove_partition(&names.segments, &pk).await?,
            results: self.remove_partition(&names.results, &pk).await?,
            attempts: self.remove_partition(&names.index, &attempts_of(contact)).await?,
            ..RemovedRows::default()
        };
        for (claim, name) in self.recordings_by(contact).await? {
            let by_name = key(partition(&name), format!("{}{pk}", word(claim)));
            removed.recordings += u64::from(self.remove(&names.index, by_name).await?);
            let of_contact = key(recordings_of(contact), format!("{}{name}", word(claim)));
            self.remove(&names.index, of_contact).await?;
        }
        let update = self
            .client
            .update_item()
            .table_name(&names.contacts)
            .key("pk", s(pk))
            .update_expression("REMOVE #state, version, phase, open_shard, wake_at")
            .expression_attribute_names("#state", "state")
            .return_values(ReturnValue::AllOld);
        let sent = update.send().await;
        let sent = sent.map_err(|error| table_failed("a contact cannot be removed", &names.contacts, &error))?;
        removed.states = u64::from(sent.attributes.is_some_and(|before| before.contains_key("state")));
        Ok(removed)
    }
}
