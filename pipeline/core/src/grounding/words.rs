//! Words for comparison: stems, synonyms, words without weight.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};

use crate::text::{Language, TokenKind, stop_words, tokens};

/// Groups of stems that may stand for each other.
static SYNONYMS: LazyLock<HashMap<String, Vec<u16>>> = LazyLock::new(|| {
    let mut groups: HashMap<String, Vec<u16>> = HashMap::new();
    for (line, group) in lines(include_str!("../../resources/grounding/synonyms.en.txt")).zip(0u16..) {
        for word in line.split_whitespace() {
            groups.entry(stem(word)).or_default().push(group);
        }
    }
    let used = groups.values().flatten().max().map_or(0, |last| last + 1);
    for (words, group) in super::kinds::same_things().into_iter().zip(used..) {
        for word in words {
            groups.entry(word).or_default().push(group);
        }
    }
    groups
});

static GENERIC: LazyLock<HashSet<String>> = LazyLock::new(|| {
    lines(include_str!("../../resources/grounding/generic.en.txt")).flat_map(str::split_whitespace).map(stem).collect()
});

static IRREGULAR: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    lines(include_str!("../../resources/grounding/irregular.en.txt"))
        .filter_map(|line| line.split_once(": "))
        .flat_map(|(base, forms)| forms.split_whitespace().map(move |form| (form, base)))
        .collect()
});

static STEMMER: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::English));

/// The lines of a data file that are no comments.
pub(super) fn lines(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty())
}

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Its stem.
    pub stem: String,
    /// As it stands in the folded text.
    pub text: String,
    /// Whether it can show what a sentence is about.
    pub weighs: bool,
}

/// The stem of a lower-case word. Irregular forms and nouns of acts are brought together with their verbs first.
pub(super) fn stem(word: &str) -> String {
    let word = word.strip_suffix("'s").unwrap_or(word);
    STEMMER.stem(IRREGULAR.get(word).copied().unwrap_or(word)).into_owned()
}

/// The words of a folded text, without numbers and symbols.
pub(super) fn words(folded: &str) -> Vec<Word> {
    tokens(folded)
        .into_iter()
        .filter(|token| token.kind == TokenKind::Word)
        .map(|token| {
            let stem = stem(token.text);
            let stops = stop_words::is_stop_word(token.text, Language::English)
                || stop_words::is_stop_word(token.text, Language::Spanish);
            let weighs = !stops
                && token.text.len() > 1
                && !GENERIC.contains(&stem)
                && !is_time(token.text)
                && crate::text::numbers::quantities(token.text).is_empty();
            Word { stem, text: token.text.to_owned(), weighs }
        })
        .collect()
}

/// Words of time are compared as dates.
pub(super) fn is_time(word: &str) -> bool {
    super::dates::is_date_word(word) || super::durations::is_unit(word) || matches!(word, "am" | "pm" | "old" | "st" | "nd" | "rd" | "th")
}

/// Whether two stems are the same word, share a group of synonyms, or begin alike.
pub(super) fn alike(left: &str, right: &str) -> bool {
    if left == right {
        return true;
    }
    if let (Some(left), Some(right)) = (SYNONYMS.get(left), SYNONYMS.get(right))
        && left.iter().any(|group| right.contains(group))
    {
        return true;
    }
    kin(left, right)
}

/// Whether two stems are of one word: the same, derived, or repeated ("reissue").
pub(super) fn kin(left: &str, right: &str) -> bool {
    let again = |one: &str, other: &str| one.strip_prefix("re").is_some_and(|rest| rest.len() >= 4 && rest == other);
    let shared = left.bytes().zip(right.bytes()).take_while(|(a, b)| a == b).count();
    left == right || shared >= 5 && shared + 3 >= left.len().max(right.len()) || again(left, right) || again(right, left)
}

/// Whether a text is in English, as far as its function words tell.
pub(super) fn is_english(words: &[Word]) -> bool {
    let count =
        |language: Language| words.iter().filter(|word| stop_words::is_stop_word(&word.text, language)).count();
    let english = count(Language::English);
    english > 0 && english >= count(Language::Spanish)
}
