//! Compares what a statement says with what its turns say.

use super::words::{Word, alike, contrast, words};
use super::{dates, negation};
use crate::text::numbers::{Quantity, quantities};
use crate::text::tokens::lower;
use crate::text::{TokenKind, fold, sentences, tokens};

/// Longest statement and evidence that are compared word by word; what is longer is cut, so that the check stays bounded.
const MOST_WORDS: usize = 400;

/// Adds a reason for each thing that does not agree.
pub(super) fn compare(statement: &str, evidence: &str, reasons: &mut Vec<String>) {
    let (said, known) = (fold(statement), fold(evidence));
    numbers(said.text(), known.text(), reasons);
    times(statement, evidence, reasons);
    names(statement, known.text(), reasons);
    let mut said_words = words(said.text());
    let mut known_words = words(known.text());
    said_words.truncate(MOST_WORDS);
    known_words.truncate(MOST_WORDS);
    negation::compare(said.text(), known.text(), &said_words, reasons);
    if let Some((ours, theirs)) = contrast(&said_words, &known_words).or_else(|| particle(&said_words, &known_words)) {
        reasons.push(format!("words: the statement says {ours}, the turns say {theirs}"));
    } else if reasons.is_empty() {
        content(&said_words, &known_words, known.text(), reasons);
    }
}

fn numbers(said: &str, known: &str, reasons: &mut Vec<String>) {
    let known = quantities(known);
    let has = |number: &str| {
        known.iter().any(|other| other.whole == number || other.pieces.iter().any(|piece| piece == number))
    };
    for quantity in quantities(said) {
        let harmless = matches!(quantity.whole.as_str(), "1") && !quantity.ordinal;
        if harmless
            || has(&quantity.whole)
            || (quantity.pieces.len() > 1 && quantity.pieces.iter().all(|piece| has(piece)))
        {
            if let Some(reason) = unit(&quantity, &known) {
                reasons.push(reason);
            }
            continue;
        }
        // "2024" of a date given as two numbers, or the parts of a time.
        let split = known.iter().map(|other| other.whole.as_str()).collect::<String>();
        if quantity.whole.len() >= 4 && split.contains(&quantity.whole) {
            continue;
        }
        reasons.push(format!("number: {} is not in the turns", quantity.whole));
    }
}

const UNITS: &[&[&str]] = &[
    &["minute", "minutes"],
    &["hour", "hours"],
    &["day", "days"],
    &["week", "weeks"],
    &["month", "months"],
    &["year", "years"],
    &["dollar", "dollars"],
    &["euro", "euros"],
    &["pound", "pounds"],
    &["percent"],
    &["cent", "cents"],
    &["gigabyte", "gigabytes", "gb", "gig", "gigs"],
    &["megabyte", "megabytes", "mb"],
];

/// "Three weeks" where the turns say three days.
fn unit(quantity: &Quantity, known: &[Quantity]) -> Option<String> {
    let group =
        |unit: &Option<String>| unit.as_deref().and_then(|unit| UNITS.iter().position(|group| group.contains(&unit)));
    let wanted = group(&quantity.unit)?;
    let same: Vec<Option<usize>> =
        known.iter().filter(|other| other.whole == quantity.whole).map(|other| group(&other.unit)).collect();
    let contradicts = !same.is_empty() && same.iter().all(|other| other.is_some_and(|other| other != wanted));
    contradicts.then(|| {
        format!(
            "number: {} {} has another unit in the turns",
            quantity.whole,
            quantity.unit.as_deref().unwrap_or_default()
        )
    })
}

