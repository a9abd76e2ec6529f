//! Jobs: pk `job#<job id>`, `contact` S (its digest, by which an erasure finds it), `job` S (JSON), once it has ended `outcome`
//! S (JSON) and `ended_at` N (ms), `expires_at` N (s). Starting and finishing
//! are one conditional write each; the condition's failure brings what is there.

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_voice::long_answer::{Entry, Job, JobId, JobOutcome, Jobs};
use async_trait::async_trait;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure as OnFailure;

use super::{AnswersTable, within};
use crate::dynamodb::item::{Item, item, n, number, s, text, text_if};
use crate::dynamodb::kept_answers::contact_digest;
use crate::dynamodb::{corrupt, table_failed};

/// How long a job is kept after its deadline, seconds.
const KEEP_SECONDS: u64 = 86_400;

fn key(id: &JobId) -> String {
    format!("job#{}", id.as_str())
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Corrupt, "a job cannot be written as JSON").because(error)
}

impl AnswersTable {
    fn entry(&self, found: &Item) -> Result<Entry> {
        let job: Job =
            serde_json::from_str(text(&self.table, found, "job")?).map_err(|_| corrupt(&self.table, "job"))?;
        let outcome = text_if(found, "outcome").map(serde_json::from_str).transpose();
        let outcome = outcome.map_err(|_| corrupt(&self.table, "outcome"))?;
        let ended_at_ms = outcome.as_ref().map(|_| number::<u64>(&self.table, found, "ended_at")).transpose()?;
        Ok(Entry { job, outcome, ended_at_ms })
    }
}

#[async_trait]
impl Jobs for AnswersTable {
    async fn start(&self, job: &Job, within_ms: u64) -> Result<Entry> {
        let body = serde_json::to_string(job).map_err(unwritable)?;
        let new = item([
            ("pk", s(key(&job.job_id))),
            ("job", s(body)),
            ("contact", s(contact_digest(&job.contact_id))),
            ("expires_at", n((job.deadline_ms / 1_000).saturating_add(KEEP_SECONDS))),
        ]);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(new))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(OnFailure::AllOld);
        within(within_ms, async {
            let error = match put.send().await {
                Ok(_) => return Ok(Entry { job: job.clone(), outcome: None, ended_at_ms: None }),
                Err(error) => error,
            };
            match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => match failed.item() {
                    Some(found) => self.entry(found),
                    None => Err(corrupt(&self.table, "job")),
                },
                _ => Err(table_failed("a job cannot be started", &self.table, &error)),
            }
        })
        .await
    }

    async fn get(&self, id: &JobId, within_ms: u64) -> Result<Option<Entry>> {
        let get = self.client.get_item().table_name(&self.table).key("pk", s(key(id))).consistent_read(true);
        within(within_ms, async {
            let got = get.send().await.map_err(|error| table_failed("a job cannot be read", &self.table, &error))?;
            got.item.map(|found| self.entry(&found)).transpose()
        })
        .await
    }

    async fn finish(&self, id: &JobId, outcome: &JobOutcome, at_ms: u64) -> Result<bool> {
        let body = serde_json::to_string(outcome).map_err(unwritable)?;
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", s(key(id)))
            .update_expression("SET outcome = :outcome, ended_at = :at")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(outcome)")
            .expression_attribute_values(":outcome", s(body))
            .expression_attribute_values(":at", n(at_ms))
            .return_values_on_condition_check_failure(OnFailure::AllOld);
        let error = match update.send().await {
            Ok(_) => return Ok(true),
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) if failed.item().is_some() => Ok(false),
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => {
                Err(Error::new(ErrorKind::NotFound, "no such job").with("job", id.as_str()))
            }
            _ => Err(table_failed("a job cannot be finished", &self.table, &error)),
        }
    }
}
