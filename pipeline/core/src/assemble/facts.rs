//! What is known of the contact itself, from records and events. It does not look at text.
//!
//! The newest contact record counts as a whole: what it leaves out may have been deleted on purpose. Only events, and
//! what a document states itself, fill what no record says.

use std::cmp::Reverse;

use aftercall_schemas::conversation::ContactFacts;

use super::legs::Chosen;
use crate::delivery::{Body, Delivery, Record, SourceKind};

/// The facts of the contact; none if nobody says any.
pub fn merge(deliveries: &[Delivery], chosen: &[Chosen<'_>]) -> Option<ContactFacts> {
    let records = deliveries.iter().filter_map(|delivery| match &delivery.body {
        Body::Record(record) => Some((delivery.source, record.as_ref())),
        Body::Leg(_) | Body::Correction(_) => None,
    });
    let (records, events): (Vec<_>, Vec<_>) = records.partition(|(source, _)| *source == SourceKind::ContactRecord);

    let newest = records.into_iter().max_by_key(|(_, record)| (record.last_update, content(record)));
    let mut facts = newest.map(|(_, record)| record.facts.clone());
    for stated in chosen.iter().filter_map(|taken| taken.leg.facts.as_ref()) {
        fill(facts.get_or_insert_default(), stated);
    }
    // Contact events before agent events; among them the newest first.
    let mut events: Vec<(SourceKind, &Record)> = events;
    events.sort_by_cached_key(|(source, event)| (*source, Reverse((event.event_time, content(event)))));
    for (_, event) in events {
        fill(facts.get_or_insert_default(), &event.facts);
    }
    facts
}

/// Decides between two records of the same second, so that the order of arrival cannot.
fn content(record: &Record) -> String {
    serde_json::to_string(&record.facts).unwrap_or_default()
}

/// Takes from `from` what `into` does not say.
fn fill(into: &mut ContactFacts, from: &ContactFacts) {
    macro_rules! fill_each {
        ($($field:ident),+ $(,)?) => {
            // Naming every field makes the compiler ask for new ones here.
            let ContactFacts { $($field: _,)+ attributes: _, recording_locations: _ } = from;
            $(if into.$field.is_none() { into.$field.clone_from(&from.$field); })+
        };
    }
    fill_each!(
        initial_contact_id,
        previous_contact_id,
        next_contact_id,
        initiation_method,
        initiation_timestamp,
        connected_to_system_timestamp,
        enqueue_timestamp,
        connected_to_agent_timestamp,
        disconnect_timestamp,
        disconnect_reason,
        queue_name,
        queue_duration_seconds,
        agent_id,
        routing_profile,
        agent_interaction_duration_seconds,
        after_contact_work_duration_seconds,
        customer_hold_duration_seconds,
        number_of_holds,
        agent_connection_attempts,
        customer_endpoint_hmac,
        customer_id_hmac,
    );
    for (name, value) in &from.attributes {
        into.attributes.entry(name.clone()).or_insert_with(|| value.clone());
    }
    for location in &from.recording_locations {
        if !into.recording_locations.contains(location) {
            into.recording_locations.push(location.clone());
        }
    }
}
