//! Numbers, negation and content words of a statement against its evidence.

use std::collections::BTreeSet;

use crate::text::{Language, stop_words, tokens};

const NEGATIONS: &[&str] = &["not", "no", "never", "cannot", "nothing", "nobody", "without", "nunca", "nada", "sin"];
/// Least share of a statement's content words that the evidence has to hold.
const OVERLAP: f64 = 0.5;

/// Adds a reason for each thing that does not agree.
pub(super) fn compare(statement: &str, evidence: &str, reasons: &mut Vec<String>) {
    let said = tokens::words(statement);
    let known: BTreeSet<String> = tokens::words(evidence).into_iter().collect();
    for number in said.iter().filter(|word| word.chars().all(|c| c.is_ascii_digit())) {
        if !known.contains(number) {
            reasons.push(format!("number: {number} is not in the turns"));
        }
    }
    if said.iter().any(|word| negates(word)) && !known.iter().any(|word| negates(word)) {
        reasons.push("negation: the statement denies what no turn denies".to_owned());
    }
    let content: Vec<&String> = said.iter().filter(|word| !stop_words::is_stop_word(word, Language::English)).collect();
    let found = content.iter().filter(|word| known.contains(**word)).count();
    if !content.is_empty() && (found as f64) < OVERLAP * content.len() as f64 {
        reasons.push(format!("words: {found} of {} content words are in the turns", content.len()));
    }
}

fn negates(word: &str) -> bool {
    NEGATIONS.contains(&word) || word.ends_with("n't")
}
