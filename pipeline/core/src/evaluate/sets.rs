//! The labelled sets: which kind a file is, told from its content, and its lines as types.

use std::collections::BTreeMap;

use aftercall_schemas::conversation::{Alignment, Participant, RoleSource};
use aftercall_schemas::{Channel, Conversation, ParticipantRole, Resolution, SentimentLabel, Turn};
use serde::Deserialize;
use serde_json::Value;

use crate::redact::{RedactedConversation, RedactionSettings, redact};

/// What a set is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetKind {
    /// Turns with labelled spans of personal data.
    Redaction,
    /// Sentences with a sentiment label.
    Sentiment,
    /// Statements about dialogues, faithful or altered.
    Grounding,
    /// Contacts with resolution, reason and commitments.
    Contacts,
    /// Turns that try to give orders to a model.
    Injections,
    /// Conversations, with summaries, turn labels or other labels where they have them.
    Conversations,
    /// Something else.
    Unknown,
}

/// The kind of a set by its first line.
pub fn detect(lines: &str) -> SetKind {
    let Some(Ok(first)) = lines.lines().find(|line| !line.trim().is_empty()).map(serde_json::from_str::<Value>) else {
        return SetKind::Unknown;
    };
    let has = |name: &str| first.get(name).is_some();
    let turns = first.get("turns").and_then(Value::as_array);
    if has("statement") && turns.is_some() {
        SetKind::Grounding
    } else if turns.is_some_and(|turns| turns.iter().any(|turn| turn.get("spans").is_some())) {
        SetKind::Redaction
    } else if first
        .get("labels")
        .is_some_and(|labels| labels.get("resolution").is_some() || labels.get("commitments").is_some())
    {
        SetKind::Contacts
    } else if turns.is_some() {
        SetKind::Conversations
    } else if has("text") && has("label") {
        SetKind::Sentiment
    } else if has("text") && has("kind") && has("role") {
        SetKind::Injections
    } else {
        SetKind::Unknown
    }
}

/// The lines of a set that have its form.
pub(super) fn read<T: for<'de> Deserialize<'de>>(lines: &str) -> Vec<T> {
    lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The lines of a set that have not its form, by their place from 0, and why.
pub(super) fn unreadable<T: for<'de> Deserialize<'de>>(lines: &str) -> Vec<(usize, String)> {
    let wrong = |line: &str| match serde_json::from_str::<T>(line) {
        Err(error) if !line.trim().is_empty() => Some(error.to_string()),
        _ => None,
    };
    lines.lines().enumerate().filter_map(|(place, line)| Some((place, wrong(line)?))).collect()
}

/// A labelled span, in characters.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Span {
    pub start: usize,
    pub end: usize,
    pub kind: String,
}

/// A turn as sets have it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct SetTurn {
    pub role: String,
    pub text: String,
    #[serde(default)]
    pub start_ms: Option<i64>,
    #[serde(default)]
    pub end_ms: Option<i64>,
    #[serde(default)]
    pub sentiment: Option<String>,
    #[serde(default)]
    pub spans: Vec<Span>,
}

/// A line with turns, whatever else it has.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Dialogue {
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub language: Option<String>,
    #[serde(default)]
    pub channel: Option<String>,
    #[serde(default)]
    pub metadata: BTreeMap<String, Value>,
    pub turns: Vec<SetTurn>,
    #[serde(default)]
    pub summary: Option<Value>,
    #[serde(default)]
    pub labels: Value,
    #[serde(default)]
    pub statement: String,
    #[serde(default)]
    pub speaker: Option<String>,
    #[serde(default)]
    pub supporting_turns: Vec<usize>,
    #[serde(default)]
    pub altered: Option<String>,
}

/// A labelled sentence.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Sentence {
    #[serde(default)]
    pub id: String,
    pub language: String,
    pub text: String,
    pub label: String,
}

/// A planted instruction.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Injection {
    pub kind: String,
    pub role: String,
    pub text: String,
}

pub(super) fn role(word: &str) -> ParticipantRole {
    ParticipantRole::parse(word).unwrap_or(ParticipantRole::Unknown)
}

pub(super) fn label(word: Option<&str>) -> Option<SentimentLabel> {
    word.and_then(SentimentLabel::parse)
}

pub(super) fn resolution(value: &Value) -> Option<Resolution> {
    value.as_str().and_then(Resolution::parse)
}

impl Dialogue {
    /// Names of its metadata.
    pub(super) fn names(&self) -> Vec<String> {
        self.metadata.values().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Its turns, without labels.
    pub(super) fn turns(&self) -> Vec<Turn> {
        self.turns
            .iter()
            .enumerate()
            .map(|(number, turn)| Turn {
                turn_id: format!("t{number}"),
                participant: 0,
                role: role(&turn.role),
                content: turn.text.clone(),
                begin_offset_millis: turn.start_ms,
                end_offset_millis: turn.end_ms,
                sentiment: None,
                language: None,
                language_confidence: None,
                marks: Vec::new(),
                redactions: Vec::new(),
            })
            .collect()
    }

    /// The conversation, redacted as the product does it.
    pub(super) fn conversation(&self) -> RedactedConversation {
        let mut turns = self.turns();
        let mut participants: Vec<Participant> = Vec::new();
        for turn in &mut turns {
            let known = participants.iter().position(|known| known.role == turn.role);
            let index = known.unwrap_or_else(|| {
                participants.push(Participant {
                    participant_id: turn.role.as_str().to_owned(),
                    role: turn.role,
                    role_source: RoleSource::Service,
                    role_confidence: None,
                    source_role: None,
                });
                participants.len() - 1
            });
            turn.participant = u32::try_from(index).unwrap_or(0);
        }
        let conversation = Conversation {
            format: aftercall_schemas::conversation::FORMAT.to_owned(),
            instance_id: "evaluate".to_owned(),
            contact_id: self.id.clone(),
            channel: self.channel.as_deref().and_then(Channel::parse).unwrap_or(Channel::Unknown),
            language: self.language.clone(),
            language_confidence: None,
            sources: Vec::new(),
            alignment: Alignment::Single,
            start_timestamp: None,
            participants,
            turns,
            record: None,
            service: None,
        };
        redact(conversation, &self.names(), &RedactionSettings::default())
    }

    /// Reference summaries of a side: a string or several.
    pub(super) fn references(&self, side: &str) -> Vec<String> {
        match self.summary.as_ref().and_then(|summary| summary.get(side)) {
            Some(Value::String(one)) if !one.trim().is_empty() => vec![one.clone()],
            Some(Value::Array(several)) => several
                .iter()
                .filter_map(Value::as_str)
                .filter(|text| !text.trim().is_empty())
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        }
    }
}
