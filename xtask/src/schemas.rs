//! `schemas/generated`: JSON Schema of every object and message, the Arrow and Glue columns of every table, and the
//! dictionary, all from the types in `schemas`; and the views of the newest revisions in `schemas/sql/views`. They are committed so that a change of a type shows in review, and checked by the tests so
//! that they are never stale.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use aftercall_schemas::conversation::Conversation;
use aftercall_schemas::events::{AnalysisPublished, ContactFlagged, ContactRouted};
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_schemas::results::{Analysis, StageResult};
use aftercall_schemas::rows::{
    CategoryRow, ContactRow, EntityRow, FirstResponseRow, QuarantineRow, SentimentQuarterRow, SummaryRow, TurnRow,
};
use aftercall_warehouse::encode::describe;
use aftercall_warehouse::glue::glue_table;
use aftercall_warehouse::history::example_file;
use aftercall_warehouse::manifest::SCHEMA_VERSION;
use aftercall_warehouse::tables::Table;
use aftercall_warehouse::views;
use schemars::{Schema, schema_for};

/// Every generated file, by its path below `schemas`.
fn files() -> Result<BTreeMap<String, String>, String> {
    let schemas: [(&str, Schema); 15] = [
        ("conversation", schema_for!(Conversation)),
        ("analysis", schema_for!(Analysis)),
        ("stage-result", schema_for!(StageResult)),
        ("contact-routed", schema_for!(ContactRouted)),
        ("contact-flagged", schema_for!(ContactFlagged)),
        ("analysis-published", schema_for!(AnalysisPublished)),
        ("quarantine-entry", schema_for!(QuarantineEntry)),
        ("contacts", schema_for!(ContactRow)),
        ("turns", schema_for!(TurnRow)),
        ("sentiment_quarters", schema_for!(SentimentQuarterRow)),
        ("summaries", schema_for!(SummaryRow)),
        ("categories", schema_for!(CategoryRow)),
        ("entities", schema_for!(EntityRow)),
        ("first_responses", schema_for!(FirstResponseRow)),
        ("quarantine", schema_for!(QuarantineRow)),
    ];
    let mut files = BTreeMap::new();
    for (name, schema) in schemas {
        let text = serde_json::to_string_pretty(&schema).map_err(|error| format!("{name}: {error}"))?;
        files.insert(format!("generated/json-schema/{name}.json"), text + "\n");
    }
    for table in Table::ALL {
        let name = table.name();
        files.insert(format!("generated/arrow/{name}.txt"), describe(&table.schema()));
        let glue = serde_json::to_string_pretty(&glue_table(table)).map_err(|error| format!("{name}: {error}"))?;
        files.insert(format!("generated/glue/{name}.json"), glue + "\n");
        files.insert(format!("sql/views/{}.sql", views::latest_name(table)), views::latest(table));
        files.insert(format!("sql/views/{name}.sql"), views::short(table));
    }
    files.insert("generated/dictionary.md".into(), dictionary());
    Ok(files)
}

fn dictionary() -> String {
    let mut text = String::from(
        "# Data dictionary\n\nGenerated from the types in `schemas/src` by `cargo xtask schemas`. Every table has the \
         partition column `dt` too: the day (UTC) of the contact's end. The columns are those of `<table>_all`, which has \
         every revision; the views `<table>_latest` and, the same, `<table>` have the newest revision of every contact.\n",
    );
    for table in Table::ALL {
        text += &format!("\n## {}\n\n{}\n\n", table.name(), table.about());
        text += "| column | type | null | what it says |\n|---|---|---|---|\n";
        for column in table.columns() {
            let null = if column.nullable { "yes" } else { "" };
            let about = column.description.replace('\n', " ").replace('|', "\\|");
            text += &format!("| {} | {} | {null} | {about} |\n", column.name, column.column_type.name());
        }
    }
    text
}

/// Writes the columns and an example file of every table into the history, as the present version. Only for a version that
/// has not been released: what has been released does not change any more.
pub fn write_history(root: &Path) -> Result<(), String> {
    let folder = root.join(format!("schemas/history/v{SCHEMA_VERSION}"));
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for table in Table::ALL {
        let path = |extension: &str| folder.join(format!("{}.{extension}", table.name()));
        let bytes = example_file(table).map_err(|error| error.to_string())?;
        fs::write(path("txt"), describe(&table.schema()))
            .and_then(|()| fs::write(path("parquet"), bytes))
            .map_err(|error| format!("{}: {error}", path("parquet").display()))?;
    }
    Ok(())
}

/// Writes the files.
pub fn write(root: &Path) -> Result<(), String> {
    for (name, text) in files()? {
        let path = root.join("schemas").join(&name);
        let folder = path.parent().unwrap_or(root);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, text))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// Compares the files with the types.
pub fn check(root: &Path) -> Result<(), String> {
    let stale: Vec<_> = files()?
        .into_iter()
        .filter(|(name, text)| fs::read_to_string(root.join("schemas").join(name)).ok().as_ref() != Some(text))
        .map(|(name, _)| name)
        .collect();
    if stale.is_empty() {
        return Ok(());
    }
    Err(format!("below schemas these are stale: {}; run `cargo xtask schemas` and commit", stale.join(", ")))
}
