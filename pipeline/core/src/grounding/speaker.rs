//! Whether the one whom a statement is about said it.

use aftercall_schemas::{ParticipantRole, Turn};

use super::words::{Word, alike, words};
use crate::text::fold;

/// After "was": what is done to somebody, so that the other side says it.
const TOLD: &[&str] = &[
    "told",
    "informed",
    "advised",
    "offered",
    "asked",
    "given",
    "promised",
    "reminded",
    "reassured",
    "assured",
    "warned",
    "notified",
    "charged",
    "refunded",
    "sent",
    "directed",
    "instructed",
    "transferred",
    "quoted",
    "thanked",
    "referred",
];

/// Verbs that answer what the other side said, in its words.
const ANSWERS: &[&str] = &[
    "accepted",
    "agreed",
    "confirmed",
    "declined",
    "refused",
    "rejected",
    "chose",
    "opted",
    "picked",
    "took",
    "acknowledged",
    "thanked",
    "approved",
    "consented",
    "denied",
    "preferred",
    "selected",
    "wanted",
    "decided",
    "said",
    "understood",
    "received",
    "got",
    "learned",
    "will",
    "was",
    "is",
    "has",
    "had",
    "did",
    "does",
];

/// Why the speaker is wrong, if it is.
pub(super) fn compare(statement: &str, speaker: Option<ParticipantRole>, turns: &[&Turn]) -> Option<String> {
    let speaker = speaker.or_else(|| named(statement))?;
    if !turns.iter().any(|turn| turn.role == speaker) {
        return (!is_told(statement) || turns.iter().any(|turn| tells_of_itself(turn)))
            .then(|| format!("speaker: none of the turns is of {speaker}"));
    }
    if named(statement) == Some(speaker) && turns.iter().any(|turn| turn.role != speaker) {
        return attributed(statement, speaker, turns);
    }
    None
}

/// "The agent said …": who a statement in reported speech is about.
fn named(statement: &str) -> Option<ParticipantRole> {
    let rest = statement.trim_start().strip_prefix("The ").or_else(|| statement.trim_start().strip_prefix("the "))?;
    let (first, _) = rest.split_once(char::is_whitespace)?;
    match first {
        "customer" | "caller" => Some(ParticipantRole::Customer),
        "agent" | "representative" | "advisor" | "adviser" | "rep" => Some(ParticipantRole::Agent),
        "bot" | "assistant" => Some(ParticipantRole::Bot),
        _ => None,
    }
}

/// "The customer was told …" rests on what the other side says.
fn is_told(statement: &str) -> bool {
    let all: Vec<&str> = statement.split_whitespace().take(6).collect();
    all.windows(2).any(|pair| matches!(pair, ["was" | "were" | "is" | "been" | "being", told] if TOLD.contains(told)))
}

/// "I was told …": then it is the speaker of the turn to whom it was done.
fn tells_of_itself(turn: &Turn) -> bool {
    let folded = fold(&turn.content);
    let all: Vec<&str> = folded.text().split_whitespace().collect();
    all.windows(3).any(|three| matches!(three, ["i" | "we", "was" | "were", told] if TOLD.contains(told)))
}

/// Where both sides speak: the words of the statement are all the other side's, and it is no answer.
fn attributed(statement: &str, speaker: ParticipantRole, turns: &[&Turn]) -> Option<String> {
    let said = words(fold(statement).text());
    let verb = said.get(2).map_or("", |word| word.text.as_str());
    if is_told(statement) || ANSWERS.contains(&verb) {
        return None;
    }
    let of = |own: bool| -> Vec<Word> {
        turns
            .iter()
            .filter(|turn| (turn.role == speaker) == own)
            .flat_map(|turn| words(fold(&turn.content).text()))
            .collect()
    };
    let (own, other) = (of(true), of(false));
    let count = |known: &[Word]| {
        said.iter().filter(|word| word.weighs && known.iter().any(|other| alike(&word.stem, &other.stem))).count()
    };
    (count(&own) == 0 && count(&other) >= 3).then(|| format!("speaker: {speaker} says nothing of it"))
}
