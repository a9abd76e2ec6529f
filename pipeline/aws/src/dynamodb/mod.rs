//! The tables in DynamoDB. Tables, keys and attributes are written down in `docs/aws.md`; the items of the index table
//! are described at the head of each file here. One file a role.
//!
//! It must hold no rule: what a state means, and which index entries follow from it, is asked of the core.

mod contacts;
mod erasure;
mod inputs;
pub(crate) mod item;
mod jobs;
pub(crate) mod kept_answers;
mod leases;
mod open;
mod published;
mod quarantine;
mod recordings;
mod results;
mod spending;

pub use kept_answers::KeptAnswers;
pub use spending::SpendingTable;

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use aftercall_core::contact::ReadyRules;
use aftercall_core::error::{Error, ErrorKind, Retry};
use aftercall_stages::ports::Objects;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::config::Warming;
use crate::error::{Service, failed, retry_of};
use item::s;

/// The names of the tables.
#[derive(Debug, Clone)]
pub struct TableNames {
    /// What came in, not redacted.
    pub segments: String,
    /// Contacts and their states.
    pub contacts: String,
    /// Results of the stages.
    pub results: String,
    /// Everything that is found by something else than its contact: published revisions, recordings, quarantine,
    /// attempts, leases, spending, jobs.
    pub index: String,
}

/// How the tables are kept.
#[derive(Debug, Clone)]
pub struct TableSettings {
    /// The names of the tables.
    pub names: TableNames,
    /// When a contact has to be looked at again: the index of open contacts is made of this.
    pub rules: ReadyRules,
    /// How long inputs stay after they arrived. Some days less than the raw bucket keeps its objects (`rawDays`): the
    /// table removes late, and an input whose large body is gone before it cannot be read.
    pub keep_inputs: Duration,
}

/// All tables. Every write is one request: whole or not at all.
pub struct Tables {
    client: Client,
    settings: TableSettings,
    /// For what is too large for an item.
    objects: Arc<dyn Objects>,
    /// The last hour (hours since 1970) that this process noted as having published revisions.
    noted_hour: AtomicI64,
}

impl Tables {
    /// The tables. `objects` holds what is too large for an item; nothing is called yet.
    pub fn new(config: &SdkConfig, settings: TableSettings, objects: Arc<dyn Objects>) -> Self {
        Self { client: Client::new(config), settings, objects, noted_hour: AtomicI64::new(i64::MIN) }
    }

    /// Opens a connection.
    pub fn warm(&self) -> Warming<'_> {
        let nothing = s("-");
        let get = self.client.get_item().table_name(&self.settings.names.contacts).key("pk", nothing);
        Box::pin(async move { drop(get.send().await) })
    }
}

/// The error of a call on a table.
pub(crate) fn table_failed<E: ProvideErrorMetadata>(what: &str, table: &str, error: &SdkError<E>) -> Error {
    failed(what, Service::DynamoDb, error).with("table", table)
}

/// The error of an item that is not as this crate writes it. Names the attribute, never its value.
pub(crate) fn corrupt(table: &str, attribute: &str) -> Error {
    Error::new(ErrorKind::Corrupt, "an item has not the form that it was written in")
        .with("table", table)
        .with("attribute", attribute)
}

/// Why a transaction was cancelled, one code an item (`None`: this item was no reason).
fn cancelled(error: &SdkError<TransactWriteItemsError>) -> Option<Vec<Option<&str>>> {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error.as_service_error()? else {
        return None;
    };
    let reasons = cancelled.cancellation_reasons();
    Some(reasons.iter().map(|reason| reason.code().filter(|code| *code != "None")).collect())
}

/// The error of a cancelled transaction that is neither a duplicate nor a conflict.
fn transaction_failed(what: &str, table: &str, error: &SdkError<TransactWriteItemsError>) -> Error {
    let failed = table_failed(what, table, error);
    let Some(reasons) = cancelled(error) else { return failed };
    let codes: Vec<&str> = reasons.into_iter().flatten().collect();
    let passes = |code: &&str| retry_of(Service::DynamoDb, Some(code), None) == Retry::Later;
    let retry = if !codes.is_empty() && codes.iter().all(passes) { Retry::Later } else { Retry::Never };
    failed.with("reasons", codes.join(" ")).retry(retry)
}
