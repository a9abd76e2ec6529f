//! Takes fields out of a JSON object, one by one; what is left in the end is unknown, and an error.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::action::{Figure, Reference, Written};

/// The fields of an object that were not read yet.
pub(super) struct Fields {
    place: &'static str,
    left: Map<String, Value>,
}

pub(super) type Read<T> = Result<T, String>;

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

impl Fields {
    /// The fields of a value that must be an object; null is an empty one.
    pub(super) fn of(place: &'static str, value: Value) -> Read<Self> {
        match value {
            Value::Object(left) => Ok(Self { place, left }),
            Value::Null => Ok(Self { place, left: Map::new() }),
            other => Err(format!("{place} is {}, not an object", kind(&other))),
        }
    }

    /// Any value; none for null and for a field that is not there.
    pub(super) fn any(&mut self, name: &str) -> Option<Value> {
        self.left.remove(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&mut self, name: &str) -> Read<Option<String>> {
        match self.any(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(format!("{}.{name} is {}, not a text", self.place, kind(&other))),
        }
    }

    pub(super) fn need_text(&mut self, name: &str) -> Read<String> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    pub(super) fn need_reference(&mut self, name: &str) -> Read<Reference> {
        Ok(Reference::of(&self.need_text(name)?))
    }

    pub(super) fn figure(&mut self, name: &str) -> Read<Option<Figure>> {
        let bad = |found: &str| format!("{}.{name} is {found}, not a whole number that stands in the flow", self.place);
        let (value, written) = match self.left.remove(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) => (text.parse().map_err(|_| bad(&format!("{text:?}")))?, Written::Text),
            Some(Value::Number(number)) => {
                let whole = number.as_u64().and_then(|number| u32::try_from(number).ok());
                (whole.ok_or_else(|| bad(&number.to_string()))?, Written::Number)
            }
            Some(other) => return Err(bad(kind(&other))),
        };
        Ok(Some(Figure { value, written }))
    }

    pub(super) fn need_figure(&mut self, name: &str) -> Read<Figure> {
        self.figure(name)?.ok_or_else(|| self.missing(name))
    }

    pub(super) fn texts(&mut self, name: &str) -> Read<BTreeMap<String, String>> {
        let Some(value) = self.any(name) else { return Ok(BTreeMap::new()) };
        let Value::Object(fields) = value else {
            return Err(format!("{}.{name} is {}, not an object", self.place, kind(&value)));
        };
        fields
            .into_iter()
            .map(|(key, value)| match value {
                Value::String(text) => Ok((key, text)),
                other => Err(format!("{}.{name}.{key} is {}, not a text", self.place, kind(&other))),
            })
            .collect()
    }

    pub(super) fn list(&mut self, name: &str) -> Read<Vec<Value>> {
        match self.any(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(items),
            Some(other) => Err(format!("{}.{name} is {}, not a list", self.place, kind(&other))),
        }
    }

    pub(super) fn fields(&mut self, place: &'static str, name: &str) -> Read<Option<Self>> {
        self.any(name).map(|value| Self::of(place, value)).transpose()
    }

    pub(super) fn missing(&self, name: &str) -> String {
        format!("{}.{name} is missing", self.place)
    }

    /// Says what is left.
    pub(super) fn end(self) -> Read<()> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(name) => Err(format!("{}.{name} is not known", self.place)),
        }
    }
}
