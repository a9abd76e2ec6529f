//! What one input says of one contact, whatever its format: the text of a leg, or the contact record.
//!
//! A delivery is what a format decodes to, what the segments table keeps (raw zone: it may hold text that is not
//! redacted), and what a contact is assembled from. It must not depend on when or in which order it arrived.

use std::collections::BTreeMap;

use aftercall_schemas::conversation::{Alignment, ContactFacts, Mark, Redaction, RoleSource, ServiceAnalysis};
use aftercall_schemas::{Channel, ContactKey, ParticipantRole, SentimentLabel};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::roles::Correction;

/// What one input says of one contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// The contact.
    pub contact: ContactKey,
    /// Kind of source.
    pub source: SourceKind,
    /// The service masked personal data in it.
    pub masked: bool,
    /// With this input its source has said all: COMPLETED, FAILED, chat ended, a whole file.
    pub ends: bool,
    /// What it says.
    pub body: Body,
}

/// Kinds of sources. The order is the precedence of a leg's text, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// The canonical form: someone states the conversation outright.
    Canonical,
    /// Contact Lens post-contact file.
    ContactLensPostCall,
    /// Connect's chat transcript.
    ChatTranscript,
    /// Contact Lens real-time segments.
    ContactLensSegments,
    /// Transcribe Call Analytics file.
    TranscribeCallAnalytics,
    /// A result of Post Call Analytics.
    PostCallAnalytics,
    /// Transcribe standard file.
    Transcribe,
    /// Lex V2 conversation log.
    LexLog,
    /// Connect contact record.
    ContactRecord,
    /// Connect contact event.
    ContactEvent,
    /// Connect agent event.
    AgentEvent,
    /// A person's correction.
    Correction,
}

impl SourceKind {
    /// The word as it stands in rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Canonical => "canonical",
            Self::ContactLensPostCall => "contact-lens-post-call",
            Self::ChatTranscript => "chat-transcript",
            Self::ContactLensSegments => "contact-lens-segments",
            Self::TranscribeCallAnalytics => "transcribe-call-analytics",
            Self::PostCallAnalytics => "post-call-analytics",
            Self::Transcribe => "transcribe",
            Self::LexLog => "lex-log",
            Self::ContactRecord => "contact-record",
            Self::ContactEvent => "contact-event",
            Self::AgentEvent => "agent-event",
            Self::Correction => "correction",
        }
    }
}

/// What a delivery says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// Text of a leg, or a part of it.
    Leg(Box<Leg>),
    /// The contact record or an event that says the same kind of things.
    Record(Box<Record>),
    /// What a person says of the contact. It is an input like any other, so it is remembered, and it outlives every
    /// redelivery.
    Correction(NumberedCorrection),
}

/// A correction and its place among the contact's corrections, which are applied in the order of their numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberedCorrection {
    /// From 1.
    pub number: u32,
    /// The correction.
    pub correction: Correction,
}

/// Text of a leg of a contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leg {
    /// Which leg.
    pub kind: LegKind,
    /// One of several parts that together are the leg (segments, log lines): parts are merged by turn id.
    pub part: bool,
    /// Channel.
    pub channel: Channel,
    /// BCP 47 tag of the leg's language.
    pub language: Option<String>,
    /// What offset 0 stands for.
    pub zero: Zero,
    /// When the source wrote this version of the leg, where it says: of two whole files the newer counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
    /// Names of the recording this text was made from (see [`crate::formats::identity`]): by them the contact of a
    /// file is found that does not name one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recordings: Vec<String>,
    /// Participants.
    pub participants: Vec<LegParticipant>,
    /// Turns in the source's order.
    pub turns: Vec<LegTurn>,
    /// The service's own results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceAnalysis>,
    /// What a canonical document states of the contact itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<ContactFacts>,
    /// What a canonical document states of its own timeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alignment: Option<Alignment>,
}

impl Leg {
    /// A leg that says nothing yet.
    pub fn empty(kind: LegKind, channel: Channel) -> Self {
        Self {
            kind,
            part: false,
            channel,
            language: None,
            zero: Zero::Unknown,
            as_of: None,
            recordings: Vec::new(),
            participants: Vec::new(),
            turns: Vec::new(),
            service: None,
            facts: None,
            alignment: None,
        }
    }

    /// Whether anybody says anything in it.
    pub fn has_text(&self) -> bool {
        self.turns.iter().any(|turn| !turn.content.trim().is_empty())
    }
}

/// Which part of a contact a leg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegKind {
    /// The whole contact: nothing else is joined to it.
    Whole,
    /// Before an agent is connected: customer and bot.
    Bot,
    /// From the moment an agent is connected.
    Agent,
}

/// What offset 0 of a leg stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Zero {
    /// This moment.
    At(Timestamp),
    /// The moment the agent was connected, which the contact record knows.
    ConnectedToAgent,
    /// The moment the contact began, which the contact record knows.
    Initiation,
    /// Nobody says.
    Unknown,
}

/// A participant as the source names it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LegParticipant {
    /// Id in the source.
    pub participant_id: String,
    /// Role.
    pub role: ParticipantRole,
    /// Where the role comes from.
    pub role_source: RoleSource,
    /// Confidence where it was concluded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_confidence: Option<f64>,
    /// The source's own word where it is not one of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_role: Option<String>,
    /// Name shown in the source. Personal data: used to redact, never passed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

/// A turn as the source has it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LegTurn {
    /// Id in the source; null where it has none.
    pub turn_id: Option<String>,
    /// Index into the leg's participants.
    pub participant: u32,
    /// What was said.
    pub content: String,
    /// Begin, milliseconds from the leg's zero.
    pub begin_offset_millis: Option<i64>,
    /// End, milliseconds from the leg's zero.
    pub end_offset_millis: Option<i64>,
    /// Begin as an absolute time (chat, Lex).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// Not final yet: used only if no final turn with the same id arrives (an interrupted stream).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// The service's sentiment label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentiment: Option<SentimentLabel>,
    /// BCP 47 tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The service's marks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
    /// Spans the service masked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<Redaction>,
}

/// What a contact record says, and how new it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Of several records the newest counts. Null for events, which only fill what no record says.
    pub last_update: Option<Timestamp>,
    /// When the event took place; null for contact records. Of several events the newest fills first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_time: Option<Timestamp>,
    /// Channel.
    pub channel: Channel,
    /// The facts.
    pub facts: ContactFacts,
    /// The contact has ended: the record has a disconnect time.
    pub disconnected: bool,
    /// Names in the record (agent's user name, …). Personal data: used to redact, never passed on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Facts of formats yet to come, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub more: BTreeMap<String, String>,
}
