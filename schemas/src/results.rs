//! What stages find out about one revision of a contact. A result is stored under contact, revision key, stage and
//! stage version, written once, and never changed; only one that failed may give way to one that a backfill finds.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{ContactKey, RevisionKey};
use crate::vocabulary::{ParticipantRole, Resolution, SentimentLabel, Stage, UseCase};

/// One stage's result, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct StageResult {
    /// The contact.
    #[serde(flatten)]
    pub contact: ContactKey,
    /// The revision that was analysed.
    pub revision_key: RevisionKey,
    /// The stage.
    pub stage: Stage,
    /// Version of the stage: of its rules, prompt and formula.
    pub stage_version: String,
    /// What it found, or why it could not.
    pub outcome: Outcome,
    /// About the processing itself; may differ between runs.
    pub processing: Processing,
}

/// What a stage found out, or why it could not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The result.
    Found(Box<Finding>),
    /// There is no result, and this is why.
    Failed {
        /// A sentence for a person.
        reason: String,
    },
}

/// The findings of the stages.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Finding {
    /// Measures.
    Measures(Measures),
    /// Sentiment.
    Sentiment(Sentiment),
    /// UC1.
    CustomerSummary(CustomerSummary),
    /// UC2.
    AgentSummary(AgentSummary),
    /// First response.
    FirstResponse(FirstResponse),
    /// Categories.
    Categories(Categories),
    /// Entities.
    Entities(Entities),
}

/// About the processing of one stage. None of it says anything of the contact.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Processing {
    /// When the stage finished.
    pub finished_at: Option<Timestamp>,
    /// Model that answered, where one was asked.
    pub model: Option<String>,
    /// Tokens sent to the model.
    pub input_tokens: Option<i64>,
    /// Tokens the model wrote.
    pub output_tokens: Option<i64>,
    /// Cost of the call in US dollars.
    pub cost_usd: Option<f64>,
    /// Time the stage took, milliseconds.
    pub duration_millis: Option<i64>,
}

/// Talk time, silence, speed, interruptions and response times. Null where the source has no times.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Measures {
    /// From offset 0 to the end of the last turn, milliseconds.
    pub total_conversation_duration_millis: Option<i64>,
    /// Talk time by role, milliseconds. Voice only.
    pub talk_time_millis: BTreeMap<ParticipantRole, i64>,
    /// Words a minute of talk time by role. Voice only.
    pub talk_speed_wpm: BTreeMap<ParticipantRole, f64>,
    /// Time in which nobody talks: gaps of more than three seconds, hold included. Voice only.
    pub non_talk_time_millis: Option<i64>,
    /// Interruptions by the role that interrupts. Voice only.
    pub interruptions: BTreeMap<ParticipantRole, i64>,
    /// Interruption time by the role that interrupts, milliseconds. Voice only.
    pub interruption_time_millis: BTreeMap<ParticipantRole, i64>,
    /// Longest monologue by role, milliseconds. Voice only.
    pub longest_monologue_millis: BTreeMap<ParticipantRole, i64>,
    /// Mean time from the other side's turn to this role's answer, milliseconds. Chat only.
    pub response_time_average_millis: BTreeMap<ParticipantRole, i64>,
    /// Longest such time, milliseconds. Chat only.
    pub response_time_maximum_millis: BTreeMap<ParticipantRole, i64>,
    /// From the moment the agent joins to the agent's first turn, milliseconds. Chat only.
    pub greeting_time_agent_millis: Option<i64>,
    /// Turns by role.
    pub turns: BTreeMap<ParticipantRole, i64>,
    /// Words by role.
    pub words: BTreeMap<ParticipantRole, i64>,
}

/// Sentiment of turns and scores of the contact.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Sentiment {
    /// Name and version of the formula that made the scores, such as `contact-lens/1`.
    pub formula: String,
    /// Who labelled the turns: `service`, a model's name, or both.
    pub labelled_by: Vec<String>,
    /// Label by turn, in the conversation's order; null where there is none.
    pub turns: Vec<Option<SentimentLabel>>,
    /// Scores by role.
    pub by_role: BTreeMap<ParticipantRole, SentimentScores>,
    /// Why there is no score, if there is none.
    pub unknown_reason: Option<String>,
}

/// Scores of one role, −5…+5.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SentimentScores {
    /// Overall score.
    pub overall: Option<f64>,
    /// Quarters, first to last. Empty where turns have no times.
    pub quarters: Vec<QuarterScore>,
    /// Score at the end: of the last quarter that has one; in chat of the last group of turns.
    pub end: Option<f64>,
    /// End minus begin.
    pub shift: Option<f64>,
}

