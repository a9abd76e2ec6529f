//! Leases, in the index table: pk `lease#<name>`, sk `lease`, `holder` S, `until` N (ms), `expires_at` N (s). What is not
//! given back is removed by the table a day after it ended; until then the condition says that it has.

use aftercall_core::error::Result;
use aftercall_stages::ports::Leases;
use async_trait::async_trait;
use jiff::Timestamp;

use super::item::{Item, item, n, s};
use super::{Tables, table_failed};

const DAY_SECONDS: i64 = 86_400;

fn key(name: &str) -> Item {
    item([("pk", s(format!("lease#{name}"))), ("sk", s("lease"))])
}

#[async_trait]
impl Leases for Tables {
    async fn take(&self, name: &str, holder: &str, now: Timestamp, until: Timestamp) -> Result<bool> {
        let table = &self.settings.names.index;
        let mut lease = key(name);
        lease.extend(item([
            ("holder", s(holder)),
            ("until", n(until.as_millisecond())),
            ("expires_at", n(until.as_second().saturating_add(DAY_SECONDS))),
        ]));
        let put = self
            .client
            .put_item()
            .table_name(table)
            .set_item(Some(lease))
            .condition_expression("attribute_not_exists(pk) OR #until <= :now OR holder = :holder")
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":now", n(now.as_millisecond()))
            .expression_attribute_values(":holder", s(holder));
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(false)
            }
            Err(error) => Err(table_failed("a lease cannot be taken", table, &error).with("lease", name)),
        }
    }

    async fn give_back(&self, name: &str, holder: &str) -> Result<()> {
        let table = &self.settings.names.index;
        let delete = self
            .client
            .delete_item()
            .table_name(table)
            .set_key(Some(key(name)))
            .condition_expression("holder = :holder")
            .expression_attribute_values(":holder", s(holder));
        match delete.send().await {
            Ok(_) => Ok(()),
            // It ended and somebody else has it, or nobody.
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => Ok(()),
            Err(error) => Err(table_failed("a lease cannot be given back", table, &error).with("lease", name)),
        }
    }
}
