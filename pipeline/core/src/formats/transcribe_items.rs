//! The words of a Transcribe document, read without a copy where the document allows it: an hour of speech has 20,000.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::lenient;
use crate::turns::Word;

/// A word or a mark of punctuation.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Item<'a> {
    #[serde(deserialize_with = "lenient::num")]
    pub start_time: Option<f64>,
    #[serde(deserialize_with = "lenient::num")]
    pub end_time: Option<f64>,
    #[serde(borrow)]
    pub speaker_label: Label<'a>,
    #[serde(borrow)]
    pub channel_label: Label<'a>,
    #[serde(borrow)]
    pub language_code: Label<'a>,
    #[serde(borrow)]
    pub alternatives: Best<'a>,
    #[serde(borrow, rename = "type")]
    pub kind: Label<'a>,
}

impl<'a> Item<'a> {
    /// It belongs to the word before it. Some files leave out the type; punctuation is what has no time then.
    pub fn punctuation(&self) -> bool {
        match self.kind.0.as_ref() {
            "punctuation" => true,
            "" => {
                self.start_time.is_none()
                    && self.end_time.is_none()
                    && !self.alternatives.content.0.chars().any(char::is_alphanumeric)
            }
            _ => false,
        }
    }

    /// The word as turns are made from it.
    pub fn word(&self) -> Word<'a> {
        let language = (!self.language_code.0.is_empty()).then(|| self.language_code.0.clone());
        Word {
            begin: self.start_time,
            end: self.end_time,
            content: self.alternatives.content.0.clone(),
            punctuation: self.punctuation(),
            masked: self.alternatives.masked(),
            language,
        }
    }
}

/// An utterance as Transcribe cut it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AudioSegment<'a> {
    #[serde(deserialize_with = "lenient::text")]
    pub transcript: Option<String>,
    #[serde(deserialize_with = "lenient::num")]
    pub start_time: Option<f64>,
    #[serde(deserialize_with = "lenient::num")]
    pub end_time: Option<f64>,
    #[serde(borrow)]
    pub speaker_label: Label<'a>,
    #[serde(borrow)]
    pub channel_label: Label<'a>,
    #[serde(borrow)]
    pub language_code: Label<'a>,
}

/// A segment of one speaker; the words in it by their times.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LabelledSegment<'a> {
    #[serde(deserialize_with = "lenient::num")]
    pub start_time: Option<f64>,
    #[serde(deserialize_with = "lenient::num")]
    pub end_time: Option<f64>,
    #[serde(borrow)]
    pub speaker_label: Label<'a>,
    #[serde(borrow, deserialize_with = "lenient::list")]
    pub items: Vec<LabelledItem<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LabelledItem<'a> {
    #[serde(deserialize_with = "lenient::num")]
    pub start_time: Option<f64>,
    #[serde(borrow)]
    pub speaker_label: Label<'a>,
}

/// A short text that is borrowed where it can be. None is empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Label<'a>(pub Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Label<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LabelVisitor;

        impl<'de> Visitor<'de> for LabelVisitor {
            type Value = Label<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Self::Value, E> {
                Ok(Label(Cow::Borrowed(value)))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
                Ok(Label(Cow::Owned(value.to_owned())))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Label(Cow::Owned(value.to_string())))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
                Ok(Label(Cow::Owned(value.to_string())))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
                Ok(Label(Cow::Owned(value.to_string())))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Label(Cow::Owned(value.to_string())))
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Label::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                match seq.next_element::<IgnoredAny>()? {
                    None => Ok(Label::default()),
                    Some(_) => Err(Error::custom("a list where text belongs")),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                match map.next_key::<IgnoredAny>()? {
                    None => Ok(Label::default()),
                    Some(_) => Err(Error::custom("an object where text belongs")),
                }
            }
        }

        deserializer.deserialize_any(LabelVisitor)
    }
}

/// The alternative with the highest confidence; of equals the first.
#[derive(Debug, Default)]
pub struct Best<'a> {
    pub content: Label<'a>,
    confidence: Option<f64>,
    hidden: Option<Label<'a>>,
}

impl<'a> Best<'a> {
    /// What the word hides, if it is a mask.
    fn masked(&self) -> Option<Cow<'a, str>> {
        let hidden = self.hidden.as_ref()?;
        Some(if hidden.0.is_empty() { Cow::Borrowed("PII") } else { hidden.0.clone() })
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Alternative<'a> {
    #[serde(borrow)]
    content: Label<'a>,
    #[serde(deserialize_with = "lenient::num")]
    confidence: Option<f64>,
    #[serde(borrow, deserialize_with = "lenient::list")]
    redactions: Vec<HiddenKind<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct HiddenKind<'a> {
    #[serde(borrow, rename = "type")]
    kind: Label<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Best<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BestVisitor;

        impl<'de> Visitor<'de> for BestVisitor {
            type Value = Best<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of alternatives")
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Best::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut best: Option<Best<'de>> = None;
                while let Some(next) = seq.next_element::<Option<Alternative<'de>>>()? {
                    let Some(next) = next else { continue };
                    if best.as_ref().is_none_or(|best| next.confidence > best.confidence) {
                        let hidden = next.redactions.into_iter().next().map(|hidden| hidden.kind);
                        best = Some(Best { content: next.content, confidence: next.confidence, hidden });
                    }
                }
                Ok(best.unwrap_or_default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                match map.next_key::<IgnoredAny>()? {
                    None => Ok(Best::default()),
                    Some(_) => Err(Error::custom("an object where a list belongs")),
                }
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
                if value.is_empty() { Ok(Best::default()) } else { Err(Error::custom("text where a list belongs")) }
            }
        }

        deserializer.deserialize_any(BestVisitor)
    }
}
