//! The tables as a Glue catalogue has them: column types, the partition key, and the properties by which Athena finds
//! partitions without a crawler. From the same columns as the Parquet files, so that the two cannot differ.

use serde::Serialize;

use crate::columns::{Column, ColumnType};
use crate::dump::ROOT;
use crate::tables::Table;
use crate::views::all_name;

/// What stands for the bucket's name until a deployment knows it.
pub const BUCKET: &str = "{warehouse_bucket}";
/// The first day that Athena looks for; contacts before it are not found by it.
const FIRST_DAY: &str = "2017-01-01";
/// Longest comment that Glue takes.
const MAX_COMMENT: usize = 255;

/// A table of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GlueTable {
    /// Name of the table, which holds every revision.
    pub name: String,
    /// What one row is.
    pub description: String,
    /// `s3://…/`, with [`BUCKET`] for the bucket.
    pub location: String,
    /// Class that reads.
    pub input_format: &'static str,
    /// Class that would write.
    pub output_format: &'static str,
    /// Class that knows the format.
    pub serialization_library: &'static str,
    /// The columns in the files.
    pub columns: Vec<GlueColumn>,
    /// The columns in the folders' names.
    pub partition_keys: Vec<GlueColumn>,
    /// Properties of the table, partition projection among them.
    pub parameters: std::collections::BTreeMap<String, String>,
}

/// A column of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GlueColumn {
    /// Name.
    pub name: String,
    /// Hive type.
    #[serde(rename = "type")]
    pub hive_type: String,
    /// What it says.
    pub comment: String,
}

/// The table as Glue has it.
pub fn glue_table(table: Table) -> GlueTable {
    let location = format!("s3://{BUCKET}/{ROOT}/{}/", table.name());
    let parameters = [
        ("EXTERNAL", "TRUE".to_string()),
        ("classification", "parquet".to_string()),
        ("parquet.compression", "ZSTD".to_string()),
        ("projection.enabled", "true".to_string()),
        ("projection.dt.type", "date".to_string()),
        ("projection.dt.format", "yyyy-MM-dd".to_string()),
        // A day on, because a contact's end may lie on a day that has not begun everywhere.
        ("projection.dt.range", format!("{FIRST_DAY},NOW+1DAYS")),
        ("projection.dt.interval", "1".to_string()),
        ("projection.dt.interval.unit", "DAYS".to_string()),
        ("storage.location.template", format!("{location}dt=${{dt}}/")),
    ];
    GlueTable {
        name: all_name(table),
        description: table.about().to_string(),
        location,
        input_format: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        output_format: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        serialization_library: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        columns: table.columns().iter().map(column).collect(),
        partition_keys: vec![GlueColumn {
            name: "dt".into(),
            hive_type: "date".into(),
            comment: "Day (UTC) of the contact's end; of a quarantine entry: the day it was put aside.".into(),
        }],
        parameters: parameters.into_iter().map(|(name, value)| (name.to_string(), value)).collect(),
    }
}

fn column(column: &Column) -> GlueColumn {
    let comment: String = column.description.replace('\n', " ").chars().take(MAX_COMMENT).collect();
    GlueColumn { name: column.name.clone(), hive_type: hive_type(&column.column_type), comment }
}

fn hive_type(column_type: &ColumnType) -> String {
    match column_type {
        ColumnType::Text => "string".into(),
        ColumnType::Integer => "bigint".into(),
        ColumnType::Float => "double".into(),
        ColumnType::Boolean => "boolean".into(),
        ColumnType::Timestamp => "timestamp".into(),
        ColumnType::Date => "date".into(),
        ColumnType::List(of) => format!("array<{}>", hive_type(of)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn athena_finds_partitions_without_a_crawler() {
        for table in Table::ALL {
            let glue = glue_table(table);
            let check = |property: &str, expected: &str| {
                assert_eq!(glue.parameters.get(property).map(String::as_str), Some(expected), "{}", glue.name);
            };
            check("projection.enabled", "true");
            check("projection.dt.type", "date");
            check("projection.dt.format", "yyyy-MM-dd");
            check("projection.dt.range", "2017-01-01,NOW+1DAYS");
            check("projection.dt.interval", "1");
            check("projection.dt.interval.unit", "DAYS");
            let template = format!("s3://{{warehouse_bucket}}/warehouse/{}/dt=${{dt}}/", table.name());
            check("storage.location.template", &template);
            assert_eq!(glue.partition_keys.len(), 1, "every partition key needs a projection");
            assert_eq!(
                (glue.partition_keys[0].name.as_str(), glue.partition_keys[0].hive_type.as_str()),
                ("dt", "date")
            );
            let names: Vec<_> = table.columns().iter().map(|column| &column.name).collect();
            assert_eq!(glue.columns.iter().map(|column| &column.name).collect::<Vec<_>>(), names);
            assert!(glue.columns.iter().all(|column| column.name != "dt"), "the partition column is not in the files");
        }
    }

    #[test]
    fn types_are_hives() {
        let check = |name: &str, expected: &str| {
            let columns = glue_table(Table::Contacts).columns;
            let found = columns.iter().find(|column| column.name == name).map(|column| column.hive_type.clone());
            assert_eq!(found.as_deref(), Some(expected), "{name}");
        };
        check("contact_id", "string");
        check("revision", "bigint");
        check("sentiment_overall_score_customer", "double");
        check("disconnect_timestamp", "timestamp");
        check("local_date", "date");
        check("categories", "array<string>");
    }
}
