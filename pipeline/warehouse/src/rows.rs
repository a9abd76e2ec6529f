//! Rows of a table as columns, from the moment they are made: as rows they would take several times the memory.

use aftercall_core::error::Result;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::Field;
use arrow_select::interleave::interleave;
use serde::Serialize;
use serde_arrow::ArrayBuilder;

use crate::encode::{encode, failed, is_one_value, pieces};
use crate::order::Order;
use crate::tables::Table;

/// Rows of one table, in the order in which they came.
#[derive(Default)]
pub(crate) struct Rows {
    /// None before the first row.
    builder: Option<ArrayBuilder>,
    rows: usize,
}

impl Rows {
    /// How many.
    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a row of this table.
    pub(crate) fn add<Row: Serialize>(&mut self, table: Table, row: &Row) -> Result<()> {
        let builder = match &mut self.builder {
            Some(builder) => builder,
            none => {
                let builder = ArrayBuilder::from_arrow(table.schema().fields());
                none.insert(builder.map_err(|error| failed(table, error))?)
            }
        };
        builder.push(row).map_err(|error| failed(table, error))?;
        self.rows += 1;
        Ok(())
    }

    fn finish(self, table: Table) -> Result<RecordBatch> {
        let Some(mut builder) = self.builder else { return Ok(RecordBatch::new_empty(table.schema())) };
        builder.to_record_batch().map_err(|error| failed(table, error))
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
    let is_one = |field: &Field| is_one_value(&columns(field).into_iter().map(AsRef::as_ref).collect::<Vec<_>>());
    encode(table, table.schema(), order.rows(), is_one, |field, piece, is_one| {
        let places = places.get(piece.number).map(Vec::as_slice).unwrap_or_default();
        let columns = columns(field);
        // All values are the same, so any are those of the piece.
        match columns.iter().find(|column| is_one && column.len() >= places.len()) {
            Some(column) => Ok(column.slice(0, places.len())),
            None => interleave(&columns.into_iter().map(AsRef::as_ref).collect::<Vec<&dyn Array>>(), places),
        }
    })
}
