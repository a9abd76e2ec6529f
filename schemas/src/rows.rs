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
    pub language_locale: Option<String>,
    /// Confidence of `language_locale`, 0–1, where it was detected.
    pub language_confidence: Option<f64>,
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
    /// When the customer reached the system.
    pub connected_to_system_timestamp: Option<Timestamp>,
    /// When the customer entered the queue.
    pub queue_enqueue_timestamp: Option<Timestamp>,
    /// When the agent was connected.
    pub agent_connected_to_agent_timestamp: Option<Timestamp>,
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
    /// Routing profile of the agent.
    pub agent_routing_profile_name: Option<String>,
    /// Times an agent was offered the contact.
    pub agent_connection_attempts: Option<i64>,
    /// Interaction with the agent.
    pub agent_interaction_duration_ms: Option<i64>,
    /// Hold.
    pub agent_customer_hold_duration_ms: Option<i64>,
    /// Number of holds.
    pub agent_number_of_holds: Option<i64>,
    /// After-contact work.
    pub agent_after_contact_work_duration_ms: Option<i64>,
    /// Interaction, hold and after-contact work.
    pub handle_time_ms: Option<i64>,
    /// 1 if it entered a queue, else 0: a number as in Connect's data lake, so that it can be summed.
    pub is_queued: Option<i64>,
    /// 1 if it entered a queue and never reached an agent, else 0.
    pub is_abandoned: Option<i64>,
    /// Turns.
    pub turns_count: i64,
    /// Turns of the agent.
    pub turns_agent_count: Option<i64>,
    /// Turns of the customer.
    pub turns_customer_count: Option<i64>,
    /// Turns of the bot.
    pub turns_bot_count: Option<i64>,
    /// Words of the agent, in languages that write spaces.
    pub words_agent_count: Option<i64>,
    /// Words of the customer, in languages that write spaces.
    pub words_customer_count: Option<i64>,
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
    /// Time of all interruptions.
    pub interruptions_time_total_ms: Option<i64>,
    /// Time in which the agent interrupts.
    pub interruptions_time_agent_ms: Option<i64>,
    /// Time in which the customer interrupts.
    pub interruptions_time_customer_ms: Option<i64>,
    /// Longest monologue of the agent.
    pub longest_monologue_agent_ms: Option<i64>,
    /// Longest monologue of the customer.
    pub longest_monologue_customer_ms: Option<i64>,
    /// Mean response time of the agent (chat).
    pub response_time_average_agent_ms: Option<i64>,
    /// Mean response time of the customer (chat).
    pub response_time_average_customer_ms: Option<i64>,
    /// Longest response time of the agent (chat).
    pub response_time_maximum_agent_ms: Option<i64>,
    /// Longest response time of the customer (chat).
    pub response_time_maximum_customer_ms: Option<i64>,
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
    /// Agent's score at the end.
    pub sentiment_end_score_agent: Option<f64>,
    /// Customer's end minus begin.
    pub sentiment_shift_customer: Option<f64>,
    /// Agent's end minus begin.
    pub sentiment_shift_agent: Option<f64>,
    /// Why there is no score, if there is none.
    pub sentiment_unknown_reason: Option<String>,
    /// The service's own overall score of the customer.
    pub service_sentiment_overall_score_customer: Option<f64>,
    /// The service's own overall score of the agent.
    pub service_sentiment_overall_score_agent: Option<f64>,
    /// Categories of the rules, by name; the service's own are in the table `categories` only.
    pub categories: Vec<String>,
    /// How the matter stood at the end.
    pub resolution: Option<String>,
    /// How it stood at the end of the bot's part.
    pub resolution_bot: Option<String>,
    /// How it stood at the end of the agent's part.
    pub resolution_agent: Option<String>,
    /// Why the customer came.
    pub reason: Option<String>,
    /// Keyed hash of the customer's endpoint.
    pub customer_endpoint_hmac: Option<String>,
    /// Keyed hash of the contact centre's own id of the customer.
    pub customer_id_hmac: Option<String>,
    /// When this revision was published.
    pub processing_published_at: Option<Timestamp>,
    /// From the contact's end to this revision's publication.
    pub processing_disconnect_to_published_ms: Option<i64>,
    /// Time that the stages took, one after the other.
    pub processing_duration_ms: Option<i64>,
    /// Versions of the stages with a result, as `stage=version`.
    pub processing_stage_versions: Vec<String>,
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
    pub language_locale: Option<String>,
    /// Sentiment label.
    pub sentiment: Option<String>,
    /// Kinds of what was masked in `content`, in its order.
    pub redaction_kinds: Vec<String>,
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

