//! The form of a rules file, and how it is read.

use std::collections::BTreeMap;

use aftercall_schemas::{ParticipantRole, SentimentLabel};
use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use serde::{Deserialize, Serialize};

use crate::text::fold;

/// Deepest nesting of `all`, `any` and `not`.
const DEEPEST: usize = 16;

/// The file as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    #[serde(default, rename = "category")]
    categories: Vec<Category>,
}

/// A category and when it applies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Name, unique in the file.
    pub name: String,
    /// What it is for; not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When it applies.
    pub when: Condition,
}

/// Whose turns a condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Speaker(pub ParticipantRole);

/// The part of a contact that a condition looks at, seconds. Turns count by their begin; a turn whose time is not known is
/// in no period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Only the first so many seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seconds: Option<f64>,
    /// Only the last so many seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seconds: Option<f64>,
}

/// Which score a condition looks at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The overall score.
    #[default]
    Overall,
    /// The score at the end.
    End,
    /// End minus begin.
    Shift,
}

/// When a category applies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// One of the phrases is said, whole words in any letter case. A phrase that ends in `*` matches the begin of a word.
    Phrases {
        /// The phrases.
        any_of: Vec<String>,
        /// By whom.
        #[serde(default)]
        by: Option<Speaker>,
        /// When.
        #[serde(default)]
        period: Period,
    },
    /// All the phrases are said in one turn, neighbours at most so many words apart, in any order.
    Near {
        /// The phrases, two or more.
        phrases: Vec<String>,
        /// Most words between one and the next.
        words: usize,
        /// By whom.
        #[serde(default)]
        by: Option<Speaker>,
        /// When.
        #[serde(default)]
        period: Period,
    },
    /// At least a share of the labelled turns has the label (as Call Analytics has it; half by default).
    Sentiment {
        /// The label.
        is: SentimentLabel,
        /// Least share of turns, 0–1.
        #[serde(default)]
        share: Option<f64>,
        /// By whom.
        #[serde(default)]
        by: Option<Speaker>,
        /// When.
        #[serde(default)]
        period: Period,
    },
    /// A role's score, −5…+5. A score that is not known is in no range.
    Score {
        /// Whose.
        by: Speaker,
        /// Which.
        #[serde(default)]
        part: Part,
        /// Least score.
        #[serde(default)]
        at_least: Option<f64>,
        /// Greatest score.
        #[serde(default)]
        at_most: Option<f64>,
    },
    /// Non-talk time of the contact.
    NonTalk {
        /// Least time, seconds.
        at_least_seconds: f64,
    },
    /// Interruptions.
    Interruptions {
        /// Least number.
        at_least: i64,
        /// By whom; all together by default.
        #[serde(default)]
        by: Option<Speaker>,
    },
    /// A contact attribute, or `queue_name`, `initiation_method`, `disconnect_reason`, `channel`.
    Attribute {
        /// Name.
        name: String,
        /// One of these values; any value by default.
        #[serde(default)]
        one_of: Vec<String>,
    },
    /// All of them.
    All(Vec<Condition>),
    /// At least one of them.
    Any(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
}

/// A phrase, where it counts as found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PhraseEnd {
    /// Whether letters may follow (`*`).
    pub open: bool,
}

/// Rules that can be applied.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Version of the file.
    pub version: String,
    /// The categories in the file's order.
    pub categories: Vec<Category>,
    pub(super) phrases: BTreeMap<String, usize>,
    pub(super) ends: Vec<PhraseEnd>,
    pub(super) automaton: Option<AhoCorasick>,
    pub(super) needs_measures: bool,
}

impl Rules {
    /// Rules without categories, of version `none`.
    pub fn none() -> Self {
        Self {
            version: "none".to_owned(),
            categories: Vec::new(),
            phrases: BTreeMap::new(),
            ends: Vec::new(),
            automaton: None,
            needs_measures: false,
        }
    }
}

