//! `aftercall schema`: the data dictionary, from the same types that the files are written from.

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_warehouse::tables::Table;
use serde::Serialize;

use crate::output::{bold, print_json, table};

#[derive(Serialize)]
struct Shown {
    table: &'static str,
    column: &'static str,
    #[serde(rename = "type")]
    column_type: String,
    nullable: bool,
    description: &'static str,
}

/// Prints the dictionary, of one table or of all.
pub fn schema(only: Option<&str>, json: bool) -> Result<()> {
    let tables: Vec<Table> =
        Table::ALL.into_iter().filter(|table| only.is_none_or(|only| table.name() == only)).collect();
    if tables.is_empty() {
        let names: Vec<_> = Table::ALL.iter().map(|table| table.name()).collect();
        return Err(Error::new(ErrorKind::NotFound, format!("there is no such table; there are {}", names.join(", "))));
    }
    let columns = |of: Table| {
        let partition = ("dt", "date".to_string(), false, "Day of the contact's end in UTC; the partition");
        let columns = of.columns().iter().map(|column| {
            (column.name.as_str(), column.column_type.name(), column.nullable, column.description.as_str())
        });
        columns.chain([partition]).collect::<Vec<_>>()
    };
    if json {
        let shown = tables.iter().flat_map(|of| {
            columns(*of).into_iter().map(|(column, column_type, nullable, description)| Shown {
                table: of.name(),
                column,
                column_type,
                nullable,
                description,
            })
        });
        return print_json(&shown.collect::<Vec<_>>());
    }
    for of in tables {
        anstream::println!("{}  {}", bold(of.name()), of.about());
        let mut rows = table([]);
        for (name, column_type, nullable, description) in columns(of) {
            let null = if nullable { "null" } else { "" };
            rows.add_row([name, column_type.as_str(), null, description]);
        }
        anstream::println!("{rows}\n");
    }
    Ok(())
}
