//! Whether the turns that a statement names support it.
//!
//! The check compares what can be compared without understanding: numbers, dates, names, negation, who said it and the
//! content words. It is used on extractive summaries and on every model's answer alike. It must not repair a statement.

mod dates;
mod facts;
mod negation;
mod words;

use aftercall_schemas::results::Verdict;
use aftercall_schemas::{ParticipantRole, Turn};

/// Checks a statement against its turns. `speaker` is who the statement is about, where it is about one side only: then
/// at least one of the turns must be that role's.
pub fn check(statement: &str, speaker: Option<ParticipantRole>, turns: &[&Turn]) -> Verdict {
    let mut reasons = Vec::new();
    let speaker = speaker.or_else(|| named_speaker(statement));
    if turns.is_empty() {
        reasons.push("turns: the statement names none".to_owned());
        return Verdict::Unsupported { reasons };
    }
    if let Some(speaker) = speaker
        && !turns.iter().any(|turn| turn.role == speaker)
    {
        reasons.push(format!("speaker: none of the turns is of {speaker}"));
    }
    // What stands in a turn word for word needs no comparison: extracts are of this kind.
    if turns.iter().any(|turn| turn.content.contains(statement.trim())) {
        return if reasons.is_empty() { Verdict::Supported } else { Verdict::Unsupported { reasons } };
    }
    let evidence: String = turns.iter().map(|turn| turn.content.as_str()).collect::<Vec<_>>().join("\n");
    facts::compare(statement, &evidence, &mut reasons);
    if reasons.is_empty() { Verdict::Supported } else { Verdict::Unsupported { reasons } }
}

/// "The agent said …": who a statement in reported speech is about.
fn named_speaker(statement: &str) -> Option<ParticipantRole> {
    let rest = statement.trim_start().strip_prefix("The ").or_else(|| statement.trim_start().strip_prefix("the "))?;
    let first = rest.split(|character: char| !character.is_alphabetic()).next()?;
    match first {
        "customer" | "caller" => Some(ParticipantRole::Customer),
        "agent" | "representative" | "advisor" => Some(ParticipantRole::Agent),
        "bot" | "assistant" => Some(ParticipantRole::Bot),
        _ => None,
    }
}
