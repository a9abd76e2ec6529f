//! Erasure: nothing of the contact is left anywhere, its neighbours are whole, no redelivery brings it back, and a failure
//! at any call comes to the same end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

mod common;

use std::sync::Arc;

use aftercall_core::contact::{Arrival, ContactState};
use aftercall_core::error::Result;
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_stages::keys;
use aftercall_stages::letters::NoLetterBoxes;
use aftercall_stages::ports::{Accepted, Contacts, Erase, Input, Inputs, KeptElsewhere, Objects, Quarantine};
use aftercall_stages::testkit::{Failing, Memory, Point, VirtualClock};
use aftercall_warehouse::dump::DumpSettings;
use aftercall_warehouse::erase::{ErasePorts, Erased, Mode, erase};
use common::turns::TakingTurns;
use common::{
    HOUR, at, check_whole, contact, dump_over, expected, key, publish, publish_of_day, rows, settings, warehouse,
};
use pollster::block_on;

/// `gone` in two revisions of two days and two windows, `stays` beside it in the same files.
fn world() -> Arc<Memory> {
    let memory = before_the_second_dump();
    dump_over(&*memory, &settings(), at(2 * HOUR)).unwrap();
    check_whole(&memory);
    memory
}

/// The same before the second window was written.
fn before_the_second_dump() -> Arc<Memory> {
    let memory = Arc::new(Memory::default());
    for id in ["gone", "stays"] {
        publish(&memory, id, 3, at(0));
    }
    dump_over(&*memory, &settings(), at(HOUR)).unwrap();
    publish_of_day(&memory, "gone", 2, at(HOUR), at(-24 * HOUR));
    publish(&memory, "other", 2, at(HOUR));
    let entry = QuarantineEntry {
        quarantine_id: "q".into(),
        reason: "invalid_conversation".into(),
        detail: "turn 1".into(),
        origin: "a.json".into(),
        contact_id: Some("gone".into()),
        instance_id: Some("i-1".into()),
        size_bytes: 3,
        quarantined_at: at(HOUR),
        attempts: 0,
    };
    block_on(Quarantine::put_if_absent(&*memory, &entry)).unwrap();
    block_on(memory.put(&keys::quarantine("q"), b"the words of gone")).unwrap();
    // Nobody knows whose it is; its bytes have the contact's id in them.
    let nameless = QuarantineEntry { quarantine_id: "n".into(), contact_id: None, instance_id: None, ..entry };
    let nameless = QuarantineEntry { origin: "s3://raw/incoming/cut-off.json".into(), ..nameless };
    block_on(Quarantine::put_if_absent(&*memory, &nameless)).unwrap();
    block_on(memory.put(&keys::quarantine("n"), b"{\"ContactId\": \"gone\", \"Trans")).unwrap();
    block_on(memory.put("incoming/cut-off.json", b"{\"ContactId\": \"gone\", \"Trans")).unwrap();
    block_on(memory.put("exchanges/i-1/gone/agent-summary-1.json", b"the words of gone")).unwrap();
    let note = format!("{}n", keys::archived_of(&contact("gone")));
    block_on(memory.put("archive/documents/2026-03-09/n.document", b"the words of gone")).unwrap();
    block_on(memory.put("archive/documents/2026-03-09/n.json", b"{}")).unwrap();
    block_on(memory.put(&note, b"archive/documents/2026-03-09/n")).unwrap();
    for id in ["gone", "stays"] {
        memory.keep_elsewhere(&contact(id));
    }
    memory
}

trait Erasable: Erase + Inputs + Quarantine + Objects + KeptElsewhere {}
impl<T: Erase + Inputs + Quarantine + Objects + KeptElsewhere> Erasable for T {}

fn erase_over<P: Erasable>(ports: &P, id: &str, mode: Mode) -> Result<Erased> {
    let clock = VirtualClock::default();
    let ports = ErasePorts {
        tables: ports,
        inputs: ports,
        quarantine: ports,
        objects: ports,
        letters: &NoLetterBoxes,
        elsewhere: Some(ports),
        own_documents: Some("s3://raw/incoming/"),
        clock: &clock,
    };
    block_on(erase(ports, &contact(id), mode)).map(|mut erased| erased.remove(&contact(id).to_string()).unwrap())
}

fn deliver_again(memory: &Memory, id: &str) -> Accepted {
    let state = ContactState::arrived(None, Arrival { ends: true, is_record: false, at: at(0) });
    let input = Input { digest: "again".into(), origin: "a.json".into(), arrived_at: at(0), body: b"{}".to_vec() };
    block_on(memory.accept(&contact(id), &input, &state, None)).unwrap()
}

