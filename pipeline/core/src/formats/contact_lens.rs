//! What the files of Contact Lens and of Transcribe Call Analytics have in common: characteristics of the conversation,
//! categories, summaries, marked spans. Not the documents themselves.
//!
//! Shapes: Amazon Connect admin guide, "Example Contact Lens output files"; Transcribe developer guide, "Post-call
//! analytics output". Any role may be absent from any map, and everything here is optional.

use std::collections::BTreeMap;
use std::fmt;

use aftercall_schemas::conversation::{Mark, MarkKind, ServiceAnalysis};
use aftercall_schemas::{ParticipantRole, SentimentLabel};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{lenient, words};
use crate::roles;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct ContentMetadata {
    #[serde(deserialize_with = "lenient::text")]
    pub output: Option<String>,
}

impl ContentMetadata {
    /// The service has masked personal data in the document.
    pub fn is_redacted(&self) -> bool {
        self.output.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("Redacted"))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct CustomerMetadata {
    #[serde(deserialize_with = "lenient::text")]
    pub contact_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub instance_id: Option<String>,
    #[serde(rename = "InputS3Uri", deserialize_with = "lenient::text")]
    pub input_s3_uri: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Participant {
    #[serde(deserialize_with = "lenient::text")]
    pub participant_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub participant_role: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub display_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Categories {
    #[serde(deserialize_with = "lenient::texts")]
    pub matched_categories: Vec<String>,
    #[serde(deserialize_with = "lenient::map")]
    pub matched_details: BTreeMap<String, IgnoredAny>,
}

impl Categories {
    /// Names of all matched categories, sorted. Chat segments have the details only; names may have stray blanks.
    pub fn names(&self) -> Vec<String> {
        let all = self.matched_categories.iter().chain(self.matched_details.keys());
        let mut names: Vec<String> = all.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
        names.sort();
        names.dedup();
        names
    }
}

/// `{CharacterOffsets: {…}}` of a marked span. Contact Lens writes `BeginOffsetChar`, Call Analytics `Begin`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Marked {
    #[serde(deserialize_with = "lenient::object")]
    pub character_offsets: CharacterOffsets,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct CharacterOffsets {
    #[serde(alias = "Begin", alias = "BeginOffset", deserialize_with = "lenient::int")]
    pub begin_offset_char: Option<i64>,
    #[serde(alias = "End", alias = "EndOffset", deserialize_with = "lenient::int")]
    pub end_offset_char: Option<i64>,
}

/// The marks of a turn of its three lists of spans.
pub fn marks(content: &str, issues: &[Marked], outcomes: &[Marked], actions: &[Marked]) -> Vec<Mark> {
    let lists = [(MarkKind::Issue, issues), (MarkKind::Outcome, outcomes), (MarkKind::ActionItem, actions)];
    let spans = lists.into_iter().flat_map(|(kind, list)| list.iter().map(move |marked| (kind, marked)));
    spans
        .filter_map(|(kind, Marked { character_offsets: at })| {
            words::mark(kind, content, at.begin_offset_char, at.end_offset_char)
        })
        .collect()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Characteristics {
    #[serde(deserialize_with = "lenient::int")]
    total_conversation_duration_millis: Option<i64>,
    #[serde(deserialize_with = "lenient::object")]
    sentiment: Sentiment,
    #[serde(deserialize_with = "lenient::object")]
    talk_time: TalkTime,
    #[serde(deserialize_with = "lenient::object")]
    talk_speed: TalkSpeed,
    #[serde(deserialize_with = "lenient::maybe")]
    non_talk_time: Option<TotalTime>,
    #[serde(deserialize_with = "lenient::object")]
    interruptions: Interruptions,
    #[serde(deserialize_with = "lenient::object")]
    contact_summary: ContactSummary,
    /// A document of 2026 has these beside the summary.
    #[serde(deserialize_with = "lenient::list")]
    summary_items_detected: Vec<SummaryItems>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Sentiment {
    overall_sentiment: Scores,
    #[serde(deserialize_with = "lenient::object")]
    sentiment_by_period: ByPeriod,
    #[serde(deserialize_with = "lenient::list")]
    details_by_transcript_item_group: Vec<ItemGroup>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ByPeriod {
    #[serde(rename = "QUARTER", deserialize_with = "lenient::map")]
    quarter: BTreeMap<String, Quarters>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
struct Quarters(#[serde(deserialize_with = "lenient::list")] Vec<Quarter>);

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Quarter {
    #[serde(deserialize_with = "lenient::num")]
    score: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ItemGroup {
    #[serde(deserialize_with = "lenient::text")]
    sentiment: Option<String>,
    #[serde(deserialize_with = "lenient::list")]
    transcript_items: Vec<TranscriptItem>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct TranscriptItem {
    #[serde(deserialize_with = "lenient::text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "lenient::object")]
    pub character_offsets: CharacterOffsets,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct TalkTime {
    #[serde(deserialize_with = "lenient::map")]
    details_by_participant: BTreeMap<String, TotalTime>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct TotalTime {
    #[serde(deserialize_with = "lenient::int")]
    total_time_millis: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct TalkSpeed {
    #[serde(deserialize_with = "lenient::map")]
    details_by_participant: BTreeMap<String, WordsPerMinute>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct WordsPerMinute {
    #[serde(deserialize_with = "lenient::num")]
    average_words_per_minute: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Interruptions {
    #[serde(deserialize_with = "lenient::map")]
    interruptions_by_interrupter: BTreeMap<String, Count>,
}

/// A list of which only the length counts.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
struct Count(#[serde(deserialize_with = "lenient::list")] Vec<IgnoredAny>);

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct ContactSummary {
    #[serde(deserialize_with = "lenient::object")]
    post_contact_summary: SummaryText,
    #[serde(deserialize_with = "lenient::object")]
    contact_chain_summary: SummaryText,
    #[serde(deserialize_with = "lenient::object")]
    auto_generated: AutoGenerated,
    #[serde(deserialize_with = "lenient::list")]
    summary_items_detected: Vec<SummaryItems>,
}

impl ContactSummary {
    /// The generated summary, wherever it is nested.
    pub fn text(&self) -> Option<&String> {
        let places = [
            &self.post_contact_summary.content,
            &self.auto_generated.overall_summary.content,
            &self.auto_generated.post_contact_summary.content,
            &self.contact_chain_summary.content,
        ];
        places.into_iter().flatten().next()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct AutoGenerated {
    #[serde(deserialize_with = "lenient::object")]
    overall_summary: SummaryText,
    #[serde(deserialize_with = "lenient::object")]
    post_contact_summary: SummaryText,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct SummaryText {
    #[serde(deserialize_with = "lenient::text")]
    pub content: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct SummaryItems {
    #[serde(deserialize_with = "lenient::list")]
    issues_detected: Vec<SummaryItem>,
    #[serde(deserialize_with = "lenient::list")]
    outcomes_detected: Vec<SummaryItem>,
    #[serde(deserialize_with = "lenient::list")]
    action_items_detected: Vec<SummaryItem>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct SummaryItem {
    #[serde(deserialize_with = "lenient::list")]
    pub transcript_items: Vec<TranscriptItem>,
}

impl Characteristics {
    /// What the service found out, by our roles. `automatic` is the role of `SYSTEM` in this document.
    pub fn analysis(&self, categories: &Categories, automatic: ParticipantRole) -> Option<ServiceAnalysis> {
        let role = |word: &str| match roles::from_word(word) {
            Some(ParticipantRole::System) => automatic,
            known => known.unwrap_or(ParticipantRole::Unknown),
        };
        let analysis = ServiceAnalysis {
            overall_sentiment: self.sentiment.overall_sentiment.by_role(role),
            quarter_sentiment: by_role(&self.sentiment.sentiment_by_period.quarter, role, |quarters| {
                let scores: Vec<f64> = quarters.0.iter().filter_map(|quarter| quarter.score).collect();
                (!scores.is_empty()).then_some(scores)
            }),
            summary: self.contact_summary.text().cloned(),
            categories: categories.names(),
            // A failed analysis writes 0: unknown, not short.
            total_conversation_duration_millis: self.total_conversation_duration_millis.filter(|millis| *millis != 0),
            talk_time_millis: by_role(&self.talk_time.details_by_participant, role, |time| time.total_time_millis),
            talk_speed_wpm: by_role(&self.talk_speed.details_by_participant, role, |speed| {
                speed.average_words_per_minute
            }),
            non_talk_time_millis: self.non_talk_time.as_ref().and_then(|time| time.total_time_millis),
            interruptions: by_role(&self.interruptions.interruptions_by_interrupter, role, |list| {
                i64::try_from(list.0.len()).ok()
            }),
        };
        (analysis != ServiceAnalysis::default()).then_some(analysis)
    }

    /// Labels of chat items by their id: chat files have them in groups beside the transcript.
    pub fn labels_by_item(&self) -> BTreeMap<&str, SentimentLabel> {
        let mut labels = BTreeMap::new();
        for group in &self.sentiment.details_by_transcript_item_group {
            let Some(label) = words::sentiment(group.sentiment.as_deref()) else { continue };
            for item in &group.transcript_items {
                labels.extend(item.id.as_deref().map(|id| (id, label)));
            }
        }
        labels
    }

    /// Marked spans of chat items by their id.
    pub fn spans_by_item(&self) -> BTreeMap<&str, Vec<(MarkKind, &CharacterOffsets)>> {
        let mut spans: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for items in self.contact_summary.summary_items_detected.iter().chain(&self.summary_items_detected) {
            let lists = [
                (MarkKind::Issue, &items.issues_detected),
                (MarkKind::Outcome, &items.outcomes_detected),
                (MarkKind::ActionItem, &items.action_items_detected),
            ];
            for (kind, list) in lists {
                for item in list.iter().flat_map(|item| &item.transcript_items) {
                    if let Some(id) = item.id.as_deref() {
                        spans.entry(id).or_default().push((kind, &item.character_offsets));
                    }
                }
            }
        }
        spans
    }
}

fn by_role<T, V>(
    words: &BTreeMap<String, T>,
    role: impl Fn(&str) -> ParticipantRole,
    value: impl Fn(&T) -> Option<V>,
) -> BTreeMap<ParticipantRole, V> {
    words.iter().filter_map(|(word, entry)| Some((role(word), value(entry)?))).collect()
}

/// Overall scores: `{ROLE: number}` of calls, `{DetailsByParticipantRole: {ROLE: number}, …}` of chats.
#[derive(Debug, Default)]
struct Scores(BTreeMap<String, Score>);

#[derive(Debug)]
enum Score {
    Number(f64),
    Nested(BTreeMap<String, Score>),
    Nothing,
}

impl Scores {
    fn by_role(&self, role: impl Fn(&str) -> ParticipantRole) -> BTreeMap<ParticipantRole, f64> {
        let scores = match self.0.get("DetailsByParticipantRole") {
            Some(Score::Nested(scores)) => scores,
            _ => &self.0,
        };
        let number = |score: &Score| match score {
            Score::Number(number) => Some(*number),
            _ => None,
        };
        scores.iter().filter_map(|(word, score)| Some((role(word), number(score)?))).collect()
    }
}

impl<'de> Deserialize<'de> for Scores {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Score::deserialize(deserializer)? {
            Score::Nested(scores) => Self(scores),
            _ => Self::default(),
        })
    }
}

impl<'de> Deserialize<'de> for Score {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ScoreVisitor;

        impl<'de> Visitor<'de> for ScoreVisitor {
            type Value = Score;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a score or scores by role")
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Score, E> {
                Ok(if value.is_finite() { Score::Number(value) } else { Score::Nothing })
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Score, E> {
                self.visit_f64(value as f64)
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Score, E> {
                self.visit_f64(value as f64)
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Score, E> {
                value.trim().parse().map_or(Ok(Score::Nothing), |value| self.visit_f64(value))
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Score, E> {
                Ok(Score::Nothing)
            }

            fn visit_unit<E: Error>(self) -> Result<Score, E> {
                Ok(Score::Nothing)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Score, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Score::Nothing)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Score, A::Error> {
                let mut scores = BTreeMap::new();
                while let Some((word, score)) = map.next_entry()? {
                    scores.insert(word, score);
                }
                Ok(Score::Nested(scores))
            }
        }

        deserializer.deserialize_any(ScoreVisitor)
    }
}
