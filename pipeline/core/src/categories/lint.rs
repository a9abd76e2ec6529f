//! What a rules file says that is allowed but surely not meant.

use super::rules::{Condition, Rules, visit};

/// Something that is probably not meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The category.
    pub category: String,
    /// What, why, and what to do.
    pub message: String,
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "category {}: {}", self.category, self.message)
    }
}

/// Warnings in the file's order.
pub fn lint(rules: &Rules) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (index, category) in rules.categories.iter().enumerate() {
        let mut warn = |message: String| warnings.push(Warning { category: category.name.clone(), message });
        if let Some(same) = rules.categories.iter().take(index).find(|other| other.when == category.when) {
            warn(format!("has the same condition as {}", same.name));
        }
        if only_negative(&category.when) {
            warn("consists of `not` alone, so it applies to almost every contact".to_owned());
        }
        visit(&category.when, &mut |condition| look(condition, &mut warn));
    }
    warnings
}

fn only_negative(condition: &Condition) -> bool {
    match condition {
        Condition::Not(_) => true,
        Condition::All(all) => all.iter().all(only_negative),
        Condition::Any(any) => any.iter().any(only_negative),
        _ => false,
    }
}

fn look(condition: &Condition, warn: &mut impl FnMut(String)) {
    match condition {
        Condition::Phrases { any_of: phrases, period, .. } | Condition::Near { phrases, period, .. } => {
            for (index, phrase) in phrases.iter().enumerate() {
                if phrases.iter().take(index).any(|other| other.eq_ignore_ascii_case(phrase)) {
                    warn(format!("phrase {phrase:?} stands twice"));
                }
                if phrase.trim_end_matches('*').trim().chars().count() < 3 && phrase.is_ascii() {
                    warn(format!("phrase {phrase:?} is so short that it will match by chance"));
                }
                let covered = |other: &&String| {
                    *other != phrase
                        && phrase.split_whitespace().count() > other.split_whitespace().count()
                        && contains_words(phrase, other)
                };
                if matches!(condition, Condition::Phrases { .. })
                    && let Some(other) = phrases.iter().find(covered)
                {
                    warn(format!("phrase {phrase:?} can never add a match: {other:?} is part of it"));
                }
            }
            if period.first_seconds.is_some() && period.last_seconds.is_some() {
                warn("first_seconds and last_seconds together hold only where the contact is short".to_owned());
            }
        }
        Condition::Score { at_least, at_most, .. } => {
            if at_least.is_some_and(|least| least > 5.0) || at_most.is_some_and(|most| most < -5.0) {
                warn("scores lie between -5 and 5, so this never holds".to_owned());
            }
            if at_least.is_some_and(|least| least <= -5.0) || at_most.is_some_and(|most| most >= 5.0) {
                warn("scores lie between -5 and 5, so this bound says nothing".to_owned());
            }
        }
        Condition::Interruptions { at_least, .. } if *at_least <= 0 => {
            warn("at least 0 interruptions always holds".to_owned())
        }
        Condition::NonTalk { at_least_seconds } if *at_least_seconds <= 0.0 => {
            warn("at least 0 seconds always holds".to_owned())
        }
        Condition::All(all) | Condition::Any(all) if all.len() == 1 => {
            warn("`all` or `any` with one condition does nothing".to_owned())
        }
        Condition::All(all) => {
            let contradicts = |condition: &Condition| {
                all.iter().any(|other| matches!(other, Condition::Not(inner) if **inner == *condition))
            };
            if all.iter().any(contradicts) {
                warn("asks for a condition and for its opposite, so it never holds".to_owned());
            }
        }
        Condition::Not(inner) if matches!(**inner, Condition::Not(_)) => warn("`not` of `not` does nothing".to_owned()),
        _ => {}
    }
}

fn contains_words(phrase: &str, part: &str) -> bool {
    let phrase: Vec<String> = phrase.split_whitespace().map(str::to_lowercase).collect();
    let part: Vec<String> = part.split_whitespace().map(str::to_lowercase).collect();
    !part.is_empty()
        && !part.iter().any(|word| word.ends_with('*'))
        && phrase.windows(part.len()).any(|window| window == part)
}
