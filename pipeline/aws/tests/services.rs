//! What the AWS adapters do besides what all adapters do, against the emulator: large bodies, announcing, queues,
//! parameters, secrets, foreign buckets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]
#![cfg(all(
    feature = "dynamodb",
    feature = "s3",
    feature = "eventbridge",
    feature = "kinesis",
    feature = "sqs",
    feature = "ssm",
    feature = "secrets"
))]

mod common;

use std::time::Duration;

use aftercall_aws::announce::Bus;
use aftercall_aws::sqs::Queues;
use aftercall_core::contact::{Arrival, ContactState};
use aftercall_core::error::{ErrorKind, Retry};
use aftercall_schemas::events::{ContactRouted, Insight};
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_schemas::results::{Outcome, Processing, StageResult};
use aftercall_schemas::{ContactKey, RevisionKey, Stage};
use aftercall_stages::handle::import::{Fetch, Fetched};
use aftercall_stages::ports::{
    Accepted, Contacts, Input, Inputs, Objects, OpenContacts, Published, PublishedIndex, Quarantine, Results,
};
use aftercall_stages::testkit::conformance;
use aws_config::SdkConfig;
use aws_sdk_eventbridge::types::Target;
use aws_sdk_kinesis::types::ShardIteratorType;
use common::{emulator, emulator_config, fresh};
use jiff::Timestamp;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_767_323_045_000 + millis).unwrap()
}

fn collecting() -> ContactState {
    ContactState::arrived(None, Arrival { ends: false, is_record: false, at: at(0) })
}

fn input(body: Vec<u8>) -> Input {
    Input { digest: "d".into(), origin: "a.json".into(), arrived_at: at(0), body }
}

#[tokio::test]
async fn a_large_input_lies_in_the_raw_bucket() {
    let Some(stage) = emulator().await else { return };
    let contact = ContactKey::new("i", "lex:a/b");
    let large = input(vec![b'x'; 400 * 1024]);
    let accepted = stage.tables.accept(&contact, &large, &collecting(), None).await.unwrap();
    assert_eq!(accepted, Accepted::New);
    assert_eq!(Inputs::list(&stage.tables, &contact).await.unwrap(), [large]);
    let s3 =
        aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(&stage.config).force_path_style(true).build());
    s3.head_object().bucket(&stage.buckets.raw).key("inputs/i/lex%3Aa%2Fb/d").send().await.unwrap();
    let client = aws_sdk_dynamodb::Client::new(&stage.config);
    let items = client.scan().table_name(&stage.names.segments).send().await.unwrap().items.unwrap();
    let expires: i64 = items[0]["expires_at"].as_n().unwrap().parse().unwrap();
    assert_eq!(expires, at(0).as_second() + 30 * 86_400);
    let contacts = client.scan().table_name(&stage.names.contacts).send().await.unwrap().items.unwrap();
    assert_eq!(contacts[0]["pk"].as_s().unwrap(), "i/lex:a/b");
    assert_eq!(contacts[0]["phase"].as_s().unwrap(), "collecting");
    assert!(contacts[0]["open_shard"].is_s() && contacts[0]["wake_at"].is_n() && contacts[0]["version"].is_n());
}

fn failed_with(reason: String, revision: &str) -> StageResult {
    StageResult {
        contact: ContactKey::new("i", "c"),
        revision_key: RevisionKey(revision.into()),
        stage: Stage::AgentSummary,
        stage_version: "agent/1+a.model:0".into(),
        outcome: Outcome::Failed { reason },
        processing: Processing::default(),
    }
}

