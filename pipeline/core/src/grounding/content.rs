//! The words of a statement that no list knows: a word that stands in the place of another one, and a statement about
//! nothing that the turns speak of. Words of a statement that are merely not in the turns are no reason: people say things
//! in their own words.

use super::dates;
use super::words::{Word, alike, is_english, same, words};
use crate::text::stop_words::is_stop_word;
use crate::text::{Language, sentences};

/// A statement and its turns.
pub(super) struct Sides<'a> {
    pub said: &'a [Word],
    pub known: &'a [Word],
    /// What was said shortly before the turns.
    pub near: &'a [Word],
    /// Whether the statement has numbers, which the turns have too.
    pub counted: bool,
    /// The folded text of the turns.
    pub evidence: &'a str,
}

/// Content words of a statement, none of which was said, that show that it is about something else.
const STRANGE: usize = 5;

/// Content words that turns have at least for that. Who says "yes, please" is told in other words only.
const TOLD: usize = 4;

/// Why the words do not agree, if the statement substitutes one or shares nothing with the turns.
pub(super) fn compare(sides: &Sides<'_>) -> Option<String> {
    let Sides { said, known, .. } = *sides;
    let novel: Vec<bool> =
        said.iter().map(|word| word.weighs && !known.iter().any(|other| alike(&word.stem, &other.stem))).collect();
    if let Some((ours, theirs)) = particle(said, known).or_else(|| substituted(sides, &novel)) {
        return Some(format!("words: the statement says {ours}, the turns say {theirs}"));
    }
    // Nothing of what was said there or near it comes up: then the statement is of something else, not in other words.
    let new = novel.iter().filter(|novel| **novel).count();
    let shared = said.iter().zip(&novel).any(|(word, novel)| word.weighs && !*novel);
    let dated =
        || said.iter().any(|word| dates::is_date_word(&word.text) && known.iter().any(|other| other.stem == word.stem));
    let spoken = |word: &Word| sides.near.iter().any(|other| alike(&word.stem, &other.stem));
    let told = known.iter().filter(|word| word.weighs).count();
    let strange = new >= STRANGE
        && told >= TOLD
        && !shared
        && !sides.counted
        && !dated()
        && !said.iter().any(|word| word.weighs && spoken(word));
    strange.then(|| format!("words: none of {new} content words was said"))
}

/// A word of the statement that stands where the sentence of the turns that is most like it has another one.
fn substituted(sides: &Sides<'_>, novel: &[bool]) -> Option<(String, String)> {
    if !novel.contains(&true) {
        return None;
    }
    let said = sides.said;
    let clauses: Vec<Vec<Word>> = sentences(sides.evidence).iter().map(|clause| words(clause.text)).collect();
    let weight = |clause: &Vec<Word>| {
        said.iter()
            .filter(|word| clause.iter().any(|other| alike(&word.stem, &other.stem)))
            .map(|word| if word.weighs { 3 } else { 1 })
            .sum::<usize>()
    };
    let best = clauses.iter().max_by_key(|clause| weight(clause))?;
    let spare: Vec<bool> =
        best.iter().map(|word| word.weighs && !said.iter().any(|other| alike(&word.stem, &other.stem))).collect();
    // Synonyms are known for English alone, so elsewhere there is no telling a paraphrase from a substitution.
    if is_english(said) { framed(said, novel, best, &spare) } else { between(said, novel, best, &spare) }
}

/// The nearest word before or after a position that tells something, with only a few others between.
fn near(all: &[Word], at: usize, forward: bool) -> Option<&Word> {
    const REACH: usize = 4;
    if forward {
        all.get(at + 1..).unwrap_or_default().iter().take(REACH).find(|word| tells(word))
    } else {
        all.get(..at).unwrap_or_default().iter().rev().take(REACH).find(|word| tells(word))
    }
}

fn tells(word: &Word) -> bool {
    word.weighs || !is_stop_word(&word.text, Language::English)
}

/// A new noun in the same frame as another one of the turns: "grade for the physics module", "grade for the statistics module".
fn framed(said: &[Word], novel: &[bool], best: &[Word], spare: &[bool]) -> Option<(String, String)> {
    let agree = |ours: Option<&Word>, theirs: Option<&Word>| match (ours, theirs) {
        (Some(ours), Some(theirs)) => Some(alike(&ours.stem, &theirs.stem)),
        (None, None) => None,
        _ => Some(false),
    };
    for (at, word) in said.iter().enumerate().filter(|(at, _)| novel.get(*at) == Some(&true)) {
        if word.text.ends_with("ly") || word.text.ends_with("ed") || word.text.ends_with("ing") {
            continue;
        }
        for (other_at, other) in best.iter().enumerate().filter(|(at, _)| spare.get(*at) == Some(&true)) {
            let before = agree(near(said, at, false), near(best, other_at, false));
            let after = agree(near(said, at, true), near(best, other_at, true));
            let led = leads(said, at) && leads(best, other_at) || previous(said, at) == previous(best, other_at);
            if led && before != Some(false) && after != Some(false) && (before.is_some() || after.is_some()) {
                return Some((word.text.clone(), other.text.clone()));
            }
        }
    }
    None
}

fn previous(all: &[Word], at: usize) -> Option<&str> {
    all.get(at.checked_sub(1)?).map(|word| word.text.as_str())
}

/// Whether an article or the like stands before a position.
fn leads(all: &[Word], at: usize) -> bool {
    previous(all, at).is_some_and(|word| {
        matches!(
            word,
            "a" | "an" | "the" | "my" | "their" | "our" | "your" | "his" | "her" | "this" | "that" | "some" | "any"
        )
    })
}

/// Between two words that statement and turns share, both say something, but not the same.
fn between(said: &[Word], novel: &[bool], best: &[Word], spare: &[bool]) -> Option<(String, String)> {
    let first = |words: &[Word], flags: &[bool], from: usize, to: usize| {
        let words = words.get(from..to).unwrap_or_default();
        words.iter().zip(flags.get(from..to).unwrap_or_default()).find(|(_, flag)| **flag).map(|(word, _)| word.clone())
    };
    let mut from = (0, 0);
    for (left, right) in anchors(said, best).into_iter().chain(std::iter::once((said.len(), best.len()))) {
        let (ours, theirs) = (first(said, novel, from.0, left), first(best, spare, from.1, right));
        if let (Some(ours), Some(theirs)) = (ours, theirs) {
            return Some((ours.text, theirs.text));
        }
        from = (left + 1, right + 1);
    }
    None
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
                .any(|pair| matches!(pair, [other, after] if same(&other.stem, &word.stem) && after.text == wanted))
        };
        if theirs(opposite) && !theirs(&after.text) {
            return Some((format!("{} {}", word.text, after.text), format!("{} {opposite}", word.text)));
        }
    }
    None
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
