//! What is said on calls, as records of the stream that the pipeline takes its inputs from: one part as JSON a record, in
//! shards by contact.

use aftercall_core::error::Result;
use aftercall_voice::live::{Part, Transcripts};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::primitives::Blob;

use super::within;
use crate::config::Warming;
use crate::error::{Service, failed};

/// The stream of inputs.
pub struct InputStream {
    client: Client,
    name: String,
}

impl InputStream {
    /// The stream with this name; nothing is called yet.
    pub fn new(config: &SdkConfig, name: &str) -> Self {
        Self { client: Client::new(config), name: name.to_owned() }
    }

    /// Opens a connection. Functions of the voice agent may write to the stream, not describe it: the call is refused.
    pub fn warm(&self) -> Warming<'_> {
        let describe = self.client.describe_stream_summary().stream_name(&self.name);
        Box::pin(async move { drop(describe.send().await) })
    }
}

#[async_trait]
impl Transcripts for InputStream {
    async fn tell(&self, part: &Part, within_ms: u64) -> Result<()> {
        let put = self.client.put_record().stream_name(&self.name);
        // The key's digest: a partition key has 256 characters at the most, and an id in a session attribute may have more.
        let key = blake3::hash(part.call.contact_id().as_bytes()).to_hex();
        let put = put.partition_key(key.as_str()).data(Blob::new(part.document().to_string()));
        within(within_ms, async {
            let sent = put.send().await;
            sent.map(drop).map_err(|error| {
                failed("what was said cannot be told", Service::Kinesis, &error).with("stream", &self.name)
            })
        })
        .await
    }
}
