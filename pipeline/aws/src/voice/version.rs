//! The version of the knowledge: pk `knowledge`, `version` S (the ingestion job's id), `started_at` N (ms).

use aftercall_core::error::Result;
use aftercall_voice::knowledge::{IngestionJob, KnowledgeVersion};
use async_trait::async_trait;

use super::AnswersTable;
use crate::dynamodb::item::{item, n, s, text};
use crate::dynamodb::table_failed;

const KEY: &str = "knowledge";

#[async_trait]
impl KnowledgeVersion for AnswersTable {
    async fn current(&self) -> Result<Option<String>> {
        let get = self.client.get_item().table_name(&self.table).key("pk", s(KEY)).send().await;
        let got =
            get.map_err(|error| table_failed("the version of the knowledge cannot be read", &self.table, &error))?;
        got.item.map(|found| text(&self.table, &found, "version").map(str::to_owned)).transpose()
    }

    async fn set(&self, job: &IngestionJob) -> Result<()> {
        let new = item([("pk", s(KEY)), ("version", s(&job.id)), ("started_at", n(job.started_ms))]);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(new))
            .condition_expression("attribute_not_exists(pk) OR started_at < :at")
            .expression_attribute_values(":at", n(job.started_ms));
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => Ok(()),
            Err(error) => Err(table_failed("the version of the knowledge cannot be written", &self.table, &error)),
        }
    }
}
