//! All ports in memory. It passes the same conformance suites as the embedded store and AWS, so a test that uses it
//! learns something about both.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aftercall_core::contact::{ContactState, ReadyRules, Status};
use aftercall_core::error::Result;
use aftercall_schemas::events::{ContactFlagged, ContactRouted, Insight};
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_schemas::results::{Outcome, StageResult};
use aftercall_schemas::{ContactKey, RevisionKey, Stage};
use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::ports::{
    Accepted, Announce, Attempt, Claim, Contacts, Input, Inputs, Jobs, Leases, Objects, OpenContacts, Published,
    PublishedIndex, Quarantine, Recordings, Results, Spending, Stored, Version, Written,
};

/// All tables and objects, in memory.
#[derive(Debug, Default)]
pub struct Memory {
    tables: Mutex<Tables>,
    rules: ReadyRules,
}

type ResultKey = (ContactKey, RevisionKey, Stage, String);

#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) contacts: BTreeMap<ContactKey, Stored>,
    pub(super) inputs: BTreeMap<(ContactKey, String), Input>,
    pub(super) results: BTreeMap<ResultKey, StageResult>,
    pub(super) attempts: Vec<Attempt>,
    pub(super) objects: BTreeMap<String, Vec<u8>>,
    pub(super) quarantine: BTreeMap<String, QuarantineEntry>,
    pub(super) recordings: BTreeSet<(String, Claim, ContactKey)>,
    pub(super) published: BTreeMap<(Timestamp, ContactKey, u32), RevisionKey>,
    pub(super) tombstones: BTreeSet<ContactKey>,
    routed: Vec<ContactRouted>,
    insights: Vec<Insight>,
    flagged: Vec<ContactFlagged>,
    pub(super) elsewhere: Vec<ContactKey>,
    leases: BTreeMap<String, (String, Timestamp)>,
    spent: BTreeMap<Date, i64>,
    settled: BTreeMap<Date, i64>,
    jobs: BTreeMap<String, (Vec<u8>, Version)>,
}

impl Tables {
    fn write(&mut self, contact: &ContactKey, state: &ContactState, version: Version) {
        if let Some(analysis) = &state.analysis
            && let Status::Finished { published_at: Some(at), .. } = &analysis.status
        {
            self.published.insert((*at, contact.clone(), analysis.revision), analysis.key.clone());
        }
        self.contacts.insert(contact.clone(), Stored { state: state.clone(), version });
    }

    fn version(&self, contact: &ContactKey) -> Option<Version> {
        self.contacts.get(contact).map(|stored| stored.version)
    }
}

impl Memory {
    /// Everything that was announced, oldest first.
    pub fn heard(&self) -> (Vec<ContactRouted>, Vec<Insight>) {
        let tables = self.tables();
        (tables.routed.clone(), tables.insights.clone())
    }

    pub(super) fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn following(version: Option<Version>) -> Version {
    Version(version.map_or(1, |version| version.0 + 1))
}

#[async_trait]
impl Contacts for Memory {
    async fn load(&self, contact: &ContactKey) -> Result<Option<Stored>> {
        Ok(self.tables().contacts.get(contact).cloned())
    }

    async fn save(&self, contact: &ContactKey, state: &ContactState, expected: Version) -> Result<Written> {
        let mut tables = self.tables();
        if tables.version(contact) != Some(expected) {
            return Ok(Written::Conflict);
        }
        tables.write(contact, state, following(Some(expected)));
        Ok(Written::Yes)
    }
}

#[async_trait]
impl Inputs for Memory {
    async fn accept(
        &self,
        contact: &ContactKey,
        input: &Input,
        state: &ContactState,
        expected: Option<Version>,
    ) -> Result<Accepted> {
        let mut tables = self.tables();
        if tables.tombstones.contains(contact) {
            return Ok(Accepted::Erased);
        }
        let key = (contact.clone(), input.digest.clone());
        if tables.inputs.contains_key(&key) {
            return Ok(Accepted::Duplicate);
        }
        if tables.version(contact) != expected {
            return Ok(Accepted::Conflict);
        }
        tables.inputs.insert(key, input.clone());
        tables.write(contact, state, following(expected));
        Ok(Accepted::New)
    }