/// The score of a quarter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuarterScore {
    /// 1–4.
    pub quarter: u8,
    /// Begin, milliseconds.
    pub begin_offset_millis: i64,
    /// End, milliseconds.
    pub end_offset_millis: i64,
    /// The score; null where the role says nothing in the quarter.
    pub score: Option<f64>,
}

/// A sentence of a summary and the turns it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Statement {
    /// The sentence.
    pub text: String,
    /// Positions of the supporting turns in the conversation, ascending, from 0.
    pub turns: Vec<u32>,
    /// Whether the turns support it.
    pub verdict: Verdict,
}

/// Whether the turns that a statement names support it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// They do.
    Supported,
    /// They do not.
    Unsupported {
        /// What does not agree, such as `number: 40 is not in turn 7`.
        reasons: Vec<String>,
    },
}

/// Summary of what took place between customer and bot (UC1).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CustomerSummary {
    /// Why the customer came.
    pub reason: Option<Statement>,
    /// What happened.
    pub what_happened: Vec<Statement>,
    /// How it stood at the end; null where that cannot be told.
    pub resolution: Option<Resolution>,
    /// Why nothing tells how it stood, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_reason: Option<String>,
    /// What follows.
    pub follow_up: Vec<Statement>,
    /// Where the bot failed.
    pub bot_failures: Vec<Statement>,
}

/// Summary of what took place between customer and agent (UC2).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AgentSummary {
    /// Why the customer came.
    pub reason: Option<Statement>,
    /// What the agent did.
    pub agent_actions: Vec<Statement>,
    /// What came of it.
    pub outcome: Option<Statement>,
    /// How it stood at the end; null where that cannot be told.
    pub resolution: Option<Resolution>,
    /// Why nothing tells how it stood, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_reason: Option<String>,
    /// Who promised what.
    pub commitments: Vec<Commitment>,
    /// Other facts worth a note.
    pub notes: Vec<Statement>,
}

/// A promise made in the contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Commitment {
    /// Who promised.
    pub who: ParticipantRole,
    /// What, and the turns it rests on.
    pub what: Statement,
    /// By when, in the words of the turn; null where nothing was said.
    pub when: Option<String>,
}

/// The bot's first answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FirstResponse {
    /// Position of the first bot turn after a customer's; null when the bot never answered.
    pub turn: Option<u32>,
    /// The answer.
    pub content: Option<String>,
    /// From the customer's turn (its end, or its begin where there is no end) to the answer, milliseconds.
    pub latency_millis: Option<i64>,
    /// From the start of the contact to the answer, milliseconds.
    pub offset_millis: Option<i64>,
}

/// Rule-based categories.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Categories {
    /// Version of the rules file.
    pub rules_version: String,
    /// What matched.
    pub matched: Vec<CategoryMatch>,
}

/// A category and where it matched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CategoryMatch {
    /// Name of the category.
    pub category: String,
    /// Positions of the turns that matched; empty when the whole contact does.
    pub turns: Vec<u32>,
}

/// Entities of a contact.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Entities {
    /// What was found.
    pub found: Vec<Entity>,
}

/// An entity in a turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Entity {
    /// Type, such as `ORGANIZATION`.
    pub entity_type: String,
    /// The text as it stands in the turn.
    pub text: String,
    /// Position of the turn.
    pub turn: u32,
    /// First character (code points).
    pub begin_char: u32,
    /// Character after the last.
    pub end_char: u32,
}

/// All results of one revision of a contact: the object `analyses/…` and the body of the published event.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Analysis {
    /// `aftercall.analysis/1`.
    pub format: String,
    /// The contact.
    #[serde(flatten)]
    pub contact: ContactKey,
    /// The revision's digest.
    pub revision_key: RevisionKey,
    /// Which use cases apply.
    pub use_cases: Vec<UseCase>,
    /// `complete`, `partial` or `moved`.
    pub state: AnalysisState,
    /// Stages without a result, and why.
    pub missing: BTreeMap<Stage, String>,
    /// Results by stage.
    pub results: BTreeMap<Stage, StageResult>,
}

/// Whether every expected stage has a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnalysisState {
    /// It has.
    Complete,
    /// It has not; `missing` says which and why.
    Partial,
    /// The contact turned out to be part of another; nothing of it counts any more.
    Moved,
}

/// The value of [`Analysis::format`] that this version writes.
pub const ANALYSIS_FORMAT: &str = "aftercall.analysis/1";
