//! The crash matrix over SQLite and a folder.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aftercall_core::contact::ReadyRules;
use aftercall_local::folder::Folder;
use aftercall_local::store::Store;
use aftercall_stages::testkit::crash_matrix::{DISTURBANCES, every_call};
use pollster::block_on;

#[test]
fn a_disturbance_of_any_call_changes_nothing() {
    let root = tempfile::tempdir().unwrap();
    let count = AtomicU32::new(0);
    let fresh = || async {
        let folder = root.path().join(count.fetch_add(1, Ordering::Relaxed).to_string());
        std::fs::create_dir(&folder).unwrap();
        let store = Arc::new(Store::open(&folder.join("store.sqlite"), ReadyRules::default()).unwrap());
        (store, Arc::new(Folder::open(&folder).unwrap()))
    };
    for disturbance in DISTURBANCES {
        let disturbed = block_on(every_call(fresh, disturbance));
        assert!(disturbed > 30, "only {disturbed} calls were disturbed");
    }
}
