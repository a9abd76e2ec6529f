//! The crash matrix over memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::sync::Arc;

use aftercall_stages::testkit::Memory;
use aftercall_stages::testkit::crash_matrix::{DISTURBANCES, every_call};
use pollster::block_on;

#[test]
fn a_disturbance_of_any_call_changes_nothing() {
    for disturbance in DISTURBANCES {
        let disturbed = block_on(every_call(
            || async {
                let memory = Arc::new(Memory::default());
                (Arc::clone(&memory), memory)
            },
            disturbance,
        ));
        assert!(disturbed > 30, "only {disturbed} calls were disturbed");
    }
}
