//! Rows of a table as columns, from the moment they are made: as rows they would take several times the memory.

use aftercall_core::error::Result;
use arrow_array::{Array, ArrayRef, RecordBatch, new_null_array};
use arrow_schema::Field;
use arrow_select::interleave::interleave;
use serde::Serialize;

use crate::builders::Builders;
use crate::encode::{encode, failed, is_null, pieces};
use crate::order::Order;
use crate::tables::Table;

/// Rows of one table, in the order in which they came.
#[derive(Default)]
pub(crate) struct Rows {
    /// None before the first row.
    builders: Option<Builders>,
    rows: usize,
}

impl Rows {
    /// How many.
    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a row of this table.
    pub(crate) fn add<Row: Serialize>(&mut self, table: Table, row: &Row) -> Result<()> {
        let builders = self.builders.get_or_insert_with(|| Builders::of(table.columns()));
        builders.add(row).map_err(|error| failed(table, error))?;
        self.rows += 1;
        Ok(())
    }

    fn finish(self, table: Table) -> Result<RecordBatch> {
        let Some(builders) = self.builders else { return Ok(RecordBatch::new_empty(table.schema())) };
        let columns = builders.finish();
        let batch = columns.and_then(|columns| RecordBatch::try_new(table.schema(), columns));
        batch.map_err(|error| failed(table, error))
    }
}

/// The bytes of a Parquet file with the rows of these parts.
pub(crate) fn encode_rows(table: Table, parts: Vec<Rows>, order: &Order) -> Result<Vec<u8>> {
    let parts: Vec<RecordBatch> = parts.into_iter().map(|part| part.finish(table)).collect::<Result<_>>()?;
    // Where the rows of each piece lie: the same for every column.
    let places = pieces(order.rows()).map(|piece| {
        let places = order.cut(piece.rows).flat_map(|run| run.rows.map(move |row| (run.part, row)));
        places.collect::<Vec<(usize, usize)>>()
    });
    let places: Vec<_> = places.collect();
    let columns = |field: &Field| -> Vec<&ArrayRef> {
        parts.iter().filter_map(|part| part.column_by_name(field.name())).collect()
    };
    let is_empty = |field: &Field| columns(field).into_iter().all(is_null);
    encode(table, table.schema(), order.rows(), is_empty, |field, piece| {
        let places = places.get(piece.number).map(Vec::as_slice).unwrap_or_default();
        if is_empty(field) {
            return Ok(new_null_array(field.data_type(), places.len()));
        }
        interleave(&columns(field).into_iter().map(AsRef::as_ref).collect::<Vec<&dyn Array>>(), places)
    })
}