/// Every manifest lists what is there, as it is there.
fn check_manifests(memory: &Memory) {
    // The count of revisions of a manifest is history; its files are what is there.
    let manifests = block_on(aftercall_warehouse::dump::manifests(memory)).unwrap();
    let listed: Vec<_> = manifests.into_iter().flat_map(|manifest| manifest.files).collect();
    let there: Vec<_> = warehouse(memory).into_iter().filter(|(key, _)| key.ends_with(".parquet")).collect();
    assert_eq!(listed.len(), there.len());
    for file in listed {
        let bytes = &there.iter().find(|(key, _)| *key == file.key).expect("a listed file is there").1;
        assert_eq!((file.blake3.as_str(), file.bytes), (&*blake3::hash(bytes).to_hex(), bytes.len() as u64));
    }
}

/// Nothing of `gone` is anywhere, and the others are whole.
fn check_gone(memory: &Memory) {
    check_gone_after(memory, 2 * HOUR);
}

/// The same, with a dump after it that may have had something to do until this moment.
fn check_gone_after(memory: &Memory, until: i64) {
    assert_eq!(["gone", "stays"].map(|id| block_on(memory.kept_of(&contact(id))).unwrap()), [0, 1], "the voice agent");
    dump_over(memory, &settings(), at(until)).unwrap();
    for key in block_on(Objects::list(memory, "")).unwrap() {
        assert!(!key.contains("gone"), "{key} is left");
        let bytes = block_on(Objects::get(memory, &key)).unwrap().unwrap();
        assert!(!bytes.windows(4).any(|four| four == b"gone"), "{key} still speaks of it");
    }
    assert!(block_on(memory.load(&contact("gone"))).unwrap().is_none());
    assert!(block_on(Inputs::list(memory, &contact("gone"))).unwrap().is_empty());
    assert!(block_on(Quarantine::list(memory)).unwrap().is_empty());
    assert_eq!(rows(memory), expected(&[("other", 1), ("stays", 1)]));
    check_manifests(memory);
    assert_eq!(deliver_again(memory, "gone"), Accepted::Erased, "a redelivery does not bring it back");
    assert!(dump_over(memory, &settings(), at(3 * HOUR)).unwrap().is_empty(), "the next dump has nothing to do");
}

#[test]
fn nothing_is_left_and_the_report_says_what_was_removed() {
    let memory = world();
    let before = block_on(Objects::list(&*memory, "")).unwrap();
    let planned = erase_over(&*memory, "gone", Mode::DryRun).unwrap();
    assert_eq!(block_on(Objects::list(&*memory, "")).unwrap(), before, "a dry run removes nothing");
    let erased = erase_over(&*memory, "gone", Mode::Erase).unwrap();
    assert_eq!((&erased.parquet_rows, &erased.objects), (&planned.parquet_rows, &planned.objects));
    assert_eq!(erased.parquet_rows["contacts"], 2);
    assert_eq!(erased.parquet_rows["turns"], 5);
    assert_eq!(erased.parquet_rows["quarantine"], 2);
    assert_eq!(erased.windows.iter().copied().collect::<Vec<_>>(), [1, 2]);
    assert!(!erased.rewritten.is_empty() && !erased.removed.is_empty());
    assert_eq!((erased.published, erased.rows.states, erased.rows.inputs), (2, 1, 2));
    assert_eq!(erased.quarantined.iter().collect::<std::collections::BTreeSet<_>>().len(), 2);
    assert!(erased.origins.contains("test"));
    check_gone(&memory);
    let again = erase_over(&*memory, "gone", Mode::Erase).unwrap();
    assert_eq!(again, Erased::default(), "doing it twice is doing it once");
}

#[test]
fn a_failure_at_any_call_comes_to_the_same_end() {
    let mut disturbed = 0;
    for point in [Point::Before, Point::After] {
        for fail_at in 0.. {
            let memory = world();
            let failing = Failing::new(Arc::clone(&memory), fail_at, point);
            if erase_over(&failing, "gone", Mode::Erase).is_ok() {
                break;
            }
            disturbed += 1;
            erase_over(&*memory, "gone", Mode::Erase).unwrap();
            check_gone(&memory);
        }
    }
    assert!(disturbed > 60, "only {disturbed} calls were disturbed");
}

#[test]
fn a_damaged_manifest_and_a_damaged_plan_do_not_stop_an_erasure() {
    let memory = world();
    let mut damaged = warehouse(&memory);
    let begins = ["warehouse/_manifests/00000001", "warehouse/_windows/00000002.plan"];
    damaged.retain(|key, _| begins.iter().any(|begin| key.starts_with(begin)));
    for key in damaged.keys() {
        block_on(Objects::put(&*memory, key, b"{")).unwrap();
    }
    let erased = erase_over(&*memory, "gone", Mode::Erase).unwrap();
    assert_eq!(erased.unreadable.len(), 2);
    assert!(erased.unreadable.keys().eq(damaged.keys()));
    assert_eq!(erased.parquet_rows["turns"], 5);
    // As the report advises: they are restored, and it is erased again.
    for (key, bytes) in &damaged {
        block_on(Objects::put(&*memory, key, bytes)).unwrap();
    }
    assert!(erase_over(&*memory, "gone", Mode::Erase).unwrap().unreadable.is_empty());
    check_gone(&memory);
}

