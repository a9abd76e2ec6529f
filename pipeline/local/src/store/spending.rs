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
                    "INSERT INTO spending VALUES (?1, ?2) ON CONFLICT DO UPDATE
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
                    "INSERT INTO spending VALUES (?1, ?2) ON CONFLICT DO UPDATE SET micros = micros + excluded.micros",
                )?
                .execute(params![day.to_string(), actual.saturating_sub(reserved)])
                .map(drop)
        })
    }

    async fn spent(&self, day: Date) -> Result<i64> {
        let spent: Option<i64> = self.read("the costs cannot be read", |connection| {
            connection
                .prepare_cached("SELECT micros FROM spending WHERE day = ?1")?
                .query_row([day.to_string()], |row| row.get(0))
                .optional()
        })?;
        Ok(spent.unwrap_or(0))
    }
}
