//! What models have cost, by day.

use aftercall_core::error::Result;
use aftercall_stages::ports::Spending;
use async_trait::async_trait;
use jiff::civil::Date;
use rusqlite::{OptionalExtension, params};

use super::Store;

#[async_trait]
impl Spending for Store {
    async fn reserve(&self, day: Date, amount: i64, limit: i64) -> Result<bool> {
        let Some(room) = limit.checked_sub(amount).filter(|room| *room >= 0) else { return Ok(false) };
        let reserved = self.write("a cost cannot be reserved", |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO spending VALUES (?1, ?2, 0) ON CONFLICT DO UPDATE
                     SET micros = micros + excluded.micros WHERE micros <= ?3",
                )?
                .execute(params![day.to_string(), amount, room])
        })?;
        Ok(reserved > 0)
    }

    async fn settle(&self, day: Date, reserved: i64, actual: i64) -> Result<()> {
        self.write("a cost cannot be settled", |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO spending VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE
                     SET micros = micros + excluded.micros, settled = settled + excluded.settled",
                )?
                .execute(params![day.to_string(), actual.saturating_sub(reserved), actual])
                .map(drop)
        })
    }

    async fn spent(&self, day: Date) -> Result<i64> {
        Ok(self.sums_of(day)?.0)
    }

    async fn settled(&self, day: Date) -> Result<i64> {
        Ok(self.sums_of(day)?.1)
    }
}

impl Store {
    /// What is spent or reserved, and what is spent.
    fn sums_of(&self, day: Date) -> Result<(i64, i64)> {
        let sums: Option<(i64, i64)> = self.read("the costs cannot be read", |connection| {
            connection
                .prepare_cached("SELECT micros, settled FROM spending WHERE day = ?1")?
                .query_row([day.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        })?;
        Ok(sums.unwrap_or_default())
    }
}