#[tokio::test]
async fn every_result_is_an_object_and_large_ones_only_that() {
    let Some(stage) = emulator().await else { return };
    let tables = &stage.tables;
    let (large, small) = (failed_with("x".repeat(600 * 1024), "a1"), failed_with("no".into(), "text-1"));
    for result in [&large, &small] {
        assert!(Results::put_if_absent(tables, result).await.unwrap());
        let got = Results::get(tables, &result.contact, &result.revision_key, result.stage, &result.stage_version);
        assert_eq!(got.await.unwrap().as_ref(), Some(result));
        let listed = Results::list(tables, &result.contact, &result.revision_key).await.unwrap();
        assert_eq!(&listed, std::slice::from_ref(result));
    }
    let keys = stage.objects.list("results/").await.unwrap();
    assert_eq!(keys.len(), 2);
    assert!(keys[0].starts_with("results/i/c/a1/agent-summary@agent%2F1%2Ba%2Emodel%3A0-"), "{keys:?}");
    let client = aws_sdk_dynamodb::Client::new(&stage.config);
    let mut items = client.scan().table_name(&stage.names.results).send().await.unwrap().items.unwrap();
    items.sort_by_key(|item| item["sk"].as_s().unwrap().clone());
    assert_eq!(items[0]["pk"].as_s().unwrap(), "i/c");
    assert_eq!(items[0]["sk"].as_s().unwrap(), "a1#agent-summary@agent/1+a.model:0");
    assert_eq!(items[0]["publishes"].as_s().unwrap(), "yes");
    assert!(!items[0].contains_key("body") && items[0].contains_key("object_key"));
    assert_eq!(items[1]["publishes"].as_s().unwrap(), "no", "what is kept for its text is not published");
    assert!(items[1].contains_key("body"));
}

