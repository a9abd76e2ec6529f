//! Routed revisions, and contacts in which categories were found, as events on an EventBridge bus: source `aftercall`, detail types
//! `ContactRouted` and `ContactFlagged`.

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_schemas::ContactKey;
use aftercall_schemas::events::{ContactFlagged, ContactRouted};
use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;

use super::send::{Limits, send_all};
use crate::config::Warming;
use crate::error::{Service, failed};

/// The source of the events.
pub const SOURCE: &str = "aftercall";
/// The detail type of a routed revision.
pub const CONTACT_ROUTED: &str = "ContactRouted";
/// The detail type of a contact in which categories were found.
pub const CONTACT_FLAGGED: &str = "ContactFlagged";
/// What one PutEvents may hold (EventBridge quotas: 10 entries; 256 KB, of which some is left for the entries' frames).
const LIMITS: Limits = Limits { entries: 10, bytes: 250 * 1024 };

/// A bus.
pub struct EventBus {
    client: Client,
    name: String,
}

impl EventBus {
    /// The bus with this name or ARN; nothing is called yet.
    pub fn new(config: &SdkConfig, name: impl Into<String>) -> Self {
        Self { client: Client::new(config), name: name.into() }
    }

    /// Opens a connection.
    pub fn warm(&self) -> Warming<'_> {
        let describe = self.client.describe_event_bus().name(&self.name);
        Box::pin(async move { drop(describe.send().await) })
    }

    /// Says that revisions have been routed. All are sent, or the call fails and may be repeated.
    pub async fn routed(&self, messages: &[ContactRouted]) -> Result<()> {
        let entry = |message: &ContactRouted| {
            entry(&self.name, CONTACT_ROUTED, &message.contact, serde_json::to_string(message))
        };
        self.send(messages.iter().map(entry).collect::<Result<Vec<_>>>()?).await
    }

    /// Says that categories were found in contacts. All are sent, or the call fails and may be repeated.
    pub async fn flagged(&self, messages: &[ContactFlagged]) -> Result<()> {
        let entry = |message: &ContactFlagged| {
            entry(&self.name, CONTACT_FLAGGED, &message.contact, serde_json::to_string(message))
        };
        self.send(messages.iter().map(entry).collect::<Result<Vec<_>>>()?).await
    }

    async fn send(&self, entries: Vec<PutEventsRequestEntry>) -> Result<()> {
        let sent = send_all(Service::EventBridge, entries, LIMITS, size, |call| self.put(call)).await;
        sent.map_err(|error| error.with("bus", &self.name))
    }

    async fn put(&self, entries: Vec<PutEventsRequestEntry>) -> Result<Vec<Option<String>>> {
        let sent = self.client.put_events().set_entries(Some(entries)).send().await;
        let sent = sent.map_err(|error| failed("events cannot be sent", Service::EventBridge, &error))?;
        Ok(sent.entries.unwrap_or_default().into_iter().map(|entry| entry.error_code).collect())
    }
}

/// An entry of a bus.
fn entry(
    bus: &str,
    kind: &str,
    contact: &ContactKey,
    detail: serde_json::Result<String>,
) -> Result<PutEventsRequestEntry> {
    let detail = detail.map_err(|error| {
        Error::new(ErrorKind::Corrupt, "a message cannot be written as JSON").with("contact", contact).because(error)
    })?;
    Ok(PutEventsRequestEntry::builder().event_bus_name(bus).source(SOURCE).detail_type(kind).detail(detail).build())
}

/// The size of an entry as EventBridge counts it: source, detail type and detail in UTF-8, and 14 bytes of a time
/// (user guide, "Calculating PutEvents event entry size"); this crate sets no time.
fn size(entry: &PutEventsRequestEntry) -> usize {
    [entry.source(), entry.detail_type(), entry.detail()].into_iter().flatten().map(str::len).sum()
}
