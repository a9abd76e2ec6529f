//! The documents of the knowledge base: objects of its bucket below `documents/`, which the knowledge base reads.

use aftercall_core::error::Result;
use aftercall_voice::learning::{Document, KnowledgeDocuments};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;

use crate::config::Warming;
use crate::error::{Service, failed};
use crate::s3::client;

const PREFIX: &str = "documents/";

/// The bucket.
pub struct KnowledgeBucket {
    client: Client,
    bucket: String,
}

impl KnowledgeBucket {
    /// The bucket with this name; nothing is called yet.
    pub fn new(config: &SdkConfig, bucket: &str) -> Self {
        Self { client: client(config), bucket: bucket.to_owned() }
    }

    /// Opens a connection. No document has this key.
    pub fn warm(&self) -> Warming<'_> {
        let head = self.client.head_object().bucket(&self.bucket).key(format!("{PREFIX}-"));
        Box::pin(async move { drop(head.send().await) })
    }
}

#[async_trait]
impl KnowledgeDocuments for KnowledgeBucket {
    async fn put(&self, document: &Document) -> Result<String> {
        let key = format!("{PREFIX}{}", document.name);
        let put = self.client.put_object().bucket(&self.bucket).key(&key).content_type("text/markdown");
        let sent = put.body(ByteStream::from(document.text.clone().into_bytes())).send().await;
        sent.map_err(|error| {
            failed("a document cannot be written", Service::S3, &error).with("bucket", &self.bucket).with("key", &key)
        })?;
        Ok(format!("s3://{}/{key}", self.bucket))
    }
}
