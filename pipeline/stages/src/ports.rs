//! What stages need of the outside world: small traits, one a role. A stage takes only what it needs.
//!
//! Every adapter (in memory, embedded, AWS) passes the same conformance suite in `testkit::conformance`, which is the
//! precise meaning of these traits. Ports are `dyn`: each call crosses a network or a disk, and decorators
//! (`testkit::Failing`, `testkit::Recording`) wrap them without a type parameter anywhere.

use aftercall_core::contact::ContactState;
use aftercall_core::error::{Error, Result};
use aftercall_core::redact::RedactedConversation;
use aftercall_schemas::events::{ContactFlagged, ContactRouted, Insight};
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_schemas::results::{AgentSummary, CustomerSummary, Processing, StageResult};
use aftercall_schemas::{ContactKey, RevisionKey, SentimentLabel, Stage};
use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The time. On one machine and on AWS the system's clock; in tests a virtual one.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The version of a contact's state in its store. A write names the version that it was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version(pub u64);

/// A contact's state and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The state.
    pub state: ContactState,
    /// Its version.
    pub version: Version,
}

/// What came of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is written.
    Yes,
    /// Somebody else wrote first: load again and decide again.
    Conflict,
}

/// The contacts table.
#[async_trait]
pub trait Contacts: Send + Sync {
    /// The state of a contact; `None` if it was never seen.
    async fn load(&self, contact: &ContactKey) -> Result<Option<Stored>>;

    /// Writes the state if the store still holds `expected`. Keeps the indexes of open and of published contacts with it,
    /// in the same step.
    async fn save(&self, contact: &ContactKey, state: &ContactState, expected: Version) -> Result<Written>;
}

/// One input of a contact as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Digest of the delivery: the same input twice has the same digest.
    pub digest: String,
    /// Where it came from: path or object key, with the line where there is one.
    pub origin: String,
    /// When it arrived.
    pub arrived_at: Timestamp,
    /// What it says: a `Delivery` as JSON. May hold text that is not redacted.
    pub body: Vec<u8>,
}

/// What came of accepting an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// Input and state are written.
    New,
    /// The input was there already: nothing is written, the state is as it was.
    Duplicate,
    /// The contact has been erased: nothing is written, now or ever.
    Erased,
    /// Somebody else changed the contact: load again and decide again.
    Conflict,
}

/// The segments table: what came in, not redacted. Only assembling reads it.
#[async_trait]
pub trait Inputs: Send + Sync {
    /// Adds the input and writes the contact's state, both or neither. `expected` is `None` for a contact that is new. An
    /// input of a contact with a tombstone ([`Erase::bury`]) is refused in the same step, so that no redelivery brings
    /// back what was erased.
    async fn accept(
        &self,
        contact: &ContactKey,
        input: &Input,
        state: &ContactState,
        expected: Option<Version>,
    ) -> Result<Accepted>;

    /// All inputs of a contact, by digest.
    async fn list(&self, contact: &ContactKey) -> Result<Vec<Input>>;
}

/// What a contact has to do with a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Claim {
    /// Its contact record names the recording.
    Owns,
    /// It is a transcript of the recording that named no contact, and stands alone until the owner comes.
    Waits,
}

/// The index of recordings by name, by which transcripts and contact records find each other whichever comes first.
#[async_trait]
pub trait Recordings: Send + Sync {
    /// Notes what a contact has to do with a recording. Noting it twice is noting it once.
    async fn note(&self, name: &str, claim: Claim, contact: &ContactKey) -> Result<()>;

    /// The contacts that have this to do with the recording, by key.
    async fn find(&self, name: &str, claim: Claim) -> Result<Vec<ContactKey>>;
}

/// The sparse index of contacts with something open.
#[async_trait]
pub trait OpenContacts: Send + Sync {
    /// Contacts whose `wake_at` is not later than `due_by`, in the order of their keys, after `after`.
    async fn open(&self, due_by: Timestamp, after: Option<&ContactKey>, limit: usize) -> Result<Vec<ContactKey>>;
}

/// The results table.
#[async_trait]
pub trait Results: Send + Sync {
    /// Writes a result unless the same contact, revision, stage and stage version has one. Says whether it was written.
    async fn put_if_absent(&self, result: &StageResult) -> Result<bool>;

    /// Writes a result in the place of one with the same key that has failed; one that found something stays. Says whether
    /// it was written.
    async fn replace_failed(&self, result: &StageResult) -> Result<bool>;

    /// Removes the result of a stage of a version if it has failed, so that the stage can run again; one that found
    /// something stays. Says whether it was removed.
    async fn remove_failed(
        &self,
        contact: &ContactKey,
        revision: &RevisionKey,
        stage: Stage,
        stage_version: &str,
    ) -> Result<bool>;

    /// The result of a stage of a version, if there is one.
    async fn get(
        &self,
        contact: &ContactKey,
        revision: &RevisionKey,
        stage: Stage,
        stage_version: &str,
    ) -> Result<Option<StageResult>>;

