//! What goes wrong in a dump: nothing half published, a clear report, and the next run heals it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

mod common;

use std::sync::Arc;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_stages::keys;
use aftercall_stages::ports::Objects;
use aftercall_stages::testkit::{Failing, Memory, Point};
use aftercall_warehouse::dump::DumpSettings;
use async_trait::async_trait;
use common::turns::TakingTurns;
use common::{HOUR, at, check_whole, contact, dump_over, expected, key, publish, put_aside, rows, settings, warehouse};
use pollster::block_on;

/// A few contacts of two windows, with late ones and quarantine entries.
fn world() -> Arc<Memory> {
    let memory = Arc::new(Memory::default());
    for id in ["a", "b", "c"] {
        publish(&memory, id, 4, at(0));
    }
    put_aside(&memory, "q", at(0));
    dump_over(&*memory, &settings(), at(HOUR)).unwrap();
    for id in ["late", "a"] {
        publish(&memory, id, 2, at(5));
    }
    for id in ["d", "e"] {
        publish(&memory, id, 3, at(HOUR));
    }
    memory
}

#[test]
fn interrupted_at_any_call_or_run_twice_it_writes_the_same() {
    let settings = DumpSettings { max_rows_in_memory: 5, ..settings() };
    let undisturbed = world();
    dump_over(&*undisturbed, &settings, at(2 * HOUR)).unwrap();
    check_whole(&undisturbed);
    let expected = warehouse(&undisturbed);
    let mut disturbed = 0;
    for point in [Point::Before, Point::After] {
        for fail_at in 0.. {
            let memory = world();
            let failing = Failing::new(Arc::clone(&memory), fail_at, point);
            if dump_over(&failing, &settings, at(2 * HOUR)).is_ok() {
                assert!(failing.calls() <= fail_at, "a failure was swallowed at call {fail_at}");
                break;
            }
            disturbed += 1;
            dump_over(&*memory, &settings, at(2 * HOUR)).unwrap();
            assert_eq!(warehouse(&memory).keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
            assert!(warehouse(&memory) == expected, "{point:?} call {fail_at}: other bytes");
            dump_over(&*memory, &settings, at(2 * HOUR)).unwrap();
            assert!(warehouse(&memory) == expected, "{point:?} call {fail_at}: a third run changes something");
        }
    }
    assert!(disturbed > 60, "only {disturbed} calls were disturbed");
}

#[test]
fn an_attempt_with_other_settings_leaves_no_strays() {
    let memory = world();
    let few_rows = DumpSettings { max_rows_in_memory: 3, ..settings() };
    // The last call is the manifest's: all files are there, and nothing says so.
    let counting = Failing::new(world(), u64::MAX, Point::Before);
    dump_over(&counting, &few_rows, at(2 * HOUR)).unwrap();
    let mut interrupted = false;
    for fail_at in (0..counting.calls()).rev() {
        let failing = Failing::new(Arc::clone(&memory), fail_at, Point::Before);
        interrupted |= dump_over(&failing, &few_rows, at(2 * HOUR)).is_err();
        if interrupted {
            break;
        }
    }
    assert!(interrupted);
    dump_over(&*memory, &settings(), at(2 * HOUR)).unwrap();
    check_whole(&memory);
}

/// Two runs that take turns: one does this many calls, then the other runs whole.
#[test]
fn two_runs_at_once_write_the_same() {
    let expected = {
        let memory = world();
        dump_over(&*memory, &settings(), at(2 * HOUR)).unwrap();
        warehouse(&memory)
    };
    for pause_at in 0..80 {
        let memory = world();
        let other = |memory: &Memory| drop(dump_over(memory, &settings(), at(2 * HOUR)).unwrap());
        let turns = TakingTurns::new(&memory, pause_at, other);
        dump_over(&turns, &settings(), at(2 * HOUR)).unwrap();
        assert!(warehouse(&memory) == expected, "the other run came at call {pause_at}");
        check_whole(&memory);
    }
}

/// Replaces an object's bytes, dumps, compares what is said; puts the right ones back, and all is there.
fn check_waits(key: &str, bytes: Option<&[u8]>, says: &str) {
    let memory = Memory::default();
    publish(&memory, "a", 1, at(0));
    publish(&memory, "bad", 1, at(1));
    let right = block_on(Objects::get(&memory, key)).unwrap().unwrap();
    match bytes {
        Some(bytes) => block_on(memory.put(key, bytes)).unwrap(),
        None => block_on(memory.remove(key)).unwrap(),
    }
    let written = dump_over(&memory, &settings(), at(HOUR)).unwrap();
    let waiting = &written[0].waiting;
    assert_eq!((written[0].revisions, waiting.len()), (1, 1), "the neighbour is there, whole");
    assert!(waiting[0].problem.contains(says) && waiting[0].problem.contains(key), "{}", waiting[0].problem);
    assert!(waiting[0].problem.contains("bad"), "it names the contact: {}", waiting[0].problem);
    check_whole(&memory);
    publish(&memory, "next", 1, at(HOUR));
    let written = dump_over(&memory, &settings(), at(2 * HOUR)).unwrap();
    assert_eq!(written[0].waiting.len(), 1, "it is said again until it is mended");
    block_on(memory.put(key, &right)).unwrap();
    let written = dump_over(&memory, &settings(), at(1000 * HOUR)).unwrap();
    assert_eq!((written[0].late, written[0].waiting.len()), (1, 0));
    assert_eq!(rows(&memory), expected(&[("a", 1), ("bad", 1), ("next", 1)]));
    check_whole(&memory);
}

#[test]
fn what_cannot_be_read_waits_and_is_named() {
    let conversation = keys::conversation(&contact("bad"), &key(1));
    let analysis = keys::analysis(&contact("bad"), &key(1), 1);
    check_waits(&conversation, Some(b"{\"format\":\"aftercall.conv"), "cannot be read");
    check_waits(&analysis, Some(b"\x00\x01\x02"), "cannot be read");
    check_waits(&analysis, Some(b"{\"format\":\"aftercall.analysis/9\",\"verdicts\":[]}"), "upgrade");
    check_waits(&conversation, Some(b"{\"format\":\"aftercall.conversation/2\"}"), "upgrade");
    check_waits(&conversation, None, "missing");
}

/// A store that refuses some calls, as a full disk or a missing permission does.
struct Refusing<'a> {
    inner: &'a Memory,
    prefix: &'a str,
    reads: bool,
    why: &'a str,
}

