//! Rows to the bytes of a Parquet file: zstd, page index, a bloom filter on the contact id.
//! The same rows give the same bytes.

use std::sync::Arc;

use aftercall_core::error::{Error, ErrorKind, Result};
use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use serde::Serialize;

use crate::tables::Table;
use crate::turns::SortedTurns;

/// Rows that are turned to Arrow at a time.
const BATCH_ROWS: usize = 8192;
/// Rows of a row group.
const ROW_GROUP_ROWS: usize = 128 * 1024;

/// The bytes of a Parquet file with these rows.
pub fn encode<Row: Serialize>(table: Table, rows: &[Row]) -> Result<Vec<u8>> {
    let schema = table.schema();
    let mut writer = writer(table, Arc::clone(&schema), rows.len())?;
    for chunk in rows.chunks(BATCH_ROWS) {
        let batch = serde_arrow::to_record_batch(schema.fields(), &chunk).map_err(|error| failed(table, error))?;
        writer.write(&batch).map_err(|error| failed(table, error))?;
    }
    writer.into_inner().map_err(|error| failed(table, error))
}

/// The bytes of a Parquet file with these turns.
pub(crate) fn encode_turns(turns: SortedTurns) -> Result<Vec<u8>> {
    let table = Table::Turns;
    let mut writer = writer(table, table.schema(), turns.rows())?;
    for batch in turns.into_batches(BATCH_ROWS) {
        let batch = batch.map_err(|error| failed(table, error))?;
        writer.write(&batch).map_err(|error| failed(table, error))?;
    }
    writer.into_inner().map_err(|error| failed(table, error))
}

/// The bytes of a Parquet file with these batches, which have the columns of the table.
pub fn encode_batches(table: Table, batches: &[RecordBatch]) -> Result<Vec<u8>> {
    encode_columns(table, &table.schema(), batches)
}

/// The same with columns of another version of the table.
pub(crate) fn encode_columns(table: Table, columns: &Schema, batches: &[RecordBatch]) -> Result<Vec<u8>> {
    let rows = batches.iter().map(RecordBatch::num_rows).sum();
    // What a file says of itself besides its columns is the writer's to say.
    let columns = Arc::new(Schema::new(columns.fields().clone()));
    let mut writer = writer(table, columns, rows)?;
    for batch in batches {
        writer.write(batch).map_err(|error| failed(table, error))?;
    }
    writer.into_inner().map_err(|error| failed(table, error))
}

/// A writer of a file with so many rows. The file does not say its columns a second time as Arrow has them: Parquet's own
/// types say the same of every type that a column can have.
fn writer(table: Table, columns: SchemaRef, rows: usize) -> Result<ArrowWriter<Vec<u8>>> {
    let options = ArrowWriterOptions::new().with_properties(properties(rows)?).with_skip_arrow_metadata(true);
    ArrowWriter::try_new_with_options(Vec::new(), columns, options).map_err(|error| failed(table, error))
}

fn properties(rows: usize) -> Result<WriterProperties> {
    let level = ZstdLevel::try_new(3).map_err(|error| Error::new(ErrorKind::Config, "zstd level").because(error))?;
    let contact_id = ColumnPath::from("contact_id");
    let content = ColumnPath::from("content");
    let distinct = u64::try_from(rows.clamp(1, ROW_GROUP_ROWS)).unwrap_or(1);
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_bloom_filter_enabled(false)
        // What is said is never said twice in the same words: a dictionary of it is the text once more. And nobody asks
        // for what was said between two words of the alphabet.
        .set_column_dictionary_enabled(content.clone(), false)
        .set_column_statistics_enabled(content, EnabledStatistics::None)
        .set_column_bloom_filter_enabled(contact_id.clone(), true)
        .set_column_bloom_filter_max_ndv(contact_id, distinct)
        .set_created_by(format!("aftercall {}", env!("CARGO_PKG_VERSION")))
        .build();
    Ok(properties)
}

fn failed(table: Table, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::Storage, "rows cannot be written as Parquet").with("table", table.name()).because(error)
}

/// The schema of a table as it stands in generated files, one line a column.
pub fn describe(schema: &Schema) -> String {
    let line = |field: &Arc<arrow_schema::Field>| {
        format!("{}: {}{}\n", field.name(), field.data_type(), if field.is_nullable() { "" } else { " not null" })
    };
    schema.fields().iter().map(line).collect()
}
