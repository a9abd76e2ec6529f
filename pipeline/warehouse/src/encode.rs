//! Columns to the bytes of a Parquet file: zstd, page index, a bloom filter on the contact id. The same rows give the same
//! bytes. A file is made column by column, so that only one column is in hand in the order of the file.

use std::ops::Range;
use std::sync::Arc;

use aftercall_core::error::{Error, ErrorKind, Result};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};
use arrow_select::concat::concat_batches;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowWriterOptions, compute_leaves};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use crate::tables::Table;

/// Rows of a column that are in hand at a time: a piece stays in the cache of a core.
const PIECE_ROWS: usize = 1024;
/// Rows of a row group.
const ROW_GROUP_ROWS: usize = 128 * 1024;
/// Columns of turns that no reader skips a page by.
const WITHOUT_ORDER: [&str; 6] =
    ["turn_id", "participant_id", "participant_role", "speaker_role_source", "language_locale", "sentiment"];
/// Columns of turns whose values lie close to those before.
const CLOSE_TOGETHER: [&str; 5] = ["revision", "turn", "begin_offset_ms", "end_offset_ms", "begin_timestamp"];

/// The bytes of a Parquet file with these batches, which have the columns of the table.
pub fn encode_batches(table: Table, batches: &[RecordBatch]) -> Result<Vec<u8>> {
    encode_columns(table, &table.schema(), batches)
}

/// The same with columns of another version of the table.
pub(crate) fn encode_columns(table: Table, columns: &Schema, batches: &[RecordBatch]) -> Result<Vec<u8>> {
    // What a file says of itself besides its columns is the writer's to say.
    let columns = Arc::new(Schema::new(columns.fields().clone()));
    let rows = concat_batches(&columns, batches).map_err(|error| failed(table, error))?;
    let is_empty = |field: &Field| rows.column_by_name(field.name()).is_some_and(is_null);
    encode(table, columns, rows.num_rows(), is_empty, |field, Piece { rows: piece, .. }| {
        let column = rows.column_by_name(field.name());
        let column = column.ok_or_else(|| ArrowError::SchemaError(format!("no column {}", field.name())))?;
        Ok(column.slice(piece.start, piece.len()))
    })
}

/// Rows of a file that are in hand at a time.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    /// How many pieces come before.
    pub number: usize,
    /// The rows.
    pub rows: Range<usize>,
}

/// The pieces of a file with so many rows.
pub(crate) fn pieces(rows: usize) -> impl Iterator<Item = Piece> {
    parts(0..rows, PIECE_ROWS).enumerate().map(|(number, rows)| Piece { number, rows })
}

/// Whether a column has no value.
pub(crate) fn is_null(column: &(impl Array + ?Sized)) -> bool {
    column.null_count() == column.len()
}

/// The bytes of a Parquet file with so many rows. `is_empty` says whether a column has no value. `column` says a piece of a
/// column, in the order of the file.
pub(crate) fn encode(
    table: Table,
    columns: SchemaRef,
    rows: usize,
    is_empty: impl Fn(&Field) -> bool,
    column: impl Fn(&Field, &Piece) -> std::result::Result<ArrayRef, ArrowError>,
) -> Result<Vec<u8>> {
    let empty = columns.fields().iter().filter(|field| is_empty(field)).map(|field| field.name().as_str());
    let properties = properties(table, rows, empty)?;
    let write = || -> std::result::Result<Vec<u8>, ParquetError> {
        // The file does not say its columns a second time as Arrow has them: Parquet's own types say the same of every
        // type that a column can have.
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(Vec::new(), Arc::clone(&columns), options)?;
        let (mut file, factory) = writer.into_serialized_writer()?;
        let pieces: Vec<Piece> = pieces(rows).collect();
        for (number, pieces) in pieces.chunks(ROW_GROUP_ROWS / PIECE_ROWS).enumerate() {
            let mut row_group = file.next_row_group()?;
            // A column has one writer: no column is a structure of several.
            for (field, mut writer) in columns.fields().iter().zip(factory.create_column_writers(number)?) {
                for piece in pieces {
                    for leaf in compute_leaves(field, &column(field, piece)?)? {
                        writer.write(&leaf)?;
                    }
                }
                writer.close()?.append_to_row_group(&mut row_group)?;
            }
            row_group.close()?;
        }
        file.into_inner()
    };
    write().map_err(|error| failed(table, error))
}

/// A range in parts of this length, the last one of what is left.
fn parts(whole: Range<usize>, length: usize) -> impl Iterator<Item = Range<usize>> {
    let end = whole.end;
    whole.step_by(length).map(move |begin| begin..end.min(begin + length))
}

fn properties<'a>(table: Table, rows: usize, empty: impl Iterator<Item = &'a str>) -> Result<WriterProperties> {
    let level = ZstdLevel::try_new(3).map_err(|error| Error::new(ErrorKind::Config, "zstd level").because(error))?;
    let contact_id = ColumnPath::from("contact_id");
    let content = ColumnPath::from("content");
    let distinct = u64::try_from(rows.clamp(1, ROW_GROUP_ROWS)).unwrap_or(1);
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_bloom_filter_enabled(false)
        // What is said is never said twice in the same words: a dictionary of it is the text once more. The lengths stand
        // apart from the text, which is then smaller by 4 %. And nobody asks for what was said between two words of the
        // alphabet.
        .set_column_dictionary_enabled(content.clone(), false)
        .set_column_encoding(content.clone(), Encoding::DELTA_LENGTH_BYTE_ARRAY)
        .set_column_statistics_enabled(content, EnabledStatistics::None)
        .set_column_bloom_filter_enabled(contact_id.clone(), true)
        .set_column_bloom_filter_max_ndv(contact_id, distinct)
        .set_created_by(format!("aftercall {}", env!("CARGO_PKG_VERSION")));
    if table == Table::Turns {
        // Every page has every word of these, and the ids of turns follow no order, so nothing could be skipped by them.
        for name in WITHOUT_ORDER {
            properties = properties.set_column_statistics_enabled(ColumnPath::from(name), EnabledStatistics::None);
        }
        // Times within a contact are all different and lie close to those before; the revision is mostly the same.
        for name in CLOSE_TOGETHER {
            let column = ColumnPath::from(name);
            properties = properties
                .set_column_dictionary_enabled(column.clone(), false)
                .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
        }
    }
    // There is nothing to compress, and making what compresses takes longer than the rest of the column.
    for name in empty {
        properties = properties.set_column_compression(ColumnPath::from(name), Compression::UNCOMPRESSED);
    }
    Ok(properties.build())
}

pub(crate) fn failed(table: Table, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::Storage, "rows cannot be written as Parquet").with("table", table.name()).because(error)
}

/// The schema of a table as it stands in generated files, one line a column.
pub fn describe(schema: &Schema) -> String {
    let line = |field: &Arc<arrow_schema::Field>| {
        format!("{}: {}{}\n", field.name(), field.data_type(), if field.is_nullable() { "" } else { " not null" })
    };
    schema.fields().iter().map(line).collect()
}
