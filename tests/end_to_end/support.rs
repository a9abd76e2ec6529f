//! Running the command in a data folder of its own and reading what it says.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The shared conversations beside the project, or `None`, said aloud, where they are not there.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = root().join("../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped in part: {} is not there", path.display());
    None
}

/// A data folder that goes when it is dropped.
pub struct Data {
    folder: TempDir,
}

impl Data {
    pub fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aftercall"));
        command.arg("--data").arg(self.path().join("data")).args(arguments);
        command.current_dir(root()).stdin(Stdio::null()).env_clear();
        command
    }

    pub fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What the command prints; it must succeed.
    pub fn text(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "aftercall {arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What the command answers to machines; it must succeed.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let text = self.text(&[&["--json"], arguments].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("aftercall {arguments:?}: {error} in {text}"))
    }

    /// Takes paths all the way and returns the report.
    pub fn run(&self, paths: &[&str]) -> Value {
        self.json(&[&["run"], paths].concat())
    }

    /// The rows of a query, without the columns that may differ between runs.
    pub fn rows(&self, sql: &str) -> Vec<Value> {
        let mut rows = self.json(&["query", sql]).as_array().cloned().unwrap();
        for row in &mut rows {
            let row = row.as_object_mut().unwrap();
            // The key of the hash is made anew in every data folder.
            row.retain(|name, _| !name.starts_with("processing_") && name != "customer_endpoint_hmac");
            // Digests of conversations that hold such a hash differ with it.
            row.remove("revision_key");
            // A contact without any time is of the day it was published.
            if row.get("local_date").is_none_or(Value::is_null) {
                row.remove("dt");
            }
        }
        rows
    }
}

/// Compares the rows of several questions, row by row, so that a difference is short to read.
pub fn same_rows(rows: &[Vec<Value>], expected: &[Vec<Value>], which: &str) {
    assert_eq!(rows.len(), expected.len(), "{which}");
    for (table, (rows, expected)) in rows.iter().zip(expected).enumerate() {
        assert_eq!(rows.len(), expected.len(), "{which}, table {table}: number of rows");
        for (row, expected) in rows.iter().zip(expected) {
            assert_eq!(row, expected, "{which}, table {table}");
        }
    }
}

/// Compares with a golden file; `UPDATE_GOLDEN=1` writes it.
pub fn check_golden(name: &str, actual: &Value) {
    let path = root().join("tests/golden").join(name);
    let actual = serde_json::to_string_pretty(actual).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    if let Some(line) = expected.lines().zip(actual.lines()).position(|(expected, actual)| expected != actual) {
        let of = |text: &str| text.lines().skip(line.saturating_sub(6)).take(10).collect::<Vec<_>>().join("\n");
        panic!("{name} differs at line {}:\nexpected\n{}\nactual\n{}", line + 1, of(&expected), of(&actual));
    }
    assert_eq!(expected.lines().count(), actual.lines().count(), "{name} has another length");
}
