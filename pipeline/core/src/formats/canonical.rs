//! The canonical conversation: the object that aftercall writes (`aftercall.conversation/1`) and the short form
//! `{id, source, channel, turns: [{role, text, start_ms, end_ms, sentiment}], summary}` that people write by hand or
//! convert their own data to. Documented in docs/formats.md.
//!
//! The contact is `contact_id`, else `<source>:<id>`. A language with a confidence was detected, and is detected again. This is the hot path of bulk imports: typed, no detours.

use std::collections::BTreeMap;

use aftercall_schemas::conversation::{
    Alignment, ContactFacts, Mark, MarkKind, Redaction, RoleSource, ServiceAnalysis,
};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::cast::Cast;
use super::{DecodeContext, lenient, read, words};
use crate::delivery::{Body, Delivery, Leg, LegKind, LegTurn, SourceKind, Zero};
use crate::error::{Reason, Rejected};
use crate::roles::{self, Classified};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Document {
    #[serde(alias = "contactId", alias = "ContactId", deserialize_with = "lenient::text")]
    contact_id: Option<String>,
    #[serde(alias = "Id", alias = "conversation_id", deserialize_with = "lenient::text")]
    id: Option<String>,
    #[serde(alias = "instanceId", alias = "InstanceId", deserialize_with = "lenient::text")]
    instance_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    source: Option<String>,
    #[serde(alias = "Channel", deserialize_with = "lenient::text")]
    channel: Option<String>,
    #[serde(
        alias = "language_code",
        alias = "languageCode",
        alias = "LanguageCode",
        deserialize_with = "lenient::text"
    )]
    language: Option<String>,
    #[serde(deserialize_with = "lenient::num")]
    language_confidence: Option<f64>,
    #[serde(alias = "start_time", alias = "started_at", alias = "startTimestamp", deserialize_with = "lenient::time")]
    start_timestamp: Option<Timestamp>,
    #[serde(alias = "updatedAt", alias = "last_update_timestamp", deserialize_with = "lenient::time")]
    updated_at: Option<Timestamp>,
    #[serde(alias = "masked", deserialize_with = "lenient::flag")]
    redacted: Option<bool>,
    #[serde(deserialize_with = "lenient::text")]
    leg: Option<String>,
    #[serde(deserialize_with = "lenient::flag")]
    part: Option<bool>,
    #[serde(deserialize_with = "lenient::flag")]
    ends: Option<bool>,
    #[serde(deserialize_with = "lenient::text")]
    alignment: Option<String>,
    #[serde(deserialize_with = "lenient::list")]
    participants: Vec<Participant>,
    #[serde(deserialize_with = "lenient::list")]
    turns: Vec<Turn>,
    record: Stated<ContactFacts>,
    service: Stated<ServiceAnalysis>,
    summary: Summary,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Participant {
    #[serde(alias = "participantId", alias = "ParticipantId", alias = "id", deserialize_with = "lenient::text")]
    participant_id: Option<String>,
    #[serde(alias = "participant_role", alias = "ParticipantRole", deserialize_with = "lenient::text")]
    role: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    role_source: Option<String>,
    #[serde(deserialize_with = "lenient::num")]
    role_confidence: Option<f64>,
    #[serde(deserialize_with = "lenient::text")]
    source_role: Option<String>,
    #[serde(alias = "displayName", alias = "DisplayName", alias = "name", deserialize_with = "lenient::text")]
    display_name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Turn {
    #[serde(alias = "id", alias = "Id", deserialize_with = "lenient::text")]
    turn_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    participant: Option<String>,
    #[serde(
        alias = "participant_role",
        alias = "ParticipantRole",
        alias = "speaker",
        deserialize_with = "lenient::text"
    )]
    role: Option<String>,
    #[serde(alias = "content", alias = "Content", alias = "utterance", deserialize_with = "lenient::content")]
    text: Option<String>,
    #[serde(
        alias = "begin_offset_millis",
        alias = "BeginOffsetMillis",
        alias = "begin_ms",
        deserialize_with = "lenient::int"
    )]
    start_ms: Option<i64>,
    #[serde(alias = "end_offset_millis", alias = "EndOffsetMillis", deserialize_with = "lenient::int")]
    end_ms: Option<i64>,
    #[serde(alias = "timestamp", alias = "AbsoluteTime", deserialize_with = "lenient::time")]
    time: Option<Timestamp>,
    #[serde(alias = "Sentiment", deserialize_with = "lenient::text")]
    sentiment: Option<String>,
    #[serde(alias = "language_code", alias = "LanguageCode", deserialize_with = "lenient::text")]
    language: Option<String>,
    #[serde(deserialize_with = "lenient::num")]
    language_confidence: Option<f64>,
    #[serde(deserialize_with = "lenient::list")]
    marks: Vec<Span>,
    #[serde(deserialize_with = "lenient::list")]
    redactions: Vec<Span>,
}

