//! What came is kept as it came, and comes back by redrive.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use aftercall_core::contact::Phase;
use aftercall_stages::archive::{self, Archive};
use aftercall_stages::handle::redrive::Redriven;
use aftercall_stages::ports::Objects;
use aftercall_stages::testkit::sample::documents;
use common::{ALL, Aws, kinesis};
use jiff::civil::Date;
use pollster::block_on;
use serde_json::{Value, json};

/// A deployment that keeps an archive, and has taken everything in.
fn with_archive() -> Aws {
    let aws = Aws { archive: Archive::On, ..Aws::new() };
    aws.take(&kinesis(&documents()));
    aws
}

/// A deployment whose tables are empty, with the archive of another.
fn with_the_archive_of(other: &Aws) -> Aws {
    let aws = Aws::new();
    for key in block_on(other.memory.list("archive/documents/")).unwrap() {
        let bytes = block_on(Objects::get(&*other.memory, &key)).unwrap().unwrap();
        block_on(aws.memory.put(&key, &bytes)).unwrap();
    }
    aws
}

fn replay(more: Value) -> Value {
    let mut request = json!({ "from": "archive", "first_day": "2026-01-01", "last_day": "2026-01-03" });
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

#[test]
fn what_came_is_kept_and_gives_the_same_contact_elsewhere() {
    let aws = with_archive();
    let kept = block_on(aws.memory.list("archive/documents/")).unwrap();
    assert_eq!(kept.len(), 2 * documents().len(), "each document, and what is known of it");
    let other = with_the_archive_of(&aws);
    let used = documents().len() as u64;
    assert_eq!(other.redrive(replay(json!({}))), Redriven { used, left: 0, next: None });
    for aws in [&aws, &other] {
        aws.route();
        aws.run(&ALL);
        aws.publish();
        assert_eq!(aws.phase(), Phase::Complete);
    }
    let digests =
        |aws: &Aws| -> BTreeSet<String> { block_on(aws.memory.list("conversations/")).unwrap().into_iter().collect() };
    assert_eq!(digests(&aws), digests(&other), "the same inputs make the same conversation");
    assert_eq!(
        aws.redrive(replay(json!({}))),
        Redriven { used, left: 0, next: None },
        "and change nothing where they are"
    );
    assert_eq!(aws.phase(), Phase::Complete);
}

#[test]
fn what_is_too_old_leaves_the_archive_with_its_notes() {
    let aws = with_archive();
    let all = block_on(aws.memory.list("archive/")).unwrap();
    let day: Date = "2026-01-02".parse().unwrap();
    assert!(all.iter().any(|key| key.contains("2026-01-02")), "{all:?}");
    let expire = |before: Date| block_on(archive::expire(&*aws.memory, before)).unwrap();
    assert_eq!(expire(day), 0);
    assert_eq!(block_on(aws.memory.list("archive/")).unwrap(), all, "of this day");
    assert_eq!(expire(day.tomorrow().unwrap()), documents().len() as u64);
    assert_eq!(block_on(aws.memory.list("archive/")).unwrap(), Vec::<String>::new());
}

#[test]
fn nothing_is_kept_without_an_archive() {
    let aws = Aws::new();
    aws.take(&kinesis(&documents()));
    assert_eq!(block_on(aws.memory.list("archive/")).unwrap(), Vec::<String>::new());
    assert_eq!(aws.redrive(replay(json!({}))), Redriven::default());
}

#[test]
fn a_call_says_where_the_next_one_goes_on() {
    let other = with_the_archive_of(&with_archive());
    let (mut calls, mut used, mut more) = (0, 0, json!({ "limit": 3 }));
    loop {
        let redriven = other.redrive(replay(more));
        (calls, used) = (calls + 1, used + redriven.used);
        assert!(redriven.used <= 3);
        let Some(next) = redriven.next else { break };
        more = json!({ "limit": 3, "after": next });
    }
    assert_eq!(used, documents().len() as u64);
    assert!(calls > documents().len() / 3, "{calls} calls");
    let short = Aws { left: Duration::ZERO, ..with_the_archive_of(&with_archive()) };
    let none = short.redrive(replay(json!({})));
    assert_eq!((none.used, none.left), (0, 0), "there is no time for any");
    assert!(none.next.is_some());
}

#[test]
fn a_document_that_is_gone_or_broken_costs_the_others_nothing() {
    let other = with_the_archive_of(&with_archive());
    let keys = block_on(other.memory.list("archive/documents/")).unwrap();
    let of = |ending: &str, number: usize| keys.iter().filter(|key| key.ends_with(ending)).nth(number).unwrap();
    block_on(other.memory.remove(of(".document", 0))).unwrap();
    block_on(other.memory.put(of(".json", 1), b"{")).unwrap();
    let used = documents().len() as u64 - 2;
    assert_eq!(other.redrive(replay(json!({}))), Redriven { used, left: 2, next: None });
}
