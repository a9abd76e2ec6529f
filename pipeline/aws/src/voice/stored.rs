//! Stored answers: pk `answer#<key>`, `question` S, `answer` S, `citations` L of S, `expires_at` N. The first answer of a
//! key stays until it is forgotten.

use aftercall_core::error::Result;
use aftercall_voice::cache::{AnswerStore, StoredAnswer};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::{AnswersTable, within};
use crate::dynamodb::item::{item, n, number, s, text};
use crate::dynamodb::kept_answers::contact_digest;
use crate::dynamodb::{corrupt, table_failed};

/// What one call may take, ms: a caller waits, and an answer that cannot be looked up is found anew.
const WITHIN_MS: u64 = 400;

fn key(key: &str) -> AttributeValue {
    s(format!("answer#{key}"))
}

#[async_trait]
impl AnswerStore for AnswersTable {
    async fn get(&self, wanted: &str) -> Result<Option<StoredAnswer>> {
        let get = self.client.get_item().table_name(&self.table).key("pk", key(wanted));
        let got = within(WITHIN_MS, async {
            get.send().await.map_err(|error| table_failed("an answer cannot be read", &self.table, &error))
        });
        let got = got.await?;
        let Some(found) = got.item else { return Ok(None) };
        // DynamoDB removes what has expired within days, not at once.
        if number::<i64>(&self.table, &found, "expires_at")? <= Timestamp::now().as_second() {
            return Ok(None);
        }
        let citations = found.get("citations").and_then(|list| list.as_l().ok());
        let citations = citations.ok_or_else(|| corrupt(&self.table, "citations"))?;
        Ok(Some(StoredAnswer {
            question: text(&self.table, &found, "question")?.to_owned(),
            answer: text(&self.table, &found, "answer")?.to_owned(),
            citations: citations.iter().filter_map(|one| one.as_s().ok().cloned()).collect(),
        }))
    }

    async fn put_if_absent(&self, wanted: &str, answer: &StoredAnswer, contact_id: &str) -> Result<()> {
        let now = Timestamp::now().as_second();
        let seconds = i64::try_from(self.keep_answers.as_secs()).unwrap_or(i64::MAX);
        let new = item([
            ("pk", key(wanted)),
            ("question", s(&answer.question)),
            ("contact", s(contact_digest(contact_id))),
            ("answer", s(&answer.answer)),
            ("citations", AttributeValue::L(answer.citations.iter().map(s).collect())),
            ("expires_at", n(now.saturating_add(seconds))),
        ]);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(new))
            .condition_expression("attribute_not_exists(pk) OR expires_at <= :now")
            .expression_attribute_values(":now", n(now));
        within(WITHIN_MS, async {
            match put.send().await {
                Ok(_) => Ok(()),
                Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                    Ok(())
                }
                Err(error) => Err(table_failed("an answer cannot be kept", &self.table, &error)),
            }
        })
        .await
    }
}
