//! The rows of the warehouse tables. Columns have the names of Connect's data lake where it has the column. Columns
//! that start with `processing_` are about the processing itself: only they may differ between runs of one input.
//! `revision` counts the revisions that this store has seen, so it depends on the order of arrival.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A contact: one row per published revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContactRow {
    /// Amazon Connect instance id.
    pub instance_id: String,
    /// Contact id.
    pub contact_id: String,
    /// Number of the revision.
    pub revision: i64,
    /// Digest of the revision's conversation.
    pub revision_key: String,
    /// `complete`, `partial`, or `moved` when the contact turned out to be part of another (the newest view leaves it out).
    pub state: String,
    /// Stages without a result, as `stage: reason`.
    pub missing: Vec<String>,
    /// `VOICE`, `CHAT`, ….
    pub channel: String,
    /// BCP 47 tag.
    pub language_code: Option<String>,
    /// Use cases that apply: `UC1`, `UC2`.
    pub use_cases: Vec<String>,
    /// Sources the text was taken from.
    pub sources: Vec<String>,
    /// `single`, `aligned` or `unknown`.
    pub alignment: String,
    /// First contact of the journey; null on the first contact itself.
    pub initial_contact_id: Option<String>,
    /// Contact that this one was transferred from.
    pub previous_contact_id: Option<String>,
    /// Contact that this one was transferred to.
    pub next_contact_id: Option<String>,
    /// How the contact began.
    pub initiation_method: Option<String>,
    /// When the contact began.
    pub initiation_timestamp: Option<Timestamp>,
    /// When the customer entered the queue.
    pub enqueue_timestamp: Option<Timestamp>,
    /// When the agent was connected.
    pub connected_to_agent_timestamp: Option<Timestamp>,
    /// When the contact ended.
    pub disconnect_timestamp: Option<Timestamp>,
    /// Day of `disconnect_timestamp` in the configured time zone.
    pub local_date: Option<Date>,
    /// Why it ended.
    pub disconnect_reason: Option<String>,
    /// Queue name.
    pub queue_name: Option<String>,
    /// Time in the queue.
    pub queue_duration_ms: Option<i64>,
    /// Agent id.
    pub agent_id: Option<String>,
    /// Interaction with the agent.
    pub agent_interaction_duration_ms: Option<i64>,
    /// Hold.
    pub customer_hold_duration_ms: Option<i64>,
    /// After-contact work.
    pub after_contact_work_duration_ms: Option<i64>,
    /// Interaction, hold and after-contact work.
    pub handle_time_ms: Option<i64>,
    /// Entered a queue.
    pub is_queued: Option<bool>,
    /// Entered a queue and never reached an agent.
    pub is_abandoned: Option<bool>,
    /// Turns.
    pub turns_count: i64,
    /// Length of the conversation.
    pub total_conversation_duration_ms: Option<i64>,
    /// Talk time of all.
    pub talk_time_total_ms: Option<i64>,
    /// Talk time of the agent.
    pub talk_time_agent_ms: Option<i64>,
    /// Talk time of the customer.
    pub talk_time_customer_ms: Option<i64>,
    /// Time in which nobody talks.
    pub non_talk_time_total_ms: Option<i64>,
    /// Words a minute, agent.
    pub talk_speed_agent_wpm: Option<f64>,
    /// Words a minute, customer.
    pub talk_speed_customer_wpm: Option<f64>,
    /// Interruptions.
    pub interruptions_total_count: Option<i64>,
    /// Interruptions by the agent.
    pub interruptions_agent_count: Option<i64>,
    /// Interruptions by the customer.
    pub interruptions_customer_count: Option<i64>,
    /// Mean response time of the agent (chat).
    pub response_time_average_agent_ms: Option<i64>,
    /// Mean response time of the customer (chat).
    pub response_time_average_customer_ms: Option<i64>,
    /// Agent's greeting time (chat).
    pub greeting_time_agent_ms: Option<i64>,
    /// Latency of the bot's first answer.
    pub first_response_latency_ms: Option<i64>,
    /// Formula of the scores.
    pub sentiment_formula: Option<String>,
    /// Overall score of the customer, −5…+5.
    pub sentiment_overall_score_customer: Option<f64>,
    /// Overall score of the agent.
    pub sentiment_overall_score_agent: Option<f64>,
    /// Customer's score at the end.
    pub sentiment_end_score_customer: Option<f64>,
    /// Customer's end minus begin.
    pub sentiment_shift_customer: Option<f64>,
    /// The service's own overall score of the customer.
    pub service_sentiment_overall_score_customer: Option<f64>,
    /// The service's own overall score of the agent.
    pub service_sentiment_overall_score_agent: Option<f64>,
    /// How the matter stood at the end.
    pub resolution: Option<String>,
    /// Why the customer came.
    pub reason: Option<String>,
    /// Keyed hash of the customer's endpoint.
    pub customer_endpoint_hmac: Option<String>,
    /// When this revision was published.
    pub processing_published_at: Option<Timestamp>,
    /// Models that answered.
    pub processing_models: Vec<String>,
    /// Tokens sent to models.
    pub processing_input_tokens: Option<i64>,
    /// Tokens that models wrote.
    pub processing_output_tokens: Option<i64>,
    /// Cost of model calls, US dollars.
    pub processing_cost_usd: Option<f64>,
}

/// A turn of a contact, redacted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TurnRow {
    /// Amazon Connect instance id.
    pub instance_id: String,
    /// Contact id.
    pub contact_id: String,
    /// Number of the revision.
    pub revision: i64,
    /// Position in the conversation, from 0.
    pub turn: i64,
    /// Id of the turn in its source.
    pub turn_id: String,
    /// Id of the speaker in its source.
    pub participant_id: String,
    /// Role of the speaker.
    pub participant_role: String,
    /// Where the role comes from.
    pub speaker_role_source: String,
    /// Begin, milliseconds from the start of the conversation.
    pub begin_offset_ms: Option<i64>,
    /// End, milliseconds from the start of the conversation.
    pub end_offset_ms: Option<i64>,
    /// When the turn began, where the conversation's start is known.
    pub begin_timestamp: Option<Timestamp>,
    /// BCP 47 tag.
    pub language_code: Option<String>,
    /// Sentiment label.
    pub sentiment: Option<String>,
    /// What was said, redacted.
    pub content: String,
}

/// A statement of a summary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SummaryRow {
    /// Amazon Connect instance id.
    pub instance_id: String,
    /// Contact id.
    pub contact_id: String,
    /// Number of the revision.
    pub revision: i64,
    /// `UC1` or `UC2`.
    pub use_case: String,
    /// Part of the summary, such as `reason` or `commitment`.
    pub part: String,
    /// Position in the summary, from 0.
    pub position: i64,
    /// The statement.
    pub statement: String,
    /// Positions of the turns it rests on.
    pub supporting_turns: Vec<i64>,
    /// `supported` or `unsupported`.
    pub verdict: String,
    /// Why it is unsupported.
    pub verdict_reasons: Vec<String>,
    /// Who made a commitment.
    pub commitment_by: Option<String>,
    /// When a commitment is due, in the words of the turn.
    pub commitment_when: Option<String>,
    /// Version of the stage that wrote it.
    pub stage_version: String,
}
