//! How fields of the wire formats are read, and nothing about what they mean.
//!
//! Amazon Connect, Lex and Transcribe write the same fact in several ways: absent, `null`, `""`, `[]` and `{}` all say
//! "none"; a number comes as an integer, a float or a string. These functions (for `deserialize_with`) accept all of
//! them. Only a value of a shape that cannot be meant (an object where text belongs) is an error, so that nothing is
//! lost silently. No error message here quotes the value: it could be what a customer said.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Text. Numbers and booleans become their text; empty text is none.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(deserializer.deserialize_any(TextVisitor)?.filter(|text| !text.is_empty()))
}

/// What was said: like [`text`], but an empty text stays a text, because the turn itself is a fact.
pub fn content<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    deserializer.deserialize_any(TextVisitor)
}

/// A whole number; fractions are rounded.
pub fn int<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    match deserializer.deserialize_any(NumberVisitor)? {
        None => Ok(None),
        Some(Number::Int(value)) => Ok(Some(value)),
        Some(Number::Float(value)) => whole(value).map(Some).ok_or_else(|| Error::custom("number out of range")),
    }
}

/// A number.
pub fn num<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Ok(deserializer.deserialize_any(NumberVisitor)?.map(|number| match number {
        Number::Int(value) => value as f64,
        Number::Float(value) => value,
    }))
}

/// A time: RFC 3339 text, or an epoch number in seconds or milliseconds. What cannot be read as a time is none: no
/// text is given up for the sake of its time.
pub fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    deserializer.deserialize_any(TimeVisitor)
}

/// A truth value; `"true"`, `"false"`, 1 and 0 count.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match deserializer.deserialize_any(TextVisitor)?.as_deref() {
        Some("1") => Some(true),
        Some("0") => Some(false),
        Some(word) if word.eq_ignore_ascii_case("true") => Some(true),
        Some(word) if word.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    })
}

/// A list; `null` elements are left out.
pub fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_any(ListVisitor(PhantomData))
}

/// A list of texts; elements of other kinds are left out.
pub fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let words: Vec<Text> = list(deserializer)?;
    Ok(words.into_iter().filter_map(|word| word.0).collect())
}

/// An object; none is its default.
pub fn object<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(deserializer.deserialize_any(ObjectVisitor(PhantomData))?.unwrap_or_default())
}

/// An object or none.
pub fn maybe<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(ObjectVisitor(PhantomData))
}

/// An object whose keys are data.
pub fn map<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<BTreeMap<String, T>, D::Error> {
    let entries: BTreeMap<String, Option<T>> = object(deserializer)?;
    Ok(entries.into_iter().filter_map(|(key, value)| Some((key, value?))).collect())
}

/// The nearest whole number, if there is one within range.
pub fn whole(value: f64) -> Option<i64> {
    // Above 2^63 the cast would saturate and look like a value.
    (value.is_finite() && value.abs() < 9.2e18).then(|| value.round() as i64)
}

/// A text as an element of a list or map, read by [`text`]; an element that is no text is none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Text(pub Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match deserializer.deserialize_any(LooseTextVisitor)? {
            Some(text) if !text.is_empty() => Self(Some(text)),
            _ => Self(None),
        })
    }
}

/// Reads a time as the services write it, with or without an offset written as `+0000`.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().ok().or_else(|| Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text).ok())
}

/// The methods that every visitor here answers in the same way: nothing is none.
macro_rules! nothing_is_none {
    () => {
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(Default::default())
        }

        fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
            Ok(Default::default())
        }

        fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
            deserializer.deserialize_any(self)
        }
    };
}

/// An empty list or object where a scalar belongs is none; one with content is a mistake.
macro_rules! empties_are_none {
    () => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            match seq.next_element::<IgnoredAny>()? {
                None => Ok(Default::default()),
                Some(_) => Err(Error::custom("a list where a single value belongs")),
            }
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            match map.next_key::<IgnoredAny>()? {
                None => Ok(Default::default()),
                Some(_) => Err(Error::custom("an object where a single value belongs")),
            }
        }
    };
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Some(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Self::Value, E> {
        Ok(Some(value))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Some(value.to_string()))
    }

    nothing_is_none!();
    empties_are_none!();
}

/// [`TextVisitor`] for elements whose absence costs nothing: objects and lists are none.
struct LooseTextVisitor;

impl<'de> Visitor<'de> for LooseTextVisitor {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        TextVisitor.visit_str(value)
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Self::Value, E> {
        TextVisitor.visit_string(value)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        TextVisitor.visit_bool(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        TextVisitor.visit_i64(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        TextVisitor.visit_u64(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        TextVisitor.visit_f64(value)
    }

    nothing_is_none!();

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

enum Number {
    Int(i64),
    Float(f64),
}

struct NumberVisitor;

impl<'de> Visitor<'de> for NumberVisitor {
    type Value = Option<Number>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(Number::Int(value)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(i64::try_from(value).map_or(Number::Float(value as f64), Number::Int)))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(value.is_finite().then_some(Number::Float(value)))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(Number::Int(i64::from(value))))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        let value = value.trim();
        if value.is_empty() {
            return Ok(None);
        }
        if let Ok(value) = value.parse::<i64>() {
            return Ok(Some(Number::Int(value)));
        }
        match value.parse::<f64>() {
            Ok(value) => self.visit_f64(value),
            Err(_) => Err(Error::custom("text where a number belongs")),
        }
    }

    nothing_is_none!();
    empties_are_none!();
}

struct TimeVisitor;

impl<'de> Visitor<'de> for TimeVisitor {
    type Value = Option<Timestamp>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(parse_time(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        // Seconds reach this bound in the year 5138; milliseconds passed it in 1973.
        let millis = if value.abs() < 1e11 { value * 1000.0 } else { value };
        Ok(whole(millis).and_then(|millis| Timestamp::from_millisecond(millis).ok()))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    nothing_is_none!();
    empties_are_none!();
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element::<Option<T>>()? {
            items.extend(item);
        }
        Ok(items)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        match map.next_key::<IgnoredAny>()? {
            None => Ok(Vec::new()),
            Some(_) => Err(Error::custom("an object where a list belongs")),
        }
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        if value.is_empty() { Ok(Vec::new()) } else { Err(Error::custom("text where a list belongs")) }
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Err(Error::custom("a truth value where a list belongs"))
    }

    nothing_is_none!();
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Some)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        match seq.next_element::<IgnoredAny>()? {
            None => Ok(None),
            Some(_) => Err(Error::custom("a list where an object belongs")),
        }
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        if value.is_empty() { Ok(None) } else { Err(Error::custom("text where an object belongs")) }
    }

    nothing_is_none!();
}

/// Text, or an object that says it in parts.
pub enum TextOrObject<T> {
    /// Text or none.
    Text(Option<String>),
    /// The object.
    Object(T),
}

/// Text or an object.
pub fn text_or_object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<TextOrObject<T>, D::Error> {
    struct Either<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
        type Value = Option<TextOrObject<T>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("text or an object")
        }

        fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
            Ok((!value.is_empty()).then(|| TextOrObject::Text(Some(value.to_owned()))))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map)).map(|object| Some(TextOrObject::Object(object)))
        }

        nothing_is_none!();
    }

    Ok(deserializer.deserialize_any(Either(PhantomData))?.unwrap_or(TextOrObject::Text(None)))
}