    /// The results of a revision, by stage and stage version.
    async fn list(&self, contact: &ContactKey, revision: &RevisionKey) -> Result<Vec<StageResult>>;

    /// Notes an attempt of a stage that failed and will be tried again.
    async fn note_attempt(&self, attempt: &Attempt) -> Result<()>;

    /// The noted attempts of a contact, oldest first.
    async fn attempts(&self, contact: &ContactKey) -> Result<Vec<Attempt>>;
}

/// An attempt of a stage that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The contact.
    pub contact: ContactKey,
    /// The revision.
    pub revision_key: RevisionKey,
    /// The stage.
    pub stage: Stage,
    /// When.
    pub at: Timestamp,
    /// What went wrong.
    pub error: String,
}

/// Objects: a folder or a bucket.
#[async_trait]
pub trait Objects: Send + Sync {
    /// Writes an object, whole or not at all. Writing the same bytes again is harmless.
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<()>;

    /// Writes an object unless there is one. Says whether it was written. The default looks first, which is right as long
    /// as nobody else writes the key at the same moment; a store that can do it in one step does.
    async fn put_if_absent(&self, key: &str, bytes: &[u8]) -> Result<bool> {
        if self.get(key).await?.is_some() {
            return Ok(false);
        }
        self.put(key, bytes).await.map(|()| true)
    }

    /// Reads an object; `None` if it is not there.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>>;

    /// The keys that begin with `prefix` (which ends in `/` or is empty), in order.
    async fn list(&self, prefix: &str) -> Result<Vec<String>>;

    /// Removes an object. Removing what is not there is harmless.
    async fn remove(&self, key: &str) -> Result<()>;
}

/// The quarantine table. The bytes are objects beside it.
#[async_trait]
pub trait Quarantine: Send + Sync {
    /// Writes an entry unless it is there. Says whether it was written.
    async fn put_if_absent(&self, entry: &QuarantineEntry) -> Result<bool>;

    /// All entries, newest first.
    async fn list(&self) -> Result<Vec<QuarantineEntry>>;

    /// Entries with `from <= quarantined_at < to`, by time and then by id, after `after`. The default reads them all.
    async fn between(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<&QuarantineEntry>,
        limit: usize,
    ) -> Result<Vec<QuarantineEntry>> {
        fn place(entry: &QuarantineEntry) -> (Timestamp, &str) {
            (entry.quarantined_at, &entry.quarantine_id)
        }
        let mut entries = self.list().await?;
        entries.retain(|entry| {
            entry.quarantined_at >= from
                && entry.quarantined_at < to
                && after.is_none_or(|after| place(entry) > place(after))
        });
        entries.sort_by(|a, b| place(a).cmp(&place(b)));
        entries.truncate(limit);
        Ok(entries)
    }

    /// Counts one more attempt.
    async fn count_attempt(&self, quarantine_id: &str) -> Result<()>;

    /// Removes an entry whose input has been used after all.
    async fn release(&self, quarantine_id: &str) -> Result<()>;
}

/// What the tables held of a contact that was erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RemovedRows {
    /// Inputs.
    pub inputs: u64,
    /// Results.
    pub results: u64,
    /// Attempts.
    pub attempts: u64,
    /// Names of recordings.
    pub recordings: u64,
    /// 1 if there was a state.
    pub states: u64,
}

/// Erasing a contact from the tables. Each call may be repeated.
#[async_trait]
pub trait Erase: Send + Sync {
    /// Sets the contact's tombstone: from now on its inputs are refused.
    async fn bury(&self, contact: &ContactKey, at: Timestamp) -> Result<()>;

    /// Whether the contact has a tombstone.
    async fn is_buried(&self, contact: &ContactKey) -> Result<bool>;

    /// Contacts that stood for transcripts of this one's recordings before it was known whose they are, or would if they
    /// were delivered again: those that wait for one and have no state, or one that points here.
    async fn pointers_to(&self, contact: &ContactKey) -> Result<Vec<ContactKey>>;

    /// Takes the contact's revisions out of the index of what has been published. Says how many there were.
    async fn unpublish(&self, contact: &ContactKey) -> Result<u64>;

    /// Removes state, inputs, results, attempts and recordings, in one step. The tombstone stays.
    async fn remove_rows(&self, contact: &ContactKey) -> Result<RemovedRows>;
}

/// What other parts of a deployment keep of a contact: the voice agent's jobs, answers and proposals. Each call may be repeated.
#[async_trait]
pub trait KeptElsewhere: Send + Sync {
    /// How much there is of a contact; nothing is removed.
    async fn kept_of(&self, contact: &ContactKey) -> Result<u64>;

    /// Removes it. Says how much there was.
    async fn forget(&self, contact: &ContactKey) -> Result<u64>;
}

/// A published revision in the index that the dump reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The contact.
    pub contact: ContactKey,
    /// The revision's digest.
    pub revision_key: RevisionKey,
    /// Its number.
    pub revision: u32,
    /// When it was published.
    pub published_at: Timestamp,
}

