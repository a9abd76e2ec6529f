//! Whether the turns that a statement names support it.
//!
//! What can be compared without understanding has to agree: numbers, dates, names, denials, who said it, and things of one
//! kind (a refund is no replacement). Other words may be the statement's own, as long as it speaks of what the turns speak of.
//! The check is used on extractive summaries and on every model's answer alike. It must not repair a statement.

mod content;
mod dates;
mod durations;
mod facts;
mod kinds;
mod names;
mod negation;
mod numbers;
mod poles;
mod speaker;
mod words;

use aftercall_schemas::results::Verdict;
use aftercall_schemas::{ParticipantRole, Turn};

use crate::text::fold;

/// Checks a statement against its turns. `speaker` is who the statement is about, where it is about one side only: then
/// at least one of the turns must be that role's.
pub fn check(statement: &str, speaker: Option<ParticipantRole>, turns: &[&Turn]) -> Verdict {
    check_within(statement, speaker, turns, &[])
}

/// The same where the conversation up to the last of the turns is at hand: it tells what "it" and "no" in them mean.
/// Numbers, dates and names have to be in the turns themselves.
pub fn check_within(
    statement: &str,
    speaker: Option<ParticipantRole>,
    turns: &[&Turn],
    conversation: &[Turn],
) -> Verdict {
    let mut reasons = Vec::new();
    if turns.is_empty() {
        reasons.push("turns: the statement names none".to_owned());
        return Verdict::Unsupported { reasons };
    }
    reasons.extend(speaker::compare(statement, speaker, turns));
    // What stands in a turn word for word needs no comparison: extracts are of this kind.
    if !turns.iter().any(|turn| turn.content.contains(statement.trim())) {
        facts::compare(statement, &Evidence::of(turns, conversation), &mut reasons);
    }
    if reasons.is_empty() { Verdict::Supported } else { Verdict::Unsupported { reasons } }
}

/// The share of a statement's content words that its turns have, in these or related words, 0 to 1; 1 where it has none.
/// For texts that may not say anything of their own, such as an answer to a caller.
pub fn coverage(statement: &str, turns: &[&Turn]) -> f64 {
    let of = |text: &str| words::words(fold(text).text());
    let known: Vec<words::Word> = turns.iter().flat_map(|turn| of(&turn.content)).take(MOST_WORDS).collect();
    let said: Vec<words::Word> = of(statement).into_iter().filter(|word| word.weighs).take(MOST_WORDS).collect();
    let found = said.iter().filter(|word| known.iter().any(|other| words::alike(&word.stem, &other.stem))).count();
    if said.is_empty() { 1.0 } else { found as f64 / said.len() as f64 }
}

/// Longest statement and evidence that are compared word by word; what is longer is cut, so that the check stays bounded.
const MOST_WORDS: usize = 400;

/// What a statement is compared with.
struct Evidence {
    /// The turns that it names.
    turns: String,
    /// What was said shortly before the last of them: what they speak of may be named there, and not in what comes later.
    near: String,
    /// The whole conversation: who is spoken of may have been named anywhere in it.
    around: String,
    /// What was said right before a named turn that refuses it.
    refused: String,
    /// What was said right before a named turn that begins with yes.
    granted: String,
    /// Whether a named turn says no to "is that a problem?" and the like.
    unobjected: bool,
}

/// Turns before the named ones in which the thing that they speak of may be named.
const REACH: usize = 12;

/// Turns of a conversation in which names are looked for.
const MOST_TURNS: usize = 200;

impl Evidence {
    fn of(turns: &[&Turn], conversation: &[Turn]) -> Self {
        let joined = |turns: &mut dyn Iterator<Item = &Turn>| {
            turns.map(|turn| turn.content.as_str()).collect::<Vec<_>>().join("\n")
        };
        let positions: Vec<usize> =
            turns.iter().filter_map(|turn| conversation.iter().position(|other| std::ptr::eq(other, *turn))).collect();
        let first = positions.iter().min().copied().unwrap_or(0);
        let last = positions.iter().max().copied().unwrap_or(0);
        let asked = |answers: fn(&str) -> bool, objection: bool| {
            let before = positions.iter().filter_map(|at| {
                let named = conversation.get(*at).filter(|turn| answers(&turn.content))?;
                let asked = conversation.get(at.checked_sub(1)?).filter(|turn| turn.role != named.role)?;
                (negation::asks_for_objection(&asked.content) == objection).then_some(asked)
            });
            joined(&mut before.collect::<Vec<_>>().into_iter())
        };
        let unobjected = asked(negation::refuses, true);
        let granted = [asked(negation::begins_with_yes, false), unobjected.clone()].join("\n");
        Self {
            turns: joined(&mut turns.iter().copied()),
            near: joined(&mut conversation.get(first.saturating_sub(REACH)..last).unwrap_or_default().iter()),
            around: joined(&mut conversation.iter().take(MOST_TURNS)),
            refused: asked(negation::refuses, false),
            granted,
            unobjected: !unobjected.is_empty(),
        }
    }
}