/// A mark or a redaction.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Span {
    #[serde(deserialize_with = "lenient::text")]
    kind: Option<String>,
    #[serde(deserialize_with = "lenient::int")]
    begin_char: Option<i64>,
    #[serde(deserialize_with = "lenient::int")]
    end_char: Option<i64>,
}

impl Span {
    /// A mark of a kind that is known.
    fn mark(&self, content: &str) -> Option<Mark> {
        let kind = match self.kind.as_deref()? {
            "issue" => MarkKind::Issue,
            "outcome" => MarkKind::Outcome,
            "action_item" => MarkKind::ActionItem,
            _ => return None,
        };
        words::mark(kind, content, self.begin_char, self.end_char)
    }

    fn redaction(&self, content: &str) -> Option<Redaction> {
        let (begin_char, end_char) = words::span(content, self.begin_char, self.end_char)?;
        Some(Redaction { kind: self.kind.clone().unwrap_or_else(|| "PII".to_owned()), begin_char, end_char })
    }
}

/// One of our own types, in which whatever says nothing is left out before it is read: nulls, empties, and results of
/// roles that are not known. Rare in bulk imports, so it may take a detour.
struct Stated<T>(Option<T>);

impl<T> Default for Stated<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: DeserializeOwned + Default + PartialEq> Deserialize<'de> for Stated<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields: BTreeMap<String, Value> = lenient::map(deserializer)?;
        for (name, value) in &mut fields {
            if let (true, Value::Object(by_role)) = (name != "attributes", &mut *value) {
                by_role.retain(|role, value| {
                    aftercall_schemas::ParticipantRole::parse(role).is_some() && !value.is_null()
                });
            }
        }
        let says = |value: &Value| match value {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::Object(fields) => !fields.is_empty(),
            _ => true,
        };
        let fields: serde_json::Map<String, Value> = fields.into_iter().filter(|(_, value)| says(value)).collect();
        let read =
            T::deserialize(Value::Object(fields)).map_err(|_| serde::de::Error::custom("a field has a wrong value"))?;
        Ok(Self((read != T::default()).then_some(read)))
    }
}

/// A summary as text, or by part: `overall`, else `customer` and `agent`.
#[derive(Default)]
struct Summary(Option<String>);

impl<'de> Deserialize<'de> for Summary {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Parts {
            #[serde(deserialize_with = "lenient::text")]
            customer: Option<String>,
            #[serde(deserialize_with = "lenient::text")]
            agent: Option<String>,
            #[serde(deserialize_with = "lenient::text")]
            overall: Option<String>,
        }
        Ok(Self(match lenient::text_or_object::<_, Parts>(deserializer)? {
            lenient::TextOrObject::Text(text) => text,
            lenient::TextOrObject::Object(parts) => parts.overall.or_else(|| match (parts.customer, parts.agent) {
                (Some(customer), Some(agent)) => Some(format!("{customer}\n{agent}")),
                (customer, agent) => customer.or(agent),
            }),
        }))
    }
}

pub(super) fn decode(text: &str, ctx: &DecodeContext) -> Result<Delivery, Rejected> {
    let document: Document = read::json(text, "canonical")?;
    let contact_id = contact_id(&document, ctx)?;
    let contact = ctx.contact(document.instance_id.as_deref(), contact_id);

    let mut cast = Cast::default();
    let mut known = Vec::with_capacity(document.participants.len());
    for participant in &document.participants {
        known.push(enter(&mut cast, participant, ctx));
    }
    let turns = document.turns.into_iter().map(|turn| leg_turn(turn, &known, &mut cast, ctx)).collect();
    let mut participants = cast.into_participants();
    for (position, stated) in known.iter().zip(&document.participants) {
        if let Some(participant) = participants.get_mut(*position as usize) {
            participant.role_confidence = stated.role_confidence;
        }
    }

    let mut service = document.service.0;
    if let Summary(Some(summary)) = document.summary {
        service.get_or_insert_default().summary.get_or_insert(summary);
    }
    let part = document.part.unwrap_or(false);
    let kind = leg_kind(document.leg.as_deref());
    let leg = Leg {
        part,
        language: words::language(document.language).filter(|_| document.language_confidence.is_none()),
        zero: document.start_timestamp.map_or(Zero::Unknown, Zero::At),
        as_of: document.updated_at,
        participants,
        turns,
        service,
        facts: document.record.0,
        alignment: document.alignment.as_deref().and_then(alignment),
        ..Leg::empty(kind, words::channel(document.channel.as_deref()))
    };
    Ok(Delivery {
        contact,
        source: SourceKind::Canonical,
        masked: document.redacted.unwrap_or(false),
        // A whole document says all; a part only if it says so.
        ends: document.ends.unwrap_or(!part),
        body: Body::Leg(Box::new(leg)),
    })
}

