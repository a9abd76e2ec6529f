//! `aftercall query`: SQL over the Parquet files. The engine is DataFusion, behind the feature `query`, because it takes
//! longer to compile than everything else together.

#[cfg(feature = "query")]
mod counting;
#[cfg(feature = "query")]
mod engine;

use aftercall_core::error::Result;
use jiff::civil::Date;
use serde::Serialize;

use crate::output::{bold, dim, print_json};
#[cfg(feature = "query")]
pub use engine::query;

/// The days that a query is about, of the partition column `dt`.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(feature = "query"), expect(dead_code, reason = "only the engine reads them"))]
pub struct Days {
    /// The first of them; none: from the beginning.
    pub from: Option<Date>,
    /// The last of them; none: to the end.
    pub to: Option<Date>,
}

#[cfg(feature = "query")]
impl Days {
    /// The condition on `dt`; none if all days are meant.
    fn only(self) -> Option<String> {
        let bound = |day: Option<Date>, sign: &str| day.map(|day| format!("dt {sign} DATE '{day}'"));
        let bounds: Vec<String> = bound(self.from, ">=").into_iter().chain(bound(self.to, "<=")).collect();
        (!bounds.is_empty()).then(|| bounds.join(" AND "))
    }
}

/// A query that has a name.
#[derive(Debug, Serialize)]
pub struct Named {
    /// Its name.
    pub name: &'static str,
    /// What it answers.
    pub about: &'static str,
    /// Its SQL.
    pub sql: &'static str,
}

macro_rules! named {
    ($($name:literal: $about:literal),+ $(,)?) => {
        &[$(Named {
            name: $name,
            about: $about,
            sql: include_str!(concat!("../../../schemas/sql/queries/", $name, ".sql")),
        }),+]
    };
}

/// The queries that have names, from `schemas/sql/queries`.
pub const NAMED: &[Named] = named! {
    "volumes": "contacts, turns and abandoned contacts by day and channel",
    "handle-time": "handle time and abandonment by day and queue",
    "negative-contacts": "the contacts with the unhappiest customers, and why they came",
    "sentiment-shift": "by agent: how customers felt, and how that changed",
    "resolutions": "how contacts of each channel ended",
    "bot-resolution": "how the bot's part ended, and how many contacts were handed over",
    "first-response": "the bot's first answer by day",
    "top-reasons": "what customers come for most often",
    "journeys": "contacts that belong to one matter: transfers and conferences",
    "category-trends": "contacts by category and day",
    "unsupported-statements": "how many statements of summaries rest on their turns",
    "quarantine": "inputs that could not be used, by reason and day",
    "cost": "what language models cost by day",
    "time-to-published": "from the end of a contact to its published analysis, by day",
};

/// Lists the named queries and the tables.
pub fn list(json: bool) -> Result<()> {
    if json {
        return print_json(&NAMED);
    }
    for query in NAMED {
        anstream::println!("{}  {}", bold(query.name), query.about);
        for line in query.sql.lines() {
            anstream::println!("    {}", dim(line));
        }
    }
    anstream::println!(
        "\nTables: contacts, turns, sentiment_quarters, summaries, categories, entities, first_responses, quarantine, \
         journeys. Each is the newest revision of every contact, the same as <table>_latest; <table>_all has every \
         revision; contacts_by_day has the newest one within each day, for questions about few days of many. \
         `aftercall schema` describes the columns."
    );
    Ok(())
}

/// Without the engine: says how to get it.
#[cfg(not(feature = "query"))]
pub fn query(_: &aftercall_settings::Settings, _: &str, _: Days, _: crate::Format, _: bool) -> Result<()> {
    Err(aftercall_core::error::Error::new(
        aftercall_core::error::ErrorKind::Config,
        "this program was built without its SQL engine; build it with `cargo build --release --features query`, \
         or read the Parquet files with any tool (DuckDB: SELECT * FROM 'aftercall-data/warehouse/contacts/*/*.parquet')",
    ))
}
