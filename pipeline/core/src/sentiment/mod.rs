//! Sentiment: labels of turns and scores of the contact.
//!
//! A turn keeps the label that its service gave it; the others are labelled by the offline model of their language, if
//! there is one. Scores come from a versioned [`Formula`]. Where nothing can be known the result is null with a reason.

pub mod features;
mod formula;
pub mod model;

use std::collections::BTreeMap;

use aftercall_schemas::results::Sentiment;
use aftercall_schemas::{Channel, ParticipantRole, SentimentLabel, Turn};
use serde::{Deserialize, Serialize};

use crate::redact::RedactedConversation;
use crate::text::{Language, language};

pub use formula::{Formula, Labelled, progressive, rounded, scores, weighted};
pub use model::label;

/// Version of this stage: its labels and its rules. Formulas have versions of their own.
pub const VERSION: &str = "sentiment/1";

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SentimentSettings {
    /// Formula of the scores.
    pub formula: Formula,
    /// Whether turns without a service's label are labelled by the offline model.
    pub offline_model: bool,
}

impl Default for SentimentSettings {
    fn default() -> Self {
        Self { formula: Formula::default(), offline_model: true }
    }
}

/// Labels that somebody else than the offline model gave to turns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenLabels {
    /// Who gave them, as [`Sentiment::labelled_by`] names it.
    pub by: String,
    /// Label by turn, in the conversation's order; `None` where there is none.
    pub turns: Vec<Option<SentimentLabel>>,
}

/// Labels and scores of a conversation: labels of its service, and of the offline model where it gave none.
pub fn score(conversation: &RedactedConversation, settings: &SentimentSettings) -> Sentiment {
    let language = settings.offline_model.then(|| language::of_conversation(conversation.conversation()));
    scored(conversation, settings.formula, model::NAME, |_, turn| match language_of(turn, language.as_ref()) {
        Some(language) => Ok(label(&turn.content, language)),
        None => Err(why_unknown(language.as_ref())),
    })
}

/// The same, but where its service gave no label, with those that were given. The offline model is not asked: two models
/// in one score are neither's.
pub fn score_with(conversation: &RedactedConversation, settings: &SentimentSettings, given: &GivenLabels) -> Sentiment {
    scored(conversation, settings.formula, &given.by, |position, _| {
        match given.turns.get(position).copied().flatten() {
            Some(label) => Ok(Some(label)),
            None => Err(format!("{} labelled no turn", given.by)),
        }
    })
}

/// Positions of the turns that [`score_with`] wants labels for, by the language that they are in, as a BCP 47 tag. Turns
/// whose language nobody knows are left out.
pub fn unlabelled(conversation: &RedactedConversation) -> BTreeMap<String, Vec<usize>> {
    let conversation = conversation.conversation();
    let stated = conversation.language.clone().filter(|tag| !tag.trim().is_empty());
    let of_all = stated.or_else(|| match language::of_conversation(conversation) {
        language::Known::Supported(language) => Some(language.code().to_owned()),
        language::Known::Other(tag) => Some(tag),
        language::Known::Unknown => None,
    });
    let mut by_language: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (position, turn) in conversation.turns.iter().enumerate() {
        if turn.sentiment.is_none()
            && has_sentiment(turn)
            && let Some(language) = turn.language.clone().or_else(|| of_all.clone())
        {
            by_language.entry(language).or_default().push(position);
        }
    }
    by_language
}

/// Labels and scores, with the labels of `by` where the service gave none. `label` says why it knows none.
fn scored(
    conversation: &RedactedConversation,
    formula: Formula,
    by: &str,
    label: impl Fn(usize, &Turn) -> Result<Option<SentimentLabel>, String>,
) -> Sentiment {
    let conversation = conversation.conversation();
    let mut labelled_by = Vec::new();
    let mut unknown_reason = None;
    let mut turns: Vec<Option<SentimentLabel>> = Vec::with_capacity(conversation.turns.len());
    for (position, turn) in conversation.turns.iter().enumerate() {
        let label = if let Some(label) = turn.sentiment {
            note(&mut labelled_by, "service");
            Some(label)
        } else if !has_sentiment(turn) {
            None
        } else {
            let label = label(position, turn).unwrap_or_else(|reason| {
                unknown_reason.get_or_insert(reason);
                None
            });
            if label.is_some() {
                note(&mut labelled_by, by);
            }
            label
        };
        turns.push(label);
    }
    let known: Vec<Labelled> = conversation
        .turns
        .iter()
        .zip(&turns)
        .filter_map(|(turn, label)| {
            let label = (*label)?;
            Some(Labelled { role: turn.role, label, begin: turn.begin_offset_millis, end: turn.end_offset_millis })
        })
        .collect();
    let by_role = scores(formula, &known, conversation.channel == Channel::Chat);
    let unknown_reason = unknown(&by_role, unknown_reason, conversation.turns.is_empty());
    Sentiment { formula: formula.as_str().to_owned(), labelled_by, turns, by_role, unknown_reason }
}

fn unknown(
    by_role: &BTreeMap<ParticipantRole, aftercall_schemas::results::SentimentScores>,
    reason: Option<String>,
    empty: bool,
) -> Option<String> {
    if !by_role.is_empty() {
        return None;
    }
    if empty {
        return Some("the conversation has no turns".to_owned());
    }
    Some(reason.unwrap_or_else(|| "no turn of a customer or agent has a sentiment".to_owned()))
}

/// Whose turns the model labels: people's. A bot's or a prompt's wording says nothing of how anyone feels.
fn has_sentiment(turn: &Turn) -> bool {
    !matches!(turn.role, ParticipantRole::Bot | ParticipantRole::System)
}

fn language_of(turn: &Turn, conversation: Option<&language::Known>) -> Option<Language> {
    let known = conversation?;
    if let Some(tag) = turn.language.as_deref() {
        return Language::of_tag(tag);
    }
    match known {
        language::Known::Supported(language) => Some(*language),
        _ => None,
    }
}

fn why_unknown(language: Option<&language::Known>) -> String {
    match language {
        None => "the service labelled no turn and the offline model is off".to_owned(),
        Some(language::Known::Other(tag)) => format!("no sentiment model for language {tag}"),
        Some(language::Known::Unknown) => "the language is not stated and the words do not tell it".to_owned(),
        Some(language::Known::Supported(language)) => {
            format!("a turn states another language than {}", language.code())
        }
    }
}

fn note(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}
