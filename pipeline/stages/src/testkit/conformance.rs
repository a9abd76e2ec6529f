//! What each port means, as checks that every adapter runs. Each function wants an adapter that is fresh and empty, and
//! panics with the sentence that does not hold.

#![allow(clippy::expect_used, reason = "a check that does not hold panics: that is what it is for")]

use std::collections::BTreeMap;

use aftercall_core::contact::{Arrival, ContactState, ReadyReason};
use aftercall_schemas::events::{ContactRouted, Insight, ResultKept};
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_schemas::results::{Finding, Measures, Outcome, Processing, StageResult};
use aftercall_schemas::{ContactKey, RevisionKey, Stage};
use jiff::Timestamp;
use jiff::civil::{Date, date};

use crate::ports::{
    Accepted, Announce, Attempt, Claim, Contacts, Input, Inputs, Jobs, Leases, Objects, OpenContacts, Published,
    PublishedIndex, Quarantine, Recordings, Results, Spending, Version, Written,
};

/// Contacts, inputs and the two indexes that live with them.
pub trait ContactTables: Contacts + Inputs + OpenContacts + PublishedIndex {}
impl<T: Contacts + Inputs + OpenContacts + PublishedIndex> ContactTables for T {}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_767_323_045_000 + millis).expect("a moment of the test")
}

fn key(contact_id: &str) -> ContactKey {
    ContactKey::new("i-1", contact_id)
}

fn input(digest: &str) -> Input {
    Input {
        digest: digest.into(),
        origin: "a.json".into(),
        arrived_at: at(0),
        body: b"{\"text\":\"\xC3\xA9\"}".to_vec(),
    }
}

fn collecting() -> ContactState {
    ContactState::arrived(None, Arrival { ends: false, is_record: false, at: at(0) })
}

fn finished(revision_key: &str, published: Option<i64>) -> ContactState {
    let state =
        collecting().batch_ended(at(0)).assembled(RevisionKey(revision_key.into()), Vec::new(), BTreeMap::new(), at(0));
    match published {
        Some(millis) => state.published(1, at(millis)),
        None => state,
    }
}

/// The contacts and segments tables and their indexes.
pub async fn contact_tables(tables: &dyn ContactTables) {
    assert!(Contacts::load(tables, &key("c")).await.expect("load").is_none(), "a contact never seen is not there");
    assert_eq!(
        Contacts::save(tables, &key("c"), &collecting(), Version(1)).await.expect("save"),
        Written::Conflict,
        "a contact that is not there cannot be saved over"
    );

    let accept = async |contact: &str, digest: &str, state: &ContactState, expected: Option<Version>| {
        tables.accept(&key(contact), &input(digest), state, expected).await.expect("accept")
    };
    assert_eq!(accept("c", "d1", &collecting(), Some(Version(7))).await, Accepted::Conflict);
    assert!(Inputs::list(tables, &key("c")).await.expect("list").is_empty(), "a conflict writes no input");
    assert_eq!(accept("c", "d1", &collecting(), None).await, Accepted::New);
    let stored = tables.load(&key("c")).await.expect("load").expect("the contact is there");
    assert_eq!(stored.state, collecting(), "the state comes back as it was written");
    assert_eq!(accept("c", "d1", &finished("r", None), Some(stored.version)).await, Accepted::Duplicate);
    let again = tables.load(&key("c")).await.expect("load").expect("the contact is there");
    assert_eq!(again, stored, "a duplicate leaves the state as it was");
    assert_eq!(accept("c", "d2", &collecting(), None).await, Accepted::Conflict, "the contact is not new any more");
    assert_eq!(accept("c", "d0", &collecting(), Some(stored.version)).await, Accepted::New);
    let listed = Inputs::list(tables, &key("c")).await.expect("list");
    assert_eq!(listed, vec![input("d0"), input("d1")], "inputs come back whole, by digest");
    assert!(
        Inputs::list(tables, &ContactKey::new("i-2", "c")).await.expect("list").is_empty(),
        "the same contact id in another instance is another contact"
    );

    assert_eq!(
        tables.save(&key("c"), &finished("r", None), stored.version).await.expect("save"),
        Written::Conflict,
        "an old version loses"
    );
    let stored = tables.load(&key("c")).await.expect("load").expect("the contact is there");
    assert_eq!(
        tables.save(&key("c"), &collecting().batch_ended(at(1)), stored.version).await.expect("save"),
        Written::Yes
    );
    let stored = tables.load(&key("c")).await.expect("load").expect("the contact is there");
    assert_eq!(
        stored.state.collection,
        aftercall_core::contact::Collection::Ready(ReadyReason::BatchEnded),
        "the newest state counts"
    );

    open_contacts(tables).await;
    published_index(tables).await;
}

