//! Words that carry no topic: articles, pronouns, auxiliaries, fillers. One list a language, written for this project.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::Language;

static ENGLISH: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| list(include_str!("../../resources/text/stop_words.en.txt")));
static SPANISH: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| list(include_str!("../../resources/text/stop_words.es.txt")));

/// Words of a data file: separated by white space, lines that start with `#` are comments.
pub(crate) fn list(file: &'static str) -> HashSet<&'static str> {
    file.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect()
}

/// Whether a lower-case word carries no topic in the language. Japanese, written without spaces, has no such words.
pub fn is_stop_word(word: &str, language: Language) -> bool {
    match language {
        Language::English => ENGLISH.contains(word),
        Language::Spanish => SPANISH.contains(word),
        Language::Japanese => false,
    }
}

/// How many of the words are function words of the language.
pub(crate) fn hits<'a>(words: impl Iterator<Item = &'a str>, language: Language) -> usize {
    words.filter(|word| is_stop_word(word, language)).count()
}

/// Every stop word of a language.
pub(crate) fn all(language: Language) -> Vec<&'static str> {
    match language {
        Language::English => ENGLISH.iter().copied().collect(),
        Language::Spanish => SPANISH.iter().copied().collect(),
        Language::Japanese => Vec::new(),
    }
}
