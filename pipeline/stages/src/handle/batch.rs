//! The answer of a function to a batch, and what it did with it. For a stream AWS goes on at the lowest sequence number
//! that is reported; for a queue exactly the reported messages come again (formats: AWS Lambda, "Reporting batch item
//! failures"). An item without an id cannot be reported: the whole batch has to come again.

use std::collections::BTreeMap;

use aftercall_core::error::Error;
use serde::Serialize;

/// The answer with `ReportBatchItemFailures`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    /// What has to come again.
    pub batch_item_failures: Vec<BatchItemFailure>,
}

/// One item that has to come again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchItemFailure {
    /// Sequence number or message id.
    pub item_identifier: String,
}

impl BatchResponse {
    /// Reports an item.
    pub fn add(&mut self, item_identifier: impl Into<String>) {
        self.batch_item_failures.push(BatchItemFailure { item_identifier: item_identifier.into() });
    }
}

/// Numbers of a batch, by name; they become metrics. Names are CamelCase, as CloudWatch's are.
pub type Counts = BTreeMap<&'static str, u64>;

/// What a function did with a batch.
#[derive(Debug, Default)]
pub struct Handled {
    /// The answer to AWS.
    pub response: BatchResponse,
    /// What happened, in numbers.
    pub counts: Counts,
    /// Milliseconds between the end of a contact and the publication of its analysis, one a publication.
    pub end_to_published_millis: Vec<i64>,
    /// Why items have to come again. For the log; no text of a conversation.
    pub errors: Vec<Error>,
}

impl Handled {
    /// Adds to a number.
    pub fn count(&mut self, name: &'static str, more: u64) {
        *self.counts.entry(name).or_default() += more;
    }

    /// An item has to come again.
    pub fn failed(&mut self, item_identifier: impl Into<String>, error: Error) {
        self.response.add(item_identifier);
        self.count("Failed", 1);
        self.errors.push(error);
    }

    /// An item has to come again because there was no time for it. Nothing is wrong with it.
    pub fn not_begun(&mut self, item_identifier: impl Into<String>) {
        self.response.add(item_identifier);
        self.count("NotBegun", 1);
    }

    /// Adds what another part of the batch did.
    pub fn add(&mut self, other: Self) {
        self.response.batch_item_failures.extend(other.response.batch_item_failures);
        for (name, more) in other.counts {
            self.count(name, more);
        }
        self.end_to_published_millis.extend(other.end_to_published_millis);
        self.errors.extend(other.errors);
    }
}
