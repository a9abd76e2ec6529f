//! Every port call of a contact's way is disturbed once: it fails, or the process dies there, before or after the call did
//! its work. Then everything is delivered again, as Lambda would. Every adapter runs this.

#![allow(clippy::expect_used, reason = "a check that does not hold panics: that is what it is for")]

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use aftercall_core::error::Result;

use crate::ports::Objects;
use crate::route::Trigger;
use crate::testkit::failing::{Disturbance, Failing, Fault, Point};
use crate::testkit::sample::documents;
use crate::testkit::world::{Ports, World};

/// What can happen to a call.
pub const DISTURBANCES: [(Point, Fault); 4] = [
    (Point::Before, Fault::Fails),
    (Point::After, Fault::Fails),
    (Point::Before, Fault::Dies),
    (Point::After, Fault::Dies),
];

/// Messages of a dead process come again after longer than its lease lives.
const UNTIL_REDELIVERED: Duration = Duration::from_secs(400);

async fn all_the_way<P: Ports, O: Objects>(world: &World<P, O>) -> Result<()> {
    for document in documents() {
        world.deliver(&document).await?;
    }
    world.advance(Trigger::BatchEnded).await.map(drop)
}

/// Disturbs every call in one way, each over adapters of its own that are empty. The rows are those of an undisturbed run,
/// and no model call is repeated whose answer was kept. Returns how many calls were disturbed; panics with what does not hold.
pub async fn every_call<P, O, Made>(fresh: impl Fn() -> Made, (point, fault): (Point, Fault)) -> u64
where
    P: Ports,
    O: Objects,
    Made: Future<Output = (Arc<P>, Arc<O>)>,
{
    let (ports, objects) = fresh().await;
    let undisturbed = World::over(ports, objects);
    all_the_way(&undisturbed).await.expect("nothing disturbs it");
    let expected = undisturbed.current_rows().await;
    let calls_expected = undisturbed.model.calls.load(Ordering::SeqCst);

    let mut at = 0;
    loop {
        let (ports, objects) = fresh().await;
        let disturbance = Disturbance::new(at, point, fault);
        let disturbed = World::over(
            Arc::new(Failing::sharing(Arc::clone(&ports), &disturbance)),
            Arc::new(Failing::sharing(Arc::clone(&objects), &disturbance)),
        );
        if let Some(Ok(())) = disturbance.until_dead(all_the_way(&disturbed)).await {
            assert!(disturbance.calls() <= at, "a disturbance was swallowed: {point:?} {fault:?} call {at}");
            return at;
        }
        disturbed.clock.advance(UNTIL_REDELIVERED);
        // The one that redelivers knows nothing of the first attempt but what is stored.
        let again = World { ports, objects, clock: disturbed.clock, model: disturbed.model };
        all_the_way(&again).await.expect("nothing disturbs the second time");
        assert_eq!(again.current_rows().await, expected, "{point:?} {fault:?} call {at}");
        let calls = again.model.calls.load(Ordering::SeqCst);
        assert!(calls <= calls_expected + 1, "{calls} model calls: {point:?} {fault:?} call {at}");
        at += 1;
    }
}
