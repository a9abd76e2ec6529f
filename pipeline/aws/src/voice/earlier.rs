//! Latest contacts of customers: pk `customer#<keyed hash>`, `contact_id` S, `contact` S (its digest, by which an erasure finds
//! it), `analysis_key` S, `at` N (ms), `expires_at` N. Where to look, and no word of what was said.

use aftercall_core::error::Result;
use aftercall_voice::earlier::{EarlierCalls, Note};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::{AnswersTable, within};
use crate::dynamodb::item::{item, n, number, s, text};
use crate::dynamodb::kept_answers::contact_digest;
use crate::dynamodb::{corrupt, table_failed};

/// How long a contact is remembered as its customer's latest, seconds: 90 days.
const KEEP_SECONDS: i64 = 90 * 86_400;

fn key(customer: &str) -> AttributeValue {
    s(format!("customer#{customer}"))
}

#[async_trait]
impl EarlierCalls for AnswersTable {
    async fn note(&self, note: &Note) -> Result<()> {
        let written = item([
            ("pk", key(&note.customer)),
            ("contact_id", s(&note.contact_id)),
            ("contact", s(contact_digest(&note.contact_id))),
            ("analysis_key", s(&note.analysis_key)),
            ("at", n(note.at.as_millisecond())),
            ("expires_at", n(note.at.as_second().saturating_add(KEEP_SECONDS))),
        ]);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(written))
            .condition_expression("attribute_not_exists(pk) OR #at <= :at")
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":at", n(note.at.as_millisecond()));
        match put.send().await {
            Ok(_) => Ok(()),
            // A later one is noted.
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => Ok(()),
            Err(error) => {
                Err(table_failed("a contact cannot be noted", &self.table, &error).with("contact", &note.contact_id))
            }
        }
    }

    async fn latest(&self, customer: &str, within_ms: u64) -> Result<Option<Note>> {
        let get = self.client.get_item().table_name(&self.table).key("pk", key(customer)).consistent_read(true);
        let got = within(within_ms, async {
            get.send().await.map_err(|error| table_failed("a customer cannot be looked up", &self.table, &error))
        });
        let Some(found) = got.await?.item else { return Ok(None) };
        // DynamoDB removes what has expired within days, not at once.
        if number::<i64>(&self.table, &found, "expires_at")? <= Timestamp::now().as_second() {
            return Ok(None);
        }
        let at = Timestamp::from_millisecond(number(&self.table, &found, "at")?);
        Ok(Some(Note {
            customer: customer.to_owned(),
            contact_id: text(&self.table, &found, "contact_id")?.to_owned(),
            analysis_key: text(&self.table, &found, "analysis_key")?.to_owned(),
            at: at.map_err(|_| corrupt(&self.table, "at"))?,
        }))
    }
}
