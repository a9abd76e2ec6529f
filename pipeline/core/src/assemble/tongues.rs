//! The language of turns whose source does not say it. Only texts are looked at, never names.
//!
//! A contact is nearly always in one language, and telling it for every turn costs more than all the rest of an assembly.
//! So each speaker is looked at first; only where speakers differ, or one cannot be told, are turns looked at one by one.

use aftercall_schemas::Conversation;

use crate::language::{self, Detected};

/// Characters of a speaker that are looked at.
const SAMPLE: usize = 240;
/// A turn of fewer letters tells nothing.
const SHORT: usize = 25;
/// Above this a speaker's language is taken for all that the speaker says.
const SURE: f64 = 0.8;

/// Fills in languages. A conversation whose source names its language, or that of every turn, is left as it is.
pub fn detect(conversation: &mut Conversation) {
    if conversation.language.is_some() || conversation.turns.is_empty() {
        return;
    }
    if let Some(language) = most_spoken(conversation) {
        // The source knows it turn by turn.
        conversation.language = Some(language);
        return;
    }
    let mut samples = vec![String::new(); conversation.participants.len()];
    for turn in &conversation.turns {
        if let Some(sample) = samples.get_mut(turn.participant as usize).filter(|sample| sample.len() < SAMPLE) {
            sample.push_str(&turn.content);
            sample.push('\n');
        }
    }
    let guesses: Vec<Option<Detected>> = samples.iter().map(|sample| language::detect(sample)).collect();
    let best = guesses.iter().flatten().max_by(|a, b| a.confidence.total_cmp(&b.confidence)).cloned();
    let best = best.or_else(|| language::detect(&samples.concat()));
    let Some(best) = best else { return };
    let agreed = best.confidence >= SURE && guesses.iter().flatten().all(|guess| guess.tag == best.tag);
    if !agreed {
        for turn in &mut conversation.turns {
            let long = turn.content.chars().filter(|c| c.is_alphabetic()).count() >= SHORT || !turn.content.is_ascii();
            let guess = language::detect(&turn.content).filter(|_| long);
            let of_speaker = || guesses.get(turn.participant as usize).cloned().flatten();
            let Some(guess) = guess.or_else(of_speaker) else { continue };
            turn.language = Some(guess.tag);
            turn.language_confidence = Some(guess.confidence);
        }
    }
    let spoken = most_spoken(conversation);
    conversation.language_confidence = Some(best.confidence);
    conversation.language = Some(spoken.unwrap_or(best.tag));
}

/// The language of most of the text, where turns have languages.
fn most_spoken(conversation: &Conversation) -> Option<String> {
    let mut letters: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for turn in &conversation.turns {
        if let Some(tag) = turn.language.as_deref() {
            *letters.entry(tag).or_insert(0) += turn.content.len();
        }
    }
    letters.into_iter().max_by_key(|(tag, letters)| (*letters, std::cmp::Reverse(*tag))).map(|(tag, _)| tag.to_owned())
}
