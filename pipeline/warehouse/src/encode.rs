//! Columns to the bytes of a Parquet file: zstd, page index, a bloom filter on the contact id. The same rows give the same
//! bytes. A file is made column by column, so that only one column is in hand in the order of the file.

use std::ops::Range;
use std::sync::Arc;

use aftercall_core::error::{Error, ErrorKind, Result};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
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
    let is_one = |field: &Field| rows.column_by_name(field.name()).is_some_and(|column| is_one_value(&[column]));
    encode(table, columns, rows.num_rows(), is_one, |field, Piece { rows: piece, .. }, _| {
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

/// Whether all values of a column, which comes in parts, are the same, or all are missing.
pub(crate) fn is_one_value(parts: &[&dyn Array]) -> bool {
    let parts = || parts.iter().filter(|part| !part.is_empty());
    let is_one = |part: &&dyn Array| part.slice(1, part.len() - 1) == part.slice(0, part.len() - 1);
    parts().all(is_one) && all_equal(parts().map(|part| part.slice(0, 1)))
}

/// Whether all are the same.
pub(crate) fn all_equal<T: PartialEq>(values: impl Iterator<Item = T>) -> bool {
    values.is_sorted_by(|a, b| a == b)
}

/// The bytes of a Parquet file with so many rows. `is_one` says whether all values of a column are the same. `column` says a
/// piece of a column, in the order of the file; it is told whether all are the same.
pub(crate) fn encode(
    table: Table,
    columns: SchemaRef,
    rows: usize,
    is_one: impl Fn(&Field) -> bool,
    column: impl Fn(&Field, &Piece, bool) -> std::result::Result<ArrayRef, ArrowError>,
) -> Result<Vec<u8>> {
    let of_one: Vec<bool> = columns.fields().iter().map(|field| is_one(field)).collect();
    let fields = || columns.fields().iter().zip(of_one.iter().copied());
    let properties = properties(table, rows, fields().filter(|(_, is_one)| *is_one).map(|(field, _)| path(field)))?;
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
            for ((field, is_one), mut writer) in fields().zip(factory.create_column_writers(number)?) {
                for piece in pieces {
                    for leaf in compute_leaves(field, &column(field, piece, is_one)?)? {
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

fn properties(table: Table, rows: usize, of_one: impl Iterator<Item = ColumnPath>) -> Result<WriterProperties> {
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
    // There is nothing to compress, it would only become longer, and making what compresses takes longer than the rest of
    // the column.
    for column in of_one {
        properties = properties.set_column_compression(column, Compression::UNCOMPRESSED);
    }
    Ok(properties.build())
}

/// Where the values of a column lie: those of a list have a path of their own.
fn path(field: &Field) -> ColumnPath {
    let mut path = vec![field.name().clone()];
    if let DataType::List(item) = field.data_type() {
        path.extend(["list".to_owned(), item.name().clone()]);
    }
    ColumnPath::new(path)
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
