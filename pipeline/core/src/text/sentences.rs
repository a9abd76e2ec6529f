//! Splits a turn into sentences, with their places.
//!
//! Punctuated text splits at `.`, `!`, `?`, `…`, `。`, `！`, `？` and line ends; a point inside a number, a web address or
//! after a title or initial does not end a sentence. Text without punctuation (speech recognition) stays one sentence
//! however long: guessing borders there makes wrong sentences.

/// A sentence and where it stands in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sentence<'a> {
    /// The sentence without surrounding white space.
    pub text: &'a str,
    /// First byte.
    pub start: usize,
}

const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "prof", "st", "no", "vs", "etc", "inc", "ltd", "jr", "sr", "approx", "sra", "srta", "dra",
];

/// The sentences of a text, in order; none for text without letters or digits.
pub fn sentences(text: &str) -> Vec<Sentence<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let ends = match character {
            '。' | '！' | '？' | '…' | '\n' => true,
            '!' | '?' => {
                let next = characters.peek().map(|(_, next)| *next);
                next.is_none_or(|next| !next.is_ascii_alphanumeric())
                    || !in_address(text.get(start..at).unwrap_or_default())
            }
            '.' => {
                let next = characters.peek().map(|(_, next)| *next);
                next.is_none_or(|next| next.is_whitespace() || matches!(next, '"' | '\'' | ')' | '”' | '.' | '!' | '?'))
                    && !is_abbreviation(text.get(start..at).unwrap_or_default())
            }
            _ => false,
        };
        if !ends {
            continue;
        }
        let mut end = at + character.len_utf8();
        while let Some((next_at, next)) =
            characters.next_if(|(_, next)| matches!(next, '.' | '!' | '?' | '。' | '！' | '？' | '"' | '”' | ')'))
        {
            end = next_at + next.len_utf8();
        }
        push(text, start, end, &mut found);
        start = end;
    }
    push(text, start, text.len(), &mut found);
    found
}

fn push<'a>(text: &'a str, start: usize, end: usize, found: &mut Vec<Sentence<'a>>) {
    let Some(piece) = text.get(start..end) else { return };
    let trimmed = piece.trim_start();
    let start = start + (piece.len() - trimmed.len());
    let trimmed = trimmed.trim_end();
    if trimmed.chars().any(char::is_alphanumeric) {
        found.push(Sentence { text: trimmed, start });
    }
}

/// Whether the text before a sign ends in a web address: the word has a slash. Only its last characters are looked at, so that
/// the whole stays linear.
fn in_address(before: &str) -> bool {
    before.chars().rev().take(200).take_while(|character| !character.is_whitespace()).any(|character| character == '/')
}

/// Whether the text before a point ends with a word that carries a point without ending a sentence. Only the last bytes
/// are looked at, so that the whole stays linear.
fn is_abbreviation(before: &str) -> bool {
    let Some(last) = before.rsplit(|character: char| !character.is_alphabetic()).next() else { return false };
    if last.is_empty() || last.len() > 8 {
        return false;
    }
    let initial =
        last.chars().count() == 1 && last.chars().all(|character| character.is_uppercase() && character != 'I');
    initial || ABBREVIATIONS.iter().any(|abbreviation| last.eq_ignore_ascii_case(abbreviation))
}