async fn open_contacts(tables: &dyn ContactTables) {
    for contact in ["b", "a"] {
        tables.accept(&key(contact), &input("d"), &collecting(), None).await.expect("accept");
    }
    let open = async |due: i64, after: Option<&str>, limit: usize| -> Vec<String> {
        let after = after.map(key);
        let found = tables.open(at(due), after.as_ref(), limit).await.expect("open");
        found.into_iter().map(|contact| contact.contact_id).collect()
    };
    let later = 3_600_000;
    assert_eq!(open(later, None, 10).await, ["a", "b", "c"], "open contacts come in the order of their keys");
    assert_eq!(open(later, None, 2).await, ["a", "b"], "no more than asked for");
    assert_eq!(open(later, Some("a"), 10).await, ["b", "c"], "after the one named");
    assert_eq!(open(0, None, 10).await, ["c"], "a contact that only waits is not due yet");
    let stored = tables.load(&key("a")).await.expect("load").expect("the contact is there");
    tables.save(&key("a"), &finished("r", Some(5)), stored.version).await.expect("save");
    assert_eq!(open(later, None, 10).await, ["b", "c"], "a published contact is not open");
}

async fn published_index(tables: &dyn ContactTables) {
    let stored = tables.load(&key("b")).await.expect("load").expect("the contact is there");
    tables.save(&key("b"), &finished("r", Some(5)), stored.version).await.expect("save");
    let stored = tables.load(&key("c")).await.expect("load").expect("the contact is there");
    tables.save(&key("c"), &finished("r2", Some(9)), stored.version).await.expect("save");
    let published = async |from: i64, to: i64, after: Option<&Published>, limit: usize| {
        tables.published(at(from), at(to), after, limit).await.expect("published")
    };
    let ids = |entries: &[Published]| entries.iter().map(|entry| entry.contact.contact_id.clone()).collect::<Vec<_>>();
    let all = published(0, 100, None, 10).await;
    assert_eq!(ids(&all), ["a", "b", "c"], "by time, then by key");
    assert_eq!(all.last().map(|entry| (entry.revision, entry.revision_key.0.as_str())), Some((1, "r2")));
    assert_eq!(ids(&published(0, 9, None, 10).await), ["a", "b"], "the end of a window is not part of it");
    assert_eq!(ids(&published(5, 100, None, 10).await), ["a", "b", "c"], "its begin is");
    assert_eq!(ids(&published(0, 100, all.first(), 10).await), ["b", "c"], "after the one named");
    assert_eq!(ids(&published(0, 100, None, 1).await), ["a"], "no more than asked for");
    let ever = tables.published(Timestamp::MIN, Timestamp::MAX, None, 10).await.expect("published");
    assert_eq!(ids(&ever), ["a", "b", "c"], "the first dump asks for everything since the beginning of time");
    // Saving a published contact again must not publish it again.
    let stored = tables.load(&key("c")).await.expect("load").expect("the contact is there");
    tables.save(&key("c"), &stored.state, stored.version).await.expect("save");
    assert_eq!(published(0, 100, None, 10).await.len(), 3, "a revision is published once");
}

