//! Windows: bounded, in order, closed late enough, and never without what an earlier one missed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

mod common;

use aftercall_stages::testkit::Memory;
use aftercall_warehouse::dump::{DumpPorts, DumpSettings, dump, dump_while};
use common::{HOUR, MINUTE, at, check_whole, dump_over, expected, publish, put_aside, rows, settings, warehouse};
use pollster::block_on;

/// Dumps at a moment and compares the rows that the folder then has.
fn check(memory: &Memory, now: i64, windows: usize, holds: &[(&str, i64)]) {
    let written = dump_over(memory, &settings(), at(now)).unwrap();
    assert_eq!(written.len(), windows, "windows written at {now}: {written:#?}");
    assert_eq!(rows(memory), expected(holds), "after the dump at {now}");
    check_whole(memory);
}

#[test]
fn a_window_closes_later_than_any_writer() {
    let memory = Memory::default();
    publish(&memory, "a", 3, at(0));
    check(&memory, 19 * MINUTE, 0, &[]);
    check(&memory, 21 * MINUTE, 1, &[("a", 1)]);
    check(&memory, 22 * MINUTE, 0, &[("a", 1)]);
}

#[test]
fn a_writer_that_paused_between_reading_the_clock_and_writing_is_not_lost() {
    let memory = Memory::default();
    publish(&memory, "a", 1, at(0));
    publish(&memory, "b", 1, at(30 * MINUTE));
    check(&memory, HOUR, 1, &[("a", 1), ("b", 1)]);
    // It read the clock before the window closed, was paused for longer than any lag, and writes now.
    publish(&memory, "paused", 1, at(10 * MINUTE));
    check(&memory, HOUR + MINUTE, 1, &[("a", 1), ("b", 1), ("paused", 1)]);
    // The same beside entries of the next window, and of a revision whose contact was dumped already.
    publish(&memory, "a", 2, at(20 * MINUTE));
    publish(&memory, "c", 1, at(HOUR));
    put_aside(&memory, "q-late", at(5 * MINUTE));
    let all = [("a", 1), ("a", 2), ("b", 1), ("c", 1), ("paused", 1)];
    check(&memory, 2 * HOUR, 1, &all);
    check(&memory, 3 * HOUR, 0, &all);
    assert!(warehouse(&memory).keys().any(|key| key.starts_with("warehouse/quarantine/")));
}

#[test]
fn three_days_of_outage_are_worked_off_in_order() {
    let memory = Memory::default();
    publish(&memory, "before", 1, at(0));
    check(&memory, HOUR, 1, &[("before", 1)]);
    let mut names = Vec::new();
    for hour in 0..72 {
        names.push(format!("c{hour:02}"));
        publish(&memory, &names[hour], 1, at(HOUR * (2 + hour as i64)));
    }
    let written = dump_over(&memory, &settings(), at(75 * HOUR)).unwrap();
    assert_eq!(written.len(), 12, "six hours a window");
    for (before, after) in written.iter().zip(written.iter().skip(1)) {
        assert_eq!(before.window.to, after.window.from, "windows follow each other without a gap");
        assert_eq!(before.window.number + 1, after.window.number);
        assert_eq!(before.revisions, 6);
    }
    let mut all: Vec<_> = names.iter().map(|name| (name.as_str(), 1)).collect();
    all.insert(0, ("before", 1));
    check(&memory, 75 * HOUR, 0, &all);
}

#[test]
fn a_window_holds_no_more_than_can_be_written_in_a_call() {
    let memory = Memory::default();
    for contact in 0..10 {
        // Two each minute, at the same moment.
        publish(&memory, &format!("c{contact}"), 1, at(contact / 2 * MINUTE));
    }
    let settings = DumpSettings { max_revisions: 3, ..settings() };
    let written = dump_over(&memory, &settings, at(HOUR)).unwrap();
    let revisions: Vec<u64> = written.iter().map(|manifest| manifest.revisions).collect();
    assert_eq!(revisions, [4, 4, 2], "those of one moment are not parted");
    for (before, after) in written.iter().zip(written.iter().skip(1)) {
        assert_eq!(before.window.to, after.window.from, "windows follow each other without a gap");
    }
    let all: Vec<String> = (0..10).map(|contact| format!("c{contact}")).collect();
    assert_eq!(rows(&memory), expected(&all.iter().map(|name| (name.as_str(), 1)).collect::<Vec<_>>()));
    check_whole(&memory);
}

