//! Whether statement and turns deny the same.

use super::words::{Word, alike, words};
use crate::text::sentences;

const NEGATIONS: &[&str] = &[
    "not", "no", "never", "cannot", "nothing", "nobody", "none", "neither", "nor", "nowhere", "isnt", "dont", "doesnt",
    "didnt", "cant", "wont", "unable", "nunca", "nada", "nadie", "tampoco", "jamás", "ningún", "ninguna",
];

/// Words that say without a negation what another says with one.
const LEXICAL: &[&str] = &[
    "refuse",
    "refused",
    "declined",
    "decline",
    "denied",
    "deny",
    "failed",
    "fail",
    "fails",
    "missing",
    "lack",
    "lacked",
    "lacks",
    "without",
    "unless",
    "only",
    "maximum",
    "limit",
    "most",
    "drop",
    "dropped",
    "stop",
    "stopped",
    "stops",
    "avoid",
    "instead",
    "lost",
    "lose",
    "free",
    "waived",
    "waive",
    "unavailable",
    "impossible",
    "rejected",
    "kept",
    "wrong",
    "closed",
    "absent",
    "unresolved",
    "still",
    "until",
    "yet",
    "broken",
    "out",
    "empty",
    "unsuccessful",
    "unsuccessfully",
    "invalid",
    "incorrect",
    "unsure",
    "unclear",
    "pending",
    "waiting",
    "prevented",
    "prevents",
    "blocked",
    "sin",
    "no-show",
];

fn negates(word: &str) -> bool {
    NEGATIONS.contains(&word) || word.ends_with("n't")
}

/// Words of a text that deny. "No," at the begin of a clause answers and denies nothing itself.
fn denials(folded: &str) -> usize {
    let mut count = 0;
    for sentence in sentences(folded) {
        let pieces: Vec<&str> = sentence.text.split_whitespace().collect();
        for (index, piece) in pieces.iter().enumerate() {
            let word = piece.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'');
            let answers = word == "no"
                && (piece.ends_with([',', '.', ';', '!'])
                    || index == 0
                        && pieces.len() <= 3
                        && pieces.len() > 1
                        && !piece.chars().all(char::is_alphanumeric));
            count += usize::from(negates(word) && !answers);
        }
    }
    count
}

fn lexical(folded: &str) -> bool {
    folded.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '-').any(|word| LEXICAL.contains(&word))
}

/// Words that follow a denial and that it is about: the non-stop words among the next few, as stems.
fn denied(folded: &str) -> Vec<Vec<Word>> {
    let mut found = Vec::new();
    for sentence in sentences(folded) {
        for clause in sentence.text.split([',', ';']) {
            let all = words(clause);
            for (index, word) in all.iter().enumerate() {
                if negates(&word.text) {
                    // What follows "and" or "but" is another statement.
                    let window = all
                        .get(index + 1..)
                        .unwrap_or_default()
                        .iter()
                        .take(6)
                        .take_while(|word| !matches!(word.text.as_str(), "and" | "but" | "because" | "so"))
                        .filter(|word| tells(word))
                        .cloned()
                        .collect();
                    found.push(window);
                }
            }
        }
    }
    found
}

/// Whether a word can be what a denial is about: any but articles, pronouns and auxiliaries.
fn tells(word: &Word) -> bool {
    word.weighs
        || !crate::text::stop_words::is_stop_word(&word.text, crate::text::Language::English) && word.text.len() > 2
}

/// Whether an answer begins with yes or no.
fn answers(known: &str) -> (bool, bool) {
    let mut found = (false, false);
    for line in known.lines() {
        match line.split(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty()) {
            Some("yes" | "yeah" | "yep" | "sure" | "correct" | "sí") => found.0 = true,
            Some("no" | "nope") => found.1 = true,
            _ => {}
        }
    }
    found
}

/// Adds a reason where one side denies and the other does not.
pub(super) fn compare(said: &str, known: &str, said_words: &[Word], reasons: &mut Vec<String>) {
    let known_words = words(known);
    let shared = said_words
        .iter()
        .filter(|word| word.weighs && known_words.iter().any(|other| other.weighs && alike(&word.stem, &other.stem)))
        .count();
    let (yes, no) = answers(known);
    let theirs = denials(known);
    if denials(said) > 0 {
        if theirs == 0 && (!lexical(known) && !no || yes) {
            reasons.push("negation: the statement denies what no turn denies".to_owned());
        } else if let Some(word) = affirmed(said, known) {
            reasons.push(format!("negation: the turns do not deny {word}"));
        }
        return;
    }
    if lexical(said) {
        return;
    }
    let about = denied(known);
    let direct = about
        .iter()
        .flatten()
        .any(|word| said_words.iter().any(|other| alike(&other.stem, &word.stem) && tells(other)));
    if direct || shared == 0 && (theirs > 0 || no) && !yes {
        reasons.push("negation: the turns deny what the statement says".to_owned());
    }
}

/// A word that the statement denies, while the clause of the turns that has it denies nothing.
fn affirmed(said: &str, known: &str) -> Option<String> {
    let targets: Vec<Word> = denied(said).into_iter().flatten().filter(|word| word.weighs).collect();
    let mut best: Option<(usize, bool, String)> = None;
    for sentence in sentences(known) {
        for clause in sentence.text.split([',', ';']) {
            let clause_words = words(clause);
            let hits: Vec<&Word> =
                targets.iter().filter(|word| clause_words.iter().any(|other| alike(&word.stem, &other.stem))).collect();
            let (Some(first), count) = (hits.first(), hits.len()) else { continue };
            if best.as_ref().is_none_or(|(most, ..)| count > *most) {
                best = Some((count, denials(clause) > 0 || lexical(clause), first.text.clone()));
            }
        }
    }
    best.filter(|(_, denies, _)| !denies).map(|(_, _, word)| word)
}