/// The score of a quarter of a contact, of one role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SentimentQuarterRow {
    /// Amazon Connect instance id.
    pub instance_id: String,
    /// Contact id.
    pub contact_id: String,
    /// Number of the revision.
    pub revision: i64,
    /// Role that the score is of.
    pub participant_role: String,
    /// 1–4.
    pub quarter: i64,
    /// Begin, milliseconds from the start of the conversation.
    pub begin_offset_ms: i64,
    /// End, milliseconds from the start of the conversation.
    pub end_offset_ms: i64,
    /// The score, −5…+5; null where the role says nothing in the quarter.
    pub score: Option<f64>,
    /// The service's own score of the quarter.
    pub service_score: Option<f64>,
    /// Formula of the score.
    pub sentiment_formula: String,
    /// Version of the stage that wrote it.
    pub stage_version: String,
}

/// A category of a contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CategoryRow {
    /// Amazon Connect instance id.
    pub instance_id: String,
    /// Contact id.
    pub contact_id: String,
    /// Number of the revision.
    pub revision: i64,
    /// Name of the category.
    pub category: String,
    /// `rules` for this installation's own rules, `service` for what the service that wrote the transcript matched.
    pub source: String,
    /// Positions of the turns that matched; empty when the whole contact does, or when the service does not say.
    pub matched_turns: Vec<i64>,
    /// Version of the rules file; null for the service's.
    pub rules_version: Option<String>,
    /// Version of the stage that wrote it; null for the service's.
    pub stage_version: Option<String>,
}

/// An entity in a turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EntityRow {
    /// Amazon Connect instance id.
    pub instance_id: String,
    /// Contact id.
    pub contact_id: String,
    /// Number of the revision.
    pub revision: i64,
    /// Position of the turn.
    pub turn: i64,
    /// Role of the speaker.
    pub participant_role: Option<String>,
    /// Type, such as `ORGANIZATION`.
    pub entity_type: String,
    /// The text as it stands in the turn.
    pub text: String,
    /// First character (code points).
    pub begin_char: i64,
    /// Character after the last.
    pub end_char: i64,
    /// Version of the stage that wrote it.
    pub stage_version: String,
}

/// The bot's first answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FirstResponseRow {
    /// Amazon Connect instance id.
    pub instance_id: String,
    /// Contact id.
    pub contact_id: String,
    /// Number of the revision.
    pub revision: i64,
    /// 1 if the bot answered, else 0.
    pub is_answered: i64,
    /// Position of the answer.
    pub turn: Option<i64>,
    /// From the customer's turn to the answer.
    pub first_response_latency_ms: Option<i64>,
    /// From the start of the conversation to the answer.
    pub offset_ms: Option<i64>,
    /// The answer, redacted.
    pub content: Option<String>,
    /// Version of the stage that wrote it.
    pub stage_version: String,
}

/// An input, or a model's answer, that could not be used. One row per entry; an entry that was used after all keeps its row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuarantineRow {
    /// Instance it belongs to, where that is known.
    pub instance_id: Option<String>,
    /// Contact it belongs to, where that is known.
    pub contact_id: Option<String>,
    /// Digest of origin and bytes, of a model's answer without its bytes.
    pub quarantine_id: String,
    /// Short, stable word for the kind of fault, such as `unknown_format`.
    pub reason: String,
    /// What is wrong, where, and what to do; without any text of the conversation.
    pub detail: String,
    /// Where it came from: a path or object key, with the line where there is one.
    pub origin: String,
    /// Length of the input, bytes.
    pub size_bytes: i64,
    /// When it arrived here.
    pub quarantined_at: Timestamp,
}
