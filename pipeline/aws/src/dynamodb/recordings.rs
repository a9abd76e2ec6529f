//! The index of recordings by name: pk `recording#<name>`, sk `<claim>#<contact>` with the claim `owns` or `waits`; and by
//! contact, for erasure: pk `recordings-of#<contact>`, sk `<claim>#<name>`, written first.

use aftercall_core::error::Result;
use aftercall_schemas::ContactKey;
use aftercall_stages::ports::{Claim, Recordings};
use async_trait::async_trait;

use super::item::{contact_key, contact_of, item, s, text};
use super::{Tables, corrupt, table_failed};

pub(super) fn word(claim: Claim) -> &'static str {
    match claim {
        Claim::Owns => "owns#",
        Claim::Waits => "waits#",
    }
}

pub(super) fn recordings_of(contact: &ContactKey) -> String {
    format!("recordings-of#{}", contact_key(contact))
}

pub(super) fn partition(name: &str) -> String {
    format!("recording#{name}")
}

#[async_trait]
impl Recordings for Tables {
    async fn note(&self, name: &str, claim: Claim, contact: &ContactKey) -> Result<()> {
        let table = &self.settings.names.index;
        let of_contact = (recordings_of(contact), format!("{}{name}", word(claim)));
        let by_name = (partition(name), format!("{}{}", word(claim), contact_key(contact)));
        for (pk, sk) in [of_contact, by_name] {
            let written = item([("pk", s(pk)), ("sk", s(sk))]);
            let sent = self.client.put_item().table_name(table).set_item(Some(written)).send().await;
            sent.map_err(|error| table_failed("a recording cannot be noted", table, &error).with("contact", contact))?;
        }
        Ok(())
    }

    /// Reads what is written by now, not what was a moment ago: each side notes what it has before it looks for the other.
    async fn find(&self, name: &str, claim: Claim) -> Result<Vec<ContactKey>> {
        let table = &self.settings.names.index;
        let query = self
            .client
            .query()
            .table_name(table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :claim)")
            .expression_attribute_values(":pk", s(partition(name)))
            .expression_attribute_values(":claim", s(word(claim)));
        let mut contacts = Vec::new();
        let mut items = query.into_paginator().items().send();
        while let Some(next) = items.next().await {
            let next = next.map_err(|error| table_failed("the recordings cannot be read", table, &error))?;
            let key = text(table, &next, "sk")?.strip_prefix(word(claim)).and_then(contact_of);
            contacts.push(key.ok_or_else(|| corrupt(table, "sk"))?);
        }
        contacts.sort_unstable();
        Ok(contacts)
    }
}
