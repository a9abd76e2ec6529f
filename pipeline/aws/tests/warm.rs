//! Each bucket has a host name of its own, so each that a function uses gets a connection of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]
#![cfg(all(feature = "s3", feature = "bedrock"))]

#[path = "common/stand_in.rs"]
mod stand_in;

use aftercall_aws::config::{Deadlines, warm};
use aftercall_aws::s3::{BucketNames, Bucketed, Zone};
use serde_json::Value;
use stand_in::{Reply, StandIn};

#[tokio::test]
async fn a_connection_goes_to_the_bucket_that_is_used() {
    let stand_in = StandIn::start(|_, _| Reply::ok(Value::Null));
    let config = stand_in.config(&Deadlines::default()).await;
    let names = BucketNames {
        raw: "the-raw".into(),
        archive: None,
        analysis: "the-analysis".into(),
        warehouse: "the-lake".into(),
    };
    let objects = Bucketed::new(&config, names);
    warm(vec![objects.warm_at(Zone::Raw), objects.warm_at(Zone::Warehouse), objects.warm()]).await;
    let mut paths: Vec<String> = stand_in.sent().into_iter().map(|sent| sent.path).collect();
    paths.sort();
    let buckets: Vec<&str> = paths.iter().map(|path| path.split('/').nth(1).unwrap()).collect();
    assert_eq!(buckets, ["the-analysis", "the-lake", "the-raw"]);
}
