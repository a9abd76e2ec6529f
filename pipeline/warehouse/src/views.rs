//! The views of the newest revisions, in the SQL that Trino, DataFusion and DuckDB share. They are made from one text, so that
//! no two tables can mean something different by "newest", and written to `schemas/sql/views`.

use crate::tables::Table;

/// The name of the table with every revision, as catalogues and engines have it. The folder has the table's bare name.
pub fn all_name(table: Table) -> String {
    format!("{}_all", table.name())
}

/// The name of the view of the newest revisions.
pub fn latest_name(table: Table) -> String {
    format!("{}_latest", table.name())
}

/// The view `<table>_latest`.
pub fn latest(table: Table) -> String {
    let (name, all) = (table.name(), all_name(table));
    if !table.has_revisions() {
        return format!("-- Every entry: what was put aside has no revisions.\nSELECT * FROM {all}\n");
    }
    let moved = match table {
        Table::Contacts => "\nWHERE rows_of.state <> 'moved'",
        _ => "",
    };
    format!(
        "-- The newest revision of every contact, whole: nothing of an older revision is left over, whatever day it is of,
-- and nothing of a contact that turned out to be part of another. Generated from pipeline/warehouse/src/views.rs.
SELECT rows_of.*
FROM {name}_all AS rows_of
JOIN (
    SELECT instance_id, contact_id, MAX(revision) AS revision
    FROM contacts_all
    GROUP BY instance_id, contact_id
) AS newest
    ON rows_of.instance_id = newest.instance_id
    AND rows_of.contact_id = newest.contact_id
    AND rows_of.revision = newest.revision{moved}
"
    )
}

/// The view `<table>`: the newest revisions under the short name, so that who counts without reading this counts once.
pub fn short(table: Table) -> String {
    format!("SELECT * FROM {}\n", latest_name(table))
}

/// Every view of a table, by name, in the order in which they are to be made.
pub fn views() -> Vec<(String, String)> {
    let mut views: Vec<_> = Table::ALL.into_iter().map(|table| (latest_name(table), latest(table))).collect();
    views.extend(Table::ALL.into_iter().map(|table| (table.name().to_string(), short(table))));
    views.push(("contacts_by_day".into(), include_str!("../../../schemas/sql/views/contacts_by_day.sql").to_string()));
    views.push(("journeys".into(), include_str!("../../../schemas/sql/views/journeys.sql").to_string()));
    views
}