/// The results table.
pub async fn results(results: &dyn Results) {
    let result = |stage: Stage, version: &str, turns: i64| StageResult {
        contact: key("c"),
        revision_key: RevisionKey("r".into()),
        stage,
        stage_version: version.into(),
        outcome: Outcome::Found(Box::new(Finding::Measures(Measures {
            total_conversation_duration_millis: Some(turns),
            ..Measures::default()
        }))),
        processing: Processing { finished_at: Some(at(1)), cost_usd: Some(0.25), ..Processing::default() },
    };
    let first = result(Stage::Measures, "1", 1);
    assert!(results.put_if_absent(&first).await.expect("put"), "a new result is written");
    assert!(!results.put_if_absent(&result(Stage::Measures, "1", 2)).await.expect("put"), "the first result stays");
    assert!(results.put_if_absent(&result(Stage::Measures, "2", 3)).await.expect("put"), "another version is another");
    assert!(results.put_if_absent(&result(Stage::FirstResponse, "1", 4)).await.expect("put"));
    let revision = RevisionKey("r".into());
    let got = results.get(&key("c"), &revision, Stage::Measures, "1").await.expect("get");
    assert_eq!(got, Some(first), "a result comes back whole");
    assert_eq!(results.get(&key("c"), &revision, Stage::Measures, "3").await.expect("get"), None);
    let listed = results.list(&key("c"), &revision).await.expect("list");
    assert_eq!(listed.len(), 3, "all versions of all stages");
    assert!(!results.replace_failed(&result(Stage::Measures, "1", 5)).await.expect("replace"), "it has not failed");
    assert!(!results.replace_failed(&result(Stage::Measures, "4", 5)).await.expect("replace"), "there is none");
    let failed = Outcome::Failed { reason: "it timed out".into() };
    let failed = StageResult { outcome: failed, ..result(Stage::Sentiment, "1", 0) };
    assert!(results.put_if_absent(&failed).await.expect("put"));
    let better = result(Stage::Sentiment, "1", 6);
    assert!(results.replace_failed(&better).await.expect("replace"), "one that failed makes room");
    assert!(!results.replace_failed(&failed).await.expect("replace"), "one that found something stays");
    let got = results.get(&key("c"), &revision, Stage::Sentiment, "1").await.expect("get");
    assert_eq!(got, Some(better));
    let remove = async |stage: Stage, version: &str| {
        results.remove_failed(&key("c"), &revision, stage, version).await.expect("remove")
    };
    assert!(!remove(Stage::Sentiment, "1").await, "one that found something is not removed");
    assert!(!remove(Stage::Sentiment, "5").await, "there is none");
    assert!(results.put_if_absent(&StageResult { stage_version: "5".into(), ..failed }).await.expect("put"));
    assert!(remove(Stage::Sentiment, "5").await, "one that failed is");
    assert!(!remove(Stage::Sentiment, "5").await, "once");
    assert!(
        results.put_if_absent(&result(Stage::Sentiment, "5", 7)).await.expect("put"),
        "and there is room for another"
    );
    assert!(results.list(&key("c"), &RevisionKey("s".into())).await.expect("list").is_empty());
    assert!(results.list(&ContactKey::new("i-2", "c"), &revision).await.expect("list").is_empty());

    let attempt = Attempt {
        contact: key("c"),
        revision_key: revision,
        stage: Stage::AgentSummary,
        at: at(3),
        error: "throttled".into(),
    };
    results.note_attempt(&attempt).await.expect("note");
    assert_eq!(results.attempts(&key("c")).await.expect("attempts"), vec![attempt]);
    assert!(results.attempts(&key("d")).await.expect("attempts").is_empty());
}

/// The index of recordings.
pub async fn recordings(recordings: &dyn Recordings) {
    let find = async |name: &str, claim: Claim| recordings.find(name, claim).await.expect("find");
    assert!(find("bucket/a.wav", Claim::Owns).await.is_empty());
    recordings.note("bucket/a.wav", Claim::Owns, &key("c")).await.expect("note");
    recordings.note("bucket/a.wav", Claim::Owns, &key("c")).await.expect("noting twice is harmless");
    recordings.note("bucket/a.wav", Claim::Waits, &key("transcribe:a")).await.expect("note");
    assert_eq!(find("bucket/a.wav", Claim::Owns).await, [key("c")]);
    assert_eq!(find("bucket/a.wav", Claim::Waits).await, [key("transcribe:a")]);
    recordings.note("bucket/a.wav", Claim::Owns, &key("b")).await.expect("note");
    assert_eq!(find("bucket/a.wav", Claim::Owns).await, [key("b"), key("c")], "all of them, by key");
    assert!(find("bucket/b.wav", Claim::Owns).await.is_empty(), "another recording is another");
}

