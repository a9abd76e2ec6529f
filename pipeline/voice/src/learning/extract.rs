//! Takes questions and answers out of a finished, redacted conversation. What was masked, asks for one customer's own data,
//! or leans on what was said before is left out: it is of no use to anybody else, or not theirs.

use aftercall_core::redact::RedactedConversation;
use aftercall_core::text::stop_words::is_stop_word;
use aftercall_core::text::{Language, sentences, tokens};
use aftercall_schemas::{ParticipantRole, Turn};

use super::{Entry, Proposal};
use crate::cache::{asks_for_own_data, normalise};
use crate::dialogue::{Phrase, Standalone, phrase, standalone};

/// Longest question and answer, characters: a longer one is no single question.
const LONGEST: usize = 600;
/// Content words of a question that stands for itself.
const WORDS: usize = 2;
/// How far a question may begin with these, and is no question without a mark otherwise.
const ASKING: &[&str] = &[
    "what", "when", "where", "who", "why", "how", "which", "can", "could", "do", "does", "did", "is", "are", "will",
    "would", "should", "may",
];

/// The proposals of a conversation, in the order in which they were said.
pub fn propose(conversation: &RedactedConversation) -> Vec<Entry> {
    let conversation = conversation.conversation();
    let contact = format!("{}/{}", conversation.instance_id, conversation.contact_id);
    let locale = conversation.language.clone();
    let mut proposals = Vec::new();
    for (at, pair) in conversation.turns.windows(2).enumerate() {
        let [asked, answered] = pair else { continue };
        let answers = matches!(answered.role, ParticipantRole::Agent | ParticipantRole::Bot);
        if asked.role != ParticipantRole::Customer || !answers {
            continue;
        }
        let (Some(question), Some(answer)) = (question(asked), answer(answered, locale.as_deref())) else { continue };
        let mut hasher = blake3::Hasher::new();
        hasher.update(normalise(&question).as_bytes()).update(&[0]).update(answer.to_lowercase().as_bytes());
        let proposal = Proposal {
            id: hasher.finalize().to_hex().chars().take(16).collect(),
            contact: contact.clone(),
            locale: locale.clone(),
            question,
            answer,
            citations: vec![format!("{contact}#{at}"), format!("{contact}#{}", at + 1)],
        };
        proposals.push(Entry::new(proposal, &[&asked.content, &answered.content]));
    }
    proposals
}

/// A turn's text on one line, if nothing of it was masked.
fn text(turn: &Turn) -> Option<String> {
    let line = turn.content.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = !line.is_empty() && line.chars().count() <= LONGEST;
    (fits && turn.redactions.is_empty()).then_some(line)
}

fn question(turn: &Turn) -> Option<String> {
    let text = text(turn)?;
    // The last sentence that asks: "Hi, I am new here. How do I …?"
    let asks = |sentence: &&str| {
        let first = tokens::words(sentence).into_iter().next().unwrap_or_default();
        sentence.trim_end().ends_with('?') || ASKING.contains(&first.as_str())
    };
    let asked = sentences(&text).into_iter().map(|sentence| sentence.text).rfind(asks)?.trim().to_owned();
    let content = tokens::words(&asked).into_iter().filter(|word| !is_stop_word(word, Language::English)).count();
    // "It" has nothing to refer to in a document.
    let alone = standalone(&asked, Some("before"), false) == Standalone::AsIs;
    (content >= WORDS && alone && !asks_for_own_data(&asked)).then_some(asked)
}

fn answer(turn: &Turn, locale: Option<&str>) -> Option<String> {
    let text = text(turn)?;
    let own = [Phrase::Unknown, Phrase::Handover, Phrase::Solved];
    let locale = locale.unwrap_or("en-US");
    let says_nothing = own.iter().any(|one| text.contains(phrase(*one, locale)));
    let kept: Vec<&str> =
        sentences(&text).into_iter().map(|sentence| sentence.text.trim()).filter(|one| !one.ends_with('?')).collect();
    let answer = kept.join(" ");
    (!says_nothing && tokens::words(&answer).len() >= 3).then_some(answer)
}
