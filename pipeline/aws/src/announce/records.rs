//! What is known of contacts, as records of a Kinesis stream: one insight as JSON a record, in shards by contact.

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_schemas::ContactKey;
use aftercall_schemas::events::Insight;
use aws_config::SdkConfig;
use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;

use super::send::{Limits, send_all};
use crate::config::Warming;
use crate::error::{Service, failed};

/// What one PutRecords may hold (API reference: 500 records, 5 MiB with the partition keys).
const LIMITS: Limits = Limits { entries: 500, bytes: 5 * 1024 * 1024 };
/// Longest partition key, characters (API reference).
const LONGEST_KEY: usize = 256;

/// A stream of insights.
pub struct InsightStream {
    client: Client,
    name: String,
}

impl InsightStream {
    /// The stream with this name; nothing is called yet.
    pub fn new(config: &SdkConfig, name: impl Into<String>) -> Self {
        Self { client: Client::new(config), name: name.into() }
    }

    /// Opens a connection.
    pub fn warm(&self) -> Warming<'_> {
        let describe = self.client.describe_stream_summary().stream_name(&self.name);
        Box::pin(async move { drop(describe.send().await) })
    }

    /// Tells consumers. All are sent, or the call fails and may be repeated.
    pub async fn insights(&self, insights: &[Insight]) -> Result<()> {
        let records = insights.iter().map(record).collect::<Result<Vec<_>>>()?;
        let sent = send_all(Service::Kinesis, records, LIMITS, size, |call| self.put(call)).await;
        sent.map_err(|error| error.with("stream", &self.name))
    }

    async fn put(&self, records: Vec<PutRecordsRequestEntry>) -> Result<Vec<Option<String>>> {
        let sent = self.client.put_records().stream_name(&self.name).set_records(Some(records)).send().await;
        let sent = sent.map_err(|error| failed("records cannot be sent", Service::Kinesis, &error))?;
        Ok(sent.records.into_iter().map(|record| record.error_code).collect())
    }
}

fn contact(insight: &Insight) -> &ContactKey {
    match insight {
        Insight::ResultKept(kept) => &kept.contact,
        Insight::AnalysisPublished(published) => &published.contact,
    }
}

/// The contact as a partition key; its digest where it is too long for one.
fn partition_key(contact: &ContactKey) -> String {
    let key = contact.to_string();
    if key.chars().count() <= LONGEST_KEY { key } else { blake3::hash(key.as_bytes()).to_hex().to_string() }
}

fn record(insight: &Insight) -> Result<PutRecordsRequestEntry> {
    let contact = contact(insight);
    let corrupt = |what: &str| Error::new(ErrorKind::Corrupt, what).with("contact", contact);
    let data =
        serde_json::to_vec(insight).map_err(|error| corrupt("an insight cannot be written as JSON").because(error))?;
    PutRecordsRequestEntry::builder()
        .partition_key(partition_key(contact))
        .data(Blob::new(data))
        .build()
        .map_err(|error| corrupt("a record cannot be made").because(error))
}

fn size(record: &PutRecordsRequestEntry) -> usize {
    record.data().as_ref().len().saturating_add(record.partition_key().map_or(0, str::len))
}
