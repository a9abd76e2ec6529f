//! Whether a question stands for itself. Only one with a pronoun or a gap needs the question before it; every other stays
//! as it was said, which saves a model call and keeps the cache's keys stable.

use aftercall_core::text::tokens;

/// What a question needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standalone<'a> {
    /// Nothing.
    AsIs,
    /// The question before.
    With(&'a str),
}

const PRONOUNS: &[&str] = &[
    "it", "its", "they", "them", "their", "those", "these", "that", "this", "he", "she", "him", "one", "ones", "there",
];
/// Words of a whole question: a correction without any of them is a fragment.
const QUESTION_WORDS: &[&str] = &[
    "what", "when", "where", "who", "why", "how", "which", "can", "could", "do", "does", "did", "is", "are", "was",
    "will", "would", "should", "may", "have", "has", "i",
];

/// Whether a question needs the one before. A repair that is a fragment does.
pub fn standalone<'a>(question: &str, before: Option<&'a str>, repair: bool) -> Standalone<'a> {
    let Some(before) = before else { return Standalone::AsIs };
    let words = tokens::words(question);
    if pronoun(&words) || gap(&words, repair) { Standalone::With(before) } else { Standalone::AsIs }
}

fn pronoun(words: &[String]) -> bool {
    // Impersonal: "is it possible", "is there a fee".
    const IMPERSONAL: &[&str] =
        &["possible", "okay", "ok", "true", "allowed", "a", "an", "any", "raining", "late", "too"];
    const VERB_LIKE: &[&str] =
        &["is", "are", "cost", "costs", "include", "includes", "too", "for", "in", "free", "available", "possible"];
    words.iter().enumerate().any(|(at, word)| {
        let next = words.get(at + 1).map(String::as_str);
        match word.as_str() {
            "it" | "there" => next.is_none_or(|next| !IMPERSONAL.contains(&next)),
            // A determiner is followed by its noun; a pronoun ends the sentence or is followed by a verb or preposition.
            "that" | "this" | "these" | "those" | "one" => {
                next.is_none_or(|next| VERB_LIKE.contains(&next) || next.len() > 3 && next.ends_with("ed"))
            }
            other => PRONOUNS.contains(&other),
        }
    })
}

fn gap(words: &[String], repair: bool) -> bool {
    let first = words.first().map(String::as_str).unwrap_or_default();
    let second = words.get(1).map(String::as_str).unwrap_or_default();
    let opener = matches!((first, second), ("what", "about") | ("how", "about") | ("and", _) | ("or", _) | ("y", _));
    let fragment = repair && !words.iter().any(|word| QUESTION_WORDS.contains(&word.as_str()));
    opener && words.len() <= 7 || fragment
}