    async fn list(&self, contact: &ContactKey) -> Result<Vec<Input>> {
        let tables = self.tables();
        Ok(tables.inputs.iter().filter(|((of, _), _)| of == contact).map(|(_, input)| input.clone()).collect())
    }
}

#[async_trait]
impl Recordings for Memory {
    async fn note(&self, name: &str, claim: Claim, contact: &ContactKey) -> Result<()> {
        self.tables().recordings.insert((name.to_string(), claim, contact.clone()));
        Ok(())
    }

    async fn find(&self, name: &str, claim: Claim) -> Result<Vec<ContactKey>> {
        let tables = self.tables();
        let of = tables.recordings.iter().filter(|(known, kind, _)| known == name && *kind == claim);
        Ok(of.map(|(_, _, contact)| contact.clone()).collect())
    }
}

#[async_trait]
impl OpenContacts for Memory {
    async fn open(&self, due_by: Timestamp, after: Option<&ContactKey>, limit: usize) -> Result<Vec<ContactKey>> {
        let tables = self.tables();
        let open = tables.contacts.iter().filter(|(contact, stored)| {
            after.is_none_or(|after| *contact > after)
                && stored.state.wake_at(self.rules).is_some_and(|wake| wake <= due_by)
        });
        Ok(open.map(|(contact, _)| contact.clone()).take(limit).collect())
    }
}

#[async_trait]
impl Results for Memory {
    async fn put_if_absent(&self, result: &StageResult) -> Result<bool> {
        let key = (result.contact.clone(), result.revision_key.clone(), result.stage, result.stage_version.clone());
        let mut tables = self.tables();
        if tables.results.contains_key(&key) {
            return Ok(false);
        }
        tables.results.insert(key, result.clone());
        Ok(true)
    }

