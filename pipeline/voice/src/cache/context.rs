//! Something said and then a question that leans on it: "I got a new SIM, how do I activate it". They are made one question, so that it
//! meets the same question asked at once. Only what limits nothing is left out ("I have a voucher"); everything else that was said
//! stays in the question, as a condition.

use std::sync::LazyLock;

use regex::Regex;

use super::normal::normalise;
use super::rules::{Place, Rules};

static PHRASES: LazyLock<Rules> =
    LazyLock::new(|| Rules::read(include_str!("../../resources/phrases.en.txt"), Place::Anywhere));
static CONTEXTS: LazyLock<Rules> =
    LazyLock::new(|| Rules::read(include_str!("../../resources/contexts.en.txt"), Place::Whole));

/// How a question begins.
static QUESTION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^(?:how|what|which|where|when|who|why|until|till|within|up\ to\ what|by\ when|from\ when|at\ which|at\ what|in\ which
        |can|could|may|might|must|should|shall|do|does|did|is|are|was|were|has|have|will|would)\b",
    )
    .ok()
});

/// A wish asks as well.
static WISH: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(?:i |we )?(?:want|would like|need|wish) (?:to |a |an )").ok());

/// Where a question begins behind something said without a mark between them, as speech recognition writes it.
static SPOKEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^((?:i|my|the|there|we|a|an|our|someone|somebody)\ (?:[^\ ]+\ ){2,}?)(?:and\ )?
        ((?:how|what|where|who|when|why)\ (?:do|can|should|could|would|is|does|are|now|must)\b.*
        |(?:can|could|may|should|must|do)\ i\ .*|is\ (?:there|that|it)\ .*|(?:i\ )?(?:want|would\ like)\ to\ .*)$",
    )
    .ok()
});

/// A condition before its question, without a mark between them: "if it rains is the tour cancelled".
static CONDITION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^((?:if|when|while|before|after)\ (?:it|i|we|you|my|the|a|there|your)\ (?:[^\ ]+\ )+?)
        ((?:is|are|do|does|can|will|could|should|must)\ (?:the|my|i|you|it|a|there|we)\ .+|(?:what|how|where|who|which)\ .+)$",
    )
    .ok()
});

/// Words behind which a question is part of a sentence: "I do not know how I can …".
const LEADING_ON: &[&str] = &[
    "know",
    "tell",
    "ask",
    "wonder",
    "wondering",
    "sure",
    "understand",
    "learn",
    "if",
    "whether",
    "about",
    "see",
    "out",
    "me",
    "explain",
    "that",
    "to",
    "curious",
    "hear",
    "enquire",
    "inquire",
    "remember",
    "or",
    "like",
    "please",
    "how",
];

