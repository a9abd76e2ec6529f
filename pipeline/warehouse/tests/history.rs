//! Released versions: this version's columns are compatible with those of each, and its files are what it would write.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::path::{Path, PathBuf};

use aftercall_schemas::ContactKey;
use aftercall_stages::letters::NoLetterBoxes;
use aftercall_stages::ports::Objects;
use aftercall_stages::testkit::{Memory, VirtualClock};
use aftercall_warehouse::customers::{CustomerPorts, contacts_of};
use aftercall_warehouse::encode::describe;
use aftercall_warehouse::erase::{ErasePorts, Mode, erase};
use aftercall_warehouse::history::{NEWER_COLUMN, incompatible, newer_example_file};
use aftercall_warehouse::manifest::{MANIFEST_FORMAT, Manifest, ManifestFile, SCHEMA_VERSION, Window};
use aftercall_warehouse::tables::Table;
use jiff::Timestamp;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use pollster::block_on;

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

/// A function that was rolled back finds a customer in files of the newer version, and erases a contact without taking
/// anything out of the rows beside it.
#[test]
fn files_of_a_newer_version_are_searched_and_rewritten_whole() {
    for table in Table::ALL {
        let memory = Memory::default();
        let name = table.name();
        let key = format!("warehouse/{name}/dt=2026-03-09/00000001-x-0.parquet");
        let bytes = newer_example_file(table).unwrap();
        block_on(memory.put(&key, &bytes)).unwrap();
        let at = Timestamp::UNIX_EPOCH;
        let file = ManifestFile {
            key: key.clone(),
            table: name.into(),
            dt: "2026-03-09".parse().unwrap(),
            rows: 2,
            bytes: bytes.len() as u64,
            blake3: blake3::hash(&bytes).to_hex().to_string(),
        };
        let window = Window { number: 1, from: at, to: at };
        let manifest = Manifest {
            format: MANIFEST_FORMAT.into(),
            schema_version: SCHEMA_VERSION + 1,
            window,
            revisions: 2,
            late: 0,
            quarantined: 0,
            waiting: vec![],
            files: vec![file],
        };
        block_on(memory.put(&window.manifest_key(), &serde_json::to_vec(&manifest).unwrap())).unwrap();
        if table == Table::Contacts {
            let ports = CustomerPorts { index: &memory, open: &memory, inputs: &memory, objects: &memory };
            let found = block_on(contacts_of(ports, &["customer_endpoint_hmac 1".into()])).unwrap();
            assert_eq!(
                found.contacts.into_iter().collect::<Vec<_>>(),
                [ContactKey::new("instance_id 1", "contact_id 1")]
            );
            assert!(found.unreadable.is_empty());
        }
        let clock = VirtualClock::default();
        let ports = ErasePorts {
            tables: &memory,
            inputs: &memory,
            quarantine: &memory,
            objects: &memory,
            letters: &NoLetterBoxes,
            elsewhere: None,
            own_documents: None,
            clock: &clock,
        };
        let gone = ContactKey::new("instance_id 1", "contact_id 1");
        block_on(erase(ports, &gone, Mode::Erase)).unwrap();
        let left = block_on(memory.get(&key)).unwrap().expect("the file is there");
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(left)).unwrap();
        assert!(reader.schema().field_with_name(NEWER_COLUMN).is_ok(), "{name} has lost a column");
        assert_eq!(reader.schema().fields().len(), table.schema().fields().len() + 1, "{name}");
        let rows: usize = reader.build().unwrap().map(|batch| batch.unwrap().num_rows()).sum();
        assert_eq!(rows, 1, "{name}");
    }
}
