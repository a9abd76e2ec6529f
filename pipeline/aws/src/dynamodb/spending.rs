//! What models have cost, in the index table: pk `spending#<day>`, sk `sum`, `micros` N (millionths of a US dollar, with what is
//! reserved), `settled` N (without).
//!
//! An addition that is sent twice counts twice. So settling is sent once, and what it could not settle stays reserved:
//! the error is on the side of spending less. Reserving twice errs on the same side.

use aftercall_core::error::Result;
use aftercall_stages::ports::Spending;
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Config;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use jiff::civil::Date;

use super::item::{Item, item, n, number, s};
use super::{Tables, table_failed};

const SUM: &str = "micros";
const SETTLED: &str = "settled";

fn key(day: Date) -> Item {
    item([("pk", s(format!("spending#{day}"))), ("sk", s("sum"))])
}

/// The sums, by the name of the index table: for those who need nothing else of it.
pub struct SpendingTable {
    client: Client,
    table: String,
}

impl SpendingTable {
    /// The sums in this index table; nothing is called yet.
    pub fn new(config: &SdkConfig, table: &str) -> Self {
        Self { client: Client::new(config), table: table.to_owned() }
    }
}

#[async_trait]
impl Spending for Tables {
    async fn reserve(&self, day: Date, amount: i64, limit: i64) -> Result<bool> {
        self.spending().reserve(day, amount, limit).await
    }

    async fn settle(&self, day: Date, reserved: i64, actual: i64) -> Result<()> {
        self.spending().settle(day, reserved, actual).await
    }

    async fn spent(&self, day: Date) -> Result<i64> {
        self.spending().spent(day).await
    }

    async fn settled(&self, day: Date) -> Result<i64> {
        self.spending().settled(day).await
    }
}

impl Tables {
    fn spending(&self) -> SpendingTable {
        SpendingTable { client: self.client.clone(), table: self.settings.names.index.clone() }
    }
}

#[async_trait]
impl Spending for SpendingTable {
    async fn reserve(&self, day: Date, amount: i64, limit: i64) -> Result<bool> {
        let Some(room) = limit.checked_sub(amount).filter(|room| *room >= 0) else { return Ok(false) };
        let table = &self.table;
        let update = self
            .client
            .update_item()
            .table_name(table)
            .set_key(Some(key(day)))
            .update_expression("ADD micros :amount")
            .condition_expression("attribute_not_exists(micros) OR micros <= :room")
            .expression_attribute_values(":amount", n(amount))
            .expression_attribute_values(":room", n(room));
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(false)
            }
            Err(error) => Err(table_failed("a cost cannot be reserved", table, &error).with("day", day)),
        }
    }

    async fn settle(&self, day: Date, reserved: i64, actual: i64) -> Result<()> {
        let table = &self.table;
        let update = self
            .client
            .update_item()
            .table_name(table)
            .set_key(Some(key(day)))
            .update_expression("ADD micros :difference, settled :actual")
            .expression_attribute_values(":difference", n(actual.saturating_sub(reserved)))
            .expression_attribute_values(":actual", n(actual));
        let once = Config::builder().retry_config(RetryConfig::disabled());
        let sent = update.customize().config_override(once).send().await;
        sent.map(drop).map_err(|error| table_failed("a cost cannot be settled", table, &error).with("day", day))
    }

    async fn spent(&self, day: Date) -> Result<i64> {
        self.sum(day, SUM).await
    }

    async fn settled(&self, day: Date) -> Result<i64> {
        self.sum(day, SETTLED).await
    }
}

impl SpendingTable {
    /// One of the day's sums; 0 before there is one.
    async fn sum(&self, day: Date, name: &str) -> Result<i64> {
        let table = &self.table;
        let get = self.client.get_item().table_name(table).set_key(Some(key(day))).consistent_read(true);
        let got = get.send().await;
        let got = got.map_err(|error| table_failed("the costs cannot be read", table, &error).with("day", day))?;
        match got.item.filter(|found| found.contains_key(name)) {
            Some(found) => number(table, &found, name),
            None => Ok(0),
        }
    }
}
