//! What a dump wrote, read back: rows in order, so that pages can be skipped, the index that says which, and the bloom filter
//! of contacts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

mod common;

use std::collections::BTreeSet;

use aftercall_stages::letters::NoLetterBoxes;
use aftercall_stages::testkit::{Memory, VirtualClock};
use aftercall_warehouse::erase::{ErasePorts, Mode, erase};
use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use common::{HOUR, at, contact, dump_over, publish, put_aside, settings, warehouse};
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::Compression;
use parquet::file::metadata::PageIndexPolicy;
use pollster::block_on;

/// Reads every file back. Returns the tables that have one.
fn check_files(memory: &Memory) -> BTreeSet<String> {
    let files = warehouse(memory).into_iter().filter(|(key, _)| key.ends_with(".parquet"));
    files.map(|(key, bytes)| check_file(&key, bytes)).collect()
}

fn check_file(key: &str, bytes: Vec<u8>) -> String {
    let bytes = bytes::Bytes::from(bytes);
    let mut whole = ParquetRecordBatchReaderBuilder::try_new(bytes.clone()).unwrap().build().unwrap();
    let whole = whole.next().unwrap().unwrap();
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(bytes, options).unwrap();
    let metadata = std::sync::Arc::clone(builder.metadata());
    assert!(metadata.offset_index().is_some() && metadata.column_index().is_some(), "{key} has no page index");
    let names: Vec<_> =
        metadata.file_metadata().schema_descr().columns().iter().map(|column| column.path().string()).collect();
    let place = names.iter().position(|name| name == "contact_id").unwrap();
    let mut filters = Vec::new();
    for group in 0..metadata.num_row_groups() {
        for column in metadata.row_group(group).columns() {
            let name = column.column_path().string();
            // What has one value only, or none, is not compressed.
            let values = whole.column_by_name(name.split('.').next().unwrap()).unwrap();
            let is_one = (1..values.len()).all(|row| values.slice(row, 1) == values.slice(0, 1));
            assert_eq!(matches!(column.compression(), Compression::ZSTD(_)), !is_one, "{key}: {name}");
            assert!(column.offset_index_offset().is_some(), "{key}: the pages of {name} cannot be found");
            assert_eq!(column.bloom_filter_offset().is_some(), name == "contact_id", "{key}: {name}");
        }
        filters.push(builder.get_row_group_column_bloom_filter(group, place).unwrap().expect("a bloom filter"));
    }
    let mut rows = Vec::new();
    for batch in builder.build().unwrap() {
        let batch = batch.unwrap();
        let text = |name: &str| batch.column_by_name(name).unwrap().as_string::<i32>().clone();
        let number = |name: &str, row: usize| {
            batch.column_by_name(name).map(|column| column.as_primitive::<Int64Type>().value(row))
        };
        let (instances, ids) = (text("instance_id"), text("contact_id"));
        for row in 0..batch.num_rows() {
            let id = (!ids.is_null(row)).then(|| ids.value(row).to_owned());
            let known = id.as_deref().is_none_or(|id| filters.iter().any(|filter| filter.check(&id)));
            assert!(known, "{key}: the bloom filter does not know {id:?}");
            rows.push((instances.value(row).to_owned(), id, number("revision", row), number("turn", row)));
        }
    }
    assert!(rows.is_sorted(), "{key}: {rows:?}");
    assert!(!filters.iter().any(|filter| filter.check(&"somebody else")), "{key}: the bloom filter knows everybody");
    key.split('/').nth(1).unwrap().to_owned()
}

#[test]
fn files_are_sorted_and_have_what_it_takes_to_skip() {
    let memory = Memory::default();
    // Not in their order, and one twice.
    for (moment, id) in ["m", "c", "x", "a", "m", "k", "b"].into_iter().enumerate() {
        publish(&memory, id, 3 + moment, at(i64::try_from(moment).unwrap()));
    }
    put_aside(&memory, "q", at(0));
    dump_over(&memory, &settings(), at(HOUR)).unwrap();
    let tables = check_files(&memory);
    for table in ["contacts", "turns", "quarantine"] {
        assert!(tables.contains(table), "{tables:?}");
    }
    // What an erasure has written anew is the same kind of file.
    let ports = ErasePorts {
        tables: &memory,
        inputs: &memory,
        quarantine: &memory,
        objects: &memory,
        letters: &NoLetterBoxes,
        elsewhere: None,
        own_documents: None,
        clock: &VirtualClock::default(),
    };
    let erased = block_on(erase(ports, &contact("k"), Mode::Erase)).unwrap();
    assert_eq!(erased[&contact("k").to_string()].rewritten.len(), 2);
    assert_eq!(check_files(&memory), tables);
}
