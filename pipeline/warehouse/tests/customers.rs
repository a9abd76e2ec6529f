//! A customer's contacts are found wherever they are on their way to the Parquet files, and what cannot be read is said.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

mod common;

use std::collections::BTreeMap;

use aftercall_core::delivery::{Body, Delivery, Record, SourceKind};
use aftercall_schemas::Channel;
use aftercall_schemas::conversation::ContactFacts;
use aftercall_stages::keys;
use aftercall_stages::ports::{Contacts, Input, Inputs, Objects};
use aftercall_stages::testkit::Memory;
use aftercall_warehouse::customers::{CustomerPorts, Found, contacts_of};
use common::{HOUR, MINUTE, at, contact, conversation, dump_over, key, publish, settings, warehouse};
use jiff::Timestamp;
use pollster::block_on;
use serde_json::json;

const HASH: &str = "the-hash";

fn put(memory: &Memory, key: &str, bytes: &[u8]) {
    block_on(memory.put(key, bytes)).unwrap();
}

fn publish_of_customer(memory: &Memory, id: &str, published: Timestamp) {
    publish_known_by(memory, id, "customer_endpoint_hmac", published);
}

fn publish_known_by(memory: &Memory, id: &str, column: &str, published: Timestamp) {
    publish(memory, id, 1, published);
    let mut of_customer = conversation(id, 1, at(0));
    of_customer["record"][column] = json!(HASH);
    put(memory, &keys::conversation(&contact(id), &key(1)), of_customer.to_string().as_bytes());
}

/// Adds a record of the customer to the inputs of a published contact, as if it had always been there.
fn add_record(memory: &Memory, id: &str) {
    let stored = block_on(memory.load(&contact(id))).unwrap().unwrap();
    let facts = ContactFacts { customer_endpoint_hmac: Some(HASH.into()), ..ContactFacts::default() };
    let record = Record {
        last_update: None,
        event_time: None,
        channel: Channel::Voice,
        facts,
        disconnected: true,
        names: Vec::new(),
        more: BTreeMap::new(),
    };
    let body = Body::Record(Box::new(record));
    let delivery =
        Delivery { contact: contact(id), source: SourceKind::ContactRecord, masked: false, ends: true, body };
    let body = serde_json::to_vec(&delivery).unwrap();
    let input = Input { digest: "record".into(), origin: "test".into(), arrived_at: at(0), body };
    block_on(memory.accept(&contact(id), &input, &stored.state, Some(stored.version))).unwrap();
}

fn find(memory: &Memory) -> Found {
    let ports = CustomerPorts { index: memory, open: memory, inputs: memory, objects: memory };
    block_on(contacts_of(ports, &[HASH.to_owned()])).unwrap()
}

fn check(memory: &Memory, contacts: &[&str], unreadable: &[&str]) {
    let found = find(memory);
    let ids: Vec<_> = found.contacts.iter().map(|contact| contact.contact_id.as_str()).collect();
    assert_eq!(ids, contacts);
    assert_eq!(found.unreadable.keys().map(String::as_str).collect::<Vec<_>>(), unreadable);
}

/// A chat has no number to be found by.
#[test]
fn one_that_is_known_by_the_id_of_its_customer() {
    let memory = Memory::default();
    publish_known_by(&memory, "dumped", "customer_id_hmac", at(0));
    publish(&memory, "another", 1, at(0));
    dump_over(&memory, &settings(), at(HOUR)).unwrap();
    publish_known_by(&memory, "published", "customer_id_hmac", at(HOUR));
    check(&memory, &["dumped", "published"], &[]);
}

#[test]
fn one_that_was_published_before_the_last_window_ended_and_is_in_none() {
    let memory = Memory::default();
    publish_of_customer(&memory, "a", at(0));
    publish(&memory, "another", 1, at(30 * MINUTE));
    dump_over(&memory, &settings(), at(HOUR)).unwrap();
    // Its writer read the clock before the window closed, and was paused.
    publish_of_customer(&memory, "late", at(5 * MINUTE));
    publish_of_customer(&memory, "new", at(2 * HOUR));
    check(&memory, &["a", "late", "new"], &[]);
}

#[test]
fn one_that_waits_because_it_cannot_be_read() {
    let memory = Memory::default();
    for id in ["analysis", "conversation", "known", "whole"] {
        publish_of_customer(&memory, id, at(0));
    }
    add_record(&memory, "known");
    put(&memory, &keys::analysis(&contact("analysis"), &key(1), 1), b"damaged");
    let lost = keys::conversation(&contact("conversation"), &key(1));
    for damaged in [&lost, &keys::conversation(&contact("known"), &key(1))] {
        put(&memory, damaged, b"damaged");
    }
    // Before and after they were found out to be damaged.
    check(&memory, &["analysis", "known", "whole"], &[&lost]);
    let written = dump_over(&memory, &settings(), at(HOUR)).unwrap();
    assert_eq!(written[0].waiting.len(), 3);
    check(&memory, &["analysis", "known", "whole"], &[&lost]);
    publish(&memory, "next", 1, at(8 * 24 * HOUR));
    dump_over(&memory, &settings(), at(8 * 24 * HOUR + HOUR)).unwrap();
    check(&memory, &["analysis", "known", "whole"], &[&lost]);
}

#[test]
fn one_whose_file_is_damaged() {
    let memory = Memory::default();
    publish_of_customer(&memory, "early", at(0));
    dump_over(&memory, &settings(), at(HOUR)).unwrap();
    publish_of_customer(&memory, "late", at(5 * MINUTE));
    publish_of_customer(&memory, "in", at(2 * HOUR));
    // So long ago that nothing of the index would be looked at again.
    dump_over(&memory, &settings(), at(3 * HOUR)).unwrap();
    publish(&memory, "next", 1, at(30 * 24 * HOUR));
    dump_over(&memory, &settings(), at(30 * 24 * HOUR + HOUR)).unwrap();
    let file =
        warehouse(&memory).into_keys().rfind(|key| key.starts_with("warehouse/contacts/") && key.contains("00000002-"));
    let file = file.unwrap();
    put(&memory, &file, b"PAR1");
    check(&memory, &["early", "in", "late"], &[&file]);
    // So with its manifest, which would say that there is such a file.
    let manifest = warehouse(&memory).into_keys().find(|key| key.starts_with("warehouse/_manifests/00000002")).unwrap();
    put(&memory, &manifest, b"{");
    check(&memory, &["early", "in", "late"], &[&manifest]);
}
