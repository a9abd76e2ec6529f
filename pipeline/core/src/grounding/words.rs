//! Words for comparison: stems, synonyms, words without weight.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};

use crate::text::{Language, TokenKind, stop_words, tokens};

type Groups = HashMap<String, Vec<u16>>;

/// Groups of stems that say the same.
static SYNONYMS: LazyLock<Groups> = LazyLock::new(|| {
    let things = super::kinds::same_things();
    groups(include_str!("../../resources/grounding/synonyms.en.txt"), things)
});

/// Groups of stems of which a statement in other words may have one for another.
static RELATED: LazyLock<Groups> =
    LazyLock::new(|| groups(include_str!("../../resources/grounding/related.en.txt"), Vec::new()));

/// The groups of a file, one a line, and further ones.
fn groups(file: &'static str, more: Vec<Vec<String>>) -> Groups {
    let mut groups = Groups::new();
    let of_file = lines(file).map(|line| line.split_whitespace().map(stem).collect());
    for (words, group) in of_file.chain(more).zip(0u16..) {
        for word in words {
            groups.entry(word).or_default().push(group);
        }
    }
    groups
}

fn share_group(groups: &Groups, left: &str, right: &str) -> bool {
    let (Some(left), Some(right)) = (groups.get(left), groups.get(right)) else { return false };
    left.iter().any(|group| right.contains(group))
}

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
    super::dates::is_date_word(word)
        || super::durations::is_unit(word)
        || matches!(word, "am" | "pm" | "old" | "st" | "nd" | "rd" | "th")
}

/// Whether one of two stems may stand for the other in a statement in other words.
pub(super) fn alike(left: &str, right: &str) -> bool {
    same(left, right) || share_group(&RELATED, left, right)
}

/// Whether two stems say the same.
pub(super) fn same(left: &str, right: &str) -> bool {
    kin(left, right) || share_group(&SYNONYMS, left, right)
}

/// Whether two stems are of one word: the same, derived, or repeated ("reissue").
fn kin(left: &str, right: &str) -> bool {
    let again = |one: &str, other: &str| one.strip_prefix("re").is_some_and(|rest| rest.len() >= 4 && rest == other);
    let shared = left.bytes().zip(right.bytes()).take_while(|(a, b)| a == b).count();
    left == right
        || shared >= 5 && shared + 3 >= left.len().max(right.len())
        || again(left, right)
        || again(right, left)
}

/// Whether a text is in English, as far as its function words tell.
pub(super) fn is_english(words: &[Word]) -> bool {
    let count = |language: Language| words.iter().filter(|word| stop_words::is_stop_word(&word.text, language)).count();
    let english = count(Language::English);
    english > 0 && english >= count(Language::Spanish)
}
