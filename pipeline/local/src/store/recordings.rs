//! The index of recordings by name.

use aftercall_core::error::Result;
use aftercall_schemas::ContactKey;
use aftercall_stages::ports::{Claim, Recordings};
use async_trait::async_trait;
use rusqlite::params;

use super::Store;

fn number(claim: Claim) -> i64 {
    match claim {
        Claim::Owns => 1,
        Claim::Waits => 2,
    }
}

#[async_trait]
impl Recordings for Store {
    async fn note(&self, name: &str, claim: Claim, contact: &ContactKey) -> Result<()> {
        self.write("a recording cannot be noted", |connection| {
            connection
                .prepare_cached("INSERT INTO recordings VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")?
                .execute(params![name, number(claim), contact.instance_id, contact.contact_id])
                .map(drop)
        })
        .map_err(|error| error.with("contact", contact))
    }

    async fn find(&self, name: &str, claim: Claim) -> Result<Vec<ContactKey>> {
        self.read("the recordings cannot be read", |connection| {
            connection
                .prepare_cached(
                    "SELECT instance_id, contact_id FROM recordings WHERE name = ?1 AND claim = ?2
                     ORDER BY instance_id, contact_id",
                )?
                .query_map(params![name, number(claim)], |row| {
                    Ok(ContactKey { instance_id: row.get(0)?, contact_id: row.get(1)? })
                })?
                .collect()
        })
    }
}