impl Refusing<'_> {
    fn check(&self, key: &str, reads: bool) -> Result<()> {
        if key.starts_with(self.prefix) && self.reads == reads {
            return Err(Error::new(ErrorKind::Storage, self.why.to_string()).with("key", key));
        }
        Ok(())
    }
}

#[async_trait]
impl Objects for Refusing<'_> {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<()> {
        self.check(key, false)?;
        self.inner.put(key, bytes).await
    }
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.check(key, true)?;
        Objects::get(self.inner, key).await
    }
    async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        Objects::list(self.inner, prefix).await
    }
    async fn remove(&self, key: &str) -> Result<()> {
        self.check(key, false)?;
        self.inner.remove(key).await
    }
}

#[test]
fn a_full_disk_or_a_closed_door_publishes_nothing_half() {
    let check = |prefix: &str, reads: bool, why: &str| {
        let memory = Memory::default();
        publish(&memory, "a", 2, at(0));
        publish(&memory, "b", 2, at(1));
        let refusing = Refusing { inner: &memory, prefix, reads, why };
        let ports = aftercall_warehouse::dump::DumpPorts { index: &memory, quarantine: &memory, objects: &refusing };
        let error = block_on(aftercall_warehouse::dump::dump(ports, &settings(), at(HOUR))).unwrap_err().to_string();
        assert!(error.contains(why) && error.contains(prefix), "{error}");
        let manifests = warehouse(&memory).keys().filter(|key| key.contains("_manifests")).count();
        assert_eq!(manifests, 0, "no manifest names what is not there");
        dump_over(&memory, &settings(), at(HOUR)).unwrap();
        assert_eq!(rows(&memory), expected(&[("a", 1), ("b", 1)]), "the next run heals it");
        check_whole(&memory);
    };
    check("warehouse/turns/", false, "no space left on the device");
    check("warehouse/_manifests/", false, "no space left on the device");
    check("warehouse/_windows/", false, "no space left on the device");
    check("analyses/", true, "access denied");
    check("conversations/", true, "access denied");
}
