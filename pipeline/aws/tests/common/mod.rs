//! A fresh set of tables and buckets on the emulator for each test.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use aftercall_aws::config::{Deadlines, shared_config};
use aftercall_aws::dynamodb::{TableNames, TableSettings, Tables};
use aftercall_aws::s3::{BucketNames, Bucketed};
use aftercall_core::contact::ReadyRules;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};

/// Tables and buckets that only one test has.
pub struct Stage {
    pub config: SdkConfig,
    pub prefix: String,
    pub names: TableNames,
    pub buckets: BucketNames,
    pub objects: Arc<Bucketed>,
    pub tables: Tables,
}

/// The configuration of the emulator, or nothing when there is none.
pub async fn emulator_config() -> Option<SdkConfig> {
    if std::env::var_os("AFTERCALL_TEST_EMULATOR").is_none() {
        eprintln!("skipped: AFTERCALL_TEST_EMULATOR is not set, so there is no emulator to run against");
        return None;
    }
    assert!(std::env::var_os("AWS_ENDPOINT_URL").is_some(), "AWS_ENDPOINT_URL names the emulator");
    Some(shared_config(&Deadlines::default()).await)
}

/// A name that nothing else has.
pub fn fresh() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos();
    format!("t{:x}-{}-{}", now & 0xff_ffff_ffff, std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Fresh tables and buckets, or nothing when there is no emulator.
pub async fn emulator() -> Option<Stage> {
    let config = emulator_config().await?;
    let prefix = fresh();
    let name = |of: &str| format!("{prefix}-{of}");
    let names = TableNames {
        segments: name("segments"),
        contacts: name("contacts"),
        results: name("results"),
        index: name("index"),
    };
    let client = aws_sdk_dynamodb::Client::new(&config);
    for table in [&names.segments, &names.results, &names.index] {
        let create = client.create_table().table_name(table).billing_mode(BillingMode::PayPerRequest);
        let create = create.attribute_definitions(string("pk")).attribute_definitions(string("sk"));
        let create = create.key_schema(key("pk", KeyType::Hash)).key_schema(key("sk", KeyType::Range));
        create.send().await.unwrap();
    }
    let open = GlobalSecondaryIndex::builder()
        .index_name("open")
        .key_schema(key("open_shard", KeyType::Hash))
        .key_schema(key("pk", KeyType::Range))
        .projection(
            Projection::builder().projection_type(ProjectionType::Include).non_key_attributes("wake_at").build(),
        )
        .build()
        .unwrap();
    let create = client.create_table().table_name(&names.contacts).billing_mode(BillingMode::PayPerRequest);
    let create = create.attribute_definitions(string("pk")).attribute_definitions(string("open_shard"));
    create.key_schema(key("pk", KeyType::Hash)).global_secondary_indexes(open).send().await.unwrap();

    let buckets = BucketNames {
        raw: name("raw"),
        archive: Some(name("archive")),
        analysis: name("analysis"),
        warehouse: name("warehouse"),
    };
    let s3 = aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build());
    for bucket in [&buckets.raw, &buckets.analysis, &buckets.warehouse].into_iter().chain(&buckets.archive) {
        s3.create_bucket().bucket(bucket).send().await.unwrap();
    }
    let objects = Arc::new(Bucketed::new(&config, buckets.clone()));
    let settings = TableSettings {
        names: names.clone(),
        rules: ReadyRules::default(),
        keep_inputs: Duration::from_secs(30 * 86_400),
    };
    let tables = Tables::new(&config, settings, objects.clone());
    Some(Stage { config, prefix, names, buckets, objects, tables })
}

fn string(name: &str) -> AttributeDefinition {
    AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build().unwrap()
}

fn key(name: &str, kind: KeyType) -> KeySchemaElement {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap()
}
