//! Objects in our buckets, chosen by the beginning of the key; and objects of other people's buckets, to import.
//! Buckets and prefixes are written down in `docs/aws.md`. It must not know what an object holds.

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_stages::handle::import::{Fetch, Fetched};
use aftercall_stages::ports::Objects;
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::config::Warming;
use crate::error::{Service, failed};

/// What lies in the raw bucket, because it holds what is not redacted.
const RAW: &[&str] = &["incoming/", "inputs/", "quarantine/", "aws/lambda/"];
/// What lies in the bucket of the archive, where there is one; else nothing is written there.
const ARCHIVE: &str = "archive/";
/// What lies in the warehouse bucket.
const WAREHOUSE: &str = "warehouse/";

/// The names of the buckets.
#[derive(Debug, Clone)]
pub struct BucketNames {
    /// `incoming/`, `inputs/`, `quarantine/`, and `aws/lambda/`, where Lambda leaves the batches that it gives up on (the key is
    /// Lambda's own): not redacted, kept for days.
    pub raw: String,
    /// `archive/`: documents as they came, not redacted, with a life of their own; only of a deployment that keeps an archive.
    pub archive: Option<String>,
    /// Everything else.
    pub analysis: String,
    /// `warehouse/`.
    pub warehouse: String,
}

/// One of the buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// What is not redacted.
    Raw,
    /// What is made of it.
    Analysis,
    /// The warehouse.
    Warehouse,
}

/// Objects in our buckets.
pub struct Bucketed {
    client: Client,
    names: BucketNames,
}

/// A client. With an endpoint of one's own the bucket is part of the path: such endpoints have no name for every bucket.
pub(crate) fn client(config: &SdkConfig) -> Client {
    let own_endpoint = config.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
    Client::from_conf(aws_sdk_s3::config::Builder::from(config).force_path_style(own_endpoint).build())
}

impl Bucketed {
    /// Objects in these buckets; nothing is called yet.
    pub fn new(config: &SdkConfig, names: BucketNames) -> Self {
        Self { client: client(config), names }
    }

    /// Opens a connection to a bucket: each has a host name of its own, so a connection to one is of no use for another. No
    /// object has these keys, which lie below a prefix that whoever uses the bucket may read.
    pub fn warm_at(&self, zone: Zone) -> Warming<'_> {
        let (bucket, key) = match zone {
            Zone::Raw => (&self.names.raw, "inputs/-"),
            Zone::Analysis => (&self.names.analysis, "conversations/-"),
            Zone::Warehouse => (&self.names.warehouse, "warehouse/-"),
        };
        let head = self.client.head_object().bucket(bucket).key(key);
        Box::pin(async move { drop(head.send().await) })
    }

    /// The same to the bucket of what is made of contacts.
    pub fn warm(&self) -> Warming<'_> {
        self.warm_at(Zone::Analysis)
    }

    fn bucket(&self, key: &str) -> &str {
        if RAW.iter().any(|prefix| key.starts_with(prefix)) {
            &self.names.raw
        } else if key.starts_with(ARCHIVE) {
            self.names.archive.as_ref().unwrap_or(&self.names.raw)
        } else if key.starts_with(WAREHOUSE) {
            &self.names.warehouse
        } else {
            &self.names.analysis
        }
    }

    /// The buckets that keys with this prefix may lie in.
    fn buckets(&self, prefix: &str) -> Vec<&str> {
        if !prefix.is_empty() {
            return vec![self.bucket(prefix)];
        }
        let mut all = vec![self.names.raw.as_str(), &self.names.analysis, &self.names.warehouse];
        all.extend(self.names.archive.as_deref());
        all.sort_unstable();
        all.dedup();
        all
    }
}

#[async_trait]
impl Fetch for Bucketed {
    async fn fetch(&self, bucket: &str, key: &str, max_bytes: u64) -> Result<Fetched> {
        let got = match self.client.get_object().bucket(bucket).key(key).send().await {
            Ok(got) => got,
            Err(error) if is_missing(&error) => return Ok(Fetched::Gone),
            Err(error) => return Err(bucket_failed("an object cannot be read", bucket, &error).with("key", key)),
        };
        // The head of the answer says the size, and it is the size of what would be read.
        let size_bytes = got.content_length().and_then(|size| u64::try_from(size).ok()).unwrap_or(u64::MAX);
        if size_bytes > max_bytes {
            return Ok(Fetched::TooLarge { size_bytes });
        }
        body(bucket, key, got).await.map(Fetched::Bytes)
    }
}

/// The whole body of an answer.
async fn body(bucket: &str, key: &str, got: GetObjectOutput) -> Result<Vec<u8>> {
    let read = got.body.collect().await.map_err(|error| {
        Error::new(ErrorKind::Storage, "an object breaks off while it is read")
            .with("bucket", bucket)
            .with("key", key)
            .retry(aftercall_core::error::Retry::Later)
            .because(error)
    })?;
    Ok(read.to_vec())
}

fn is_missing(error: &SdkError<GetObjectError>) -> bool {
    error.as_service_error().is_some_and(GetObjectError::is_no_such_key)
}

fn bucket_failed<E: ProvideErrorMetadata>(what: &str, bucket: &str, error: &SdkError<E>) -> Error {
    failed(what, Service::S3, error).with("bucket", bucket)
}

#[async_trait]
impl Objects for Bucketed {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<()> {
        let bucket = self.bucket(key);
        let put = self.client.put_object().bucket(bucket).key(key).body(ByteStream::from(bytes.to_vec()));
        let sent = put.send().await;
        sent.map(drop).map_err(|error| bucket_failed("an object cannot be written", bucket, &error).with("key", key))
    }

    /// In one step: S3 refuses the second of two writers (`If-None-Match: *`).
    async fn put_if_absent(&self, key: &str, bytes: &[u8]) -> Result<bool> {
        let bucket = self.bucket(key);
        let put = self.client.put_object().bucket(bucket).key(key).if_none_match("*");
        match put.body(ByteStream::from(bytes.to_vec())).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.raw_response().is_some_and(|response| response.status().as_u16() == 412) => Ok(false),
            Err(error) => Err(bucket_failed("an object cannot be written", bucket, &error).with("key", key)),
        }
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let bucket = self.bucket(key);
        match self.client.get_object().bucket(bucket).key(key).send().await {
            Ok(got) => body(bucket, key, got).await.map(Some),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(bucket_failed("an object cannot be read", bucket, &error).with("key", key)),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let mut keys = Vec::new();
        for bucket in self.buckets(prefix) {
            let list = self.client.list_objects_v2().bucket(bucket).prefix(prefix);
            let mut pages = list.into_paginator().send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| {
                    bucket_failed("objects cannot be listed", bucket, &error).with("prefix", prefix)
                })?;
                keys.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key));
            }
        }
        // S3 lists by key; several buckets have to be merged.
        keys.sort_unstable();
        Ok(keys)
    }

    async fn remove(&self, key: &str) -> Result<()> {
        let bucket = self.bucket(key);
        let sent = self.client.delete_object().bucket(bucket).key(key).send().await;
        sent.map(drop).map_err(|error| bucket_failed("an object cannot be removed", bucket, &error).with("key", key))
    }
}