#[tokio::test]
async fn open_contacts_come_in_pages_over_all_shards() {
    let Some(stage) = emulator().await else { return };
    let mut expected: Vec<String> = (0..60).map(|number| format!("c{number:03}")).collect();
    for contact in expected.iter().rev() {
        let key = ContactKey::new("i", contact);
        stage.tables.accept(&key, &input(b"{}".to_vec()), &collecting(), None).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut after: Option<ContactKey> = None;
    loop {
        let page = stage.tables.open(at(3_600_000), after.as_ref(), 7).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 7);
        after = Some(last.clone());
        seen.extend(page.into_iter().map(|contact| contact.contact_id));
    }
    expected.sort();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn publications_of_many_hours_come_in_pages_by_time() {
    let Some(stage) = emulator().await else { return };
    let tables = &stage.tables;
    let mut expected = Vec::new();
    for number in 0..12_i64 {
        let contact = ContactKey::new("i", format!("c{}", 11 - number));
        let published_at = at(number * 1_700_000);
        let state = collecting().batch_ended(at(0));
        let state = state.assembled(RevisionKey(format!("r{number}")), Vec::new(), Default::default(), at(0));
        let state = state.published(1, published_at);
        assert_eq!(tables.accept(&contact, &input(b"{}".to_vec()), &state, None).await.unwrap(), Accepted::New);
        expected.push((contact, published_at));
    }
    let mut seen: Vec<Published> = Vec::new();
    loop {
        let page = tables.published(Timestamp::MIN, Timestamp::MAX, seen.last(), 5).await.unwrap();
        assert!(page.len() <= 5);
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    let seen: Vec<_> = seen.into_iter().map(|entry| (entry.contact, entry.published_at)).collect();
    assert_eq!(seen, expected);
    let (from, to) = (expected[3].1, expected[9].1);
    assert_eq!(tables.published(from, to, None, 100).await.unwrap().len(), 6, "a window over hours");
}

#[tokio::test]
async fn quarantine_entries_go_with_their_bytes() {
    let Some(stage) = emulator().await else { return };
    let entry = |millis: i64| QuarantineEntry {
        quarantine_id: "q".into(),
        reason: "not_json".into(),
        detail: "line 1".into(),
        origin: "a.json".into(),
        contact_id: None,
        instance_id: None,
        size_bytes: 3,
        quarantined_at: at(millis),
        attempts: 0,
    };
    const KEPT: i64 = 30 * 86_400;
    assert!(Quarantine::put_if_absent(&stage.tables, &entry(0)).await.unwrap());
    let client = aws_sdk_dynamodb::Client::new(&stage.config);
    let items = client.scan().table_name(&stage.names.index).send().await.unwrap().items.unwrap();
    let number = |name: &str| items[0][name].as_n().unwrap().parse::<i64>().unwrap();
    assert_eq!(number("expires_at"), at(0).as_second() + KEPT);
    assert_eq!(number("quarantined_at"), at(0).as_millisecond());
    assert!(!Quarantine::put_if_absent(&stage.tables, &entry((KEPT - 1) * 1000)).await.unwrap());
    let again = entry(KEPT * 1000);
    assert!(Quarantine::put_if_absent(&stage.tables, &again).await.unwrap(), "the first one's time is over");
    assert_eq!(Quarantine::list(&stage.tables).await.unwrap(), [again]);
}

/// Sixteen workers take in eight inputs of one contact at once, each deciding again when it lost.
#[tokio::test]
async fn workers_at_one_contact_lose_nothing() {
    let Some(stage) = emulator().await else { return };
    let tables = &stage.tables;
    let contact = &ContactKey::new("i", "c");
    let work = async |number: u32| {
        // Two workers bring each input.
        let input = Input { digest: format!("d{}", number % 8), ..input(b"{}".to_vec()) };
        for _ in 0..200 {
            let stored = Contacts::load(tables, contact).await.unwrap();
            let expected = stored.as_ref().map(|stored| stored.version);
            let arrival = Arrival { ends: false, is_record: false, at: at(0) };
            let state = ContactState::arrived(stored.map(|stored| stored.state), arrival);
            match tables.accept(contact, &input, &state, expected).await.unwrap() {
                Accepted::New | Accepted::Duplicate => return,
                Accepted::Conflict => {}
                Accepted::Erased => panic!("nobody has erased it"),
            }
        }
        panic!("no end of conflicts");
    };
    futures_util::future::join_all((0..16).map(work)).await;
    assert_eq!(Inputs::list(tables, contact).await.unwrap().len(), 8);
    let stored = Contacts::load(tables, contact).await.unwrap().unwrap();
    assert_eq!((stored.state.inputs, stored.version.0), (8, 8), "each input is counted once");
}

#[tokio::test]
async fn keys_choose_their_bucket_and_lists_have_pages() {
    let Some(stage) = emulator().await else { return };
    let s3 =
        aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(&stage.config).force_path_style(true).build());
    let buckets = &stage.buckets;
    let archive = buckets.archive.as_ref().unwrap();
    for (key, bucket) in [
        ("quarantine/a", &buckets.raw),
        ("aws/lambda/a", &buckets.raw),
        ("inputs/a", &buckets.raw),
        ("warehouse/_manifests/a", &buckets.warehouse),
        ("conversations/a", &buckets.analysis),
        ("exchanges/a", &buckets.analysis),
        ("archive/documents/a", archive),
    ] {
        stage.objects.put(key, b"1").await.unwrap();
        s3.head_object().bucket(bucket).key(key).send().await.unwrap();
    }
    assert_eq!(stage.objects.list("").await.unwrap().len(), 7, "all buckets");
    for number in 0..1005 {
        stage.objects.put(&format!("many/{number:04}"), b"").await.unwrap();
    }
    let keys = stage.objects.list("many/").await.unwrap();
    assert_eq!(keys.len(), 1005);
    assert!(keys.is_sorted());
}

#[tokio::test]
async fn a_foreign_object_is_fetched_unless_it_is_too_large() {
    let Some(stage) = emulator().await else { return };
    stage.objects.put("conversations/a", b"12345").await.unwrap();
    let bucket = &stage.buckets.analysis;
    let check = async |key: &str, max_bytes: u64, expected: Fetched| {
        assert_eq!(stage.objects.fetch(bucket, key, max_bytes).await.unwrap(), expected);
    };
    check("conversations/a", 5, Fetched::Bytes(b"12345".to_vec())).await;
    check("conversations/a", 4, Fetched::TooLarge { size_bytes: 5 }).await;
    check("conversations/b", 4, Fetched::Gone).await;
    let refused = stage.objects.fetch("no-such-bucket", "a", 4).await.unwrap_err();
    assert_eq!(refused.retry, Retry::Never, "{refused}");
}

async fn queue(config: &SdkConfig, name: &str) -> String {
    let client = aws_sdk_sqs::Client::new(config);
    client.create_queue().queue_name(name).send().await.unwrap().queue_url.unwrap()
}

#[tokio::test]
async fn announce() {
    let Some(config) = emulator_config().await else { return };
    let name = fresh();
    let url = queue(&config, &name).await;
    let events = aws_sdk_eventbridge::Client::new(&config);
    events.create_event_bus().name(&name).send().await.unwrap();
    let pattern =
        r#"{"source":["aftercall"],"detail-type":["ContactRouted"],"detail":{"stages":["customer-summary"]}}"#;
    events.put_rule().name(&name).event_bus_name(&name).event_pattern(pattern).send().await.unwrap();
    let arn = format!("arn:aws:sqs:us-east-1:000000000000:{name}");
    let target = Target::builder().id("1").arn(arn).build().unwrap();
    events.put_targets().rule(&name).event_bus_name(&name).targets(target).send().await.unwrap();
    let kinesis = aws_sdk_kinesis::Client::new(&config);
    kinesis.create_stream().stream_name(&name).shard_count(1).send().await.unwrap();
    let active = async || {
        let stream = kinesis.describe_stream_summary().stream_name(&name).send().await.unwrap();
        stream.stream_description_summary.unwrap().stream_status.as_str() == "ACTIVE"
    };
    while !active().await {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    let bus = Bus::new(&config, &name, &name);
    let heard = async || (heard_routed(&config, &url).await, heard_insights(&kinesis, &name).await);
    conformance::announce(&bus, heard).await;
}

/// What the queue behind the rule holds: whole events.
async fn heard_routed(config: &SdkConfig, url: &str) -> Vec<ContactRouted> {
    let messages = Queues::new(config).take(url, 100).await.unwrap();
    let detail = |body: &str| {
        let mut event: serde_json::Value = serde_json::from_str(body).unwrap();
        serde_json::from_value(event["detail"].take()).unwrap()
    };
    messages.iter().map(|message| detail(&message.body)).collect()
}

async fn heard_insights(kinesis: &aws_sdk_kinesis::Client, name: &str) -> Vec<Insight> {
    let shards = kinesis.list_shards().stream_name(name).send().await.unwrap().shards.unwrap();
    let iterator = kinesis.get_shard_iterator().stream_name(name).shard_id(shards[0].shard_id());
    let iterator = iterator.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await.unwrap();
    let got = kinesis.get_records().set_shard_iterator(iterator.shard_iterator).send().await.unwrap();
    got.records.iter().map(|record| serde_json::from_slice(record.data.as_ref()).unwrap()).collect()
}

#[tokio::test]
async fn messages_are_taken_deleted_and_hidden() {
    let Some(config) = emulator_config().await else { return };
    let url = queue(&config, &fresh()).await;
    let queues = Queues::new(&config);
    for number in 0..12 {
        queues.send(&url, &format!("m{number}")).await.unwrap();
    }
    let taken = queues.take(&url, 11).await.unwrap();
    assert_eq!(taken.len(), 11, "more than one call gives, and no more than asked for");
    assert!(taken.iter().all(|message| message.receives == 1));
    for message in &taken {
        queues.delete(&url, &message.receipt).await.unwrap();
    }
    let last = queues.take(&url, 11).await.unwrap();
    assert_eq!(last.len(), 1);
    queues.back_off(&url, &last[0].receipt, 0).await.unwrap();
    let again = queues.take(&url, 1).await.unwrap();
    assert_eq!((again[0].body.as_str(), again[0].receives), (last[0].body.as_str(), 2));
    queues.back_off(&url, &again[0].receipt, 600).await.unwrap();
    assert!(queues.take(&url, 1).await.unwrap().is_empty());
    let error = queues.take(&format!("{url}-not-there"), 1).await.unwrap_err();
    assert_eq!(error.retry, Retry::Never, "{error}");
}

#[tokio::test]
async fn parameters_and_secrets_are_read() {
    let Some(config) = emulator_config().await else { return };
    let name = format!("/aftercall/{}", fresh());
    let ssm = aws_sdk_ssm::Client::new(&config);
    let put = ssm.put_parameter().name(&name).value("zone = \"UTC\"\n");
    put.r#type(aws_sdk_ssm::types::ParameterType::String).send().await.unwrap();
    assert_eq!(aftercall_aws::ssm::parameter(&config, &name).await.unwrap(), "zone = \"UTC\"\n");
    let error = aftercall_aws::ssm::parameter(&config, "/aftercall/none").await.unwrap_err();
    assert_eq!((error.kind, error.retry), (ErrorKind::Config, Retry::Never));

    let secrets = aws_sdk_secretsmanager::Client::new(&config);
    let name = fresh();
    secrets.create_secret().name(&name).secret_string("a key").send().await.unwrap();
    assert_eq!(aftercall_aws::secrets::secret(&config, &name).await.unwrap(), b"a key");
    let error = aftercall_aws::secrets::secret(&config, "none").await.unwrap_err();
    assert_eq!((error.kind, error.retry), (ErrorKind::Config, Retry::Never));
}