/// Objects.
pub async fn objects(objects: &dyn Objects) {
    assert_eq!(objects.get("a/b").await.expect("get"), None);
    objects.put("a/b", b"1").await.expect("put");
    objects.put("a/c%3A/d", b"").await.expect("put");
    objects.put("ab", b"3").await.expect("put");
    assert_eq!(objects.get("a/b").await.expect("get").as_deref(), Some(&b"1"[..]));
    assert_eq!(objects.get("a/c%3A/d").await.expect("get").as_deref(), Some(&b""[..]), "an empty object is there");
    objects.put("a/b", b"22").await.expect("put");
    assert_eq!(objects.get("a/b").await.expect("get").as_deref(), Some(&b"22"[..]), "the last write counts");
    assert_eq!(objects.list("a/").await.expect("list"), ["a/b", "a/c%3A/d"], "by key, and only below the prefix");
    assert_eq!(objects.list("").await.expect("list").len(), 3);
    assert!(objects.list("nothing/").await.expect("list").is_empty());
    assert!(objects.put_if_absent("b/once", b"1").await.expect("put"), "nobody was there before");
    assert!(!objects.put_if_absent("b/once", b"2").await.expect("put"), "the first one stays");
    assert_eq!(objects.get("b/once").await.expect("get").as_deref(), Some(&b"1"[..]));
    objects.remove("a/b").await.expect("remove");
    objects.remove("a/b").await.expect("removing what is not there is harmless");
    assert_eq!(objects.get("a/b").await.expect("get"), None);
}

/// The quarantine table.
pub async fn quarantine(quarantine: &dyn Quarantine) {
    let entry = |id: &str, millis: i64| QuarantineEntry {
        quarantine_id: id.into(),
        reason: "not_json".into(),
        detail: "line 1".into(),
        origin: "a.json".into(),
        contact_id: None,
        instance_id: None,
        size_bytes: 3,
        quarantined_at: at(millis),
        attempts: 0,
    };
    assert!(quarantine.put_if_absent(&entry("x", 1)).await.expect("put"));
    assert!(!quarantine.put_if_absent(&entry("x", 9)).await.expect("put"), "the same input is one entry");
    assert!(quarantine.put_if_absent(&entry("y", 2)).await.expect("put"));
    quarantine.count_attempt("x").await.expect("count");
    let listed = quarantine.list().await.expect("list");
    assert_eq!(listed, vec![entry("y", 2), QuarantineEntry { attempts: 1, ..entry("x", 1) }], "newest first");
    let between = async |from: i64, to: i64, after: Option<&QuarantineEntry>, limit: usize| {
        let found = quarantine.between(at(from), at(to), after, limit).await.expect("between");
        found.into_iter().map(|entry| entry.quarantine_id).collect::<Vec<_>>()
    };
    assert_eq!(between(0, 9, None, 9).await, ["x", "y"], "oldest first");
    assert_eq!(between(1, 2, None, 9).await, ["x"], "the end is not part of it");
    assert_eq!(between(0, 9, Some(&entry("x", 1)), 9).await, ["y"], "after the one named");
    assert_eq!(between(0, 9, None, 1).await, ["x"], "no more than asked for");
    // Many of one moment, read in pages.
    for number in 0..30 {
        let many = entry(&format!("m{number:02}"), 20 + number / 20);
        assert!(quarantine.put_if_absent(&many).await.expect("put"));
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = quarantine.between(at(20), at(22), after.as_ref(), 7).await.expect("between");
        assert!(page.len() <= 7);
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        seen.extend(page.into_iter().map(|entry| entry.quarantine_id));
    }
    assert_eq!(seen, (0..30).map(|number| format!("m{number:02}")).collect::<Vec<_>>(), "by time, then by id");
    assert!(between(0, 9, None, 0).await.is_empty());
    for id in seen {
        quarantine.release(&id).await.expect("release");
    }
    quarantine.release("x").await.expect("release");
    quarantine.release("x").await.expect("releasing twice is harmless");
    assert_eq!(quarantine.list().await.expect("list").len(), 1);
}

/// Leases.
pub async fn leases(leases: &dyn Leases) {
    let take = async |name: &str, holder: &str, now: i64, until: i64| {
        leases.take(name, holder, at(now), at(until)).await.expect("take")
    };
    assert!(take("summary/a", "one", 0, 100).await, "a lease that nobody has is taken");
    assert!(!take("summary/a", "two", 50, 150).await, "what another holder has cannot be taken");
    assert!(take("summary/b", "two", 50, 150).await, "another lease is another");
    assert!(take("summary/a", "one", 60, 200).await, "the holder prolongs its own");
    assert!(!take("summary/a", "two", 150, 250).await, "and has it as long as it prolonged it");
    assert!(take("summary/a", "two", 200, 300).await, "a lease that has ended is anybody's");
    leases.give_back("summary/a", "one").await.expect("giving back what one has not is harmless");
    assert!(!take("summary/a", "one", 210, 300).await, "and takes it from nobody");
    leases.give_back("summary/a", "two").await.expect("give back");
    assert!(take("summary/a", "one", 220, 300).await, "a lease that was given back is anybody's");
}

