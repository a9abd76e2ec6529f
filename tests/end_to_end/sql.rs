//! The named queries with the results that they must have over the samples: `tests/sql/*.slt`, run here with DataFusion. The
//! same files are run with DuckDB by `tests/sql/readers.py`.

use std::path::PathBuf;

use serde_json::Value;
use sqllogictest::{DB, DBOutput, DefaultColumnType, Runner};

use crate::support::{Data, root};

/// The rules and the string map that the samples are analysed with.
pub fn run_samples(data: &Data) {
    let folder = root().join("tests/sql");
    let output = data
        .command(&["--json", "run", "samples"])
        .env("AFTERCALL_CATEGORIES__RULES", folder.join("rules.toml"))
        .env("AFTERCALL_ENTITIES__MAP", folder.join("entities.csv"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The command as a database.
struct Command<'a>(&'a Data);

/// `{{name}}` stands for the query of that name, in brackets.
fn with_named(sql: &str) -> String {
    let mut sql = sql.to_string();
    for entry in std::fs::read_dir(root().join("schemas/sql/queries")).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{{{{{}}}}}", path.file_stem().unwrap().to_str().unwrap());
        if sql.contains(&name) {
            sql = sql.replace(&name, &format!("(\n{}\n)", std::fs::read_to_string(&path).unwrap()));
        }
    }
    sql
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "NULL".into(),
        Value::String(text) if text.is_empty() => "(empty)".into(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => format!("{:.3}", number.as_f64().unwrap()),
        other => other.to_string(),
    }
}

impl DB for Command<'_> {
    type Error = std::io::Error;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Self::Error> {
        let csv = self.0.output(&["query", "--format", "csv", &with_named(sql)]);
        let said = String::from_utf8_lossy(&csv.stderr).into_owned();
        let header = String::from_utf8_lossy(&csv.stdout).lines().next().unwrap_or_default().to_string();
        if !csv.status.success() {
            return Err(std::io::Error::other(said));
        }
        let columns: Vec<&str> = header.split(',').collect();
        let rows = self.0.json(&["query", &with_named(sql)]);
        let rows: Vec<Vec<String>> = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|row| columns.iter().map(|name| cell(row.get(*name).unwrap_or(&Value::Null))).collect())
            .collect();
        Ok(DBOutput::Rows { types: vec![DefaultColumnType::Any; columns.len()], rows })
    }

    fn engine_name(&self) -> &str {
        "datafusion"
    }
}

#[test]
fn named_queries_have_their_results() {
    let data = Data::new();
    run_samples(&data);
    let mut files: Vec<PathBuf> = std::fs::read_dir(root().join("tests/sql"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "slt"))
        .collect();
    files.sort();
    let queries = std::fs::read_dir(root().join("schemas/sql/queries")).unwrap().count();
    assert_eq!(files.len(), queries, "every named query has its file");
    for file in files {
        let mut runner = Runner::new(|| async { Ok(Command(&data)) });
        runner.run_file(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
}
