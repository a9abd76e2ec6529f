//! Cuts a leg into passages (sentences of a turn) and weighs them. Linear in the length of the leg.

use std::collections::HashMap;
use std::hash::BuildHasher;

use aftercall_schemas::{ParticipantRole, Turn};
use foldhash::fast::FixedState;

use super::cues::{Cue, Cues, cues};
use super::tidy::tidy;
use crate::text::{TokenKind, fold, sentences, stop_words, tokens};

/// A sentence of a turn with what is needed to choose it.
#[derive(Debug, Clone)]
pub(super) struct Passage<'a> {
    /// The sentence as it stands in the turn.
    pub text: &'a str,
    /// Position of the turn in the conversation.
    pub turn: usize,
    /// Who says it.
    pub role: ParticipantRole,
    /// What its phrases show.
    pub cues: Cues,
    /// Whether it asks.
    pub question: bool,
    /// How many different content words it has.
    pub content_words: usize,
    /// How many words it has.
    pub words: usize,
    /// How much of the leg's vocabulary it carries.
    pub weight: f64,
}

impl Passage<'_> {
    pub(super) const fn has(&self, cue: Cue) -> bool {
        self.cues.has(cue)
    }
}

/// The passages of a leg whose first turn stands at `offset`.
pub(super) fn passages(turns: &[Turn], offset: usize) -> Vec<Passage<'_>> {
    let mut found = Vec::new();
    // A word is known by its hash: two words that share one would only be counted together.
    let hasher = FixedState::default();
    let mut counts: HashMap<u64, u32, FixedState> = HashMap::default();
    let mut content: Vec<u64> = Vec::new();
    let mut ends: Vec<usize> = Vec::new();
    for (position, turn) in turns.iter().enumerate() {
        for sentence in sentences(&turn.content) {
            let text = tidy(sentence.text, turn.role);
            if text.is_empty() {
                continue;
            }
            let folded = fold(text);
            let mut words = 0;
            let start = content.len();
            for token in tokens(folded.text()).into_iter().filter(|token| token.kind != TokenKind::Symbol) {
                words += 1;
                if token.text.len() > 1 && stop_words::is_stop_word_anywhere(token.text) {
                    continue;
                }
                let word = hasher.hash_one(token.text);
                // Sentences are short, so looking back over one is quick; very long ones count a word again.
                let recent = content.get(start.max(content.len().saturating_sub(64))..).unwrap_or_default();
                if !recent.contains(&word) {
                    content.push(word);
                    *counts.entry(word).or_default() += 1;
                }
            }
            ends.push(content.len());
            found.push(Passage {
                text,
                turn: offset + position,
                role: turn.role,
                cues: cues(folded.text()),
                question: text.ends_with(['?', '？']),
                content_words: content.len() - start,
                words,
                weight: 0.0,
            });
        }
    }
    let mut start = 0;
    for (passage, end) in found.iter_mut().zip(ends) {
        let own = content.get(start..end).unwrap_or_default();
        let shared: f64 = own.iter().filter_map(|word| counts.get(word)).map(|count| f64::from(*count).ln_1p()).sum();
        passage.weight = shared / (own.len() as f64 + 4.0).sqrt();
        start = end;
    }
    found
}
