//! What calls out need of the outside world. The suite in `testkit` is the precise meaning.

use aftercall_core::error::Result;
use async_trait::async_trait;
use jiff::Timestamp;

use super::number::PhoneNumber;
use super::request::CallRequest;

/// What was called, by trigger.
#[async_trait]
pub trait CallLog: Send + Sync {
    /// Whether a trigger has called.
    async fn called(&self, trigger: &str) -> Result<bool>;

    /// Notes a call unless the trigger has one (a conditional write). Says whether it was noted.
    async fn note(&self, trigger: &str, contact_id: &str, at: Timestamp) -> Result<bool>;

    /// How many calls were noted at or after a time.
    async fn since(&self, from: Timestamp) -> Result<u32>;
}

/// Who must not be called.
#[async_trait]
pub trait OptOuts: Send + Sync {
    /// Whether the owner of a number does not want to be called.
    async fn has(&self, number: &PhoneNumber) -> Result<bool>;

    /// Keeps a number from being called. Doing it twice is doing it once.
    async fn add(&self, number: &PhoneNumber) -> Result<()>;
}

/// What is known of a contact.
#[derive(Clone, PartialEq, Eq)]
pub struct KnownContact {
    /// The customer's number as the service has it; none if it was withheld or there never was one.
    pub number: Option<String>,
    /// Whether the contact was a call out.
    pub called_out: bool,
    /// When it began.
    pub began_at: Option<Timestamp>,
}

impl std::fmt::Debug for KnownContact {
    /// Without the number.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KnownContact").field("called_out", &self.called_out).finish_non_exhaustive()
    }
}

/// Who knows the number of a contact. It is asked for one call and kept nowhere.
#[async_trait]
pub trait ContactBook: Send + Sync {
    /// What is known of a contact; none if it is not known (any more).
    async fn find(&self, contact_id: &str) -> Result<Option<KnownContact>>;
}

/// Who calls.
#[async_trait]
pub trait Dialer: Send + Sync {
    /// Starts a call and gives the contact's id. The same client token gives the same contact.
    async fn dial(&self, request: &CallRequest) -> Result<String>;
}
