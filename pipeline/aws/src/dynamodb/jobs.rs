//! Jobs, in the index table: pk `job#<id>`, sk `state`, `body` B, `version` N, `expires_at` N (s).

use aftercall_core::error::Result;
use aftercall_stages::ports::{Jobs, Version, Written};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::item::{Item, b, item, n, number, s};
use super::{Tables, corrupt, table_failed};

fn key(id: &str) -> Item {
    item([("pk", s(format!("job#{id}"))), ("sk", s("state"))])
}

#[async_trait]
impl Jobs for Tables {
    async fn load(&self, id: &str) -> Result<Option<(Vec<u8>, Version)>> {
        let table = &self.settings.names.index;
        let get = self.client.get_item().table_name(table).set_key(Some(key(id))).consistent_read(true);
        let got = get.send().await;
        let got = got.map_err(|error| table_failed("a job cannot be read", table, &error).with("job", id))?;
        let Some(found) = got.item else { return Ok(None) };
        let Some(AttributeValue::B(body)) = found.get("body") else {
            return Err(corrupt(table, "body").with("job", id));
        };
        Ok(Some((body.as_ref().to_vec(), Version(number(table, &found, "version")?))))
    }

    async fn save(&self, id: &str, body: &[u8], expected: Option<Version>, expires: Timestamp) -> Result<Written> {
        let table = &self.settings.names.index;
        let mut written = key(id);
        let version = expected.map_or(1, |version| version.0.saturating_add(1));
        written.extend(item([("body", b(body)), ("version", n(version)), ("expires_at", n(expires.as_second()))]));
        let mut put = self.client.put_item().table_name(table).set_item(Some(written));
        put = match expected {
            Some(version) => {
                put.condition_expression("version = :expected").expression_attribute_values(":expected", n(version.0))
            }
            None => put.condition_expression("attribute_not_exists(pk)"),
        };
        match put.send().await {
            Ok(_) => Ok(Written::Yes),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(Written::Conflict)
            }
            Err(error) => Err(table_failed("a job cannot be written", table, &error).with("job", id)),
        }
    }
}
