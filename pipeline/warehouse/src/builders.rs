//! Rows to columns: what serde says of a row goes field by field to the builder of its column. A row says its fields in the
//! order of the columns, because both come from the same type; one that does not is refused.

use std::fmt::{self, Display};
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, StringBuilder, TimestampMillisecondBuilder,
};
use arrow_array::{ArrayRef, ListArray, new_null_array};
use arrow_schema::{ArrowError, Field};
use jiff::civil::Date;
use serde::Serialize;
use serde::ser::{Error, Impossible, SerializeSeq, SerializeStruct, Serializer};

use crate::columns::{Column, ColumnType};

/// The first day of a column of days.
const EPOCH: Date = Date::constant(1970, 1, 1);

/// A value that has no place in its column: a fault of this program.
#[derive(Debug)]
pub(crate) struct Misplaced(String);

impl Display for Misplaced {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Misplaced {}

impl Error for Misplaced {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

type Done = Result<(), Misplaced>;

/// The values of a column.
enum Builder {
    Text(StringBuilder),
    Integer(Int64Builder),
    Float(Float64Builder),
    Boolean(BooleanBuilder),
    Timestamp(TimestampMillisecondBuilder),
    Date(Date32Builder),
    /// Values, and the number of them after each list.
    List(Box<Builder>, Vec<i32>),
}

impl Builder {
    /// With so many nulls. Lists have none.
    fn of(column_type: &ColumnType, nulls: usize) -> Self {
        macro_rules! with_nulls {
            ($builder:expr) => {{
                let mut builder = $builder;
                builder.append_nulls(nulls);
                builder
            }};
        }
        match column_type {
            ColumnType::Text => Self::Text(with_nulls!(StringBuilder::new())),
            ColumnType::Integer => Self::Integer(with_nulls!(Int64Builder::new())),
            ColumnType::Float => Self::Float(with_nulls!(Float64Builder::new())),
            ColumnType::Boolean => Self::Boolean(with_nulls!(BooleanBuilder::new())),
            ColumnType::Timestamp => {
                Self::Timestamp(with_nulls!(TimestampMillisecondBuilder::new().with_timezone("UTC")))
            }
            ColumnType::Date => Self::Date(with_nulls!(Date32Builder::new())),
            ColumnType::List(of) => Self::List(Box::new(Self::of(of, 0)), vec![0]),
        }
    }

    fn append_null(&mut self) -> Done {
        match self {
            Self::Text(builder) => builder.append_null(),
            Self::Integer(builder) => builder.append_null(),
            Self::Float(builder) => builder.append_null(),
            Self::Boolean(builder) => builder.append_null(),
            Self::Timestamp(builder) => builder.append_null(),
            Self::Date(builder) => builder.append_null(),
            Self::List(..) => return Err(Misplaced("a list that is null".into())),
        }
        Ok(())
    }

    fn append_text(&mut self, text: &str) -> Done {
        match self {
            Self::Text(builder) => builder.append_value(text),
            Self::Timestamp(builder) => {
                let moment: jiff::Timestamp = text.parse().map_err(Misplaced::custom)?;
                builder.append_value(moment.as_millisecond());
            }
            Self::Date(builder) => {
                let date: Date = text.parse().map_err(Misplaced::custom)?;
                builder.append_value(EPOCH.until(date).map_err(Misplaced::custom)?.get_days());
            }
            _ => return self.refuse("text"),
        }
        Ok(())
    }

    fn refuse(&self, what: &str) -> Done {
        let name = match self {
            Self::Text(_) => "text",
            Self::Integer(_) => "integers",
            Self::Float(_) => "floats",
            Self::Boolean(_) => "booleans",
            Self::Timestamp(_) => "moments",
            Self::Date(_) => "days",
            Self::List(..) => "lists",
        };
        Err(Misplaced(format!("{what} in a column of {name}")))
    }

    fn finish(self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Text(mut builder) => Arc::new(builder.finish()),
            Self::Integer(mut builder) => Arc::new(builder.finish()),
            Self::Float(mut builder) => Arc::new(builder.finish()),
            Self::Boolean(mut builder) => Arc::new(builder.finish()),
            Self::Timestamp(mut builder) => Arc::new(builder.finish()),
            Self::Date(mut builder) => Arc::new(builder.finish()),
            Self::List(values, ends) => {
                let values = values.finish()?;
                let field = Arc::new(Field::new("item", values.data_type().clone(), false));
                let ends = arrow_buffer::OffsetBuffer::new(ends.into());
                Arc::new(ListArray::try_new(field, ends, values, None)?)
            }
        })
    }
}

/// A column of a table. Many have no value at all, so its builder is made when the first one comes.
struct Values {
    name: &'static str,
    column_type: &'static ColumnType,
    /// Nulls before the first value.
    nulls: usize,
    builder: Option<Builder>,
}

