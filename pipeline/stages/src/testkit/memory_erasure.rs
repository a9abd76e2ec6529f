//! Erasing from the tables in memory.

use aftercall_core::error::Result;
use aftercall_schemas::ContactKey;
use async_trait::async_trait;
use jiff::Timestamp;

use super::Memory;
use crate::ports::{Claim, Erase, KeptElsewhere, RemovedRows};

#[async_trait]
impl Erase for Memory {
    async fn bury(&self, contact: &ContactKey, _: Timestamp) -> Result<()> {
        self.tables().tombstones.insert(contact.clone());
        Ok(())
    }

    async fn is_buried(&self, contact: &ContactKey) -> Result<bool> {
        Ok(self.tables().tombstones.contains(contact))
    }

    async fn pointers_to(&self, contact: &ContactKey) -> Result<Vec<ContactKey>> {
        let tables = self.tables();
        let owned: Vec<_> =
            tables.recordings.iter().filter(|(_, claim, of)| *claim == Claim::Owns && of == contact).collect();
        let mut waiting: Vec<ContactKey> = tables
            .recordings
            .iter()
            .filter(|(name, claim, _)| *claim == Claim::Waits && owned.iter().any(|(known, _, _)| known == name))
            .map(|(_, _, of)| of.clone())
            .collect();
        waiting.retain(|waits| {
            tables.contacts.get(waits).is_none_or(|stored| stored.state.moved_to.as_ref() == Some(contact))
        });
        waiting.sort();
        waiting.dedup();
        Ok(waiting)
    }

    async fn unpublish(&self, contact: &ContactKey) -> Result<u64> {
        let mut tables = self.tables();
        let before = tables.published.len();
        tables.published.retain(|(_, of, _), _| of != contact);
        Ok((before - tables.published.len()) as u64)
    }

    async fn remove_rows(&self, contact: &ContactKey) -> Result<RemovedRows> {
        let mut tables = self.tables();
        let mut removed =
            RemovedRows { states: u64::from(tables.contacts.remove(contact).is_some()), ..Default::default() };
        tables.inputs.retain(|(of, _), _| kept(of, contact, &mut removed.inputs));
        tables.results.retain(|(of, ..), _| kept(of, contact, &mut removed.results));
        tables.attempts.retain(|attempt| kept(&attempt.contact, contact, &mut removed.attempts));
        tables.recordings.retain(|(_, _, of)| kept(of, contact, &mut removed.recordings));
        Ok(removed)
    }
}

fn kept(of: &ContactKey, erased: &ContactKey, removed: &mut u64) -> bool {
    *removed += u64::from(of == erased);
    of != erased
}

impl Memory {
    /// Has something kept of a contact elsewhere.
    pub fn keep_elsewhere(&self, contact: &ContactKey) {
        self.tables().elsewhere.push(contact.clone());
    }
}

#[async_trait]
impl KeptElsewhere for Memory {
    async fn kept_of(&self, contact: &ContactKey) -> Result<u64> {
        Ok(self.tables().elsewhere.iter().filter(|of| *of == contact).count() as u64)
    }

    async fn forget(&self, contact: &ContactKey) -> Result<u64> {
        let mut removed = 0;
        self.tables().elsewhere.retain(|of| kept(of, contact, &mut removed));
        Ok(removed)
    }
}
