//! The columns of released versions, and what a new version may change: add columns that may be null, and nothing else. So
//! files of every version are read beside each other, and a function that is rolled back leaves rows that can be read.

use std::sync::Arc;

use aftercall_core::error::{Error, ErrorKind, Result};
use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, ListBuilder, StringBuilder,
    TimestampMillisecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};

use crate::columns::{Column, ColumnType};
use crate::encode::{encode_batches, encode_columns};
use crate::tables::Table;

/// A column that no version has.
pub const NEWER_COLUMN: &str = "column_of_a_newer_version";

/// Every change from `old` to `new` that a reader of old and new files would stumble over, by column. Both are columns as
/// `schemas/generated/arrow` has them.
pub fn incompatible(old: &str, new: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, old_type) in columns(old) {
        match columns(new).find(|(known, _)| *known == name) {
            None => faults
                .push(format!("{name}: removed or renamed; keep it, and let it be null where it is no more known")),
            Some((_, new_type)) if new_type == old_type => {}
            Some((_, new_type)) if Some(new_type) == old_type.strip_suffix(" not null") => {
                faults.push(format!("{name}: may be null now, and readers rely on that it is not"));
            }
            Some((_, new_type)) => {
                faults.push(format!("{name}: was {old_type} and is {new_type}; add a column instead"));
            }
        }
    }
    for (name, new_type) in columns(new) {
        if new_type.ends_with(" not null") && !columns(old).any(|(known, _)| known == name) {
            faults.push(format!("{name}: new and never null, but files of the old version do not have it"));
        }
    }
    faults
}

fn columns(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| line.split_once(": "))
}

/// A small file of a table as this version writes it: a row with a value in every column and a row with as few as may be.
/// It is kept with the version, so that later ones are tried on it.
pub fn example_file(table: Table) -> Result<Vec<u8>> {
    let schema = table.schema();
    let arrays = table.columns().iter().map(example_values).collect();
    let batch = RecordBatch::try_new(schema, arrays).map_err(|error| {
        Error::new(ErrorKind::Corrupt, "an example row cannot be made").with("table", table.name()).because(error)
    })?;
    encode_batches(table, &[batch])
}

/// The same file as a version after this one may write it: with a column more, first of all, which this one does not know. For
/// the tests of a function that was rolled back.
pub fn newer_example_file(table: Table) -> Result<Vec<u8>> {
    let mut fields = vec![Arc::new(Field::new(NEWER_COLUMN, DataType::Utf8, true))];
    fields.extend(table.schema().fields().iter().cloned());
    let schema = Arc::new(Schema::new(fields));
    let newer: ArrayRef = Arc::new(StringArray::from(vec![Some("newer"), None]));
    let arrays = std::iter::once(newer).chain(table.columns().iter().map(example_values)).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(|error| {
        Error::new(ErrorKind::Corrupt, "an example row cannot be made").with("table", table.name()).because(error)
    })?;
    encode_columns(table, &schema, &[batch])
}

/// A value, and null or the empty value.
fn example_values(column: &Column) -> ArrayRef {
    let nullable = column.nullable;
    match &column.column_type {
        ColumnType::Text => {
            let mut builder = StringBuilder::new();
            builder.append_value(format!("{} 1", column.name));
            builder.append_option((!nullable).then(|| format!("{} 2", column.name)));
            Arc::new(builder.finish())
        }
        ColumnType::Integer => {
            let mut builder = Int64Builder::new();
            builder.append_value(1);
            builder.append_option((!nullable).then_some(1));
            Arc::new(builder.finish())
        }
        ColumnType::Float => {
            let mut builder = Float64Builder::new();
            builder.append_value(-1.5);
            builder.append_option((!nullable).then_some(0.0));
            Arc::new(builder.finish())
        }
        ColumnType::Boolean => {
            let mut builder = BooleanBuilder::new();
            builder.append_value(true);
            builder.append_option((!nullable).then_some(false));
            Arc::new(builder.finish())
        }
        ColumnType::Timestamp => {
            // 2026-03-09T08:00:00.123Z.
            let moment = 1_773_043_200_123;
            let mut builder = TimestampMillisecondBuilder::new().with_timezone("UTC");
            builder.append_value(moment);
            builder.append_option((!nullable).then_some(moment));
            Arc::new(builder.finish())
        }
        ColumnType::Date => {
            // 2026-03-09.
            let mut builder = Date32Builder::new();
            builder.append_value(20_521);
            builder.append_option((!nullable).then_some(20_521));
            Arc::new(builder.finish())
        }
        ColumnType::List(of) => example_list(of),
    }
}

/// A list of two and an empty one. Lists are of texts or of integers.
fn example_list(of: &ColumnType) -> ArrayRef {
    let item = Field::new("item", of.arrow(), false);
    if *of == ColumnType::Integer {
        let mut builder = ListBuilder::new(Int64Builder::new()).with_field(item);
        builder.append_value([Some(1), Some(2)]);
        builder.append(true);
        return Arc::new(builder.finish());
    }
    let mut builder = ListBuilder::new(StringBuilder::new()).with_field(item);
    builder.append_value([Some("one"), Some("two")]);
    builder.append(true);
    Arc::new(builder.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_new_version_may_change() {
        let old = "contact_id: Utf8 not null\nrevision: Int64 not null\nscore: Float64\n";
        let check = |new: &str, expected: &[&str]| {
            let faults = incompatible(old, new);
            assert_eq!(faults.len(), expected.len(), "{faults:?}");
            for (fault, expected) in faults.iter().zip(expected) {
                assert!(fault.starts_with(expected), "{fault:?} does not name {expected:?}");
            }
        };
        check(old, &[]);
        check("contact_id: Utf8 not null\nrevision: Int64 not null\nscore: Float64\nmood: Utf8\n", &[]);
        check("revision: Int64 not null\nscore: Float64\ncontact_id: Utf8 not null\n", &[]);
        check("contact_id: Utf8 not null\nscore: Float64\n", &["revision: removed"]);
        check("contact: Utf8\nrevision: Int64 not null\nscore: Float64\n", &["contact_id: removed"]);
        check("contact_id: Utf8 not null\nrevision: Utf8 not null\nscore: Float64\n", &["revision: was Int64"]);
        check("contact_id: Utf8\nrevision: Int64 not null\nscore: Float64\n", &["contact_id: may be null now"]);
        check(
            "contact_id: Utf8 not null\nrevision: Int64 not null\nscore: Float64 not null\n",
            &["score: was Float64"],
        );
        check(
            "contact_id: Utf8 not null\nrevision: Int64 not null\nscore: Float64\nmood: Utf8 not null\n",
            &["mood: new and never null"],
        );
    }
}
