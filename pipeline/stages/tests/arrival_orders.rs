//! Whatever the order in which a contact's deliveries arrive, and however often each, the current rows are the same in the
//! end, and the model is asked no more often than there are inputs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use aftercall_stages::route::Trigger;
use aftercall_stages::testkit::Memory;
use aftercall_stages::testkit::sample::documents;
use aftercall_stages::testkit::world::World;
use pollster::block_on;
use proptest::prelude::*;
use serde_json::Value;

/// Delivers documents in an order; after each the contact goes as far as it can, as it would on AWS.
fn rows_after(order: &[usize]) -> Value {
    let documents = documents();
    let world = World::new(Arc::new(Memory::default()));
    block_on(async {
        for index in order {
            world.deliver(&documents[*index]).await.unwrap();
            world.clock.advance(Duration::from_secs(1));
            world.advance(Trigger::Due).await.unwrap();
        }
        world.advance(Trigger::BatchEnded).await.unwrap();
        let calls = world.model.calls.load(Ordering::SeqCst) as usize;
        // Every input may ask for both summaries.
        assert!(calls <= documents.len(), "{calls} model calls for {} inputs in order {order:?}", documents.len());
        world.current_rows().await
    })
}

fn check(order: &[usize], expected: &Value) {
    let rows = rows_after(order);
    assert_eq!(&rows, expected, "order {order:?}");
}

fn in_order() -> Value {
    rows_after(&(0..documents().len()).collect::<Vec<_>>())
}

#[test]
fn the_rows_are_those_of_the_best_sources() {
    let rows = in_order();
    let turns = rows["turns"].as_array().unwrap();
    assert_eq!(turns.len(), 6, "the bot's leg and the agent's");
    let said: Vec<_> = turns.iter().map(|turn| turn["content"].as_str().unwrap()).collect();
    assert!(said.contains(&"Thanks for calling, this is [PII]."), "the redacted twin counts: {said:?}");
    assert_eq!(turns[3]["begin_offset_ms"], 60_000, "the agent's leg begins when the agent was connected");
    let contact = &rows["contact"];
    assert_eq!(contact["use_cases"], serde_json::json!(["UC1", "UC2"]));
    assert_eq!(contact["agent_after_contact_work_duration_ms"], 45_000, "the newest record counts");
    assert_eq!(contact["alignment"], "aligned");
}

#[test]
fn all_orders_of_the_main_deliveries() {
    // A segment, its end, both twins, a record, the bot's leg: every permutation.
    let expected = {
        let rest = [0, 2, 3, 7, 8];
        let order: Vec<_> = [1, 4, 5, 6, 9, 10].into_iter().chain(rest).collect();
        rows_after(&order)
    };
    let mut orders = vec![vec![]];
    for _ in 0..6 {
        orders = orders
            .into_iter()
            .flat_map(|order: Vec<usize>| {
                let left = [1, 4, 5, 6, 9, 10].into_iter().filter(|index| !order.contains(index)).collect::<Vec<_>>();
                left.into_iter().map(move |index| order.iter().copied().chain([index]).collect::<Vec<_>>())
            })
            .collect();
    }
    assert_eq!(orders.len(), 720);
    for order in orders {
        let order: Vec<_> = order.into_iter().chain([0, 2, 3, 7, 8]).collect();
        check(&order, &expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn random_orders_with_everything_twice(order in Just((0..11).chain(0..11).collect::<Vec<usize>>()).prop_shuffle()) {
        check(&order, &in_order());
    }
}