/// The index of what has been published, by time: never a scan of a table.
#[async_trait]
pub trait PublishedIndex: Send + Sync {
    /// Entries with `from <= published_at < to`, by time and then by key, after `after`.
    async fn published(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<&Published>,
        limit: usize,
    ) -> Result<Vec<Published>>;
}

/// A summary and what making it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Summarised<S> {
    /// The summary.
    pub summary: S,
    /// Model, tokens, cost.
    pub processing: Processing,
}

/// Why there is no answer, and what trying took: an answer that cannot be used is paid for like any other.
#[derive(Debug)]
pub struct Failed {
    /// Why.
    pub error: Error,
    /// Model, tokens, cost of the answers there were; empty where nobody was asked.
    pub processing: Box<Processing>,
    /// What a model has said, in its order, where no answer could be used; empty where nobody has answered.
    pub answers: Vec<String>,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self { error, processing: Box::default(), answers: Vec::new() }
    }
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        failed.error
    }
}

/// A summary, or why there is none.
pub type MaybeSummarised<S> = std::result::Result<Summarised<S>, Failed>;

/// Whoever writes the summaries: the extractive model, or a language model.
#[async_trait]
pub trait Summarize: Send + Sync {
    /// The version of the stage with this provider: of its rules or prompt. Part of the result's key.
    fn version(&self, stage: Stage) -> String;

    /// Whether an answer costs money or seconds, so that it is worth keeping for a revision with the same text.
    fn is_costly(&self) -> bool;

    /// The most US dollars that an answer can cost; `None` where nobody can tell.
    fn most_usd(&self, _: Stage, _: &RedactedConversation) -> Option<f64> {
        (!self.is_costly()).then_some(0.0)
    }

    /// The summary of customer and bot.
    async fn customer(&self, conversation: &RedactedConversation) -> MaybeSummarised<CustomerSummary>;

    /// The summary of customer and agent.
    async fn agent(&self, conversation: &RedactedConversation) -> MaybeSummarised<AgentSummary>;
}

/// Whoever labels turns in place of the offline model: a service.
#[async_trait]
pub trait LabelTurns: Send + Sync {
    /// Its name and version, such as `comprehend/1`. Part of the result's key.
    fn name(&self) -> &str;

    /// The label of each text, in their order; `None` where there is none, for all of them where the language is not
    /// known to it. `language` is a BCP 47 tag.
    async fn label(&self, texts: &[&str], language: &str) -> Result<Vec<Option<SentimentLabel>>>;
}

/// Tells other stages and consumers what has happened. Delivery is at least once: who listens does each thing once by
/// its keys. On one machine nobody listens, because the driver calls the stages.
#[async_trait]
pub trait Announce: Send + Sync {
    /// Revisions have been routed: the stages named are to run. All are sent, or the call fails and may be repeated.
    async fn routed(&self, messages: &[ContactRouted]) -> Result<()>;

    /// Something is known of contacts that consumers want to hear. All are sent, or the call fails and may be repeated.
    async fn insights(&self, insights: &[Insight]) -> Result<()>;

    /// Categories were found in contacts. All are sent, or the call fails and may be repeated.
    async fn flagged(&self, messages: &[ContactFlagged]) -> Result<()>;
}

/// Leases, so that two workers do not pay for the same answer at once. They save money; correctness never rests on one.
#[async_trait]
pub trait Leases: Send + Sync {
    /// Takes the lease until `until`, unless another holder has it beyond `now`. Says whether `holder` has it. Taking
    /// a lease that one holds prolongs it.
    async fn take(&self, name: &str, holder: &str, now: Timestamp, until: Timestamp) -> Result<bool>;

    /// Gives the lease back, if `holder` has it.
    async fn give_back(&self, name: &str, holder: &str) -> Result<()>;
}

/// What models have cost, by day, in millionths of a US dollar.
#[async_trait]
pub trait Spending: Send + Sync {
    /// Reserves `amount` on the day if the day's sum stays within `limit`. Says whether it did. A worker that dies
    /// before it settles leaves the amount reserved: the error is on the side of spending less.
    async fn reserve(&self, day: Date, amount: i64, limit: i64) -> Result<bool>;

    /// Replaces a reserved amount by what it really was.
    async fn settle(&self, day: Date, reserved: i64, actual: i64) -> Result<()>;

    /// The day's sum, with what is reserved.
    async fn spent(&self, day: Date) -> Result<i64>;

    /// What was really spent on the day, without what is only reserved.
    async fn settled(&self, day: Date) -> Result<i64>;
}

/// Work that takes longer than one call, and how far it is. What is kept of it is its owner's to read.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// What is kept of a job, and its version; `None` if there is no such job (any more).
    async fn load(&self, id: &str) -> Result<Option<(Vec<u8>, Version)>>;

    /// Writes what is to be kept if the store still holds `expected` (`None`: no such job). It is kept until `expires`, or
    /// somewhat longer.
    async fn save(&self, id: &str, body: &[u8], expected: Option<Version>, expires: Timestamp) -> Result<Written>;
}
