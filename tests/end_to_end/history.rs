//! Files of released versions are read beside new ones, and rows of a version that was rolled back stay readable.

use std::path::PathBuf;

use aftercall_warehouse::history::{example_file, newer_example_file};
use aftercall_warehouse::manifest::SCHEMA_VERSION;
use aftercall_warehouse::tables::Table;
use serde_json::json;

use crate::support::{Data, root};

fn put(data: &Data, table: Table, name: &str, bytes: &[u8]) {
    let folder = data.path().join(format!("data/warehouse/{}/dt=2026-03-09", table.name()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), bytes).unwrap();
}

fn released(version: u32, table: Table) -> PathBuf {
    root().join(format!("schemas/history/v{version}/{}.parquet", table.name()))
}

#[test]
fn old_files_are_read_beside_new_ones() {
    for version in 1..=SCHEMA_VERSION {
        for table in Table::ALL {
            let Ok(old) = std::fs::read(released(version, table)) else { continue };
            let data = Data::new();
            put(&data, table, "old.parquet", &old);
            put(&data, table, "new.parquet", &example_file(table).unwrap());
            let name = table.name();
            let count = data.json(&["query", &format!("SELECT COUNT(*) AS n, COUNT(dt) AS dt FROM {name}_all")]);
            assert_eq!(count, json!([{ "n": 4, "dt": 4 }]), "v{version} {name}");
            let rows = data.json(&["query", &format!("SELECT * FROM {name}_all")]);
            assert_eq!(rows.as_array().unwrap().len(), 4, "v{version} {name}: every column can be read");
        }
    }
}

#[test]
fn files_of_a_newer_version_are_read_by_this_one() {
    for table in Table::ALL {
        let data = Data::new();
        put(&data, table, "a-newer.parquet", &newer_example_file(table).unwrap());
        put(&data, table, "b-own.parquet", &example_file(table).unwrap());
        let name = table.name();
        let rows = data.json(&["query", &format!("SELECT * FROM {name}_all")]);
        let rows = rows.as_array().unwrap();
        assert_eq!(rows.len(), 4, "{name}");
        // The same two rows twice: nothing of the newer version's has moved to another column.
        let once = |row: &serde_json::Value| rows.iter().filter(|other| *other == row).count();
        assert!(rows.iter().all(|row| once(row) == 2), "{name}: {rows:#?}");
    }
}
