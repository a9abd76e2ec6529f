//! Text in the form that cues are matched on: lower case, straight apostrophes and hyphens, digits and letters of normal
//! width. Remembers where each byte of the folded text came from, so that a hit can be shown in the original.

use std::borrow::Cow;

/// A folded text and the way back to the original.
#[derive(Debug, Clone)]
pub struct Folded<'a> {
    /// Bytes of the original.
    length: usize,
    text: Cow<'a, str>,
    /// Byte of the original for each byte of the folded text and for its end; empty where both are the same.
    origins: Vec<u32>,
}

/// Folds a text.
pub fn fold(original: &str) -> Folded<'_> {
    if original.is_ascii() {
        let text = if original.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(original.to_ascii_lowercase())
        } else {
            Cow::Borrowed(original)
        };
        return Folded { length: original.len(), text, origins: Vec::new() };
    }
    let mut text = String::with_capacity(original.len());
    let mut origins = Vec::with_capacity(original.len() + 1);
    for (at, character) in original.char_indices() {
        let before = text.len();
        match character {
            '’' | '‘' | 'ʼ' => text.push('\''),
            '‐' | '‑' | '‒' | '–' | '−' | '—' => text.push('-'),
            '\u{a0}' | '\u{3000}' => text.push(' '),
            '！'..='～' => {
                let narrow = char::from_u32(u32::from(character) - 0xFEE0).unwrap_or(character);
                text.extend(narrow.to_lowercase());
            }
            other => text.extend(other.to_lowercase()),
        }
        let origin = u32::try_from(at).unwrap_or(u32::MAX);
        origins.resize(origins.len() + text.len() - before, origin);
    }
    origins.push(u32::try_from(original.len()).unwrap_or(u32::MAX));
    Folded { length: original.len(), text: Cow::Owned(text), origins }
}

impl Folded<'_> {
    /// The folded text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same, independent of the original.
    pub fn into_owned(self) -> Folded<'static> {
        Folded { length: self.length, text: Cow::Owned(self.text.into_owned()), origins: self.origins }
    }

    /// The byte of the original that a byte of the folded text came from. The end of a span inside a character maps to
    /// that character's begin.
    pub fn origin(&self, byte: usize) -> usize {
        if self.origins.is_empty() {
            return byte.min(self.length);
        }
        self.origins.get(byte).map_or(self.length, |origin| *origin as usize)
    }
}
