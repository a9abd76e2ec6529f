//! Agent event, from Kinesis: one JSON object with the state of an agent before and after, and the contacts the agent has.
//!
//! Shape: Amazon Connect admin guide, "Agent event streams data model". It speaks of several contacts or of none (a
//! `LOGIN`); a `HEART_BEAT` says nothing new. It is joined to these contacts and never analysed alone.

use std::collections::BTreeMap;

use aftercall_schemas::ContactKey;
use aftercall_schemas::conversation::ContactFacts;
use jiff::Timestamp;
use serde::Deserialize;

use super::contact_record::names_of_user;
use super::{DecodeContext, Decoded, identity, lenient, read, words};
use crate::delivery::{Body, Delivery, Record, SourceKind};
use crate::error::Rejected;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Document {
    #[serde(rename = "AgentARN", deserialize_with = "lenient::text")]
    agent_arn: Option<String>,
    #[serde(rename = "InstanceARN", deserialize_with = "lenient::text")]
    instance_arn: Option<String>,
    #[serde(deserialize_with = "lenient::time")]
    event_timestamp: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::text")]
    event_type: Option<String>,
    #[serde(deserialize_with = "lenient::object")]
    current_agent_snapshot: Snapshot,
    #[serde(deserialize_with = "lenient::object")]
    previous_agent_snapshot: Snapshot,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Snapshot {
    #[serde(deserialize_with = "lenient::object")]
    configuration: Configuration,
    #[serde(deserialize_with = "lenient::list")]
    contacts: Vec<Contact>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Configuration {
    #[serde(deserialize_with = "lenient::text")]
    first_name: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    last_name: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    username: Option<String>,
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
struct Contact {
    #[serde(deserialize_with = "lenient::text")]
    contact_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    initial_contact_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    channel: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    initiation_method: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    state: Option<String>,
    #[serde(deserialize_with = "lenient::time")]
    connected_to_agent_timestamp: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::time")]
    queue_timestamp: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::object")]
    queue: Named,
}

pub(super) fn decode(text: &str, ctx: &DecodeContext) -> Result<Decoded, Rejected> {
    let document: Document = read::json(text, "agent-event")?;
    if document.event_type.as_deref() == Some("HEART_BEAT") {
        // It repeats every two minutes what the last change of state has said.
        return Ok(Decoded::ignored("HEART_BEAT"));
    }
    let agent = Agent {
        id: document.agent_arn.as_deref().map(|arn| identity::last_part(arn).to_owned()),
        time: document.event_timestamp,
        names: names(&document.current_agent_snapshot.configuration),
        routing_profile: document.current_agent_snapshot.configuration.routing_profile.name,
    };
    // A contact that has just left the agent stands in the previous snapshot only.
    let mut contacts: BTreeMap<String, Contact> = BTreeMap::new();
    for contact in document.previous_agent_snapshot.contacts.into_iter().chain(document.current_agent_snapshot.contacts)
    {
        if let Some(id) = contact.contact_id.clone() {
            contacts.insert(id, contact);
        }
    }
    if contacts.is_empty() {
        return Ok(Decoded::ignored(document.event_type.unwrap_or_else(|| "agent event without contacts".to_owned())));
    }
    let instance = document.instance_arn.as_deref();
    let deliveries = contacts.into_iter().map(|(id, contact)| delivery(ctx.contact(instance, id), contact, &agent));
    Ok(Decoded { deliveries: deliveries.collect(), ..Decoded::default() })
}

struct Agent {
    id: Option<String>,
    time: Option<Timestamp>,
    names: Vec<String>,
    routing_profile: Option<String>,
}

fn names(configuration: &Configuration) -> Vec<String> {
    let user = configuration.username.iter().flat_map(|name| names_of_user(name));
    let mut names: Vec<String> =
        configuration.first_name.iter().chain(&configuration.last_name).cloned().chain(user).collect();
    names.sort();
    names.dedup();
    names
}

fn delivery(key: ContactKey, contact: Contact, agent: &Agent) -> Delivery {
    // An agent who was offered the contact and missed it is not the contact's agent.
    let talked = contact.connected_to_agent_timestamp.is_some();
    let facts = ContactFacts {
        initial_contact_id: contact.initial_contact_id.filter(|initial| *initial != key.contact_id),
        initiation_method: contact.initiation_method,
        enqueue_timestamp: contact.queue_timestamp,
        connected_to_agent_timestamp: contact.connected_to_agent_timestamp,
        queue_name: contact.queue.name,
        agent_id: agent.id.clone().filter(|_| talked),
        routing_profile: agent.routing_profile.clone().filter(|_| talked),
        ..ContactFacts::default()
    };
    let record = Record {
        last_update: None,
        event_time: agent.time,
        channel: words::channel(contact.channel.as_deref()),
        facts,
        disconnected: contact.state.as_deref().is_some_and(|state| state.eq_ignore_ascii_case("ENDED")),
        names: agent.names.clone(),
        more: BTreeMap::new(),
    };
    Delivery {
        contact: key,
        source: SourceKind::AgentEvent,
        masked: false,
        ends: false,
        body: Body::Record(Box::new(record)),
    }
}
