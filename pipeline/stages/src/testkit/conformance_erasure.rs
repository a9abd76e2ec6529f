//! What erasing from the tables means, as checks that every adapter runs. The adapter is to be fresh and empty.

#![allow(clippy::expect_used, reason = "a check that does not hold panics: that is what it is for")]

use std::collections::BTreeMap;

use aftercall_core::contact::{Arrival, ContactState};
use aftercall_schemas::{ContactKey, RevisionKey};
use jiff::Timestamp;

use crate::ports::{
    Accepted, Claim, Contacts, Erase, Input, Inputs, KeptElsewhere, PublishedIndex, Recordings, RemovedRows,
};

/// Everything that knows of a contact.
pub trait ErasableTables: Contacts + Inputs + PublishedIndex + Recordings + Erase {}
impl<T: Contacts + Inputs + PublishedIndex + Recordings + Erase> ErasableTables for T {}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_767_323_045_000 + millis).expect("a moment of the test")
}

fn key(contact_id: &str) -> ContactKey {
    ContactKey::new("i-1", contact_id)
}

/// Erasing a contact leaves nothing but a tombstone, and nothing of its neighbours is touched.
pub async fn erasure(tables: &dyn ErasableTables) {
    let accept = async |contact: &ContactKey, digest: &str, published: bool| {
        let before = tables.load(contact).await.expect("load");
        let arrived = ContactState::arrived(
            before.as_ref().map(|stored| stored.state.clone()),
            Arrival { ends: true, is_record: false, at: at(0) },
        );
        let state = arrived.assembled(RevisionKey(digest.into()), Vec::new(), BTreeMap::new(), at(0));
        let state = if published { state.published(1, at(1)) } else { state };
        let input = Input { digest: digest.into(), origin: "a.json".into(), arrived_at: at(0), body: b"{}".to_vec() };
        tables.accept(contact, &input, &state, before.map(|stored| stored.version)).await.expect("accept")
    };
    for contact in ["c", "d"] {
        assert_eq!(accept(&key(contact), "d1", true).await, Accepted::New);
    }
    let pointer = key("transcribe:c");
    assert_eq!(accept(&pointer, "p1", false).await, Accepted::New);
    let stored = tables.load(&pointer).await.expect("load").expect("it is there");
    tables.save(&pointer, &stored.state.moved(key("c"), at(2)), stored.version).await.expect("save");
    tables.note("bucket/a.wav", Claim::Owns, &key("c")).await.expect("note");
    tables.note("bucket/a.wav", Claim::Waits, &pointer).await.expect("note");
    let (alone, attached) = (key("transcribe:alone"), key("transcribe:attached"));
    assert_eq!(accept(&alone, "a1", false).await, Accepted::New);
    for waits in [&alone, &attached] {
        tables.note("bucket/a.wav", Claim::Waits, waits).await.expect("note");
    }
    let pointers = tables.pointers_to(&key("c")).await.expect("pointers");
    assert_eq!(pointers, [attached, pointer], "what stood for it, and what never stood alone");
    assert!(tables.pointers_to(&key("d")).await.expect("pointers").is_empty());

    assert!(!tables.is_buried(&key("c")).await.expect("buried"));
    for _ in 0..2 {
        tables.bury(&key("c"), at(3)).await.expect("bury");
        assert!(tables.is_buried(&key("c")).await.expect("buried"));
    }
    assert!(!tables.is_buried(&key("d")).await.expect("buried"), "its neighbour lives");
    assert_eq!(accept(&key("c"), "d2", false).await, Accepted::Erased, "a tombstone refuses inputs");
    assert_eq!(tables.unpublish(&key("c")).await.expect("unpublish"), 1);
    assert_eq!(tables.unpublish(&key("c")).await.expect("unpublish"), 0, "doing it twice is doing it once");
    let left = tables.published(Timestamp::MIN, Timestamp::MAX, None, 10).await.expect("published");
    assert_eq!(left.iter().map(|entry| entry.contact.contact_id.as_str()).collect::<Vec<_>>(), ["d"]);
    let removed = tables.remove_rows(&key("c")).await.expect("remove");
    assert_eq!(removed, RemovedRows { inputs: 1, results: 0, attempts: 0, recordings: 1, states: 1 });
    assert_eq!(tables.remove_rows(&key("c")).await.expect("remove"), RemovedRows::default());
    assert!(tables.load(&key("c")).await.expect("load").is_none());
    assert!(Inputs::list(tables, &key("c")).await.expect("list").is_empty());
    assert!(tables.find("bucket/a.wav", Claim::Owns).await.expect("find").is_empty());
    assert_eq!(accept(&key("c"), "d1", false).await, Accepted::Erased, "the same input delivered again is refused");
    assert!(tables.load(&key("c")).await.expect("load").is_none(), "nothing comes back");
    assert_eq!(Inputs::list(tables, &key("d")).await.expect("list").len(), 1, "its neighbour is as it was");
}

/// Forgetting what is kept elsewhere leaves nothing of the contact and all of its neighbours. `keep` has something kept of a
/// contact, once a call.
pub async fn kept_elsewhere(elsewhere: &dyn KeptElsewhere, keep: impl AsyncFn(&ContactKey)) {
    let kept = async |contact: &str| elsewhere.kept_of(&key(contact)).await.expect("kept");
    let forget = async |contact: &str| elsewhere.forget(&key(contact)).await.expect("forget");
    assert_eq!((kept("c").await, forget("c").await), (0, 0), "nothing is kept of a contact that nobody has seen");
    for contact in ["c", "c", "d"] {
        keep(&key(contact)).await;
    }
    assert_eq!((kept("c").await, kept("d").await), (2, 1));
    assert_eq!(forget("c").await, 2);
    assert_eq!((kept("c").await, forget("c").await, kept("d").await), (0, 0, 1), "its neighbours stay");
}