fn times(statement: &str, evidence: &str, reasons: &mut Vec<String>) {
    let (said, known) = (fold(statement), fold(evidence));
    let list = |text: &str| -> Vec<String> {
        tokens(text)
            .into_iter()
            .filter(|token| token.kind == TokenKind::Word)
            .map(|token| token.text.strip_suffix("'s").unwrap_or(token.text).to_owned())
            .collect()
    };
    let (said_list, known_list) = (list(said.text()), list(known.text()));
    let said_words: Vec<&str> = said_list.iter().map(String::as_str).collect();
    let known_words: Vec<&str> = known_list.iter().map(String::as_str).collect();
    // In a statement "May" with a capital is the month; turns of speech recognition have it in any case.
    let may = (tokens(statement).iter().skip(1).any(|token| token.text == "May"), known_words.contains(&"may"));
    for word in dates::missing(&said_words, &known_words, may) {
        reasons.push(format!("date: {word} is not in the turns"));
    }
}

/// Capitalised words of the statement, but for its first, have to be in the turns.
fn names(statement: &str, known: &str, reasons: &mut Vec<String>) {
    let known: Vec<&str> =
        tokens(known).into_iter().filter(|token| token.kind == TokenKind::Word).map(|token| token.text).collect();
    let all = tokens(statement);
    let starts: Vec<usize> = sentences(statement).iter().map(|sentence| sentence.start).collect();
    let uncased = all
        .iter()
        .filter(|token| token.kind == TokenKind::Word)
        .all(|token| token.text.chars().next().is_some_and(char::is_uppercase));
    if uncased {
        return;
    }
    for token in all.iter().filter(|token| token.kind == TokenKind::Word) {
        let capital = token.text.chars().next().is_some_and(char::is_uppercase);
        let lower = lower(token.text);
        let name = lower.strip_suffix("'s").unwrap_or(&lower);
        if !capital
            || starts.contains(&token.start)
            || dates::is_date_word(name)
            || matches!(
                name,
                "i" | "i'm" | "i'll" | "i've" | "i'd" | "the" | "mr" | "mrs" | "ms" | "dr" | "ok" | "pm" | "am"
            )
        {
            continue;
        }
        let found = known.iter().any(|other| *other == name || other.strip_suffix("'s") == Some(name))
            || known.windows(2).any(|two| two.concat() == name)
            || is_spelled(name, &known);
        if !found {
            reasons.push(format!("name: {} is not in the turns", token.text));
        }
    }
}

/// Letters said one by one.
fn is_spelled(name: &str, known: &[&str]) -> bool {
    known.iter().filter(|word| word.len() == 1).copied().collect::<String>().contains(name) && name.len() > 2
}

/// Substitutions: between two words that statement and turns share, both say something, but not the same.
fn content(said: &[Word], known: &[Word], evidence: &str, reasons: &mut Vec<String>) {
    let novel: Vec<bool> =
        said.iter().map(|word| word.weighs && !known.iter().any(|other| alike(&word.stem, &other.stem))).collect();
    if !novel.contains(&true) {
        return;
    }
    // The clause of the turns that shares most with the statement.
    let clauses: Vec<Vec<Word>> = clauses(evidence).into_iter().map(|clause| words(&clause)).collect();
    let weight = |clause: &Vec<Word>| {
        said.iter()
            .filter(|word| clause.iter().any(|other| alike(&word.stem, &other.stem)))
            .map(|word| if word.weighs { 3 } else { 1 })
            .sum::<usize>()
    };
    let Some(best) = clauses.iter().max_by_key(|clause| weight(clause)) else { return };
    let spare: Vec<bool> =
        best.iter().map(|word| word.weighs && !said.iter().any(|other| alike(&word.stem, &other.stem))).collect();
    let anchors = anchors(said, best);
    let mut from = (0, 0);
    for (left, right) in anchors.into_iter().chain(std::iter::once((said.len(), best.len()))) {
        let ours = said
            .get(from.0..left)
            .unwrap_or_default()
            .iter()
            .zip(novel.get(from.0..left).unwrap_or_default())
            .find(|(_, novel)| **novel);
        let theirs = best
            .get(from.1..right)
            .unwrap_or_default()
            .iter()
            .zip(spare.get(from.1..right).unwrap_or_default())
            .find(|(_, spare)| **spare);
        if let (Some((ours, _)), Some((theirs, _))) = (ours, theirs) {
            reasons.push(format!("words: the statement says {}, the turns say {}", ours.text, theirs.text));
            return;
        }
        from = (left + 1, right + 1);
    }
    // The same word stands in front of both: "rash on their hands", "rash on my neck".
    let before = |all: &[Word], at: usize| {
        all.get(..at).unwrap_or_default().iter().rev().take(4).find(|word| word.weighs).map(|word| word.stem.clone())
    };
    for (at, word) in said.iter().enumerate().filter(|(at, _)| novel.get(*at) == Some(&true)) {
        let Some(ours) = before(said, at) else { continue };
        for (other_at, other) in best.iter().enumerate().filter(|(at, _)| spare.get(*at) == Some(&true)) {
            if before(best, other_at).is_some_and(|theirs| alike(&ours, &theirs)) {
                reasons.push(format!("words: the statement says {}, the turns say {}", word.text, other.text));
                return;
            }
        }
    }
    let new = novel.iter().filter(|novel| **novel).count();
    let shared = said.iter().zip(&novel).filter(|(word, novel)| word.weighs && !**novel).count();
    let anchored =
        said.iter().any(|word| dates::is_date_word(&word.text) && known.iter().any(|other| other.stem == word.stem));
    if new >= 2 && shared == 0 && !anchored && known.iter().any(|word| word.weighs) {
        reasons.push(format!("words: none of {new} content words is in the turns"));
    }
}

