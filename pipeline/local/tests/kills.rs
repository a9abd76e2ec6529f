//! Dump, backfill and erasure over SQLite and a folder, in a process that dies before or after each of its calls of a port, one
//! after the other. The next run comes to the same end, byte by byte, as one that nobody disturbed.
//!
//! The process that dies is this test itself, started again with an order in its environment.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use aftercall_core::contact::{Arrival, ContactState, ReadyRules};
use aftercall_core::error::{Reason, Rejected, Result};
use aftercall_local::folder::Folder;
use aftercall_local::objects::LocalObjects;
use aftercall_local::store::Store;
use aftercall_schemas::{ContactKey, RevisionKey, Stage};
use aftercall_stages::backfill::{Backfill, BackfillPorts, Mode, backfill_contact, finish_interrupted};
use aftercall_stages::extractive::Extractive;
use aftercall_stages::keys;
use aftercall_stages::letters::NoLetterBoxes;
use aftercall_stages::ports::{Clock, Contacts, Input, Inputs, Objects, Published, PublishedIndex};
use aftercall_stages::quarantine::{self, Evidence, QuarantinePorts};
use aftercall_stages::run_stage::StageSettings;
use aftercall_stages::testkit::{Disturbance, Failing, Fault, Point, VirtualClock};
use aftercall_warehouse::dump::{DumpPorts, DumpSettings, dump};
use aftercall_warehouse::erase::{self, ErasePorts};
use jiff::Timestamp;
use pollster::block_on;
use serde_json::{Value, json};

const FOLDER: &str = "AFTERCALL_TEST_FOLDER";
const OPERATION: &str = "AFTERCALL_TEST_OPERATION";
const DIES_AT: &str = "AFTERCALL_TEST_DIES_AT";
const POINT: &str = "AFTERCALL_TEST_POINT";
/// 2026-03-09T08:00:00Z.
const BEGIN: i64 = 1_773_043_200;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(BEGIN + seconds).unwrap()
}

fn contact(id: &str) -> ContactKey {
    ContactKey::new("i-1", id)
}

fn open(folder: &Path) -> (Store, Folder) {
    let store = Store::open(&folder.join("aftercall.sqlite"), ReadyRules::default()).unwrap();
    (store, Folder::open(folder).unwrap())
}

/// Publishes the first revision of a contact, without any result.
fn publish(store: &Store, objects: &LocalObjects<'_>, id: &str, published: Timestamp) {
    let (contact, key) = (contact(id), RevisionKey("abc".into()));
    let put = |key: String, value: Value| block_on(objects.put(&key, value.to_string().as_bytes())).unwrap();
    put(
        keys::conversation(&contact, &key),
        json!({ "format": "aftercall.conversation/1", "instance_id": "i-1", "contact_id": id, "channel": "CHAT",
            "language": "en-US", "sources": ["test"], "alignment": "single", "start_timestamp": null,
            "participants": [{ "participant_id": "c", "role": "CUSTOMER", "role_source": "service" }],
            "turns": [{ "turn_id": "t0", "participant": 0, "role": "CUSTOMER", "content": format!("This is {id}."),
                "begin_offset_millis": 0, "end_offset_millis": 1 }],
            "record": { "disconnect_timestamp": at(0) } }),
    );
    put(
        keys::analysis(&contact, &key, 1),
        json!({ "format": "aftercall.analysis/1", "instance_id": "i-1", "contact_id": id, "revision_key": key,
            "use_cases": [], "state": "complete", "missing": {}, "results": {} }),
    );
    let state = ContactState::arrived(None, Arrival { ends: true, is_record: false, at: published })
        .assembled(key, Vec::new(), BTreeMap::new(), published)
        .published(1, published);
    let input = Input { digest: "d".into(), origin: "test".into(), arrived_at: published, body: b"{}".to_vec() };
    block_on(store.accept(&contact, &input, &state, None)).unwrap();
}

/// Puts an input of a contact aside.
fn put_aside(store: &Store, objects: &LocalObjects<'_>, id: &str, seconds: i64) {
    let clock = VirtualClock::default();
    clock.advance(at(seconds).duration_since(clock.now()).unsigned_abs());
    let ports = QuarantinePorts { quarantine: store, objects, clock: &clock };
    let rejected = Rejected::new(Reason::Truncated, "it is cut off").of(contact(id));
    let bytes = format!("{{\"id\": \"{id}\", \"of\": {seconds}");
    block_on(quarantine::put_aside(ports, &rejected, "test", Evidence::Bytes(bytes.as_bytes()))).unwrap();
}

/// A document of a contact in the archive, and the note that says so.
fn keep(objects: &LocalObjects<'_>, id: &str) {
    let place = "archive/documents/2026-03-09/a/abc";
    let put = |key: String, bytes: &[u8]| block_on(objects.put(&key, bytes)).unwrap();
    put(format!("{place}.document"), b"as it came");
    put(format!("{place}.json"), b"{}");
    put(format!("{}abc", keys::archived_of(&contact(id))), place.as_bytes());
}

