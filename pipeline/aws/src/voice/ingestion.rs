//! The ingestion jobs of a knowledge base on Bedrock (API reference, Agents for Amazon Bedrock: StartIngestionJob,
//! ListIngestionJobs).

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_voice::knowledge::{Ingestion, IngestionJob, JobState};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_bedrockagent::Client;
use aws_sdk_bedrockagent::operation::start_ingestion_job::StartIngestionJobError;
use aws_sdk_bedrockagent::types::{IngestionJobSortBy, IngestionJobSortByAttribute, IngestionJobStatus, SortOrder};

use crate::config::Warming;
use crate::error::{Service, failed};

/// The documents of a knowledge base.
pub struct DataSource {
    client: Client,
    knowledge_base: String,
    data_source: String,
}

impl DataSource {
    /// The data source with these ids; nothing is called yet.
    pub fn new(config: &SdkConfig, knowledge_base: &str, data_source: &str) -> Self {
        let (knowledge_base, data_source) = (knowledge_base.to_owned(), data_source.to_owned());
        Self { client: Client::new(config), knowledge_base, data_source }
    }

    /// Opens a connection.
    pub fn warm(&self) -> Warming<'_> {
        Box::pin(async move { drop(self.newest().await) })
    }
}

#[async_trait]
impl Ingestion for DataSource {
    async fn newest(&self) -> Result<Option<IngestionJob>> {
        let order = IngestionJobSortBy::builder()
            .attribute(IngestionJobSortByAttribute::StartedAt)
            .order(SortOrder::Descending)
            .build()
            // Without the order another job than the newest would be taken for it.
            .map_err(|error| Error::new(ErrorKind::Config, "ingestion jobs cannot be asked for").because(error))?;
        let list = self.client.list_ingestion_jobs().knowledge_base_id(&self.knowledge_base);
        let list = list.data_source_id(&self.data_source).sort_by(order).max_results(1);
        let listed = list.send().await.map_err(|error| {
            failed("ingestion jobs cannot be listed", Service::BedrockAgent, &error)
                .with("knowledge_base", &self.knowledge_base)
        })?;
        Ok(listed.ingestion_job_summaries.into_iter().next().map(|job| IngestionJob {
            id: job.ingestion_job_id,
            state: match job.status {
                IngestionJobStatus::Complete => JobState::Complete,
                IngestionJobStatus::Failed | IngestionJobStatus::Stopped => JobState::Failed,
                // One that is not known yet is not over either.
                _ => JobState::Running,
            },
            started_ms: job.started_at.to_millis().ok().and_then(|at| u64::try_from(at).ok()).unwrap_or_default(),
        }))
    }

    async fn start(&self, token: &str) -> Result<()> {
        let start = self.client.start_ingestion_job().knowledge_base_id(&self.knowledge_base);
        match start.data_source_id(&self.data_source).client_token(token).send().await {
            Ok(_) => Ok(()),
            // Another one runs: the next look finds it.
            Err(error) if error.as_service_error().is_some_and(StartIngestionJobError::is_conflict_exception) => Ok(()),
            Err(error) => Err(failed("an ingestion job cannot be started", Service::BedrockAgent, &error)
                .with("knowledge_base", &self.knowledge_base)),
        }
    }
}
