//! Words that carry no topic: articles, pronouns, auxiliaries, fillers. One list a language, written for this project.

use std::sync::LazyLock;

use foldhash::fast::FixedState;

use super::Language;

/// A list. Its words are ours, so a fixed hash is safe.
type Words = std::collections::HashSet<&'static str, FixedState>;

static ENGLISH: LazyLock<Words> = LazyLock::new(|| list(include_str!("../../resources/text/stop_words.en.txt")));
static SPANISH: LazyLock<Words> = LazyLock::new(|| list(include_str!("../../resources/text/stop_words.es.txt")));

/// Words of a data file: separated by white space, lines that start with `#` are comments.
pub(crate) fn list(file: &'static str) -> Words {
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

/// Whether a lower-case word carries no topic in English or Spanish.
pub(crate) fn is_stop_word_anywhere(word: &str) -> bool {
    ANYWHERE.contains(word)
}

static ANYWHERE: LazyLock<Words> = LazyLock::new(|| ENGLISH.iter().chain(SPANISH.iter()).copied().collect());

/// Every stop word of a language.
pub(crate) fn all(language: Language) -> Vec<&'static str> {
    match language {
        Language::English => ENGLISH.iter().copied().collect(),
        Language::Spanish => SPANISH.iter().copied().collect(),
        Language::Japanese => Vec::new(),
    }
}
