//! Proposals to the knowledge base, as objects of the store: `proposed/<id>.json`.

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_schemas::ContactKey;
use aftercall_stages::ports::{KeptElsewhere, Objects};
use aftercall_voice::learning::{Entry, Proposals, Status};
use async_trait::async_trait;

const PREFIX: &str = "proposed/";

/// Proposals in a store of objects. A change looks first and then writes: right as long as one person decides at a time,
/// which is so on one machine.
pub struct ObjectProposals<'a>(pub &'a dyn Objects);

fn key(id: &str) -> Result<String> {
    // An id comes from a command line; it names no other object.
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Error::new(ErrorKind::NotFound, format!("no proposal has the id {id:?}")));
    }
    Ok(format!("{PREFIX}{id}.json"))
}

fn corrupt(key: &str) -> impl Fn(serde_json::Error) -> Error + '_ {
    move |error| Error::new(ErrorKind::Corrupt, "a proposal cannot be read").with("key", key).because(error.to_string())
}

impl ObjectProposals<'_> {
    async fn read(&self, key: &str) -> Result<Option<Entry>> {
        let bytes = self.0.get(key).await?;
        bytes.map(|bytes| serde_json::from_slice(&bytes).map_err(corrupt(key))).transpose()
    }
}

#[async_trait]
impl Proposals for ObjectProposals<'_> {
    async fn put_if_absent(&self, entry: &Entry) -> Result<bool> {
        let key = key(&entry.proposal.id)?;
        let bytes = serde_json::to_vec(entry).map_err(corrupt(&key))?;
        self.0.put_if_absent(&key, &bytes).await
    }

    async fn get(&self, id: &str) -> Result<Option<Entry>> {
        self.read(&key(id)?).await
    }

    async fn list(&self) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for key in self.0.list(PREFIX).await? {
            entries.extend(self.read(&key).await?);
        }
        Ok(entries)
    }

    async fn change(&self, id: &str, from: &Status, to: &Status) -> Result<bool> {
        let key = key(id)?;
        match self.read(&key).await? {
            Some(entry) if entry.status == *from => {
                let changed = Entry { status: to.clone(), ..entry };
                let bytes = serde_json::to_vec(&changed).map_err(corrupt(&key))?;
                self.0.put(&key, &bytes).await.map(|()| true)
            }
            _ => Ok(false),
        }
    }
}

#[async_trait]
impl KeptElsewhere for ObjectProposals<'_> {
    async fn kept_of(&self, contact: &ContactKey) -> Result<u64> {
        let contact = contact.to_string();
        Ok(self.list().await?.iter().filter(|entry| entry.proposal.contact == contact).count() as u64)
    }

    async fn forget(&self, contact: &ContactKey) -> Result<u64> {
        let contact = contact.to_string();
        let mut removed = 0u64;
        for entry in self.list().await?.iter().filter(|entry| entry.proposal.contact == contact) {
            self.0.remove(&key(&entry.proposal.id)?).await?;
            removed = removed.saturating_add(1);
        }
        Ok(removed)
    }
}