fn contact_id(document: &Document, ctx: &DecodeContext) -> Result<String, Rejected> {
    if let Some(contact_id) = &document.contact_id {
        return Ok(contact_id.clone());
    }
    if let Some(id) = &document.id {
        return Ok(format!("{}:{id}", document.source.as_deref().unwrap_or("canonical")));
    }
    ctx.sidecar.as_ref().and_then(|sidecar| sidecar.contact_id.clone()).ok_or_else(|| {
        Rejected::new(Reason::MissingContactId, "canonical: neither `contact_id` nor `id`; add one of them")
    })
}

fn enter(cast: &mut Cast, participant: &Participant, ctx: &DecodeContext) -> u32 {
    let name = participant.display_name.as_deref();
    let mut classified = classify(participant.role.as_deref(), name, ctx);
    if let Some(source) = participant.role_source.as_deref().and_then(role_source) {
        classified.source = source;
    }
    if participant.source_role.is_some() {
        classified.source_role.clone_from(&participant.source_role);
    }
    let id = participant.participant_id.as_deref().or(participant.role.as_deref());
    cast.enter(id.unwrap_or(classified.role.as_str()), &classified, name)
}

/// The canonical form means its roles: `system` is the system here, whatever the display name.
fn classify(word: Option<&str>, name: Option<&str>, ctx: &DecodeContext) -> Classified {
    let mut classified = roles::classify(word, name, &ctx.speakers);
    if classified.role == aftercall_schemas::ParticipantRole::System {
        classified.source = RoleSource::Service;
    }
    classified
}

fn leg_turn(turn: Turn, known: &[u32], cast: &mut Cast, ctx: &DecodeContext) -> LegTurn {
    let stated = turn.participant.as_deref().and_then(|word| word.parse::<usize>().ok()).and_then(|at| known.get(at));
    let participant = match stated {
        Some(position) => *position,
        None => {
            let word = turn.role.as_deref().or(turn.participant.as_deref());
            let classified = classify(word, None, ctx);
            match classified.source_role.as_deref() {
                Some(word) => cast.enter(word, &classified, None),
                None => cast.enter(classified.role.as_str(), &classified, None),
            }
        }
    };
    let content = turn.text.unwrap_or_default();
    LegTurn {
        turn_id: turn.turn_id,
        participant,
        marks: turn.marks.iter().filter_map(|span| span.mark(&content)).collect(),
        redactions: turn.redactions.iter().filter_map(|span| span.redaction(&content)).collect(),
        content,
        begin_offset_millis: turn.start_ms,
        end_offset_millis: turn.end_ms,
        time: turn.time,
        partial: false,
        sentiment: words::sentiment(turn.sentiment.as_deref()),
        language: words::language(turn.language).filter(|_| turn.language_confidence.is_none()),
    }
}

/// Which leg a document is of; the whole contact if it does not say.
fn leg_kind(word: Option<&str>) -> LegKind {
    match word {
        Some("bot") => LegKind::Bot,
        Some("agent") => LegKind::Agent,
        _ => LegKind::Whole,
    }
}

fn alignment(word: &str) -> Option<Alignment> {
    match word {
        "single" => Some(Alignment::Single),
        "aligned" => Some(Alignment::Aligned),
        "unknown" => Some(Alignment::Unknown),
        _ => None,
    }
}

fn role_source(word: &str) -> Option<RoleSource> {
    match word {
        "service" => Some(RoleSource::Service),
        "record" => Some(RoleSource::Record),
        "settings" => Some(RoleSource::Settings),
        "correction" => Some(RoleSource::Correction),
        "words" => Some(RoleSource::Words),
        "unknown" => Some(RoleSource::Unknown),
        _ => None,
    }
}