fn is(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// Everything that was said, with one wording for expressions that mean the same, and the one question in it. `normal` is its
/// normal form.
pub(super) fn question_in(said: &str, normal: &str) -> (String, String) {
    let mut clauses = clauses(said, normal);
    let all = clauses.join(" ");
    if let [only] = clauses.as_slice()
        && let Some((first, second)) = parted(only)
    {
        clauses = vec![first, second];
    }
    let question = match clauses.split_last() {
        Some((question, before)) if !before.is_empty() => together(&before.join(" "), question),
        _ => None,
    };
    let question = question.unwrap_or_else(|| all.clone());
    (all, question)
}

/// The parts between marks, each in its normal form.
fn clauses(said: &str, normal: &str) -> Vec<String> {
    let mut clauses = vec![String::new()];
    let mut characters = said.chars().take(1_000).peekable();
    while let Some(character) = characters.next() {
        let ends = matches!(character, ',' | ';' | '.' | '?' | '!' | ':')
            && characters.peek().is_none_or(|next| next.is_whitespace());
        match clauses.last_mut() {
            Some(last) if !ends => last.push(character),
            _ => clauses.push(String::new()),
        }
    }
    let with_words = clauses.iter().filter(|clause| !clause.trim().is_empty()).count();
    let normal_of = |clause: &String| if with_words == 1 { normal.to_owned() } else { normalise(clause) };
    let clauses =
        clauses.iter().filter(|clause| !clause.trim().is_empty()).map(|clause| PHRASES.apply(&normal_of(clause)));
    clauses.filter(|clause| !clause.is_empty()).collect()
}

fn parted(clause: &str) -> Option<(String, String)> {
    let pattern = if is(&QUESTION, clause) { &CONDITION } else { &SPOKEN };
    let pattern = if clause.starts_with("if ") || clause.starts_with("before ") || clause.starts_with("after ") {
        &CONDITION
    } else {
        pattern
    };
    let found = pattern.as_ref()?.captures(clause)?;
    let (first, second) = (found.get(1)?.as_str().trim(), found.get(2)?.as_str().trim());
    if first.split(' ').next_back().is_some_and(|last| LEADING_ON.contains(&last)) {
        return None;
    }
    Some((first.to_owned(), second.to_owned()))
}

/// One question of what was said and what is asked.
fn together(said: &str, question: &str) -> Option<String> {
    const FRONT: &[&str] = &[
        "in", "on", "at", "for", "from", "with", "during", "before", "after", "while", "if", "when", "to", "as",
        "without", "once",
    ];
    if !is(&QUESTION, question) && !is(&WISH, question) && question != "help" {
        return None;
    }
    let first = said.split(' ').next().unwrap_or_default();
    // What stands before a question goes behind it: "on Saturdays, does the bus run".
    if FRONT.contains(&first) {
        return Some(format!("{question} {said}"));
    }
    if is(&QUESTION, said) && !said.starts_with("have ") {
        return None;
    }
    let both = format!("{said} ; {question}");
    let merged = CONTEXTS.apply(&both);
    if merged != both && !merged.contains(';') {
        return Some(merged);
    }
    Some(referred(said, question).unwrap_or_else(|| format!("{question} if {said}")))
}

/// The question with what it calls "it" put in, where the words before it only bring that up, or say how it is.
fn referred(said: &str, question: &str) -> Option<String> {
    static BROUGHT_UP: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?x)^(?:(?:i|we)\ (?:just\ |already\ |recently\ )?(?:have\ got|keep\ getting|am\ getting|am\ receiving|have|had|got|need|want|would\ like)|there\ is|this\ is)\ (?:just\ )?(?:a|an|the|my|some|our)?\ ?((?:[^\ ]+\ ?){1,3})$",
        )
        .ok()
    });
    static STANDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?x)^(?:the|my|our|a|an|this|these|those)\ ((?:[^\ ]+\ ){1,3}?)(?:is|are|was|were|has\ been|have\ been|got)\ ((?:[^\ ]+\ ?){1,3})$",
        )
        .ok()
    });
    static DONE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^(?:i|we) (?:have )?(lost|broke|broken|missed|damaged) (?:my|the|a|an|our) ((?:[^ ]+ ?){1,3})$")
            .ok()
    });
    const PARTING: &[&str] = &[
        "to", "of", "in", "on", "at", "from", "for", "with", "without", "that", "which", "who", "and", "or", "not",
        "i", "by",
    ];
    let found = |pattern: &LazyLock<Option<Regex>>| {
        let found = pattern.as_ref()?.captures(said)?;
        let part = |at: usize| found.get(at).map_or("", |part| part.as_str().trim()).to_owned();
        Some((part(1), part(2)))
    };
    let whole = |text: &str| !text.split(' ').any(|word| PARTING.contains(&word));
    let meant = if let Some((thing, _)) = found(&BROUGHT_UP) {
        Some(thing).filter(|thing| whole(thing))?
    } else if let Some((thing, state)) = found(&STANDS) {
        const STATES: &[&str] = &[
            "lost",
            "stolen",
            "broken",
            "damaged",
            "missing",
            "faulty",
            "blocked",
            "locked",
            "cancelled",
            "delayed",
            "expired",
        ];
        if !whole(&thing) {
            return None;
        }
        if STATES.contains(&state.as_str()) { format!("{state} {thing}") } else { format!("{thing} {state}") }
    } else {
        let (state, thing) = found(&DONE)?;
        let state = if state == "broke" { "broken" } else { &state };
        Some(format!("{state} {thing}")).filter(|_| whole(&thing))?
    };
    put_in(question, &meant)
}

/// The first word that stands for a thing, replaced; none where it stands for nothing ("is it possible") or for a person.
fn put_in(question: &str, meant: &str) -> Option<String> {
    let words: Vec<&str> = question.split(' ').collect();
    let at = words.iter().enumerate().position(|(at, word)| {
        let before = at.checked_sub(1).and_then(|before| words.get(before)).copied().unwrap_or_default();
        let stands_for_nothing =
            matches!(before, "" | "is" | "are" | "does" | "do" | "was" | "would" | "will" | "can" | "if" | "that");
        matches!(*word, "it" | "them" | "one" | "that" | "this") && !stands_for_nothing
    })?;
    let (before, after) = (words.get(..at)?.join(" "), words.get(at + 1..)?.join(" "));
    Some(format!("{before} the {meant} {after}").trim().to_owned())
}
