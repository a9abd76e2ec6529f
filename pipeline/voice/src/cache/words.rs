//! The content words of a question, in the form in which they are compared.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};

use super::rules::{base_form, lines};

/// Words that carry nothing of what is asked.
pub(super) const EMPTY: &[&str] = &[
    "a",
    "an",
    "the",
    "i",
    "me",
    "my",
    "mine",
    "you",
    "your",
    "yours",
    "we",
    "us",
    "our",
    "it",
    "its",
    "do",
    "does",
    "is",
    "are",
    "am",
    "be",
    "to",
    "of",
    "at",
    "in",
    "on",
    "and",
    "that",
    "this",
    "there",
    "guy",
    "guys",
    "people",
    "if",
    "as",
    "for",
    "have",
    "has",
    "will",
    "would",
    "could",
    "just",
    "like",
    "want",
    "need",
    "possible",
    "should",
    "somehow",
    "exactly",
    "actually",
    "can",
    "still",
    "also",
    "really",
    "already",
    "when",
    "something",
];

/// Small words that change an answer: where one of these stands before a word, both count together.
const TURNING: &[&str] = &[
    "from", "into", "onto", "than", "before", "after", "versus", "over", "under", "by", "with", "without", "for",
    "until", "since", "between",
];

/// Those of them that count on their own where no word that carries something follows: "what do I do before".
const HANGING: &[&str] = &["before", "after", "without", "than", "since", "over", "under"];

fn hangs(next: Option<&str>) -> bool {
    next.is_none_or(|next| EMPTY.contains(&next) && !ARTICLES.contains(&next) && !PERSONS.contains(&next))
}

/// Words that say how, when or where something is done, and mean the same before and behind it: "early cancellation", "to cancel
/// early". They are put last.
const LOOSE: &[&str] = &["early", "online", "late", "abroad", "overnight"];

const ARTICLES: &[&str] = &["a", "an", "the", "my", "your", "our"];

/// Who stands between "before" and what is done: "before I sign".
const PERSONS: &[&str] = &["i", "you", "we"];

/// Stems of words that stand for another one.
struct Groups(HashMap<String, String>);

impl Groups {
    /// `base`: irregular forms count as the verb's.
    fn read(files: &[&str], stemmer: &Stemmer, base: bool) -> Self {
        let stem = |word: &str| stemmer.stem(if base { base_form(word) } else { word }).into_owned();
        let mut groups = HashMap::new();
        for line in files.iter().flat_map(|file| lines(file)) {
            let mut words = line.split_whitespace();
            let Some(first) = words.next().map(stem) else { continue };
            for word in words.map(stem).filter(|word| *word != first) {
                groups.insert(word, first.clone());
            }
        }
        Self(groups)
    }

    /// The first word of a group, and of the group that this one stands in.
    fn first(&self, stem: String) -> String {
        let mut stem = stem;
        for _ in 0..3 {
            match self.0.get(&stem) {
                Some(first) => stem.clone_from(first),
                None => break,
            }
        }
        stem
    }
}

const SYNONYMS: &str = include_str!("../../resources/synonyms.en.txt");
const DERIVATIONS: &str = include_str!("../../resources/derivations.en.txt");
const QUESTION_SYNONYMS: &str = include_str!("../../resources/question_synonyms.en.txt");

/// A word in the form in which words are compared: its stem, or the first word of its group of synonyms.
pub(crate) fn canonical(word: &str) -> String {
    static GROUPS: LazyLock<Groups> =
        LazyLock::new(|| Groups::read(&[SYNONYMS], &Stemmer::create(Algorithm::English), false));
    GROUPS.first(Stemmer::create(Algorithm::English).stem(word).into_owned())
}

/// The same between two questions, where more may stand for each other: both were asked, none is searched for in a text.
pub(super) fn meaning(word: &str) -> String {
    static GROUPS: LazyLock<Groups> = LazyLock::new(|| {
        Groups::read(&[SYNONYMS, DERIVATIONS, QUESTION_SYNONYMS], &Stemmer::create(Algorithm::English), true)
    });
    GROUPS.first(Stemmer::create(Algorithm::English).stem(base_form(word)).into_owned())
}

/// The content words, in order: "a child for a parent" is not "a parent for a child".
pub(super) fn content(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().map(|word| word.strip_suffix("'s").unwrap_or(word)).collect();
    let (mut content, mut loose) = (Vec::new(), Vec::new());
    // Who is who only counts where both are named: "do you call me or do I call you".
    let has = |persons: &[&str]| words.iter().any(|word| persons.contains(word));
    let both = has(&["i", "me", "we", "us"]) && has(&["you"]);
    for (at, word) in words.iter().enumerate() {
        // "turn on", "log in", "check out": the little word is part of the verb.
        let particle = at > 0
            && matches!(*word, "on" | "in")
            && at.checked_sub(1).and_then(|at| words.get(at)).is_some_and(|verb| {
                matches!(*verb, "turn" | "switch" | "log" | "sign" | "check" | "put" | "opt" | "cash" | "trade")
            });
        if both && matches!(*word, "i" | "me" | "we" | "us" | "you") {
            content.push((*word).to_owned());
            continue;
        }
        if (EMPTY.contains(word) || TURNING.contains(word)) && !particle {
            if HANGING.contains(word) && hangs(words.get(at + 1).copied()) {
                content.push((*word).to_owned());
            }
            continue;
        }
        let meaning = meaning(word);
        // "from Leeds", "to Luton", "before lunch": the small word says which part the next one plays.
        let before = words.get(..at).unwrap_or_default();
        let clause = before.iter().rev().find(|before| !ARTICLES.contains(before) && !PERSONS.contains(before));
        let clause = clause.filter(|before| matches!(**before, "before" | "after"));
        let turning = before.iter().rev().find(|before| !ARTICLES.contains(before) && !LOOSE.contains(before));
        let towards = words.contains(&"from") || words.windows(2).any(|pair| matches!(pair, ["get" | "go", "to"]));
        let turning = turning.filter(|before| TURNING.contains(before) || **before == "to" && towards);
        // "For early cancellation": it is the cancellation that "for" belongs to.
        let next = words.get(at + 1).filter(|next| !EMPTY.contains(next) && !TURNING.contains(next));
        if LOOSE.contains(word) && next.is_some() {
            loose.push(meaning);
            continue;
        }
        match turning.or(clause) {
            Some(before) => content.push(format!("{before} {meaning}")),
            None if LOOSE.contains(word) => loose.push(meaning),
            None => content.push(meaning),
        }
    }
    content.extend(loose);
    content
}

/// The words of a text that carry something, each once.
pub(super) fn meanings(text: &str) -> BTreeSet<String> {
    text.split_whitespace()
        .map(|word| word.strip_suffix("'s").unwrap_or(word))
        .filter(|word| !EMPTY.contains(word))
        .map(meaning)
        .collect()
}
