//! What was called: pk `call#<digest of the trigger>`, `contact_id` S, `called_at` N (ms), for good, because a flag calls
//! once; and pk `calls#<minute since 1970>`, `times` L of N (ms), `expires_at` N (s), by which the rate is counted. Who must not be
//! called: pk `opt-out#<digest of the number>`, for good. A trigger's id may name a person, so its digest is kept.

use aftercall_core::error::Result;
use aftercall_voice::outbound::{CallLog, OptOuts, PhoneNumber};
use async_trait::async_trait;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use aws_smithy_types::error::operation::BuildError;
use jiff::Timestamp;

use super::AnswersTable;
use crate::dynamodb::item::{item, n, s};
use crate::dynamodb::{corrupt, table_failed};
use aftercall_core::error::{Error, ErrorKind};

const MINUTE_MS: i64 = 60_000;
/// Minutes that are looked at for a rate; windows are a minute long.
const MOST_MINUTES: i64 = 60;
/// How long a minute's calls are kept, seconds.
const KEEP_SECONDS: i64 = 86_400;

fn call_key(trigger: &str) -> AttributeValue {
    s(format!("call#{}", blake3::hash(trigger.as_bytes()).to_hex()))
}

fn minute_key(minute: i64) -> AttributeValue {
    s(format!("calls#{minute}"))
}

fn opt_out_key(number: &PhoneNumber) -> AttributeValue {
    s(format!("opt-out#{}", number.digest()))
}

fn unbuilt(error: BuildError) -> Error {
    Error::new(ErrorKind::Storage, "a request for the table cannot be made").because(error)
}

impl AnswersTable {
    async fn exists(&self, key: AttributeValue) -> Result<bool> {
        let get = self.client.get_item().table_name(&self.table).key("pk", key).consistent_read(true);
        let got = get.send().await.map_err(|error| table_failed("a call cannot be looked up", &self.table, &error))?;
        Ok(got.item.is_some())
    }

    /// The calls of a minute, ms since 1970.
    async fn times(&self, minute: i64) -> Result<Vec<i64>> {
        let get = self.client.get_item().table_name(&self.table).key("pk", minute_key(minute)).consistent_read(true);
        let got = get.send().await.map_err(|error| table_failed("calls cannot be counted", &self.table, &error))?;
        let Some(found) = got.item else { return Ok(Vec::new()) };
        let times = found.get("times").and_then(|list| list.as_l().ok());
        let times = times.ok_or_else(|| corrupt(&self.table, "times"))?;
        Ok(times.iter().filter_map(|one| one.as_n().ok()?.parse().ok()).collect())
    }
}

#[async_trait]
impl CallLog for AnswersTable {
    async fn called(&self, trigger: &str) -> Result<bool> {
        self.exists(call_key(trigger)).await
    }

    async fn note(&self, trigger: &str, contact_id: &str, at: Timestamp) -> Result<bool> {
        let at_ms = at.as_millisecond();
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item([("pk", call_key(trigger)), ("contact_id", s(contact_id)), ("called_at", n(at_ms))])))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(unbuilt)?;
        let update = Update::builder()
            .table_name(&self.table)
            .key("pk", minute_key(at_ms.div_euclid(MINUTE_MS)))
            .update_expression("SET times = list_append(if_not_exists(times, :none), :time), expires_at = :end")
            .expression_attribute_values(":none", AttributeValue::L(Vec::new()))
            .expression_attribute_values(":time", AttributeValue::L(vec![n(at_ms)]))
            .expression_attribute_values(":end", n(at.as_second().saturating_add(KEEP_SECONDS)))
            .build()
            .map_err(unbuilt)?;
        let write = self
            .client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(put).build())
            .transact_items(TransactWriteItem::builder().update(update).build());
        match write.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(is_noted) => Ok(false),
            Err(error) => Err(table_failed("a call cannot be noted", &self.table, &error)),
        }
    }

    async fn since(&self, from: Timestamp) -> Result<u32> {
        let from_ms = from.as_millisecond();
        let first = from_ms.div_euclid(MINUTE_MS);
        let last = Timestamp::now().as_millisecond().div_euclid(MINUTE_MS).saturating_add(1);
        let mut count = 0u32;
        for minute in first..=last.min(first.saturating_add(MOST_MINUTES)) {
            let times = self.times(minute).await?;
            let of_it = times.iter().filter(|at| **at >= from_ms).count();
            count = count.saturating_add(u32::try_from(of_it).unwrap_or(u32::MAX));
        }
        Ok(count)
    }
}

/// The trigger's note was there.
fn is_noted(error: &TransactWriteItemsError) -> bool {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else { return false };
    cancelled.cancellation_reasons().iter().any(|reason| reason.code() == Some("ConditionalCheckFailed"))
}

#[async_trait]
impl OptOuts for AnswersTable {
    async fn has(&self, number: &PhoneNumber) -> Result<bool> {
        self.exists(opt_out_key(number)).await
    }

    async fn add(&self, number: &PhoneNumber) -> Result<()> {
        let put = self.client.put_item().table_name(&self.table).item("pk", opt_out_key(number));
        let sent = put.send().await;
        sent.map(drop).map_err(|error| table_failed("an opt-out cannot be kept", &self.table, &error))
    }
}
