//! A model's answer as a typed summary, every statement checked against its turns.
//!
//! An answer that has another form is an error, whatever it says: nothing of it is used. Statements that the turns do not support are
//! kept with their verdict, so that a reader sees them marked.

use aftercall_schemas::results::{AgentSummary, Commitment, CustomerSummary, Statement, Verdict};
use aftercall_schemas::{ParticipantRole, Resolution, Turn};
use serde::Deserialize;

use crate::grounding;
use crate::redact::RedactedConversation;

/// Most statements of one part of a summary.
pub const MOST_STATEMENTS: usize = 12;
/// Longest statement, characters.
pub const LONGEST_STATEMENT: usize = 600;
/// Longest answer that is read, bytes.
const LONGEST_ANSWER: usize = 256 * 1024;

/// Why an answer is no summary. Carries no text of the answer, which may repeat the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerError {
    /// There is no JSON object in it.
    NoObject,
    /// The object has another form: missing, unknown or wrong fields.
    WrongForm(String),
    /// A statement names a turn that does not exist.
    UnknownTurn(u32),
    /// A statement names no turn.
    NoTurns,
    /// A text or list is longer than allowed.
    TooLong,
}

impl std::fmt::Display for AnswerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoObject => f.write_str("the answer holds no JSON object"),
            Self::WrongForm(where_) => write!(f, "the answer has another form than asked for ({where_})"),
            Self::UnknownTurn(turn) => write!(f, "a statement names turn {turn}, which does not exist"),
            Self::NoTurns => f.write_str("a statement names no turn"),
            Self::TooLong => f.write_str("a text or list of the answer is longer than allowed"),
        }
    }
}

impl std::error::Error for AnswerError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    text: String,
    turns: Vec<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomerAnswer {
    reason: Option<Said>,
    what_happened: Vec<Said>,
    resolution: Option<Resolution>,
    follow_up: Vec<Said>,
    bot_failures: Vec<Said>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Promised {
    who: ParticipantRole,
    what: String,
    turns: Vec<u32>,
    when: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AgentAnswer {
    reason: Option<Said>,
    agent_actions: Vec<Said>,
    outcome: Option<Said>,
    resolution: Option<Resolution>,
    commitments: Vec<Promised>,
    notes: Vec<Said>,
}

/// A model's customer summary.
pub fn customer(answer: &str, conversation: &RedactedConversation) -> Result<CustomerSummary, AnswerError> {
    let turns = &conversation.conversation().turns;
    let read: CustomerAnswer = object(answer)?;
    Ok(CustomerSummary {
        reason: read.reason.map(|said| statement(said, None, turns)).transpose()?,
        what_happened: statements(read.what_happened, turns)?,
        resolution: read.resolution,
        unknown_reason: None,
        follow_up: statements(read.follow_up, turns)?,
        bot_failures: statements(read.bot_failures, turns)?,
    })
}

/// A model's agent summary.
pub fn agent(answer: &str, conversation: &RedactedConversation) -> Result<AgentSummary, AnswerError> {
    let turns = &conversation.conversation().turns;
    let read: AgentAnswer = object(answer)?;
    if read.commitments.len() > MOST_STATEMENTS {
        return Err(AnswerError::TooLong);
    }
    let commitments = read
        .commitments
        .into_iter()
        .map(|promised| {
            if !matches!(promised.who, ParticipantRole::Customer | ParticipantRole::Agent) {
                return Err(AnswerError::WrongForm("commitments.who".to_owned()));
            }
            let mut what = statement(Said { text: promised.what, turns: promised.turns }, Some(promised.who), turns)?;
            let when = promised.when.filter(|when| when.chars().count() <= LONGEST_STATEMENT);
            // A date that nobody named makes the promise another one.
            if let Some(when) = when.as_ref().filter(|_| what.verdict == Verdict::Supported) {
                let supporting: Vec<&Turn> =
                    what.turns.iter().filter_map(|at| turns.get(usize::try_from(*at).ok()?)).collect();
                what.verdict = grounding::check_within(when, Some(promised.who), &supporting, turns);
            }
            Ok(Commitment { who: promised.who, what, when })
        })
        .collect::<Result<_, _>>()?;
    Ok(AgentSummary {
        reason: read.reason.map(|said| statement(said, None, turns)).transpose()?,
        agent_actions: statements(read.agent_actions, turns)?,
        outcome: read.outcome.map(|said| statement(said, None, turns)).transpose()?,
        resolution: read.resolution,
        unknown_reason: None,
        commitments,
        notes: statements(read.notes, turns)?,
    })
}

/// The JSON object of an answer: alone, or in a fence, as models like to write it.
fn object<T: for<'de> Deserialize<'de>>(answer: &str) -> Result<T, AnswerError> {
    if answer.len() > LONGEST_ANSWER {
        return Err(AnswerError::TooLong);
    }
    let trimmed = answer.trim();
    let inside = trimmed
        .strip_prefix("```json")
        .or_else(|| trimmed.strip_prefix("```"))
        .and_then(|rest| rest.trim_end().strip_suffix("```"))
        .unwrap_or(trimmed)
        .trim();
    if !inside.starts_with('{') {
        return Err(AnswerError::NoObject);
    }
    serde_json::from_str(inside)
        .map_err(|error| AnswerError::WrongForm(format!("line {}, column {}", error.line(), error.column())))
}

fn statements(all: Vec<Said>, turns: &[Turn]) -> Result<Vec<Statement>, AnswerError> {
    if all.len() > MOST_STATEMENTS {
        return Err(AnswerError::TooLong);
    }
    all.into_iter().map(|said| statement(said, None, turns)).collect()
}

fn statement(said: Said, speaker: Option<ParticipantRole>, turns: &[Turn]) -> Result<Statement, AnswerError> {
    if said.text.chars().count() > LONGEST_STATEMENT || said.turns.len() > MOST_STATEMENTS {
        return Err(AnswerError::TooLong);
    }
    if said.turns.is_empty() {
        return Err(AnswerError::NoTurns);
    }
    let mut positions = said.turns;
    positions.sort_unstable();
    positions.dedup();
    let mut supporting = Vec::with_capacity(positions.len());
    for position in &positions {
        let turn =
            usize::try_from(*position).ok().and_then(|at| turns.get(at)).ok_or(AnswerError::UnknownTurn(*position))?;
        supporting.push(turn);
    }
    let verdict = grounding::check_within(&said.text, speaker, &supporting, turns);
    Ok(Statement { text: said.text, turns: positions, verdict })
}