#[test]
fn who_has_little_time_begins_one_window_and_the_next_dump_goes_on() {
    let memory = Memory::default();
    for hour in 0..24 {
        publish(&memory, &format!("c{hour:02}"), 1, at(HOUR * hour));
    }
    let store = DumpPorts { index: &memory, quarantine: &memory, objects: &memory };
    let now = at(25 * HOUR);
    let dump = |time: bool| block_on(dump_while(store, &settings(), now, || time)).unwrap().len();
    assert_eq!(dump(false), 1, "the first window is always begun, or nothing would ever be done");
    assert_eq!(dump(false), 1);
    assert_eq!((dump(true), dump(true)), (2, 0));
    check_whole(&memory);
}

#[test]
fn a_clock_that_jumps_loses_nothing() {
    let memory = Memory::default();
    publish(&memory, "a", 1, at(0));
    // Clock and writer are a year ahead for a moment.
    let year = 365 * 24 * HOUR;
    publish(&memory, "future", 1, at(year));
    check(&memory, year + HOUR, 2, &[("a", 1), ("future", 1)]);
    // The clock is right again: what is published now lies before the last window's end, and comes at once.
    publish(&memory, "b", 1, at(HOUR));
    check(&memory, 2 * HOUR, 1, &[("a", 1), ("b", 1), ("future", 1)]);
    publish(&memory, "c", 1, at(3 * HOUR));
    check(&memory, 4 * HOUR, 1, &[("a", 1), ("b", 1), ("c", 1), ("future", 1)]);
    check(&memory, 5 * HOUR, 0, &[("a", 1), ("b", 1), ("c", 1), ("future", 1)]);
}

#[test]
fn a_dump_may_be_moved_between_threads() {
    fn check(_: impl Future<Output: Send> + Send) {}
    let memory = Memory::default();
    let ports = DumpPorts { index: &memory, quarantine: &memory, objects: &memory };
    check(dump(ports, &settings(), at(0)));
}

#[test]
fn the_same_content_gives_the_same_files() {
    let make = |rows_in_memory: usize| {
        let memory = Memory::default();
        for contact in 0..40 {
            publish(&memory, &format!("c{contact}"), 5, at(contact));
        }
        let settings = DumpSettings { max_rows_in_memory: rows_in_memory, ..settings() };
        let written = dump_over(&memory, &settings, at(HOUR)).unwrap();
        check_whole(&memory);
        (warehouse(&memory), written[0].files.len())
    };
    assert_eq!(make(50), make(50));
    let (few, many) = (make(100_000).1, make(50).1);
    assert_eq!(few, 2, "contacts and turns of one day");
    assert!(many >= 8, "little memory makes more files: {many}");
}

#[test]
fn a_manifest_says_what_a_window_wrote() {
    let memory = Memory::default();
    publish(&memory, "a", 3, at(0));
    put_aside(&memory, "q", at(1));
    let written = dump_over(&memory, &settings(), at(HOUR)).unwrap();
    let manifest = &written[0];
    assert_eq!((manifest.format.as_str(), manifest.schema_version), ("aftercall.manifest/1", 1));
    assert_eq!((manifest.revisions, manifest.late, manifest.quarantined), (1, 0, 1));
    let rows: Vec<_> = manifest.files.iter().map(|file| (file.table.as_str(), file.rows)).collect();
    assert_eq!(rows, [("contacts", 1), ("quarantine", 1), ("turns", 3)]);
    assert!(manifest.files[0].key.starts_with("warehouse/contacts/dt=2026-03-09/00000001-20260309T"));
}