/// Two contacts of a window that has been dumped, and two of the next one; of one of them inputs in quarantine, in either
/// window, and a document in the archive.
fn world(folder: &Path) {
    let (store, files) = open(folder);
    let objects = LocalObjects { store: &store, folder: &files };
    publish(&store, &objects, "gone", at(0));
    publish(&store, &objects, "stays", at(1));
    put_aside(&store, &objects, "gone", 2);
    keep(&objects, "gone");
    let ports = DumpPorts { index: &store, quarantine: &store, objects: &objects };
    block_on(dump(ports, &dump_settings(), at(3600))).unwrap();
    put_aside(&store, &objects, "gone", 7100);
    publish(&store, &objects, "next", at(7200));
    publish(&store, &objects, "last", at(7201));
}

fn dump_settings() -> DumpSettings {
    DumpSettings { lag: Duration::ZERO, max_rows_in_memory: 1, ..DumpSettings::default() }
}

/// Does an operation over ports that let the process die at a call.
fn operate(folder: &Path, operation: &str, dies_at: u64, point: Point) -> Result<()> {
    let (store, files) = open(folder);
    let store = Arc::new(store);
    let objects = Arc::new(LocalObjects { store: &store, folder: &files });
    let disturbance = Disturbance::new(dies_at, point, Fault::Aborts);
    let tables = Failing::sharing(Arc::clone(&store), &disturbance);
    let objects = Failing::sharing(objects, &disturbance);
    let clock = VirtualClock::default();
    match operation {
        "dump" => {
            let ports = DumpPorts { index: &tables, quarantine: &tables, objects: &objects };
            block_on(dump(ports, &dump_settings(), at(10_000))).map(drop)
        }
        "backfill" => {
            let ports = BackfillPorts {
                contacts: &tables,
                results: &tables,
                objects: &objects,
                summarize: &Extractive,
                label: None,
                clock: &clock,
            };
            let backfill = Backfill { stage: Stage::Sentiment, from: None, to: None };
            let settings = StageSettings::default();
            for published in block_on(store.published(Timestamp::MIN, at(10_000), None, 100))? {
                block_on(finish_interrupted(ports, &published.contact))?;
                block_on(backfill_contact(ports, &published, &backfill, Mode::Accept, &settings))?;
            }
            Ok(())
        }
        _ => {
            let ports = ErasePorts {
                tables: &tables,
                inputs: &tables,
                quarantine: &tables,
                objects: &objects,
                letters: &NoLetterBoxes,
                elsewhere: None,
                own_documents: None,
                clock: &clock,
            };
            block_on(erase::erase(ports, &contact("gone"), erase::Mode::Erase)).map(drop)
        }
    }
}

/// Every object, every entry of the index, and the states.
fn end_of(folder: &Path) -> (BTreeMap<String, Vec<u8>>, Vec<Published>, Vec<bool>) {
    let (store, files) = open(folder);
    let objects = LocalObjects { store: &store, folder: &files };
    let mut keys = block_on(objects.list("")).unwrap();
    // How the store lays its pages out is its own.
    keys.retain(|key| !key.starts_with("aftercall.sqlite"));
    let bytes = keys.into_iter().map(|key| (key.clone(), block_on(objects.get(&key)).unwrap().unwrap())).collect();
    let published = block_on(store.published(Timestamp::MIN, Timestamp::MAX, None, 100)).unwrap();
    let there = ["gone", "stays", "next", "last"].map(|id| block_on(store.load(&contact(id))).unwrap().is_some());
    (bytes, published, there.to_vec())
}

/// What the process does that dies: nothing, unless it has an order.
#[test]
fn the_process_that_dies() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let point = if std::env::var(POINT).unwrap() == "before" { Point::Before } else { Point::After };
    let dies_at = std::env::var(DIES_AT).unwrap().parse().unwrap();
    operate(Path::new(&folder), &std::env::var(OPERATION).unwrap(), dies_at, point).unwrap();
}

fn check(operation: &str, fewest: u64) {
    let undisturbed = tempfile::tempdir().unwrap();
    world(undisturbed.path());
    operate(undisturbed.path(), operation, u64::MAX, Point::Before).unwrap();
    let expected = end_of(undisturbed.path());
    for point in ["before", "after"] {
        for dies_at in 0.. {
            let folder = tempfile::tempdir().unwrap();
            world(folder.path());
            let child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "the_process_that_dies"])
                .env(FOLDER, folder.path())
                .env(OPERATION, operation)
                .env(POINT, point)
                .env(DIES_AT, dies_at.to_string())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .unwrap();
            if child.success() {
                assert!(dies_at > fewest, "{operation}: only {dies_at} calls");
                break;
            }
            assert_eq!(child.code(), None, "{operation} {point} call {dies_at}: it dies, and does not fail");
            operate(folder.path(), operation, u64::MAX, Point::Before).unwrap();
            let end = end_of(folder.path());
            assert_eq!(
                end.0.keys().collect::<Vec<_>>(),
                expected.0.keys().collect::<Vec<_>>(),
                "{operation} {point} {dies_at}"
            );
            let other: Vec<_> =
                end.0.iter().filter(|(key, bytes)| expected.0[*key] != **bytes).map(|(key, _)| key).collect();
            assert!(other.is_empty(), "{operation} {point} call {dies_at}: {other:?}");
            assert_eq!((&end.1, &end.2), (&expected.1, &expected.2), "{operation} {point} call {dies_at}");
        }
    }
}

#[test]
fn killed_at_every_call_of_a_dump() {
    check("dump", 20);
}

#[test]
fn killed_at_every_call_of_a_backfill() {
    check("backfill", 20);
}

#[test]
fn killed_at_every_call_of_an_erasure() {
    check("erasure", 40);
}
