//! The canonical conversation: a contact's turns and what is known of it. The object `conversations/…` and the
//! canonical input form (`aftercall convert --to canonical`) have this shape.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::{Channel, ParticipantRole, SentimentLabel};

/// The value of [`Conversation::format`] that this version writes.
pub const FORMAT: &str = "aftercall.conversation/1";

// Whoever needs only a part of the turns reads them as a type of its own.
/// A contact's turns on one timeline and what is known of the contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Conversation")]
pub struct Conversation<T = Turn> {
    /// `aftercall.conversation/1`.
    pub format: String,
    /// Amazon Connect instance id, or the configured name.
    pub instance_id: String,
    /// Contact id.
    pub contact_id: String,
    /// Channel.
    pub channel: Channel,
    /// BCP 47 tag of the contact's language; null when unknown.
    pub language: Option<String>,
    /// Confidence of `language`, 0–1, where it was detected; null where the source says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language_confidence: Option<f64>,
    /// Sources the text was taken from, best first, such as `contact-lens-post-call`.
    pub sources: Vec<String>,
    /// Whether offsets of all legs count from one moment.
    pub alignment: Alignment,
    /// The moment that offset 0 stands for; null when unknown.
    pub start_timestamp: Option<Timestamp>,
    /// Participants in order of their first appearance.
    pub participants: Vec<Participant>,
    /// Turns in time order.
    pub turns: Vec<T>,
    /// What the contact record says of the contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<ContactFacts>,
    /// What the service that transcribed the contact found out itself, carried beside our own results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceAnalysis>,
}

/// Whether the legs of a contact could be put on one timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Alignment {
    /// One leg, so nothing had to be aligned.
    Single,
    /// Several legs, aligned by absolute times.
    Aligned,
    /// Several legs and no common clock: legs follow each other, offsets of later legs are guesses.
    Unknown,
}

/// Someone or something that takes part in a contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Participant {
    /// Id within the contact, as the source has it (`CUSTOMER`, a UUID, `spk_0`).
    pub participant_id: String,
    /// Role.
    pub role: ParticipantRole,
    /// Where the role comes from: `service`, `record`, `settings`, `correction`, `words`.
    pub role_source: RoleSource,
    /// Confidence of the role, 0–1, when it was concluded from the words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_confidence: Option<f64>,
    /// The source's own word for the role where it is not one of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_role: Option<String>,
}

/// Where a speaker's role was taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleSource {
    /// The service that wrote the transcript.
    Service,
    /// The contact record.
    Record,
    /// Settings: channel map or speaker names.
    Settings,
    /// `aftercall correct`.
    Correction,
    /// Concluded from the words spoken.
    Words,
    /// Nobody says.
    Unknown,
}

/// One utterance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Turn {
    /// Id within the contact, as the source has it; generated as `t<n>` where it has none.
    pub turn_id: String,
    /// Index into [`Conversation::participants`].
    pub participant: u32,
    /// Role of the speaker.
    pub role: ParticipantRole,
    /// What was said.
    pub content: String,
    /// Begin, milliseconds from the start of the conversation; null when unknown.
    pub begin_offset_millis: Option<i64>,
    /// End, milliseconds from the start of the conversation; null when unknown (always in chat).
    pub end_offset_millis: Option<i64>,
    /// The service's sentiment label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentiment: Option<SentimentLabel>,
    /// BCP 47 tag of the turn's language where the source knows it, or where it was detected as another than most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Confidence of `language`, 0–1, where it was detected; null where the source says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language_confidence: Option<f64>,
    /// Spans that the service marked as issue, outcome or action item.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
    /// Masked spans of `content`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<Redaction>,
}

/// A span of a turn that the service marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mark {
    /// What it is.
    pub kind: MarkKind,
    /// First character (code points).
    pub begin_char: u32,
    /// Character after the last.
    pub end_char: u32,
}

/// What a service marked in a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    /// The customer's issue.
    Issue,
    /// An outcome.
    Outcome,
    /// An action item.
    ActionItem,
}

/// A masked span of a turn. Positions refer to the masked text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Redaction {
    /// Kind of what was masked, as in the mask: `NAME`, `PHONE`, `CREDIT_DEBIT_NUMBER`, `PII` when the service hides it.
    pub kind: String,
    /// First character of the mask (code points).
    pub begin_char: u32,
    /// Character after the mask.
    pub end_char: u32,
}

/// What the contact record says. Times are UTC, durations seconds as Connect writes them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ContactFacts {
    /// First contact of the journey; null on the first contact itself.
    pub initial_contact_id: Option<String>,
    /// Contact that this one was transferred from.
    pub previous_contact_id: Option<String>,
    /// Contact that this one was transferred to.
    pub next_contact_id: Option<String>,
    /// `INBOUND`, `OUTBOUND`, `TRANSFER`, ….
    pub initiation_method: Option<String>,
    /// When the contact began.
    pub initiation_timestamp: Option<Timestamp>,
    /// When the customer reached the system.
    pub connected_to_system_timestamp: Option<Timestamp>,
    /// When the customer entered the queue.
    pub enqueue_timestamp: Option<Timestamp>,
    /// When the agent was connected.
    pub connected_to_agent_timestamp: Option<Timestamp>,
    /// When the contact ended.
    pub disconnect_timestamp: Option<Timestamp>,
    /// Why it ended, such as `CUSTOMER_DISCONNECT`.
    pub disconnect_reason: Option<String>,
    /// Queue name.
    pub queue_name: Option<String>,
    /// Seconds in the queue.
    pub queue_duration_seconds: Option<i64>,
    /// Agent id: the last part of the agent's ARN.
    pub agent_id: Option<String>,
    /// Routing profile of the agent.
    pub routing_profile: Option<String>,
    /// Seconds of interaction with the agent.
    pub agent_interaction_duration_seconds: Option<i64>,
    /// Seconds of after-contact work.
    pub after_contact_work_duration_seconds: Option<i64>,
    /// Seconds the customer was on hold.
    pub customer_hold_duration_seconds: Option<i64>,
    /// Number of holds.
    pub number_of_holds: Option<i64>,
    /// Times an agent was offered the contact.
    pub agent_connection_attempts: Option<i64>,
    /// Keyed hash of the customer's endpoint (phone number or address); never the endpoint itself.
    pub customer_endpoint_hmac: Option<String>,
    /// Keyed hash of the id that the contact centre has for the customer (`CustomerId`); never the id itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id_hmac: Option<String>,
    /// Contact attributes that the allow-list lets through.
    pub attributes: BTreeMap<String, String>,
    /// Locations of recordings and transcripts (`bucket/key`), by which other files find this contact.
    pub recording_locations: Vec<String>,
}

/// Results of the service that wrote the transcript. Scores are −5…+5.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ServiceAnalysis {
    /// Overall score by role.
    pub overall_sentiment: BTreeMap<ParticipantRole, f64>,
    /// Scores of the quarters by role.
    pub quarter_sentiment: BTreeMap<ParticipantRole, Vec<f64>>,
    /// The service's summary.
    pub summary: Option<String>,
    /// Matched categories.
    pub categories: Vec<String>,
    /// Length of the conversation.
    pub total_conversation_duration_millis: Option<i64>,
    /// Talk time by role.
    pub talk_time_millis: BTreeMap<ParticipantRole, i64>,
    /// Words a minute by role.
    pub talk_speed_wpm: BTreeMap<ParticipantRole, f64>,
    /// Time in which nobody talks.
    pub non_talk_time_millis: Option<i64>,
    /// Number of interruptions by the role that interrupts.
    pub interruptions: BTreeMap<ParticipantRole, i64>,
}
