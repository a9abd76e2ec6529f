//! Every port call of a contact's way fails once, before or after it did its work; then everything is delivered again, as
//! Lambda would. The rows are those of an undisturbed run, and no model call is repeated whose answer was kept.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

mod common;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use aftercall_core::error::Result;
use aftercall_stages::route::Trigger;
use aftercall_stages::testkit::{Failing, Memory, Point};
use common::{Ports, World, documents};
use pollster::block_on;

async fn all_the_way<P: Ports>(world: &World<P>) -> Result<()> {
    for document in documents() {
        world.deliver(&document).await?;
    }
    world.advance(Trigger::BatchEnded).await.map(drop)
}

#[test]
fn a_failure_at_any_call_changes_nothing() {
    let undisturbed = World::new(Arc::new(Memory::default()));
    block_on(all_the_way(&undisturbed)).unwrap();
    let expected = block_on(undisturbed.current_rows());
    let calls_expected = undisturbed.model.calls.load(Ordering::SeqCst);

    let mut disturbed = 0;
    for point in [Point::Before, Point::After] {
        for fail_at in 0.. {
            let memory = Arc::new(Memory::default());
            let failing = World::new(Arc::new(Failing::new(Arc::clone(&memory), fail_at, point)));
            if block_on(all_the_way(&failing)).is_ok() {
                assert!(failing.ports.calls() <= fail_at, "a failure was swallowed at call {fail_at}");
                break;
            }
            disturbed += 1;
            // The one that redelivers knows nothing of the first attempt but what is stored.
            let again = World { ports: memory, clock: failing.clock, model: failing.model };
            block_on(all_the_way(&again)).unwrap();
            assert_eq!(block_on(again.current_rows()), expected, "{point:?} call {fail_at}");
            let calls = again.model.calls.load(Ordering::SeqCst);
            assert!(calls <= calls_expected + 1, "{calls} model calls after a failure {point:?} call {fail_at}");
        }
    }
    assert!(disturbed > 60, "only {disturbed} calls were disturbed");
}