#[test]
fn what_waited_to_be_dumped_is_forgotten_too() {
    let memory = Memory::default();
    publish(&memory, "stays", 1, at(0));
    publish(&memory, "gone", 1, at(1));
    block_on(memory.put(&keys::analysis(&contact("gone"), &key(1), 1), b"damaged")).unwrap();
    let written = dump_over(&memory, &settings(), at(HOUR)).unwrap();
    assert_eq!(written[0].waiting.len(), 1);
    erase_over(&memory, "gone", Mode::Erase).unwrap();
    publish(&memory, "next", 1, at(HOUR));
    let written = dump_over(&memory, &settings(), at(2 * HOUR)).unwrap();
    assert_eq!(written[0].waiting, []);
    assert_eq!(rows(&memory), expected(&[("next", 1), ("stays", 1)]));
}

fn erase_whole(memory: &Memory) {
    erase_over(memory, "gone", Mode::Erase).unwrap();
}

fn dump_whole(memory: &Memory) {
    dump_over(memory, &settings(), at(2 * HOUR)).unwrap();
}

/// A dump that reads a page, a revision or nothing at a time, so that there is something between all of its steps.
fn step_by_step() -> DumpSettings {
    DumpSettings { max_rows_in_memory: 2, ..settings() }
}

#[test]
fn an_erasure_at_any_step_of_a_dump() {
    for at_call in 0.. {
        let memory = before_the_second_dump();
        let turns = TakingTurns::new(&memory, at_call, erase_whole);
        dump_over(&turns, &step_by_step(), at(2 * HOUR)).unwrap();
        if !turns.interrupted() {
            assert!(at_call > 30, "only {at_call} steps");
            break;
        }
        check_gone(&memory);
    }
}

#[test]
fn a_dump_at_any_step_of_an_erasure() {
    for at_call in 0.. {
        let memory = before_the_second_dump();
        let turns = TakingTurns::new(&memory, at_call, dump_whole);
        erase_over(&turns, "gone", Mode::Erase).unwrap();
        if !turns.interrupted() {
            assert!(at_call > 50, "only {at_call} steps");
            break;
        }
        check_gone_after(&memory, 3 * HOUR);
    }
}

#[test]
fn an_erasure_at_any_step_of_a_dump_that_then_dies() {
    let calls = {
        let counting = Failing::new(before_the_second_dump(), u64::MAX, Point::Before);
        dump_over(&counting, &step_by_step(), at(2 * HOUR)).unwrap();
        counting.calls()
    };
    for at_call in 0..calls {
        // It dies at once, or some steps later.
        for dies_at in (at_call..calls + 10).step_by(11) {
            let memory = before_the_second_dump();
            let turns = Arc::new(TakingTurns::new(&memory, at_call as i64, erase_whole));
            let dying = Failing::new(Arc::clone(&turns), dies_at, Point::After);
            drop(dump_over(&dying, &step_by_step(), at(2 * HOUR)));
            assert!(turns.interrupted());
            // Whoever looks at the folder before the next dump sees what the dead one wrote; the next dump heals it.
            dump_over(&*memory, &settings(), at(2 * HOUR)).unwrap();
            check_gone(&memory);
        }
    }
}

#[test]
fn an_erasure_that_begins_before_a_dump_and_ends_within_it() {
    // It has set its mark, and the index still has the contact.
    for stops_at in [3, 5, 8] {
        for at_call in 0.. {
            let memory = before_the_second_dump();
            // Marks of quarantine entries would be new to the dump; the contact's alone is not.
            for entry in ["q", "n"] {
                block_on(memory.release(entry)).unwrap();
                block_on(memory.remove(&keys::quarantine(entry))).unwrap();
            }
            block_on(memory.remove("incoming/cut-off.json")).unwrap();
            let stopping = Failing::new(Arc::clone(&memory), stops_at, Point::Before);
            erase_over(&stopping, "gone", Mode::Erase).unwrap_err();
            assert!(block_on(memory.is_buried(&contact("gone"))).unwrap());
            let turns = TakingTurns::new(&memory, at_call, erase_whole);
            dump_over(&turns, &step_by_step(), at(2 * HOUR)).unwrap();
            if !turns.interrupted() {
                break;
            }
            check_gone(&memory);
        }
    }
}

#[test]
fn another_erasure_at_any_step_of_an_erasure() {
    let erase_other = |memory: &Memory| drop(erase_over(memory, "stays", Mode::Erase).unwrap());
    for at_call in 0.. {
        let memory = world();
        let turns = TakingTurns::new(&memory, at_call, erase_other);
        erase_over(&turns, "gone", Mode::Erase).unwrap();
        if !turns.interrupted() {
            assert!(at_call > 50, "only {at_call} steps");
            break;
        }
        assert_eq!(rows(&memory), expected(&[("other", 1)]));
        check_manifests(&memory);
    }
}
