//! The voice agent's adapters mean what all adapters mean. Runs like `conformance.rs` on the emulator that
//! `AWS_ENDPOINT_URL` names. Never point it at an account.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]
#![cfg(all(feature = "voice", feature = "kinesis", feature = "s3"))]

mod common;

use std::time::Duration;

use aftercall_aws::voice::transcripts::InputStream;
use aftercall_aws::voice::{AnswerQueue, AnswersTable};
use aftercall_stages::ports::KeptElsewhere;
use aftercall_voice::cache::{AnswerStore, StoredAnswer};
use aftercall_voice::conversation::Speaker;
use aftercall_voice::earlier::EarlierCalls;
use aftercall_voice::live::{CallName, Part, Transcripts, Utterance};
use aftercall_voice::testkit::{
    answer_store_conforms, call_log_conforms, earlier_calls_conform, jobs_conform, knowledge_version_conforms,
    opt_outs_conform, proposals_conform, queue_conforms,
};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};
use aws_sdk_sqs::types::QueueAttributeName;
use common::{emulator_config, fresh};
use jiff::Timestamp;
use serde_json::Value;

/// A table that only one test has, or nothing when there is no emulator.
async fn table() -> Option<AnswersTable> {
    table_keeping(Duration::from_secs(3_600)).await
}

async fn table_keeping(answers: Duration) -> Option<AnswersTable> {
    let config = emulator_config().await?;
    let name = make_table(&config).await;
    Some(AnswersTable::new(&config, &name, answers))
}

/// A new table of answers with its indexes; its name.
async fn make_table(config: &SdkConfig) -> String {
    let name = fresh();
    let attribute = |name: &str| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build().unwrap()
    };
    let key = |name: &str| KeySchemaElement::builder().attribute_name(name).key_type(KeyType::Hash).build().unwrap();
    let index = |name: &str, projected: ProjectionType| {
        let projection = Projection::builder().projection_type(projected).build();
        GlobalSecondaryIndex::builder().index_name(name).key_schema(key(name)).projection(projection).build().unwrap()
    };
    let create = aws_sdk_dynamodb::Client::new(config).create_table().table_name(&name);
    let create = create.billing_mode(BillingMode::PayPerRequest).key_schema(key("pk"));
    let create =
        ["pk", "contact", "list"].iter().fold(create, |create, one| create.attribute_definitions(attribute(one)));
    let create = create.global_secondary_indexes(index("contact", ProjectionType::KeysOnly));
    create.global_secondary_indexes(index("list", ProjectionType::All)).send().await.unwrap();
    name
}

#[tokio::test]
async fn what_is_kept_of_a_contact_goes_with_it() {
    let Some(config) = emulator_config().await else { return };
    let name = make_table(&config).await;
    let table = AnswersTable::new(&config, &name, Duration::from_secs(3_600));
    let number = std::sync::atomic::AtomicU32::new(0);
    let keep = async |contact: &aftercall_schemas::ContactKey| {
        let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let answer = StoredAnswer { question: "q".to_owned(), answer: "a".to_owned(), citations: Vec::new() };
        table.put_if_absent(&format!("k{number}"), &answer, &contact.contact_id).await.unwrap();
    };
    let kept = aftercall_aws::dynamodb::KeptAnswers::new(&config, &name);
    aftercall_stages::testkit::conformance_erasure::kept_elsewhere(&kept, keep).await;
    assert!(table.get("k0").await.unwrap().is_none() && table.get("k2").await.unwrap().is_some());
}

#[tokio::test]
async fn earlier_calls() {
    let Some(config) = emulator_config().await else { return };
    let name = make_table(&config).await;
    let table = AnswersTable::new(&config, &name, Duration::from_secs(3_600));
    earlier_calls_conform(&table, Timestamp::now()).await.unwrap();
    // An erasure finds a note by its contact.
    let kept = aftercall_aws::dynamodb::KeptAnswers::new(&config, &name);
    let latest = aftercall_schemas::ContactKey::new("any", "contact-2");
    assert_eq!(kept.forget(&latest).await.unwrap(), 1);
    assert!(table.latest("customer-1", 1_000).await.unwrap().is_none());
}

