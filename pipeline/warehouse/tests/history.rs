//! Released versions: this version's columns are compatible with those of each, and its files are what it would write.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::path::{Path, PathBuf};

use aftercall_warehouse::encode::describe;
use aftercall_warehouse::history::incompatible;
use aftercall_warehouse::manifest::SCHEMA_VERSION;
use aftercall_warehouse::tables::Table;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

fn history() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/history")
}

#[test]
fn no_incompatible_change_since_any_released_version() {
    let mut faults = Vec::new();
    for version in 1..=SCHEMA_VERSION {
        let folder = history().join(format!("v{version}"));
        for table in Table::ALL {
            // A table that a version did not have yet has no file there.
            let Ok(old) = std::fs::read_to_string(folder.join(format!("{}.txt", table.name()))) else { continue };
            let new = describe(&table.schema());
            let changes = incompatible(&old, &new);
            faults.extend(changes.into_iter().map(|change| format!("v{version} {} {change}", table.name())));
        }
    }
    assert!(faults.is_empty(), "incompatible changes of the warehouse's columns:\n{}", faults.join("\n"));
}

#[test]
fn every_released_version_has_its_columns_and_files() {
    for version in 1..=SCHEMA_VERSION {
        let folder = history().join(format!("v{version}"));
        for entry in std::fs::read_dir(&folder).expect("schemas/history has every version; see `cargo xtask history`") {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "txt") {
                let file = std::fs::File::open(path.with_extension("parquet")).unwrap();
                let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
                assert_eq!(describe(reader.schema()), std::fs::read_to_string(&path).unwrap(), "{}", path.display());
            }
        }
    }
}
