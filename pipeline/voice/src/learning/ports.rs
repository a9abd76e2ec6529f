//! Where proposals are kept, as a port. The suite in `testkit` is its precise meaning.

use aftercall_core::error::Result;
use async_trait::async_trait;

use super::{Entry, Status};

/// The proposals.
#[async_trait]
pub trait Proposals: Send + Sync {
    /// Keeps a proposal unless one of its id is there, whatever became of that. Says whether it was kept.
    async fn put_if_absent(&self, entry: &Entry) -> Result<bool>;

    /// A proposal.
    async fn get(&self, id: &str) -> Result<Option<Entry>>;

    /// All proposals, by id.
    async fn list(&self) -> Result<Vec<Entry>>;

    /// Writes a status if the proposal still has the one that was decided on. Says whether it was written.
    async fn change(&self, id: &str, from: &Status, to: &Status) -> Result<bool>;
}