    async fn replace_failed(&self, result: &StageResult) -> Result<bool> {
        let key = (result.contact.clone(), result.revision_key.clone(), result.stage, result.stage_version.clone());
        let mut tables = self.tables();
        match tables.results.get_mut(&key) {
            Some(known) if matches!(known.outcome, Outcome::Failed { .. }) => {
                *known = result.clone();
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    async fn remove_failed(
        &self,
        contact: &ContactKey,
        revision: &RevisionKey,
        stage: Stage,
        stage_version: &str,
    ) -> Result<bool> {
        let key = (contact.clone(), revision.clone(), stage, stage_version.to_string());
        let mut tables = self.tables();
        let failed = tables.results.get(&key).is_some_and(|known| matches!(known.outcome, Outcome::Failed { .. }));
        if failed {
            tables.results.remove(&key);
        }
        Ok(failed)
    }

    async fn get(
        &self,
        contact: &ContactKey,
        revision: &RevisionKey,
        stage: Stage,
        stage_version: &str,
    ) -> Result<Option<StageResult>> {
        let key = (contact.clone(), revision.clone(), stage, stage_version.to_string());
        Ok(self.tables().results.get(&key).cloned())
    }

    async fn list(&self, contact: &ContactKey, revision: &RevisionKey) -> Result<Vec<StageResult>> {
        let tables = self.tables();
        let of = tables.results.iter().filter(|((of, key, _, _), _)| of == contact && key == revision);
        Ok(of.map(|(_, result)| result.clone()).collect())
    }

    async fn note_attempt(&self, attempt: &Attempt) -> Result<()> {
        self.tables().attempts.push(attempt.clone());
        Ok(())
    }

    async fn attempts(&self, contact: &ContactKey) -> Result<Vec<Attempt>> {
        Ok(self.tables().attempts.iter().filter(|attempt| attempt.contact == *contact).cloned().collect())
    }
}

#[async_trait]
impl Objects for Memory {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<()> {
        self.tables().objects.insert(key.to_string(), bytes.to_vec());
        Ok(())
    }

    async fn put_if_absent(&self, key: &str, bytes: &[u8]) -> Result<bool> {
        let mut tables = self.tables();
        let absent = !tables.objects.contains_key(key);
        if absent {
            tables.objects.insert(key.to_string(), bytes.to_vec());
        }
        Ok(absent)
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.tables().objects.get(key).cloned())
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        Ok(self.tables().objects.keys().filter(|key| key.starts_with(prefix)).cloned().collect())
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.tables().objects.remove(key);
        Ok(())
    }
}

#[async_trait]
impl Quarantine for Memory {
    async fn put_if_absent(&self, entry: &QuarantineEntry) -> Result<bool> {
        let mut tables = self.tables();
        if tables.quarantine.contains_key(&entry.quarantine_id) {
            return Ok(false);
        }
        tables.quarantine.insert(entry.quarantine_id.clone(), entry.clone());
        Ok(true)
    }

    async fn list(&self) -> Result<Vec<QuarantineEntry>> {
        let mut entries: Vec<_> = self.tables().quarantine.values().cloned().collect();
        entries.sort_by(|a, b| b.quarantined_at.cmp(&a.quarantined_at).then(a.quarantine_id.cmp(&b.quarantine_id)));
        Ok(entries)
    }

    async fn count_attempt(&self, quarantine_id: &str) -> Result<()> {
        if let Some(entry) = self.tables().quarantine.get_mut(quarantine_id) {
            entry.attempts += 1;
        }
        Ok(())
    }

    async fn release(&self, quarantine_id: &str) -> Result<()> {
        self.tables().quarantine.remove(quarantine_id);
        Ok(())
    }
}

#[async_trait]
impl PublishedIndex for Memory {
    async fn published(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<&Published>,
        limit: usize,
    ) -> Result<Vec<Published>> {
        let tables = self.tables();
        let after = after.map(|entry| (entry.published_at, entry.contact.clone(), entry.revision));
        let entries = tables
            .published
            .iter()
            .filter(|(key, _)| key.0 >= from && key.0 < to && after.as_ref().is_none_or(|after| *key > after));
        let entry =
            |((published_at, contact, revision), revision_key): (&(Timestamp, ContactKey, u32), &RevisionKey)| {
                Published {
                    contact: contact.clone(),
                    revision_key: revision_key.clone(),
                    revision: *revision,
                    published_at: *published_at,
                }
            };
        Ok(entries.map(entry).take(limit).collect())
    }
}

#[async_trait]
impl Announce for Memory {
    async fn routed(&self, messages: &[ContactRouted]) -> Result<()> {
        self.tables().routed.extend_from_slice(messages);
        Ok(())
    }

    async fn insights(&self, insights: &[Insight]) -> Result<()> {
        self.tables().insights.extend_from_slice(insights);
        Ok(())
    }

    async fn flagged(&self, messages: &[ContactFlagged]) -> Result<()> {
        self.tables().flagged.extend_from_slice(messages);
        Ok(())
    }
}

#[async_trait]
impl Leases for Memory {
    async fn take(&self, name: &str, holder: &str, now: Timestamp, until: Timestamp) -> Result<bool> {
        let mut tables = self.tables();
        if tables.leases.get(name).is_some_and(|(by, end)| by != holder && *end > now) {
            return Ok(false);
        }
        tables.leases.insert(name.to_string(), (holder.to_string(), until));
        Ok(true)
    }

    async fn give_back(&self, name: &str, holder: &str) -> Result<()> {
        let mut tables = self.tables();
        if tables.leases.get(name).is_some_and(|(by, _)| by == holder) {
            tables.leases.remove(name);
        }
        Ok(())
    }
}

#[async_trait]
impl Spending for Memory {
    async fn reserve(&self, day: Date, amount: i64, limit: i64) -> Result<bool> {
        let mut tables = self.tables();
        let sum = tables.spent.get(&day).copied().unwrap_or(0).saturating_add(amount);
        if sum > limit {
            return Ok(false);
        }
        tables.spent.insert(day, sum);
        Ok(true)
    }

    async fn settle(&self, day: Date, reserved: i64, actual: i64) -> Result<()> {
        let mut tables = self.tables();
        let sum = tables.spent.entry(day).or_insert(0);
        *sum = sum.saturating_add(actual.saturating_sub(reserved));
        let settled = tables.settled.entry(day).or_insert(0);
        *settled = settled.saturating_add(actual);
        Ok(())
    }

    async fn spent(&self, day: Date) -> Result<i64> {
        Ok(self.tables().spent.get(&day).copied().unwrap_or(0))
    }

    async fn settled(&self, day: Date) -> Result<i64> {
        Ok(self.tables().settled.get(&day).copied().unwrap_or(0))
    }
}

#[async_trait]
impl Jobs for Memory {
    async fn load(&self, id: &str) -> Result<Option<(Vec<u8>, Version)>> {
        Ok(self.tables().jobs.get(id).cloned())
    }

    async fn save(&self, id: &str, body: &[u8], expected: Option<Version>, _: Timestamp) -> Result<Written> {
        let mut tables = self.tables();
        if tables.jobs.get(id).map(|(_, version)| *version) != expected {
            return Ok(Written::Conflict);
        }
        tables.jobs.insert(id.to_string(), (body.to_vec(), following(expected)));
        Ok(Written::Yes)
    }
}
