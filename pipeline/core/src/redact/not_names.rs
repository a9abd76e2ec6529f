//! Brands, works, places and events that sound like people. They are looked for only around words that may be names: few turns
//! have one.

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::FixedState;

use super::view::View;
use crate::text::phrases::stands_alone;
use crate::text::{TokenKind, tokens};

/// Tokens before a word in which such a phrase may begin.
const REACH: usize = 3;

/// The phrases by their first word.
static NOT_NAMES: LazyLock<HashMap<&'static str, Vec<&'static str>, FixedState>> = LazyLock::new(|| {
    let mut phrases: HashMap<&'static str, Vec<&'static str>, FixedState> = HashMap::default();
    for line in include_str!("../../resources/redaction/not_names.txt").lines().filter(|line| !line.starts_with('#')) {
        let Some((_, phrase)) = line.split_once('\t') else { continue };
        if let Some(first) = tokens(phrase).into_iter().find(|token| token.kind == TokenKind::Word) {
            phrases.entry(first.text).or_default().push(phrase);
        }
    }
    phrases
});

/// Whether a token is part of such a phrase.
pub(super) fn is_no_name(view: &View<'_>, index: usize) -> bool {
    let Some(tok) = view.tok(index) else { return false };
    let text = view.folded.text();
    (index.saturating_sub(REACH)..=index).filter_map(|first| view.tok(first)).any(|first| {
        let phrases = NOT_NAMES.get(view.text(first)).into_iter().flatten();
        phrases.into_iter().any(|phrase| {
            let end = first.start + phrase.len();
            end > tok.start && text.get(first.start..end) == Some(*phrase) && stands_alone(text, first.start, end)
        })
    })
}