impl Values {
    fn builder(&mut self) -> &mut Builder {
        self.builder.get_or_insert_with(|| Builder::of(self.column_type, self.nulls))
    }

    fn append_null(&mut self) -> Done {
        match &mut self.builder {
            Some(builder) => builder.append_null(),
            None => {
                self.nulls += 1;
                Ok(())
            }
        }
    }

    fn finish(self) -> Result<ArrayRef, ArrowError> {
        match self.builder {
            Some(builder) => builder.finish(),
            None => Ok(new_null_array(&self.column_type.arrow(), self.nulls)),
        }
    }
}

/// The columns of a table.
pub(crate) struct Builders {
    columns: Vec<Values>,
    /// Whether no row has shown yet that its fields are the columns.
    is_new: bool,
}

impl Builders {
    /// Without rows.
    pub(crate) fn of(columns: &'static [Column]) -> Self {
        let values = |column: &'static Column| Values {
            name: column.name.as_str(),
            column_type: &column.column_type,
            nulls: 0,
            builder: None,
        };
        Self { columns: columns.iter().map(values).collect(), is_new: true }
    }

    /// Adds a row. After an error the columns are of no use any more.
    pub(crate) fn add<Row: Serialize>(&mut self, row: &Row) -> Done {
        row.serialize(Place::Row(self))?;
        self.is_new = false;
        Ok(())
    }

    /// The columns, in their order.
    pub(crate) fn finish(self) -> Result<Vec<ArrayRef>, ArrowError> {
        self.columns.into_iter().map(Values::finish).collect()
    }
}

