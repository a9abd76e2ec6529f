//! Calls out in memory: what was called, who opted out, and a dialer that calls nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aftercall_core::error::Result;
use async_trait::async_trait;
use jiff::Timestamp;

use crate::outbound::{CallLog, CallRequest, ContactBook, Dialer, KnownContact, OptOuts, PhoneNumber};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was called, in memory.
#[derive(Debug, Default)]
pub struct MemoryCalls {
    noted: Mutex<BTreeMap<String, (String, Timestamp)>>,
    opted_out: Mutex<BTreeSet<String>>,
}

#[async_trait]
impl CallLog for MemoryCalls {
    async fn called(&self, trigger: &str) -> Result<bool> {
        Ok(lock(&self.noted).contains_key(trigger))
    }

    async fn note(&self, trigger: &str, contact_id: &str, at: Timestamp) -> Result<bool> {
        let mut noted = lock(&self.noted);
        if noted.contains_key(trigger) {
            return Ok(false);
        }
        noted.insert(trigger.to_owned(), (contact_id.to_owned(), at));
        Ok(true)
    }

    async fn since(&self, from: Timestamp) -> Result<u32> {
        let count = lock(&self.noted).values().filter(|(_, at)| *at >= from).count();
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }
}

#[async_trait]
impl OptOuts for MemoryCalls {
    async fn has(&self, number: &PhoneNumber) -> Result<bool> {
        Ok(lock(&self.opted_out).contains(&number.digest()))
    }

    async fn add(&self, number: &PhoneNumber) -> Result<()> {
        lock(&self.opted_out).insert(number.digest());
        Ok(())
    }
}

/// A dialer that notes its requests: one contact a client token, as Connect does it.
#[derive(Debug, Default)]
pub struct MemoryDialer(Mutex<Vec<CallRequest>>);

impl MemoryDialer {
    /// The calls that were started, in order.
    pub fn dialled(&self) -> Vec<CallRequest> {
        lock(&self.0).clone()
    }
}

#[async_trait]
impl Dialer for MemoryDialer {
    async fn dial(&self, request: &CallRequest) -> Result<String> {
        let mut dialled = lock(&self.0);
        if !dialled.iter().any(|known| known.client_token == request.client_token) {
            dialled.push(request.clone());
        }
        Ok(format!("contact-{}", request.client_token.chars().take(8).collect::<String>()))
    }
}

/// Contacts in memory, by id.
#[derive(Debug, Default)]
pub struct MemoryContacts(pub BTreeMap<String, KnownContact>);

#[async_trait]
impl ContactBook for MemoryContacts {
    async fn find(&self, contact_id: &str) -> Result<Option<KnownContact>> {
        Ok(self.0.get(contact_id).cloned())
    }
}