#[tokio::test]
async fn proposals() {
    let Some(table) = table().await else { return };
    proposals_conform(&table).await.unwrap();
}

#[tokio::test]
async fn jobs() {
    let Some(table) = table().await else { return };
    jobs_conform(&table).await.unwrap();
}

#[tokio::test]
async fn stored_answers() {
    let Some(table) = table().await else { return };
    answer_store_conforms(&table).await.unwrap();
}

#[tokio::test]
async fn an_answer_is_forgotten_when_its_time_is_over() {
    let Some(gone) = table_keeping(Duration::ZERO).await else { return };
    let answer = StoredAnswer { question: "q".to_owned(), answer: "a".to_owned(), citations: Vec::new() };
    gone.put_if_absent("k", &answer, "c").await.unwrap();
    assert_eq!(gone.get("k").await.unwrap(), None);
}

#[tokio::test]
async fn calls_and_opt_outs() {
    let Some(table) = table().await else { return };
    call_log_conforms(&table, Timestamp::now()).await.unwrap();
    opt_outs_conform(&table).await.unwrap();
}

#[tokio::test]
async fn the_version_of_the_knowledge() {
    let Some(table) = table().await else { return };
    knowledge_version_conforms(&table).await.unwrap();
}

async fn messages(config: &SdkConfig, url: &str) -> Vec<String> {
    let sqs = aws_sdk_sqs::Client::new(config);
    let got = sqs.receive_message().queue_url(url).max_number_of_messages(10).send().await.unwrap();
    got.messages.unwrap_or_default().into_iter().filter_map(|message| message.body).collect()
}

#[tokio::test]
async fn a_job_that_is_sent_twice_is_one_message() {
    let Some(config) = emulator_config().await else { return };
    let sqs = aws_sdk_sqs::Client::new(&config);
    let create = sqs.create_queue().queue_name(format!("{}.fifo", fresh()));
    let made = create.attributes(QueueAttributeName::FifoQueue, "true").send().await.unwrap();
    let url = made.queue_url.unwrap();
    queue_conforms(&AnswerQueue::new(&config, &url)).await.unwrap();
    assert_eq!(messages(&config, &url).await.len(), 1);
}

#[tokio::test]
async fn what_is_said_is_a_record_of_the_stream() {
    let Some(config) = emulator_config().await else { return };
    let (kinesis, name) = (aws_sdk_kinesis::Client::new(&config), fresh());
    kinesis.create_stream().stream_name(&name).shard_count(1).send().await.unwrap();
    let shard = loop {
        let listed = kinesis.list_shards().stream_name(&name).send().await;
        match listed.ok().and_then(|listed| listed.shards).and_then(|shards| shards.into_iter().next()) {
            Some(shard) => break shard.shard_id,
            None => tokio::task::yield_now().await,
        }
    };
    let utterance =
        Utterance { id: "1".to_owned(), speaker: Speaker::Caller, text: "Hello".to_owned(), at_ms: 1_763_629_200_000 };
    let part = Part {
        call: CallName::Contact("c-1".to_owned()),
        locale: "en-US".to_owned(),
        said: vec![utterance],
        ends: false,
    };
    InputStream::new(&config, &name).tell(&part, 10_000).await.unwrap();
    let start = kinesis.get_shard_iterator().stream_name(&name).shard_id(shard);
    let start = start.shard_iterator_type(aws_sdk_kinesis::types::ShardIteratorType::TrimHorizon).send().await.unwrap();
    let got = kinesis.get_records().set_shard_iterator(start.shard_iterator).send().await.unwrap();
    let record: Value = serde_json::from_slice(got.records[0].data.as_ref()).unwrap();
    assert_eq!(record, part.document());
}