/// Where what serde says goes.
enum Place<'a> {
    Row(&'a mut Builders),
    Value(&'a mut Values),
    Element(&'a mut Builder),
}

impl<'a> Place<'a> {
    /// The builder of a value.
    fn builder(self, what: &str) -> Result<&'a mut Builder, Misplaced> {
        match self {
            Self::Value(values) => Ok(values.builder()),
            Self::Element(builder) => Ok(builder),
            Self::Row(_) => Err(Misplaced(format!("{what} in the place of a row"))),
        }
    }

    fn refuse(self, what: &str) -> Done {
        self.builder(what)?.refuse(what)
    }
}

/// What no row has in it.
macro_rules! refused {
    ($($method:ident($of:ty)),*) => {
        $(fn $method(self, _: $of) -> Done {
            self.refuse(stringify!($method))
        })*
    };
}

impl<'a> Serializer for Place<'a> {
    type Ok = ();
    type Error = Misplaced;
    type SerializeSeq = List<'a>;
    type SerializeTuple = Impossible<(), Misplaced>;
    type SerializeTupleStruct = Impossible<(), Misplaced>;
    type SerializeTupleVariant = Impossible<(), Misplaced>;
    type SerializeMap = Impossible<(), Misplaced>;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Impossible<(), Misplaced>;

    fn serialize_bool(self, value: bool) -> Done {
        match self.builder("a boolean")? {
            Builder::Boolean(builder) => builder.append_value(value),
            other => return other.refuse("a boolean"),
        }
        Ok(())
    }

    fn serialize_i64(self, value: i64) -> Done {
        match self.builder("an integer")? {
            Builder::Integer(builder) => builder.append_value(value),
            other => return other.refuse("an integer"),
        }
        Ok(())
    }

    fn serialize_f64(self, value: f64) -> Done {
        match self.builder("a float")? {
            Builder::Float(builder) => builder.append_value(value),
            other => return other.refuse("a float"),
        }
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Done {
        self.builder("text")?.append_text(value)
    }

    fn serialize_none(self) -> Done {
        match self {
            Self::Value(values) => values.append_null(),
            other => other.refuse("nothing"),
        }
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'a>, Misplaced> {
        match self.builder("a list")? {
            Builder::List(values, ends) => Ok(List { values, ends }),
            _ => Err(Misplaced("a list in a column without lists".into())),
        }
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'a>, Misplaced> {
        match self {
            Self::Row(builders) => Ok(Fields { columns: builders.columns.iter_mut(), is_new: builders.is_new }),
            Self::Value(_) | Self::Element(_) => Err(Misplaced("a row in a column".into())),
        }
    }

    refused!(serialize_i8(i8), serialize_i16(i16), serialize_i32(i32), serialize_u8(u8), serialize_u16(u16));
    refused!(serialize_u32(u32), serialize_u64(u64), serialize_f32(f32), serialize_char(char), serialize_bytes(&[u8]));
    refused!(serialize_unit_struct(&'static str));

    fn serialize_unit(self) -> Done {
        self.refuse("nothing")
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Done {
        self.serialize_str(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: &T,
    ) -> Done {
        self.refuse(name)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Misplaced> {
        Err(Misplaced("a tuple in a row".into()))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Misplaced> {
        Err(Misplaced("a tuple in a row".into()))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Misplaced> {
        Err(Misplaced(format!("{name} in a row")))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Misplaced> {
        Err(Misplaced("a map in a row".into()))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Misplaced> {
        Err(Misplaced(format!("{name} in a row")))
    }
}

/// The fields of a row, and the columns that none was said for yet.
struct Fields<'a> {
    columns: std::slice::IterMut<'a, Values>,
    is_new: bool,
}

impl SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = Misplaced;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Done {
        match self.columns.next() {
            Some(values) if !self.is_new || values.name == name => value.serialize(Place::Value(values)),
            _ => Err(Misplaced(format!("a field {name} that is not the next column"))),
        }
    }

    fn end(mut self) -> Done {
        match self.columns.next() {
            None => Ok(()),
            Some(values) => Err(Misplaced(format!("a row without {}", values.name))),
        }
    }
}

/// A list of a row.
struct List<'a> {
    values: &'a mut Builder,
    ends: &'a mut Vec<i32>,
}

impl SerializeSeq for List<'_> {
    type Ok = ();
    type Error = Misplaced;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        value.serialize(Place::Element(self.values))
    }

    fn end(self) -> Done {
        let values = match self.values {
            Builder::Text(builder) => builder.offsets_slice().len() - 1,
            Builder::Integer(builder) => builder.values_slice().len(),
            _ => return Err(Misplaced("a list of neither text nor integers".into())),
        };
        self.ends.push(i32::try_from(values).map_err(Misplaced::custom)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use aftercall_schemas::rows::{
        CategoryRow, ContactRow, EntityRow, FirstResponseRow, QuarantineRow, SentimentQuarterRow, SummaryRow, TurnRow,
    };
    use arrow_array::RecordBatch;
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use super::*;
    use crate::tables::Table;

    /// A value of a column: null in every third row, if it may be.
    fn value(column: &Column, row: usize) -> Value {
        if column.nullable && row % 3 == 2 {
            return Value::Null;
        }
        let of = |column_type: &ColumnType| match column_type {
            ColumnType::Text => json!(format!("{} {row} é", column.name)),
            ColumnType::Integer => json!(row * 1_000_000_007),
            ColumnType::Float => json!(row as f64 / 8.0),
            ColumnType::Boolean => json!(row.is_multiple_of(2)),
            ColumnType::Timestamp => json!(format!("{}-03-09T08:00:00.123456Z", 1970 + row)),
            ColumnType::Date => json!(format!("{}-03-09", 1970 + row)),
            ColumnType::List(_) => Value::Null,
        };
        match &column.column_type {
            ColumnType::List(inner) => Value::Array(vec![of(inner); row]),
            other => of(other),
        }
    }

    fn check<Row: Serialize + DeserializeOwned>(table: Table) {
        let row = |row: usize| {
            let fields = table.columns().iter().map(|column| (column.name.clone(), value(column, row)));
            serde_json::from_value(Value::Object(fields.collect())).unwrap()
        };
        let rows: Vec<Row> = (0..7).map(row).collect();
        let mut builders = Builders::of(table.columns());
        rows.iter().for_each(|row| builders.add(row).unwrap());
        let columns = RecordBatch::try_new(table.schema(), builders.finish().unwrap()).unwrap();
        assert_eq!(columns, serde_arrow::to_record_batch(table.schema().fields(), &rows).unwrap());
    }

    #[test]
    fn columns_are_those_of_another_writer() {
        check::<ContactRow>(Table::Contacts);
        check::<TurnRow>(Table::Turns);
        check::<SentimentQuarterRow>(Table::SentimentQuarters);
        check::<SummaryRow>(Table::Summaries);
        check::<CategoryRow>(Table::Categories);
        check::<EntityRow>(Table::Entities);
        check::<FirstResponseRow>(Table::FirstResponses);
        check::<QuarantineRow>(Table::Quarantine);
    }

    #[test]
    fn what_has_no_place_is_refused() {
        #[derive(Serialize)]
        struct Other {
            contact_id: u8,
        }
        #[derive(Serialize)]
        struct Short {
            instance_id: &'static str,
        }
        let problem = |add: fn(&mut Builders) -> Done| add(&mut Builders::of(Table::Turns.columns())).unwrap_err().0;
        assert_eq!(
            problem(|rows| rows.add(&Other { contact_id: 1 })),
            "a field contact_id that is not the next column"
        );
        assert_eq!(problem(|rows| rows.add(&Short { instance_id: "i" })), "a row without contact_id");
        assert_eq!(problem(|rows| rows.add(&"text")), "text in the place of a row");
        let mut moments = Builder::of(&ColumnType::Timestamp, 0);
        assert!(moments.append_text("yesterday").is_err());
        assert_eq!(moments.refuse("text").unwrap_err().0, "text in a column of moments");
    }
}
