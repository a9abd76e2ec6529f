//! Cuts a leg into passages (sentences of a turn) and weighs them. Linear in the length of the leg.

use std::collections::HashMap;

use aftercall_schemas::{ParticipantRole, Turn};

use super::cues::{Cue, Cues, cues};
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
    // Words get numbers in the order of their first appearance; the counts are by number.
    let mut numbers: HashMap<String, usize, foldhash::fast::RandomState> = HashMap::default();
    let mut counts: Vec<u32> = Vec::new();
    let mut contents: Vec<Vec<usize>> = Vec::new();
    for (position, turn) in turns.iter().enumerate() {
        for sentence in sentences(&turn.content) {
            let folded = fold(sentence.text);
            let mut words = 0;
            let mut content: Vec<usize> = Vec::new();
            for token in tokens(folded.text()).into_iter().filter(|token| token.kind != TokenKind::Symbol) {
                words += 1;
                if token.text.len() > 1 && stop_words::is_stop_word_anywhere(token.text) {
                    continue;
                }
                let number = match numbers.get(token.text) {
                    Some(number) => *number,
                    None => {
                        numbers.insert(token.text.to_owned(), counts.len());
                        counts.push(0);
                        counts.len() - 1
                    }
                };
                content.push(number);
            }
            content.sort_unstable();
            content.dedup();
            for number in &content {
                if let Some(count) = counts.get_mut(*number) {
                    *count += 1;
                }
            }
            found.push(Passage {
                text: sentence.text,
                turn: offset + position,
                role: turn.role,
                cues: cues(folded.text()),
                question: sentence.text.ends_with(['?', '？']),
                content_words: content.len(),
                words,
                weight: 0.0,
            });
            contents.push(content);
        }
    }
    for (passage, content) in found.iter_mut().zip(&contents) {
        let shared: f64 =
            content.iter().filter_map(|number| counts.get(*number)).map(|count| f64::from(*count).ln_1p()).sum();
        passage.weight = shared / (content.len() as f64 + 4.0).sqrt();
    }
    found
}
