//! Contact event, from EventBridge: in its envelope (`detail-type` `Amazon Connect Contact Event`) or its bare `detail`.
//!
//! Shape: Amazon Connect admin guide, "Contact events". Keys are camelCase, in some samples PascalCase: both are read.
//! `1970-01-01T00:00:00.001Z` stands for "not set". Events are joined to a contact and never analysed alone; they only
//! fill what no contact record says.

use std::collections::BTreeMap;

use aftercall_schemas::conversation::ContactFacts;
use jiff::Timestamp;
use serde::Deserialize;

use super::{DecodeContext, identity, lenient, read, words};
use crate::delivery::{Body, Delivery, Record, SourceKind};
use crate::error::{Reason, Rejected};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Envelope {
    #[serde(deserialize_with = "lenient::maybe")]
    detail: Option<Detail>,
    #[serde(deserialize_with = "lenient::time")]
    time: Option<Timestamp>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Detail {
    #[serde(alias = "EventType", deserialize_with = "lenient::text")]
    event_type: Option<String>,
    #[serde(alias = "ContactId", deserialize_with = "lenient::text")]
    contact_id: Option<String>,
    #[serde(alias = "InitialContactId", deserialize_with = "lenient::text")]
    initial_contact_id: Option<String>,
    #[serde(alias = "PreviousContactId", deserialize_with = "lenient::text")]
    previous_contact_id: Option<String>,
    #[serde(alias = "Channel", deserialize_with = "lenient::text")]
    channel: Option<String>,
    #[serde(alias = "InstanceArn", alias = "InstanceARN", deserialize_with = "lenient::text")]
    instance_arn: Option<String>,
    #[serde(alias = "InitiationMethod", deserialize_with = "lenient::text")]
    initiation_method: Option<String>,
    #[serde(alias = "InitiationTimestamp", deserialize_with = "lenient::time")]
    initiation_timestamp: Option<Timestamp>,
    #[serde(alias = "ConnectedToSystemTimestamp", deserialize_with = "lenient::time")]
    connected_to_system_timestamp: Option<Timestamp>,
    #[serde(alias = "DisconnectTimestamp", deserialize_with = "lenient::time")]
    disconnect_timestamp: Option<Timestamp>,
    #[serde(alias = "DisconnectReason", deserialize_with = "lenient::text")]
    disconnect_reason: Option<String>,
    #[serde(alias = "QueueInfo", deserialize_with = "lenient::object")]
    queue_info: QueueInfo,
    #[serde(alias = "AgentInfo", deserialize_with = "lenient::object")]
    agent_info: AgentInfo,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct QueueInfo {
    #[serde(alias = "EnqueueTimestamp", deserialize_with = "lenient::time")]
    enqueue_timestamp: Option<Timestamp>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct AgentInfo {
    #[serde(alias = "AgentArn", alias = "AgentARN", deserialize_with = "lenient::text")]
    agent_arn: Option<String>,
    #[serde(alias = "ConnectedToAgentTimestamp", deserialize_with = "lenient::time")]
    connected_to_agent_timestamp: Option<Timestamp>,
    #[serde(alias = "AfterContactWorkDuration", deserialize_with = "lenient::int")]
    after_contact_work_duration: Option<i64>,
}

pub(super) fn decode(text: &str, ctx: &DecodeContext) -> Result<Delivery, Rejected> {
    let envelope: Envelope = read::json(text, "contact-event")?;
    let detail = match envelope.detail {
        Some(detail) => detail,
        None => read::json(text, "contact-event")?,
    };
    let contact_id = detail
        .contact_id
        .ok_or_else(|| Rejected::new(Reason::MissingContactId, "contact-event: `contactId` is empty"))?;
    let set = |time: Option<Timestamp>| time.filter(|time| time.as_millisecond() > 1);
    let over = ["DISCONNECTED", "COMPLETED"];
    let disconnected =
        detail.event_type.as_deref().is_some_and(|kind| over.iter().any(|over| kind.eq_ignore_ascii_case(over)));
    let disconnect_timestamp = set(detail.disconnect_timestamp);
    let facts = ContactFacts {
        initial_contact_id: detail.initial_contact_id.filter(|initial| *initial != contact_id),
        previous_contact_id: detail.previous_contact_id,
        initiation_method: detail.initiation_method,
        initiation_timestamp: set(detail.initiation_timestamp),
        connected_to_system_timestamp: set(detail.connected_to_system_timestamp),
        enqueue_timestamp: set(detail.queue_info.enqueue_timestamp),
        connected_to_agent_timestamp: set(detail.agent_info.connected_to_agent_timestamp),
        disconnect_timestamp,
        disconnect_reason: detail.disconnect_reason,
        agent_id: detail.agent_info.agent_arn.as_deref().map(|arn| identity::last_part(arn).to_owned()),
        after_contact_work_duration_seconds: detail.agent_info.after_contact_work_duration,
        ..ContactFacts::default()
    };
    Ok(Delivery {
        contact: ctx.contact(detail.instance_arn.as_deref(), contact_id),
        source: SourceKind::ContactEvent,
        masked: false,
        ends: false,
        body: Body::Record(Box::new(Record {
            last_update: None,
            event_time: envelope.time,
            channel: words::channel(detail.channel.as_deref()),
            facts,
            disconnected: disconnected || disconnect_timestamp.is_some(),
            names: Vec::new(),
            more: BTreeMap::new(),
        })),
    })
}
