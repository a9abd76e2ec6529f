//! The tables of the warehouse: their names, what one row is, and their columns.

use std::sync::{Arc, LazyLock};

use aftercall_schemas::rows::{
    CategoryRow, ContactRow, EntityRow, FirstResponseRow, QuarantineRow, SentimentQuarterRow, SummaryRow, TurnRow,
};
use arrow_schema::SchemaRef;

use crate::columns::{Column, arrow_schema, columns_of};

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// One row a published revision of a contact.
    Contacts,
    /// One row a turn.
    Turns,
    /// One row a quarter and role.
    SentimentQuarters,
    /// One row a statement of a summary.
    Summaries,
    /// One row a category of a contact.
    Categories,
    /// One row an entity in a turn.
    Entities,
    /// One row a contact with a bot.
    FirstResponses,
    /// One row an input, or an answer of a model, that could not be used.
    Quarantine,
}

struct Definition {
    columns: Vec<Column>,
    schema: SchemaRef,
}

// A row type without columns is a fault of this program that the tests of this module find.
fn definition(columns: Result<Vec<Column>, String>) -> Definition {
    let columns = columns.unwrap_or_default();
    let schema = Arc::new(arrow_schema(&columns));
    Definition { columns, schema }
}

static CONTACTS: LazyLock<Definition> = LazyLock::new(|| definition(columns_of::<ContactRow>()));
static TURNS: LazyLock<Definition> = LazyLock::new(|| definition(columns_of::<TurnRow>()));
static QUARTERS: LazyLock<Definition> = LazyLock::new(|| definition(columns_of::<SentimentQuarterRow>()));
static SUMMARIES: LazyLock<Definition> = LazyLock::new(|| definition(columns_of::<SummaryRow>()));
static CATEGORIES: LazyLock<Definition> = LazyLock::new(|| definition(columns_of::<CategoryRow>()));
static ENTITIES: LazyLock<Definition> = LazyLock::new(|| definition(columns_of::<EntityRow>()));
static FIRST_RESPONSES: LazyLock<Definition> = LazyLock::new(|| definition(columns_of::<FirstResponseRow>()));
static QUARANTINE: LazyLock<Definition> = LazyLock::new(|| definition(columns_of::<QuarantineRow>()));

impl Table {
    /// Every table.
    pub const ALL: [Self; 8] = [
        Self::Contacts,
        Self::Turns,
        Self::SentimentQuarters,
        Self::Summaries,
        Self::Categories,
        Self::Entities,
        Self::FirstResponses,
        Self::Quarantine,
    ];

    /// The name of the table and of its folder.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Contacts => "contacts",
            Self::Turns => "turns",
            Self::SentimentQuarters => "sentiment_quarters",
            Self::Summaries => "summaries",
            Self::Categories => "categories",
            Self::Entities => "entities",
            Self::FirstResponses => "first_responses",
            Self::Quarantine => "quarantine",
        }
    }

    /// The table of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// What one row is.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Contacts => "One row per published revision of a contact.",
            Self::Turns => "One row per turn of a published revision, redacted.",
            Self::SentimentQuarters => "One row per role and quarter of a published revision, with its score.",
            Self::Summaries => "One row per statement of a summary, with the turns it rests on.",
            Self::Categories => "One row per category of a published revision: of the rules, and of the service.",
            Self::Entities => "One row per entity in a turn of a published revision.",
            Self::FirstResponses => "One row per published revision of a contact with a bot: its first answer.",
            Self::Quarantine => {
                "One row per input, or answer of a model, that could not be used, on the day it was put aside."
            }
        }
    }

    /// Whether a row belongs to a revision of a contact. Quarantine entries do not.
    pub const fn has_revisions(self) -> bool {
        !matches!(self, Self::Quarantine)
    }

    /// The columns, without the partition column `dt`.
    pub fn columns(self) -> &'static [Column] {
        &self.definition().columns
    }

    /// The Arrow schema, without the partition column `dt`.
    pub fn schema(self) -> SchemaRef {
        Arc::clone(&self.definition().schema)
    }

    fn definition(self) -> &'static Definition {
        match self {
            Self::Contacts => &CONTACTS,
            Self::Turns => &TURNS,
            Self::SentimentQuarters => &QUARTERS,
            Self::Summaries => &SUMMARIES,
            Self::Categories => &CATEGORIES,
            Self::Entities => &ENTITIES,
            Self::FirstResponses => &FIRST_RESPONSES,
            Self::Quarantine => &QUARANTINE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_type_has_columns() {
        let all = [
            columns_of::<ContactRow>(),
            columns_of::<TurnRow>(),
            columns_of::<SentimentQuarterRow>(),
            columns_of::<SummaryRow>(),
            columns_of::<CategoryRow>(),
            columns_of::<EntityRow>(),
            columns_of::<FirstResponseRow>(),
            columns_of::<QuarantineRow>(),
        ];
        for (table, columns) in Table::ALL.into_iter().zip(all) {
            let columns = columns.expect("every field is a column");
            assert_eq!(columns, table.columns(), "{}", table.name());
            assert_eq!(columns[0].name, "instance_id", "columns keep the order of the fields");
            assert_eq!(columns[1].name, "contact_id", "every table says whose a row is");
            assert!(columns.iter().all(|column| !column.description.is_empty()), "every column is described");
            assert_eq!(Table::parse(table.name()), Some(table));
        }
    }
}
