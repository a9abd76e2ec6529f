//! Reads a [`Finding`] in one pass. Whoever reads stored analyses reads little else, and what serde derives for a tagged
//! enum first copies the whole object to find its tag. What is written begins with the tag, so it is looked for there
//! first; an object that has it elsewhere is read as serde would.

use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};

use crate::results::{
    AgentSummary, Categories, CustomerSummary, Entities, Finding, FirstResponse, Measures, Sentiment,
};

/// The name of the tag.
const TAG: &str = "kind";

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Measures,
    Sentiment,
    CustomerSummary,
    AgentSummary,
    FirstResponse,
    Categories,
    Entities,
}

/// A finding as serde reads it.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Tagged {
    Measures(Measures),
    Sentiment(Sentiment),
    CustomerSummary(CustomerSummary),
    AgentSummary(AgentSummary),
    FirstResponse(FirstResponse),
    Categories(Categories),
    Entities(Entities),
}

impl From<Tagged> for Finding {
    fn from(tagged: Tagged) -> Self {
        match tagged {
            Tagged::Measures(found) => Self::Measures(found),
            Tagged::Sentiment(found) => Self::Sentiment(found),
            Tagged::CustomerSummary(found) => Self::CustomerSummary(found),
            Tagged::AgentSummary(found) => Self::AgentSummary(found),
            Tagged::FirstResponse(found) => Self::FirstResponse(found),
            Tagged::Categories(found) => Self::Categories(found),
            Tagged::Entities(found) => Self::Entities(found),
        }
    }
}

impl<'de> Deserialize<'de> for Finding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FindingVisitor)
    }
}

struct FindingVisitor;

impl<'de> Visitor<'de> for FindingVisitor {
    type Value = Finding;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a finding, an object with a kind")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Finding, A::Error> {
        let Some(first) = map.next_key::<String>()? else { return Err(A::Error::missing_field(TAG)) };
        if first != TAG {
            let whole = Whole { first: Some(first), rest: map };
            return Tagged::deserialize(MapAccessDeserializer::new(whole)).map(Finding::from);
        }
        let kind: Kind = map.next_value()?;
        let rest = MapAccessDeserializer::new(map);
        Ok(match kind {
            Kind::Measures => Finding::Measures(Deserialize::deserialize(rest)?),
            Kind::Sentiment => Finding::Sentiment(Deserialize::deserialize(rest)?),
            Kind::CustomerSummary => Finding::CustomerSummary(Deserialize::deserialize(rest)?),
            Kind::AgentSummary => Finding::AgentSummary(Deserialize::deserialize(rest)?),
            Kind::FirstResponse => Finding::FirstResponse(Deserialize::deserialize(rest)?),
            Kind::Categories => Finding::Categories(Deserialize::deserialize(rest)?),
            Kind::Entities => Finding::Entities(Deserialize::deserialize(rest)?),
        })
    }
}

/// A map whose first key has been read.
struct Whole<A> {
    first: Option<String>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Whole<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let Some(first) = self.first.take() else { return self.rest.next_key_seed(seed) };
        let first: StringDeserializer<A::Error> = first.into_deserializer();
        seed.deserialize(first).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.rest.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn check(text: &str, expected: &Value) {
        let read: Finding = serde_json::from_str(text).unwrap();
        assert_eq!(&serde_json::to_value(&read).unwrap(), expected, "{text}");
        // What stands in between may be a tree already.
        let tree: Finding = serde_json::from_value(serde_json::from_str(text).unwrap()).unwrap();
        assert_eq!(tree, read);
    }

    #[test]
    fn the_tag_may_stand_anywhere() {
        let found =
            serde_json::to_value(Finding::Sentiment(Sentiment { formula: "lca/1".into(), ..Default::default() }));
        let found = found.unwrap();
        check(r#"{"kind": "sentiment", "formula": "lca/1"}"#, &found);
        check(r#"{"formula": "lca/1", "kind": "sentiment"}"#, &found);
        check(r#"{"new_field": [1], "formula": "lca/1", "kind": "sentiment", "another": {}}"#, &found);
    }

    #[test]
    fn every_kind_is_read_as_it_was_written() {
        for found in [
            Finding::Measures(Measures::default()),
            Finding::Sentiment(Sentiment::default()),
            Finding::CustomerSummary(CustomerSummary::default()),
            Finding::AgentSummary(AgentSummary::default()),
            Finding::FirstResponse(FirstResponse::default()),
            Finding::Categories(Categories::default()),
            Finding::Entities(Entities::default()),
        ] {
            let text = serde_json::to_string(&found).unwrap();
            assert!(text.starts_with(r#"{"kind":"#), "{text}");
            check(&text, &serde_json::to_value(&found).unwrap());
        }
    }

    #[test]
    fn what_is_none_says_what_is_missing() {
        for (text, problem) in [
            (r#"{}"#, "missing field `kind`"),
            (r#"{"formula": "lca/1"}"#, "missing field `kind`"),
            (r#"{"kind": "weather"}"#, "unknown variant `weather`"),
            (r#"{"a": 1, "kind": "weather"}"#, "unknown variant `weather`"),
            (r#"[]"#, "a finding, an object with a kind"),
        ] {
            let error = serde_json::from_str::<Finding>(text).unwrap_err().to_string();
            assert!(error.contains(problem), "{text}: {error}");
        }
    }
}
