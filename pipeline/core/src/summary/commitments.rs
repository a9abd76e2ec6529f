//! Who promised what, and by when.
//!
//! A promise says that someone will do something after this moment. Acts within the contact ("let me check"), conditions and
//! questions are none. An agent promises for the company, so "the technician will come" is the agent's.

use aftercall_schemas::ParticipantRole;

use super::cues::Cue;
use super::extract::Passage;
use super::when::when;

/// Things that are done for someone later on; with one of them a promise needs no time.
const LATER: &[&str] = &[
    "send",
    "mail",
    "email",
    "e-mail",
    "ship",
    "call",
    "ring",
    "phone",
    "post",
    "deliver",
    "refund",
    "contact",
    "remind",
    "forward",
    "follow up",
    "get back",
    "upload",
    "credit",
    "write to",
    "let you know",
    "let them know",
    "stay open",
    "drop off",
    "drop it",
    "bring",
    "return it",
    "keep the",
    "order you",
    "pick it up",
    "be there",
    "text you",
    "message you",
    "notify",
    "in touch",
    "hear from",
    "hear back",
    "reply",
    "arrange",
    "process",
    "collect",
    "pay ",
    "reimburse",
    "replace",
    "arrive",
    "reach you",
    "receive",
    "on its way",
    "be with you",
    "come out",
    "look into",
    "envío",
    "enviaré",
    "enviaremos",
    "llamaré",
    "llamaremos",
    "mando",
    "mandaré",
    "dejaré",
    "郵送",
    "お送り",
    "お電話",
    "ご連絡",
    "発送",
    "返送",
    "電話します",
    "送ります",
];

/// What a passage promises: the time it names, if it names one. Nothing for a passage that promises nothing.
pub(super) fn promised(passage: &Passage<'_>) -> Option<Option<String>> {
    if !matches!(passage.role, ParticipantRole::Agent | ParticipantRole::Customer) || passage.question {
        return None;
    }
    if !passage.has(Cue::Promise) || passage.has(Cue::HandOver) && !passage.has(Cue::Team) {
        return None;
    }
    let lower = passage.text.to_lowercase();
    let time = when(passage.text);
    let later = LATER.iter().any(|word| lower.contains(word)) || promised_later(&lower);
    if passage.role == ParticipantRole::Customer && !first_person(&lower) {
        return None;
    }
    if passage.has(Cue::Conditional) || passage.has(Cue::InContact) && !(later && time.is_some()) {
        return None;
    }
    (time.is_some() || later).then_some(time)
}

/// What "I'll" is followed by where it is done at once, or says what one takes or thinks, not what one promises.
const NOW: &[&str] = &[
    "check", "look", "have", "see", "try", "be", "take", "transfer", "put", "connect", "pull", "need", "hold", "wait",
    "say", "tell", "explain", "open", "read", "stop", "start", "go", "get", "give", "think", "do", "help", "ask",
    "find", "note", "add", "change", "update", "cancel", "remove", "make", "assume", "admit", "repeat", "pass",
    "never", "know", "want", "accept", "believe", "end", "close", "probably", "swap", "keep", "stay", "switch",
    "raise", "log", "search", "verify", "confirm", "walk", "guide", "choose",
];

/// "I'll leave the gate open": whether the first person is to do something that takes another moment than this one.
fn promised_later(lower: &str) -> bool {
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’' | '-'))
        .filter(|word| !word.is_empty())
        .collect();
    words.iter().enumerate().any(|(at, word)| {
        let begins = matches!(*word, "i'll" | "we'll" | "i’ll" | "we’ll")
            || matches!(*word, "will" | "shall") && at > 0 && matches!(words.get(at - 1), Some(&"i" | &"we"));
        let skipped = |word: &&&str| {
            matches!(**word, "just" | "also" | "definitely" | "then" | "quickly" | "gladly" | "certainly")
        };
        begins
            && words
                .get(at + 1..)
                .unwrap_or_default()
                .iter()
                .find(|word| !skipped(word))
                .is_some_and(|verb| !NOW.contains(verb))
    })
}

fn first_person(lower: &str) -> bool {
    [
        "i'll",
        "ill ",
        "i will",
        "we'll",
        "we will",
        "i'm going",
        "im going",
        "i am going",
        "i’ll",
        "we’ll",
        "ré ",
        "ré",
        "gonna",
        "i shall",
        "i promise",
        "ます",
    ]
    .iter()
    .any(|word| lower.contains(word))
}
