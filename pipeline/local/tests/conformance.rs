//! The embedded adapters mean what all adapters mean, also while their writes are batched and after the file was opened
//! anew.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use aftercall_core::contact::ReadyRules;
use aftercall_local::folder::Folder;
use aftercall_local::objects::LocalObjects;
use aftercall_local::store::Store;
use aftercall_stages::testkit::{conformance, conformance_erasure};
use pollster::block_on;

fn with_store(check: impl Fn(&Store)) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("a.sqlite"), ReadyRules::default()).unwrap();
    check(&store);
    let batched = Store::open(&folder.path().join("b.sqlite"), ReadyRules::default()).unwrap();
    batched.batched(|| check(&batched)).unwrap();
}

#[test]
fn contact_tables() {
    with_store(|store| block_on(conformance::contact_tables(store)));
}

#[test]
fn results() {
    with_store(|store| block_on(conformance::results(store)));
}

#[test]
fn recordings() {
    with_store(|store| block_on(conformance::recordings(store)));
}

#[test]
fn quarantine() {
    with_store(|store| block_on(conformance::quarantine(store)));
}

#[test]
fn leases() {
    with_store(|store| block_on(conformance::leases(store)));
}

#[test]
fn spending() {
    with_store(|store| block_on(conformance::spending(store)));
}

#[test]
fn objects() {
    with_store(|store| {
        let folder = tempfile::tempdir().unwrap();
        let folder = Folder::open(folder.path()).unwrap();
        block_on(conformance::objects(&folder));
        let other = tempfile::tempdir().unwrap();
        let other = Folder::open(other.path()).unwrap();
        block_on(conformance::objects(&LocalObjects { store, folder: &other }));
    });
}

#[test]
fn litter_of_killed_processes_is_removed_and_nothing_else() {
    let data = tempfile::tempdir().unwrap();
    let temporary = data.path().join(".tmp");
    std::fs::create_dir(&temporary).unwrap();
    let mut ended = std::process::Command::new("true").spawn().unwrap();
    let (ended_id, own) = (ended.id(), std::process::id());
    ended.wait().unwrap();
    const MINUTE: u64 = 60;
    let files = [
        (format!("{ended_id}-0"), 2 * MINUTE, !cfg!(target_os = "linux")),
        (format!("{ended_id}-1"), 0, true),
        (format!("{own}-0"), 2 * MINUTE, true),
        (format!("{own}-1"), 2 * 24 * 60 * MINUTE, false),
        ("notes-of-mine".to_owned(), 2 * 24 * 60 * MINUTE, true),
    ];
    for (name, age, _) in &files {
        let file = std::fs::File::create(temporary.join(name)).unwrap();
        file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(*age)).unwrap();
    }
    Folder::open(data.path()).unwrap();
    for (name, _, stays) in &files {
        assert_eq!(temporary.join(name).exists(), *stays, "{name}");
    }
}

#[test]
fn an_object_may_grow_and_shrink() {
    use aftercall_stages::ports::Objects;
    with_store(|store| {
        let folder = tempfile::tempdir().unwrap();
        let folder = Folder::open(folder.path()).unwrap();
        let objects = LocalObjects { store, folder: &folder };
        for size in [10, 1_000_000, 10, 70_000, 0] {
            let bytes = vec![b'x'; size];
            block_on(objects.put("conversations/a", &bytes)).unwrap();
            assert_eq!(block_on(objects.get("conversations/a")).unwrap(), Some(bytes), "of {size} bytes");
            assert_eq!(block_on(objects.list("conversations/")).unwrap(), ["conversations/a"]);
        }
        block_on(objects.remove("conversations/a")).unwrap();
        assert_eq!(
            block_on(objects.get("conversations/a")).unwrap(),
            None,
            "neither the small nor the large one is left"
        );
    });
}

#[test]
fn what_was_written_is_there_after_opening_anew() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.sqlite");
    let open = || Store::open(&file, ReadyRules::default()).unwrap();
    block_on(conformance::quarantine(&open()));
    assert_eq!(block_on(aftercall_stages::ports::Quarantine::list(&open())).unwrap().len(), 1);
}

#[test]
fn tables_of_the_version_before_get_what_they_lack() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.sqlite");
    let open = || Store::open(&file, ReadyRules::default()).unwrap();
    block_on(conformance::quarantine(&open()));
    let before = rusqlite::Connection::open(&file).unwrap();
    before.execute_batch("DROP TABLE leases; DROP TABLE spending; PRAGMA user_version = 1;").unwrap();
    drop(before);
    block_on(conformance::leases(&open()));
    block_on(conformance::spending(&open()));
    assert_eq!(block_on(aftercall_stages::ports::Quarantine::list(&open())).unwrap().len(), 1, "nothing is lost");
}

#[test]
fn tables_of_a_newer_program_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.sqlite");
    rusqlite::Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = Store::open(&file, ReadyRules::default()).unwrap_err().to_string();
    assert!(error.contains("version 99") && error.contains("a.sqlite"), "{error}");
}

#[test]
fn erasure() {
    with_store(|store| block_on(conformance_erasure::erasure(store)));
}

#[test]
fn proposals() {
    use aftercall_local::proposals::ObjectProposals;
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("a.sqlite"), ReadyRules::default()).unwrap();
    let folder = Folder::open(folder.path()).unwrap();
    let objects = LocalObjects { store: &store, folder: &folder };
    block_on(aftercall_voice::testkit::proposals_conform(&ObjectProposals(&objects))).unwrap();
}

#[test]
fn proposals_of_an_erased_contact_go_with_it() {
    use aftercall_local::proposals::ObjectProposals;
    use aftercall_voice::learning::{Entry, Proposal, Proposals};
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("a.sqlite"), ReadyRules::default()).unwrap();
    let folder = Folder::open(folder.path()).unwrap();
    let objects = LocalObjects { store: &store, folder: &folder };
    let proposals = ObjectProposals(&objects);
    let number = std::cell::Cell::new(0);
    let keep = async |contact: &aftercall_schemas::ContactKey| {
        number.set(number.get() + 1);
        let proposal = Proposal {
            id: format!("p{}", number.get()),
            contact: contact.to_string(),
            locale: None,
            question: "How much data?".to_owned(),
            answer: "Twenty gigabytes a month.".to_owned(),
            citations: Vec::new(),
        };
        assert!(proposals.put_if_absent(&Entry::new(proposal, &[])).await.unwrap());
    };
    block_on(conformance_erasure::kept_elsewhere(&proposals, keep));
}
