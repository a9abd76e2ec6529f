//! Cuts a leg into passages (a turn's sentences of some length) and weighs them.

use std::collections::HashMap;
use std::sync::LazyLock;

use aftercall_schemas::{ParticipantRole, Turn};
use regex::Regex;

use super::cues::{Cue, Cues, cues};
use crate::text::{Language, fold, sentences, stop_words, tokens};

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
    let mut vocabulary: HashMap<String, u32> = HashMap::new();
    let mut contents: Vec<Vec<String>> = Vec::new();
    for (position, turn) in turns.iter().enumerate() {
        if turn.role == ParticipantRole::System {
            continue;
        }
        for sentence in sentences(&turn.content) {
            let folded = fold(sentence.text);
            let mut content = tokens::words(folded.text());
            content.retain(|word| !stop_words::is_stop_word(word, Language::English));
            content.sort_unstable();
            content.dedup();
            for word in &content {
                *vocabulary.entry(word.clone()).or_default() += 1;
            }
            found.push(Passage {
                text: sentence.text,
                turn: offset + position,
                role: turn.role,
                cues: cues(folded.text()),
                question: sentence.text.ends_with(['?', '？']),
                content_words: content.len(),
                weight: 0.0,
            });
            contents.push(content);
        }
    }
    for (passage, content) in found.iter_mut().zip(&contents) {
        let shared: f64 =
            content.iter().filter_map(|word| vocabulary.get(word)).map(|count| f64::from(*count).ln_1p()).sum();
        passage.weight = shared / (content.len() as f64 + 4.0).sqrt();
    }
    found
}

static WHEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:(?:within|in|by|before|after|on|until|every)\s+(?:the\s+)?(?:next\s+)?(?:\d+(?:\s*(?:-|to)\s*\d+)?|an?|one|two|three|four|five|seven|ten|monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|tonight)(?:\s+(?:business|working))?(?:\s+(?:minutes?|hours?|days?|weeks?|months?))?|tomorrow(?:\s+(?:morning|afternoon|evening))?|tonight|today|later today|this (?:afternoon|evening|week)|next (?:week|month|monday|tuesday|wednesday|thursday|friday)|right away|shortly|as soon as possible)\b",
    )
    .ok()
});

/// The time that a promise names, in its words.
pub(super) fn when(text: &str) -> Option<String> {
    WHEN.as_ref()?.find(text).map(|found| found.as_str().to_owned())
}
