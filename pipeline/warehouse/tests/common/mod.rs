//! Published revisions in memory, and what the Parquet files of all windows say.

#![allow(dead_code, reason = "each test takes what it needs")]

pub mod turns;

use std::collections::BTreeMap;
use std::time::Duration;

use aftercall_core::contact::{Arrival, ContactState};
use aftercall_core::error::Result;
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_schemas::{ContactKey, RevisionKey};
use aftercall_stages::keys;
use aftercall_stages::ports::{Contacts, Input, Inputs, Objects, PublishedIndex, Quarantine};
use aftercall_stages::testkit::Memory;
use aftercall_warehouse::dump::{DumpPorts, DumpSettings, Manifest, dump, manifests};
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use jiff::Timestamp;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use pollster::block_on;
use serde_json::{Value, json};

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;

/// 2026-03-09T08:00:00Z and this many milliseconds.
pub fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_773_043_200_000 + millis).unwrap()
}

pub fn contact(id: &str) -> ContactKey {
    ContactKey::new("i-1", id)
}

pub fn key(revision: u32) -> RevisionKey {
    RevisionKey(format!("digest{revision}"))
}

pub fn conversation(id: &str, turns: usize, disconnected: Timestamp) -> Value {
    let turns: Vec<_> = (0..turns)
        .map(|turn| {
            json!({
                "turn_id": format!("t{turn}"), "participant": 0, "role": "CUSTOMER",
                "content": format!("turn {turn} of {id}"), "begin_offset_millis": turn * 1000,
                "end_offset_millis": turn * 1000 + 900,
            })
        })
        .collect();
    json!({
        "format": "aftercall.conversation/1", "instance_id": "i-1", "contact_id": id, "channel": "VOICE", "language": "en-US",
        "sources": ["test"], "alignment": "single", "start_timestamp": null,
        "participants": [{ "participant_id": "c", "role": "CUSTOMER", "role_source": "service" }], "turns": turns,
        "record": { "disconnect_timestamp": disconnected },
    })
}

pub fn analysis(id: &str, revision: u32) -> Value {
    json!({
        "format": "aftercall.analysis/1", "instance_id": "i-1", "contact_id": id, "revision_key": key(revision),
        "use_cases": [], "state": "complete", "missing": {}, "results": {},
    })
}

/// Writes the objects of a revision; nothing says yet that it is published.
pub fn write_objects(memory: &Memory, id: &str, revision: u32, turns: usize, disconnected: Timestamp) {
    let put = |key: String, value: Value| block_on(memory.put(&key, value.to_string().as_bytes())).unwrap();
    put(keys::conversation(&contact(id), &key(revision)), conversation(id, turns, disconnected));
    put(keys::analysis(&contact(id), &key(revision), revision), analysis(id, revision));
}

/// Publishes the next revision of a contact, with this many turns, at a moment that its writer read from its clock.
pub fn publish(memory: &Memory, id: &str, turns: usize, published: Timestamp) {
    publish_of_day(memory, id, turns, published, at(0));
}

pub fn publish_of_day(memory: &Memory, id: &str, turns: usize, published: Timestamp, disconnected: Timestamp) {
    let stored = block_on(memory.load(&contact(id))).unwrap();
    let before = stored.as_ref().map(|stored| stored.state.clone());
    let arrived = ContactState::arrived(before, Arrival { ends: true, is_record: false, at: published });
    let revision = arrived.analysis.as_ref().map_or(1, |analysis| analysis.revision + 1);
    let state = arrived.assembled(key(revision), Vec::new(), BTreeMap::new(), published).published(revision, published);
    write_objects(memory, id, revision, turns, disconnected);
    let input =
        Input { digest: format!("{revision}"), origin: "test".into(), arrived_at: published, body: b"{}".to_vec() };
    block_on(memory.accept(&contact(id), &input, &state, stored.map(|stored| stored.version))).unwrap();
}

pub fn put_aside(memory: &Memory, id: &str, moment: Timestamp) {
    let entry = QuarantineEntry {
        quarantine_id: id.into(),
        reason: "not_json".into(),
        detail: "line 1".into(),
        origin: "a.json".into(),
        contact_id: None,
        instance_id: None,
        size_bytes: 3,
        quarantined_at: moment,
        attempts: 0,
    };
    assert!(block_on(Quarantine::put_if_absent(memory, &entry)).unwrap());
}

pub fn settings() -> DumpSettings {
    DumpSettings { lag: Duration::from_secs(20 * 60), ..DumpSettings::default() }
}

pub fn dump_over<P: PublishedIndex + Quarantine + Objects>(
    ports: &P,
    settings: &DumpSettings,
    now: Timestamp,
) -> Result<Vec<Manifest>> {
    block_on(dump(DumpPorts { index: ports, quarantine: ports, objects: ports }, settings, now))
}

/// Every object of the warehouse with its bytes.
pub fn warehouse(memory: &Memory) -> BTreeMap<String, Vec<u8>> {
    let keys = block_on(Objects::list(memory, "warehouse/")).unwrap();
    keys.into_iter().map(|key| (key.clone(), block_on(Objects::get(memory, &key)).unwrap().unwrap())).collect()
}

/// Contact and revision of every row of `contacts`, whatever the manifests say, as a reader of the folder sees them.
pub fn rows(memory: &Memory) -> Vec<(String, i64)> {
    let mut rows = Vec::new();
    for (key, bytes) in warehouse(memory) {
        if !key.starts_with("warehouse/contacts/") {
            continue;
        }
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap().build().unwrap();
        for batch in reader {
            let batch = batch.unwrap();
            let ids = batch.column_by_name("contact_id").unwrap().as_string::<i32>();
            let revisions = batch.column_by_name("revision").unwrap().as_primitive::<Int64Type>();
            rows.extend(ids.iter().zip(revisions.iter()).map(|(id, revision)| (id.unwrap().into(), revision.unwrap())));
        }
    }
    rows.sort();
    rows
}

/// Fails unless the folder holds exactly what the manifests say, and no revision twice.
pub fn check_whole(memory: &Memory) {
    let mut listed = BTreeMap::new();
    let mut revisions = 0;
    for manifest in block_on(manifests(memory)).unwrap() {
        revisions += manifest.revisions;
        for file in manifest.files {
            listed.insert(file.key, file.blake3);
        }
    }
    let is_file = |key: &String| key.ends_with(".parquet");
    let there: BTreeMap<String, String> = warehouse(memory)
        .into_iter()
        .filter(|(key, _)| is_file(key))
        .map(|(key, bytes)| (key, blake3::hash(&bytes).to_hex().to_string()))
        .collect();
    assert_eq!(there, listed, "the folder holds what the manifests list");
    let rows = rows(memory);
    let mut distinct = rows.clone();
    distinct.dedup();
    assert_eq!(rows, distinct, "no revision is there twice");
    assert_eq!(rows.len() as u64, revisions, "every revision of a manifest has its row");
}

/// `("a", 1), …` as [`rows`] has them.
pub fn expected(rows: &[(&str, i64)]) -> Vec<(String, i64)> {
    rows.iter().map(|(id, revision)| ((*id).to_string(), *revision)).collect()
}
