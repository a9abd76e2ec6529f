//! Leases.

use aftercall_core::error::Result;
use aftercall_stages::ports::Leases;
use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::params;

use super::Store;

#[async_trait]
impl Leases for Store {
    async fn take(&self, name: &str, holder: &str, now: Timestamp, until: Timestamp) -> Result<bool> {
        let taken = self.write("a lease cannot be taken", |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO leases VALUES (?1, ?2, ?4) ON CONFLICT DO UPDATE
                     SET holder = excluded.holder, until = excluded.until WHERE until <= ?3 OR holder = ?2",
                )?
                .execute(params![name, holder, now.as_millisecond(), until.as_millisecond()])
        })?;
        Ok(taken > 0)
    }

    async fn give_back(&self, name: &str, holder: &str) -> Result<()> {
        self.write("a lease cannot be given back", |connection| {
            connection
                .prepare_cached("DELETE FROM leases WHERE name = ?1 AND holder = ?2")?
                .execute([name, holder])
                .map(drop)
        })
    }
}