/// "Moving in" where the turns say "moving out": a shared word with the opposite particle.
fn particle(said: &[Word], known: &[Word]) -> Option<(String, String)> {
    const OPPOSITES: &[(&str, &str)] =
        &[("in", "out"), ("out", "in"), ("on", "off"), ("off", "on"), ("up", "down"), ("down", "up")];
    for pair in said.windows(2) {
        let [word, after] = pair else { continue };
        let Some((_, opposite)) = OPPOSITES.iter().find(|(particle, _)| *particle == after.text) else { continue };
        let theirs = |wanted: &str| {
            known
                .windows(2)
                .any(|pair| matches!(pair, [other, after] if alike(&other.stem, &word.stem) && after.text == wanted))
        };
        if theirs(opposite) && !theirs(&after.text) {
            return Some((format!("{} {}", word.text, after.text), format!("{} {opposite}", word.text)));
        }
    }
    None
}

/// Sentences.
fn clauses(text: &str) -> Vec<String> {
    sentences(text).into_iter().map(|sentence| sentence.text.to_owned()).collect()
}

/// Longest common sequence of the words, as pairs of positions. Only words of weight, and the same function words next to them, anchor.
fn anchors(left: &[Word], right: &[Word]) -> Vec<(usize, usize)> {
    let matches = |a: &Word, b: &Word| {
        (a.weighs && alike(&a.stem, &b.stem)) || (!a.weighs && a.stem == b.stem && a.text.len() > 3)
    };
    let width = right.len() + 1;
    let mut table = vec![0u16; (left.len() + 1) * width];
    let at = |table: &[u16], i: usize, j: usize| table.get(i * width + j).copied().unwrap_or(0);
    for (i, a) in left.iter().enumerate().rev() {
        for (j, b) in right.iter().enumerate().rev() {
            let value = if matches(a, b) {
                at(&table, i + 1, j + 1) + 1
            } else {
                at(&table, i + 1, j).max(at(&table, i, j + 1))
            };
            if let Some(cell) = table.get_mut(i * width + j) {
                *cell = value;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut found = Vec::new();
    while let (Some(a), Some(b)) = (left.get(i), right.get(j)) {
        if matches(a, b) && at(&table, i, j) == at(&table, i + 1, j + 1) + 1 {
            found.push((i, j));
            i += 1;
            j += 1;
        } else if at(&table, i + 1, j) >= at(&table, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    found
}