/// What models have cost.
pub async fn spending(spending: &dyn Spending) {
    let (today, tomorrow) = (date(2026, 1, 2), date(2026, 1, 3));
    let reserve = async |day: Date, amount: i64| spending.reserve(day, amount, 100).await.expect("reserve");
    let spent = async |day: Date| spending.spent(day).await.expect("spent");
    let settled = async |day: Date| spending.settled(day).await.expect("settled");
    assert_eq!(spent(today).await, 0, "nothing has been spent on a day never seen");
    assert!(!reserve(today, 101).await, "more than the limit is never reserved");
    assert!(reserve(today, 60).await);
    assert_eq!(spent(today).await, 60, "what is reserved counts");
    assert!(!reserve(today, 41).await, "the sum stays within the limit");
    assert!(reserve(today, 40).await, "up to the limit itself");
    assert!(reserve(tomorrow, 100).await, "each day has its own sum");
    assert_eq!(settled(today).await, 0, "what is reserved is not spent yet");
    spending.settle(today, 60, 10).await.expect("settle");
    assert_eq!(spent(today).await, 50, "what it really was takes the place of what was reserved");
    assert_eq!(settled(today).await, 10);
    assert!(reserve(today, 50).await, "and makes room");
    spending.settle(today, 40, 45).await.expect("settle");
    assert_eq!(spent(today).await, 105, "what was really spent counts, also beyond the limit");
    assert_eq!((settled(today).await, settled(tomorrow).await), (55, 0));
    assert!(!reserve(today, 1).await);
}

/// Telling others. `heard` gives everything that a listener has heard by now, in any order and possibly more than once.
pub async fn announce(announce: &dyn Announce, heard: impl AsyncFn() -> (Vec<ContactRouted>, Vec<Insight>)) {
    announce.routed(&[]).await.expect("nothing to say is nothing said");
    announce.insights(&[]).await.expect("nothing to say is nothing said");
    // More than one call of any service holds.
    let routed: Vec<ContactRouted> = (0..23)
        .map(|number| ContactRouted {
            contact: key(&format!("c-{number:02}")),
            revision_key: RevisionKey("r".into()),
            use_cases: Vec::new(),
            stages: vec![Stage::Measures, Stage::CustomerSummary],
            conversation_key: format!("conversations/i-1/c-{number:02}/r.json"),
        })
        .collect();
    announce.routed(&routed).await.expect("routed");
    let insights: Vec<Insight> = (0..23)
        .map(|number| {
            Insight::ResultKept(ResultKept {
                contact: key(&format!("c-{number:02}")),
                revision_key: RevisionKey("r".into()),
                stage: Stage::Measures,
                stage_version: "1".into(),
                found: number % 2 == 0,
                finding: None,
            })
        })
        .collect();
    announce.insights(&insights).await.expect("insights");
    let (heard_routed, heard_insights) = heard().await;
    assert!(routed.iter().all(|message| heard_routed.contains(message)), "every message is heard, as it was sent");
    assert!(heard_routed.iter().all(|message| routed.contains(message)), "and no other");
    assert!(insights.iter().all(|insight| heard_insights.contains(insight)), "every insight is heard, as it was sent");
    assert!(heard_insights.iter().all(|insight| insights.contains(insight)), "and no other");
}

/// Jobs.
pub async fn jobs(jobs: &dyn Jobs) {
    let load = async |id: &str| Jobs::load(jobs, id).await.expect("load");
    let save = async |id: &str, body: &[u8], expected| jobs.save(id, body, expected, at(0)).await.expect("save");
    assert!(load("a").await.is_none(), "a job never seen is not there");
    assert_eq!(save("a", b"1", Some(Version(1))).await, Written::Conflict, "and cannot be saved over");
    assert_eq!(save("a", b"1", None).await, Written::Yes);
    assert_eq!(save("a", b"2", None).await, Written::Conflict, "a job begins once");
    let (body, first) = load("a").await.expect("the job is there");
    assert_eq!(body, b"1", "a conflict writes nothing");
    assert_eq!(save("a", b"{\"n\":\"\xC3\xA9\"}", Some(first)).await, Written::Yes);
    assert_eq!(save("a", b"4", Some(first)).await, Written::Conflict, "an old version loses");
    let (body, second) = load("a").await.expect("the job is there");
    assert_eq!((body.as_slice(), second > first), (&b"{\"n\":\"\xC3\xA9\"}"[..], true));
    assert!(load("b").await.is_none(), "each job is its own");
}
