//! The tables of the warehouse: their names, what one row is, and their columns.

use std::sync::{Arc, LazyLock};

use aftercall_schemas::rows::{ContactRow, SummaryRow, TurnRow};
use arrow_schema::SchemaRef;

use crate::columns::{Column, arrow_schema, columns_of};

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// One row a published revision of a contact.
    Contacts,
    /// One row a turn.
    Turns,
    /// One row a statement of a summary.
    Summaries,
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
static SUMMARIES: LazyLock<Definition> = LazyLock::new(|| definition(columns_of::<SummaryRow>()));

impl Table {
    /// Every table.
    pub const ALL: [Self; 3] = [Self::Contacts, Self::Turns, Self::Summaries];

    /// The name of the table and of its folder.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Contacts => "contacts",
            Self::Turns => "turns",
            Self::Summaries => "summaries",
        }
    }

    /// What one row is.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Contacts => "One row per published revision of a contact.",
            Self::Turns => "One row per turn of a published revision, redacted.",
            Self::Summaries => "One row per statement of a summary, with the turns it rests on.",
        }
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
            Self::Summaries => &SUMMARIES,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_type_has_columns() {
        for columns in [columns_of::<ContactRow>(), columns_of::<TurnRow>(), columns_of::<SummaryRow>()] {
            let columns = columns.expect("every field is a column");
            assert_eq!(columns[0].name, "instance_id", "columns keep the order of the fields");
            assert!(columns.iter().all(|column| !column.description.is_empty()), "every column is described");
        }
    }
}