/// Why a file holds no rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesError {
    /// The category, where it is known.
    pub category: Option<String>,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for RulesError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.category {
            Some(category) => write!(f, "category {category}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for RulesError {}

/// Reads rules from TOML, or from JSON where the text begins with `{`. All mistakes are reported at once.
pub fn parse(text: &str) -> Result<Rules, Vec<RulesError>> {
    let whole = |message: String| vec![RulesError { category: None, message }];
    let file: File = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| whole(error.to_string()))?
    } else {
        toml::from_str(text).map_err(|error| whole(error.to_string()))?
    };
    let mut errors = Vec::new();
    for (index, category) in file.categories.iter().enumerate() {
        let mut wrong = |message: String| errors.push(RulesError { category: Some(category.name.clone()), message });
        if category.name.trim().is_empty() {
            wrong(format!("category {} has an empty name", index + 1));
        }
        if file.categories.iter().take(index).any(|other| other.name == category.name) {
            wrong("the name is used twice".to_owned());
        }
        check(&category.when, 0, &mut wrong);
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    compile(file).map_err(|error| vec![error])
}

fn check(condition: &Condition, depth: usize, wrong: &mut impl FnMut(String)) {
    if depth > DEEPEST {
        wrong(format!("conditions are nested more than {DEEPEST} deep"));
        return;
    }
    match condition {
        Condition::Phrases { any_of, period, .. } => {
            check_phrases(any_of, 1, wrong);
            check_period(period, wrong);
        }
        Condition::Near { phrases, period, .. } => {
            check_phrases(phrases, 2, wrong);
            check_period(period, wrong);
        }
        Condition::Sentiment { share, period, .. } => {
            if share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
                wrong("share is between 0 and 1".to_owned());
            }
            check_period(period, wrong);
        }
        Condition::Score { at_least, at_most, .. } => {
            if at_least.is_none() && at_most.is_none() {
                wrong("score needs at_least or at_most".to_owned());
            }
            if at_least.zip(*at_most).is_some_and(|(least, most)| least > most) {
                wrong("at_least is greater than at_most".to_owned());
            }
        }
        Condition::NonTalk { at_least_seconds } if !at_least_seconds.is_finite() => {
            wrong("at_least_seconds is not a number".to_owned())
        }
        Condition::Attribute { name, .. } if name.trim().is_empty() => wrong("attribute needs a name".to_owned()),
        Condition::All(all) | Condition::Any(all) => {
            if all.is_empty() {
                wrong("all and any need at least one condition".to_owned());
            }
            for condition in all {
                check(condition, depth + 1, wrong);
            }
        }
        Condition::Not(condition) => check(condition, depth + 1, wrong),
        _ => {}
    }
}

fn check_phrases(phrases: &[String], least: usize, wrong: &mut impl FnMut(String)) {
    if phrases.len() < least {
        wrong(format!("at least {least} phrase(s) are needed"));
    }
    for phrase in phrases.iter().filter(|phrase| !phrase.chars().any(char::is_alphanumeric)) {
        wrong(format!("phrase {phrase:?} has no letter or digit"));
    }
}

fn check_period(period: &Period, wrong: &mut impl FnMut(String)) {
    for seconds in [period.first_seconds, period.last_seconds].into_iter().flatten() {
        if !seconds.is_finite() || seconds <= 0.0 {
            wrong("seconds of a period are more than 0".to_owned());
        }
    }
}

/// Visits every condition of a tree.
pub(super) fn visit<'a>(condition: &'a Condition, see: &mut impl FnMut(&'a Condition)) {
    see(condition);
    match condition {
        Condition::All(all) | Condition::Any(all) => all.iter().for_each(|condition| visit(condition, see)),
        Condition::Not(condition) => visit(condition, see),
        _ => {}
    }
}

fn compile(file: File) -> Result<Rules, RulesError> {
    let mut phrases: BTreeMap<String, usize> = BTreeMap::new();
    let mut needs_measures = false;
    for category in &file.categories {
        visit(&category.when, &mut |condition| match condition {
            Condition::Phrases { any_of: said, .. } | Condition::Near { phrases: said, .. } => {
                for phrase in said {
                    let next = phrases.len();
                    phrases.entry(phrase.clone()).or_insert(next);
                }
            }
            Condition::NonTalk { .. } | Condition::Interruptions { .. } => needs_measures = true,
            _ => {}
        });
    }
    let mut in_order: Vec<(&String, usize)> = phrases.iter().map(|(phrase, index)| (phrase, *index)).collect();
    in_order.sort_by_key(|(_, index)| *index);
    let ends = in_order.iter().map(|(phrase, _)| PhraseEnd { open: phrase.ends_with('*') }).collect();
    let patterns: Vec<String> =
        in_order.iter().map(|(phrase, _)| fold(phrase.trim_end_matches('*').trim()).text().to_owned()).collect();
    let automaton = if patterns.is_empty() {
        None
    } else {
        let built = AhoCorasickBuilder::new().match_kind(MatchKind::Standard).build(&patterns);
        Some(built.map_err(|error| RulesError { category: None, message: error.to_string() })?)
    };
    Ok(Rules { version: file.version, categories: file.categories, phrases, ends, automaton, needs_measures })
}
