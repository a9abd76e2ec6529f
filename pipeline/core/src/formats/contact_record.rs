//! Contact record (CTR), from Kinesis or a file: one JSON object a record.
//!
//! Shape: Amazon Connect admin guide, "Contact records data model". Values that are not set are an explicit `null`;
//! durations are whole seconds; the location of a recording is `bucket/key` without a scheme. The same contact is sent
//! again whenever anything about it changes: the newest `LastUpdateTimestamp` counts, which itself is no fact about the
//! contact. Attributes pass an allow-list; the customer's endpoint is kept as a keyed hash only.

use std::collections::BTreeMap;

use aftercall_schemas::conversation::ContactFacts;
use jiff::Timestamp;
use serde::Deserialize;

use super::lenient::Text;
use super::{DecodeContext, identity, lenient, read, words};
use crate::delivery::{Body, Delivery, Record, SourceKind};
use crate::error::{Reason, Rejected};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Document {
    #[serde(deserialize_with = "lenient::text")]
    contact_id: Option<String>,
    #[serde(rename = "InstanceARN", deserialize_with = "lenient::text")]
    instance_arn: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    initial_contact_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    previous_contact_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    next_contact_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    channel: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    initiation_method: Option<String>,
    #[serde(deserialize_with = "lenient::time")]
    initiation_timestamp: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::time")]
    connected_to_system_timestamp: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::time")]
    disconnect_timestamp: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::text")]
    disconnect_reason: Option<String>,
    #[serde(deserialize_with = "lenient::time")]
    last_update_timestamp: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::object")]
    customer_endpoint: Endpoint,
    #[serde(deserialize_with = "lenient::text")]
    customer_id: Option<String>,
    #[serde(deserialize_with = "lenient::object")]
    agent: Agent,
    #[serde(deserialize_with = "lenient::int")]
    agent_connection_attempts: Option<i64>,
    #[serde(deserialize_with = "lenient::object")]
    queue: Queue,
    #[serde(deserialize_with = "lenient::object")]
    recording: Recording,
    #[serde(deserialize_with = "lenient::list")]
    recordings: Vec<Recording>,
    #[serde(deserialize_with = "lenient::map")]
    attributes: BTreeMap<String, Text>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Endpoint {
    #[serde(deserialize_with = "lenient::text")]
    address: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Agent {
    #[serde(rename = "ARN", deserialize_with = "lenient::text")]
    arn: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    username: Option<String>,
    #[serde(deserialize_with = "lenient::time")]
    connected_to_agent_timestamp: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::int")]
    agent_interaction_duration: Option<i64>,
    #[serde(deserialize_with = "lenient::int")]
    after_contact_work_duration: Option<i64>,
    #[serde(deserialize_with = "lenient::int")]
    customer_hold_duration: Option<i64>,
    #[serde(deserialize_with = "lenient::int")]
    number_of_holds: Option<i64>,
    #[serde(deserialize_with = "lenient::object")]
    routing_profile: Named,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Named {
    #[serde(deserialize_with = "lenient::text")]
    name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Queue {
    #[serde(deserialize_with = "lenient::text")]
    name: Option<String>,
    #[serde(deserialize_with = "lenient::int")]
    duration: Option<i64>,
    #[serde(deserialize_with = "lenient::time")]
    enqueue_timestamp: Option<Timestamp>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Recording {
    #[serde(deserialize_with = "lenient::text")]
    location: Option<String>,
}

pub(super) fn decode(text: &str, ctx: &DecodeContext) -> Result<Delivery, Rejected> {
    let document: Document = read::json(text, "contact-record")?;
    let contact_id = document
        .contact_id
        .clone()
        .ok_or_else(|| Rejected::new(Reason::MissingContactId, "contact-record: `ContactId` is empty"))?;
    let contact = ctx.contact(document.instance_arn.as_deref(), contact_id);
    let record = Record {
        last_update: document.last_update_timestamp,
        event_time: None,
        channel: words::channel(document.channel.as_deref()),
        disconnected: document.disconnect_timestamp.is_some(),
        names: document.agent.username.iter().flat_map(|name| names_of_user(name)).collect(),
        more: BTreeMap::new(),
        facts: facts(document, ctx),
    };
    Ok(Delivery {
        contact,
        source: SourceKind::ContactRecord,
        masked: false,
        ends: false,
        body: Body::Record(Box::new(record)),
    })
}

fn facts(document: Document, ctx: &DecodeContext) -> ContactFacts {
    let allowed = |(name, Text(value)): (String, Text)| {
        let value = value.filter(|_| ctx.attributes_allowed.contains(&name))?;
        Some((name, value))
    };
    let locations = std::iter::once(document.recording).chain(document.recordings);
    let mut recording_locations: Vec<String> = locations.filter_map(|recording| recording.location).collect();
    recording_locations.sort();
    recording_locations.dedup();
    ContactFacts {
        initial_contact_id: document.initial_contact_id,
        previous_contact_id: document.previous_contact_id,
        next_contact_id: document.next_contact_id,
        initiation_method: document.initiation_method,
        initiation_timestamp: document.initiation_timestamp,
        connected_to_system_timestamp: document.connected_to_system_timestamp,
        enqueue_timestamp: document.queue.enqueue_timestamp,
        connected_to_agent_timestamp: document.agent.connected_to_agent_timestamp,
        disconnect_timestamp: document.disconnect_timestamp,
        disconnect_reason: document.disconnect_reason,
        queue_name: document.queue.name,
        queue_duration_seconds: document.queue.duration,
        agent_id: document.agent.arn.as_deref().map(|arn| identity::last_part(arn).to_owned()),
        routing_profile: document.agent.routing_profile.name,
        agent_interaction_duration_seconds: document.agent.agent_interaction_duration,
        after_contact_work_duration_seconds: document.agent.after_contact_work_duration,
        customer_hold_duration_seconds: document.agent.customer_hold_duration,
        number_of_holds: document.agent.number_of_holds,
        agent_connection_attempts: document.agent_connection_attempts,
        customer_endpoint_hmac: document.customer_endpoint.address.as_deref().map(|address| ctx.customer_hmac(address)),
        customer_id_hmac: document.customer_id.as_deref().map(|id| ctx.customer_hmac(id)),
        attributes: document.attributes.into_iter().filter_map(allowed).collect(),
        recording_locations,
    }
}

/// The names in a user name: `jane.doe@example.com` is a Jane and a Doe.
pub(super) fn names_of_user(username: &str) -> Vec<String> {
    let person = username.split('@').next().unwrap_or(username);
    let parts = person.split(|c: char| !c.is_alphabetic()).filter(|part| part.chars().count() > 2);
    let mut names: Vec<String> = parts.map(str::to_owned).collect();
    names.push(username.to_owned());
    names.dedup();
    names
}
