//! The columns of a row type, read from its JSON Schema: one visitor for Arrow, the dictionary and whatever comes after.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, TimeUnit};
use schemars::JsonSchema;
use serde_json::Value;

/// Type of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnType {
    /// UTF-8 text.
    Text,
    /// 64-bit integer.
    Integer,
    /// 64-bit float.
    Float,
    /// True or false.
    Boolean,
    /// A moment in UTC, milliseconds.
    Timestamp,
    /// A day.
    Date,
    /// A list of values, none of them null.
    List(Box<ColumnType>),
}

impl ColumnType {
    /// The name as the dictionary has it.
    pub fn name(&self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Integer => "integer".into(),
            Self::Float => "float".into(),
            Self::Boolean => "boolean".into(),
            Self::Timestamp => "timestamp (UTC, ms)".into(),
            Self::Date => "date".into(),
            Self::List(of) => format!("list of {}", of.name()),
        }
    }

    /// The Arrow type.
    pub fn arrow(&self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Integer => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Boolean => DataType::Boolean,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
            Self::Date => DataType::Date32,
            Self::List(of) => DataType::List(Arc::new(Field::new("item", of.arrow(), false))),
        }
    }
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Type.
    pub column_type: ColumnType,
    /// Whether it may be null.
    pub nullable: bool,
    /// What it says.
    pub description: String,
}

/// The columns of a row type, in the order of its fields. A field of a type that no column can have is an error, which a
/// test finds before anybody else.
pub fn columns_of<Row: JsonSchema>() -> Result<Vec<Column>, String> {
    let schema = schemars::schema_for!(Row);
    let properties = schema.get("properties").and_then(Value::as_object).ok_or("a row type has no fields")?;
    let column = |(name, property): (&String, &Value)| {
        let (column_type, nullable) = column_type(property).map_err(|fault| format!("column {name}: {fault}"))?;
        let description = property.get("description").and_then(Value::as_str).unwrap_or_default().to_string();
        Ok(Column { name: name.clone(), column_type, nullable, description })
    };
    properties.iter().map(column).collect()
}

fn column_type(property: &Value) -> Result<(ColumnType, bool), String> {
    let types: Vec<&str> = match property.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => return Err(format!("no type in {property}")),
    };
    let nullable = types.contains(&"null");
    let format = property.get("format").and_then(Value::as_str);
    let one = match types.iter().find(|word| **word != "null") {
        Some(&"string") => match format {
            Some("date-time") => ColumnType::Timestamp,
            Some("date") => ColumnType::Date,
            _ => ColumnType::Text,
        },
        Some(&"integer") => ColumnType::Integer,
        Some(&"number") => ColumnType::Float,
        Some(&"boolean") => ColumnType::Boolean,
        Some(&"array") => {
            let items = property.get("items").ok_or("a list without items")?;
            match column_type(items)? {
                (_, true) => return Err("a list of values that may be null".into()),
                (of, false) => ColumnType::List(Box::new(of)),
            }
        }
        other => return Err(format!("no column for {other:?}")),
    };
    Ok((one, nullable))
}

/// The Arrow schema of columns. Descriptions stay in the dictionary and the catalogue: in every file they would be longer
/// than the rows of an hour.
pub fn arrow_schema(columns: &[Column]) -> Schema {
    let field = |column: &Column| Field::new(&column.name, column.column_type.arrow(), column.nullable);
    Schema::new(columns.iter().map(field).collect::<Vec<_>>())
}
