//! Pieces of a turn that may be an address: numbers, names and words of streets that stand together. Whether one is, a model
//! says ([`super::verdict_model`]); here they are cut out and described.

use super::dialogue::{Page, topics_at};
use super::lexicon::Is;
use super::number_evidence::{Around, class, coarse, near};
use super::runs::Run;
use super::topics::Topic;
use super::verdict_evidence::{Class, Slot, evidence};
use super::view::{Piece, View};

/// Longest piece, tokens.
const LONGEST: usize = 40;

/// Most words in small letters that follow one another without a number, a comma or a word of streets.
const PLAIN: usize = 3;

/// First and last token of a piece that may be an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk {
    pub first: usize,
    pub last: usize,
}

/// Words that houses are called by.
const HOUSES: &[&str] = &[
    "cottage",
    "cottages",
    "house",
    "lodge",
    "farm",
    "farmhouse",
    "hall",
    "manor",
    "barn",
    "rectory",
    "vicarage",
    "mill",
    "forge",
    "villas",
    "estate",
    "court",
    "park",
    "residency",
    "residences",
    "towers",
    "apartments",
    "mansions",
    "county",
    "chalet",
    "finca",
    "cortijo",
    "edificio",
];

/// The pieces of a page, in order. `about` says whether an address is spoken of at a token, `taken` tells tokens that are
/// something else.
pub(super) fn chunks(
    view: &View<'_>,
    runs: &[Run],
    about: impl Fn(usize) -> bool,
    taken: impl Fn(usize) -> bool,
) -> Vec<Chunk> {
    let mut found = Vec::new();
    let street = || view.numbers > 0 || view.has(Is::Street) || view.has(Is::Unit);
    if !street() && !about(view.toks.len().saturating_sub(1)) {
        return found;
    }
    let mut index = 0;
    while index < view.toks.len() {
        if !begins(view, runs, index, &taken) {
            index += 1;
            continue;
        }
        let mut last = index;
        let mut plain = 0;
        let mut at = index + 1;
        while at < view.toks.len() && at - index < LONGEST {
            match part(view, runs, at, &taken) {
                Part::Firm => {
                    plain = 0;
                    last = at;
                }
                Part::Plain if plain < PLAIN => {
                    plain += 1;
                    last = at;
                }
                Part::Joint if part(view, runs, at + 1, &taken) != Part::Other => plain = 0,
                _ => break,
            }
            at += 1;
        }
        let chunk = Chunk { first: index, last };
        if is_possible(view, chunk, about(index)) {
            found.push(chunk);
        }
        index = at.max(index + 1);
    }
    found
}

/// What a token is to a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A number, a word of streets, a capitalised name.
    Firm,
    /// A word in small letters where there are no capitals.
    Plain,
    /// Holds parts together: a comma, "de la".
    Joint,
    Other,
}

fn begins(view: &View<'_>, runs: &[Run], index: usize, taken: &impl Fn(usize) -> bool) -> bool {
    match part(view, runs, index, taken) {
        // Small words begin nothing: the number or the name in front of them does.
        Part::Firm => true,
        Part::Plain => view.text_at(index) == "the" || view.uncased,
        _ => false,
    }
}

fn part(view: &View<'_>, runs: &[Run], index: usize, taken: &impl Fn(usize) -> bool) -> Part {
    let Some(tok) = view.tok(index) else { return Part::Other };
    if taken(index) {
        return Part::Other;
    }
    let text = view.text(tok);
    match tok.piece {
        Piece::Mask | Piece::Ideograph => Part::Other,
        Piece::Digits => {
            if is_long(runs, index) {
                Part::Other
            } else {
                Part::Firm
            }
        }
        Piece::Symbol => match text {
            "," | "-" | "/" | "#" | "º" | "ª" => Part::Joint,
            "." => {
                let short = index.checked_sub(1).and_then(|before| view.tok(before)).is_some_and(|before| {
                    before.piece == Piece::Word
                        && before.end - before.start <= 4
                        && (before.capital || before.is(Is::Street) || before.is(Is::Unit))
                        || matches!(view.text(before), "col" | "núm" | "izda" | "dcha" | "avda")
                });
                if short && view.touches(index - 1, index) { Part::Joint } else { Part::Other }
            }
            _ => Part::Other,
        },
        Piece::Word => {
            let sign = matches!(text, "number" | "no" | "nr" | "número" | "núm");
            if sign && view.tok(index + 1).is_some_and(super::view::Tok::is_number) {
                return Part::Joint;
            }
            let harmless =
                view.cues.binary_search_by_key(&tok.start, |cue| cue.start).ok().and_then(|at| view.cues.get(at));
            let cue = harmless.is_some_and(|cue| !matches!(cue.kind, Topic::Postcode | Topic::Soft) && !tok.capital);
            if cue && !tok.is(Is::Street) && !tok.is(Is::Unit) && tok.meaning.number.is_none()
                || tok.is(Is::Greeting) && (view.uncased || !tok.capital || index == 0)
                || tok.is(Is::Month)
            {
                return Part::Other;
            }
            if tok.meaning.number.is_some() {
                return if is_long(runs, index) || matches!(text, "a" | "un" | "una" | "once") {
                    Part::Other
                } else {
                    Part::Firm
                };
            }
            if tok.is(Is::Filler) || tok.is(Is::Amount) {
                return Part::Other;
            }
            if (tok.is(Is::Street) && (tok.end - tok.start > 2 || tok.capital || view.uncased)
                || tok.is(Is::Unit)
                || tok.is(Is::Ordinal))
                && (!tok.is(Is::Stop) || tok.capital)
            {
                return Part::Firm;
            }
            let single = text.chars().count() == 1;
            let touching = index > 0
                && view.touches(index - 1, index)
                && view.tok(index - 1).is_some_and(|before| before.piece == Piece::Digits)
                && text.len() <= 2;
            if touching || single && text != "i" && text != "a" && (tok.capital || view.uncased) {
                return Part::Firm;
            }
            let next_capital = || view.tok(index + 1).is_some_and(|next| next.capital && next.piece == Piece::Word);
            if matches!(text, "am" | "im" | "an" | "auf" | "zum" | "zur" | "des" | "las" | "los" | "el" | "la")
                && tok.capital
                && !view.uncased
                && next_capital()
            {
                return Part::Firm;
            }
            if matches!(
                text,
                "das"
                    | "dos"
                    | "della"
                    | "di"
                    | "zur"
                    | "de"
                    | "del"
                    | "la"
                    | "las"
                    | "los"
                    | "el"
                    | "do"
                    | "da"
                    | "des"
                    | "du"
                    | "le"
                    | "les"
                    | "of"
                    | "on"
                    | "upon"
                    | "von"
                    | "zum"
                    | "am"
                    | "der"
                    | "na"
            ) && (!tok.capital || view.uncased)
            {
                return Part::Joint;
            }
            if text == "the"
                && !view.uncased
                && view.tok(index + 1).is_some_and(|next| next.capital && next.piece == Piece::Word)
            {
                return if tok.capital || index > 0 { Part::Firm } else { Part::Plain };
            }
            if tok.is(Is::Stop) || text.contains('\'') && !text.ends_with("'s") {
                return Part::Other;
            }
            if view.uncased {
                Part::Plain
            } else if tok.capital {
                Part::Firm
            } else {
                Part::Other
            }
        }
    }
}

/// Whether a token belongs to a number that is too long for an address.
fn is_long(runs: &[Run], index: usize) -> bool {
    let at = runs.partition_point(|run| run.last < index);
    runs.get(at).is_some_and(|run| {
        run.first <= index && run.digits.len() >= 7 && run.groups.last() != Some(&4)
            || run.first <= index && run.digits.len() >= 10
    })
}

/// A piece needs a word and a number or a word of streets.
fn is_possible(view: &View<'_>, chunk: Chunk, about: bool) -> bool {
    let inside = view.toks.get(chunk.first..=chunk.last).unwrap_or_default();
    let number = inside.iter().any(super::view::Tok::is_number);
    let street = inside.iter().any(|tok| tok.is(Is::Street) || tok.is(Is::Unit));
    let word =
        inside.iter().any(|tok| tok.piece == Piece::Word && tok.meaning.number.is_none() && tok.end - tok.start > 1);
    let house = inside.iter().any(|tok| HOUSES.contains(&view.text(tok)));
    let listed = about && inside.iter().any(|tok| view.text(tok) == ",");
    word && (number || (street || house || listed) && inside.len() >= 2)
}

/// What a token is in the form of an address.
fn kind(view: &View<'_>, index: usize) -> u16 {
    let Some(tok) = view.tok(index) else { return 0 };
    let length = tok.end - tok.start;
    let text = view.text(tok);
    if tok.piece == Piece::Digits {
        return match length {
            1..=3 => 1,
            4 => 2,
            5 => 3,
            _ => 4,
        };
    }
    if tok.meaning.number.is_some() {
        return 5;
    }
    if tok.is(Is::Street) {
        return 6;
    }
    if tok.is(Is::Unit) {
        return 7;
    }
    if text.chars().count() == 1 {
        return 8;
    }
    let touches_digits =
        view.touches(index, index + 1) && view.tok(index + 1).is_some_and(|next| next.piece == Piece::Digits);
    if touches_digits {
        return 9;
    }
    if tok.is(Is::Ordinal) {
        return 10;
    }
    if HOUSES.contains(&text) {
        return 15;
    }
    let name = tok.is(Is::GivenName) || tok.is(Is::Surname) || tok.is(Is::NameWord);
    match (tok.is(Is::Common) || tok.is(Is::Stop), name) {
        (true, true) => 11,
        (true, false) => 12,
        (false, true) => 13,
        (false, false) => 14,
    }
}

/// What speaks for a piece being an address.
pub(super) fn evidence_of(page: &Page<'_>, chunk: Chunk, around: &Around<'_>) -> Vec<u16> {
    let view = &page.view;
    let mut all = Vec::with_capacity(48);
    let mut add = |slot: Slot, first: u16, second: u16| all.push(evidence(slot, first, second));
    let cased = u16::from(view.uncased);
    let inside = view.toks.get(chunk.first..=chunk.last).unwrap_or_default();
    let words = inside.iter().filter(|tok| tok.piece != Piece::Symbol).count();
    let commas = inside.iter().filter(|tok| view.text(tok) == ",").count().min(4) as u16;
    let numbers = inside.iter().filter(|tok| tok.is_number()).count().min(5) as u16;
    let (first, last) = (kind(view, chunk.first), kind(view, chunk.last));
    add(Slot::Any, 0, 0);
    add(Slot::Any, 1, cased);
    add(Slot::Length, words.min(12) as u16, 0);
    add(Slot::Form, commas, 0);
    add(Slot::Form, 8 + numbers, 0);
    add(Slot::Form, 8 + numbers, 1 + commas);
    add(Slot::Together, first, last);
    add(Slot::Before, first, 0);
    add(Slot::Before, first, 1 + cased);
    add(Slot::After, last, 0);
    add(Slot::After, last, 1 + cased);
    let mut kinds = [0u16; 16];
    for index in chunk.first..=chunk.last {
        if let Some(count) = kinds
            .get_mut(usize::from(kind(view, index)))
            .filter(|_| view.tok(index).is_some_and(|tok| tok.piece != Piece::Symbol))
        {
            *count += 1;
        }
    }
    for (kind, count) in kinds.iter().enumerate().filter(|(_, count)| **count > 0) {
        add(Slot::Here, kind as u16, 0);
        add(Slot::Here, kind as u16, (*count).min(4));
        add(Slot::Here, kind as u16, 5 + cased);
    }
    let has = |kind: usize| kinds.get(kind).is_some_and(|count| *count > 0);
    let number = has(1) || has(2) || has(5);
    add(
        Slot::Form,
        20,
        u16::from(number) + 2 * u16::from(has(6)) + 4 * u16::from(has(3) || has(4) || has(9)) + 8 * u16::from(has(7)),
    );
    let pair = (kind(view, chunk.first + 1), kind(view, chunk.first + 2));
    add(Slot::Form, 24 + first, pair.0);
    add(Slot::Form, 42 + pair.0, pair.1);
    let begin = view.tok(chunk.first).map_or(0, |tok| tok.start);
    let end = view.tok(chunk.last).map_or(0, |tok| tok.end);
    match view.cue_before(begin) {
        Some(cue) => {
            let gap = chunk.first.saturating_sub(view.index_at(cue.end));
            add(Slot::Cue, cue.kind as u16 + 1, 0);
            add(Slot::CueNear, cue.kind as u16 + 1, near(gap));
        }
        None => add(Slot::Cue, 0, 0),
    }
    let within = view.cues.iter().filter(|cue| begin <= cue.start && cue.end <= end);
    for cue in within {
        add(Slot::Cue, cue.kind as u16 + 1, 2);
    }
    if let Some(cue) = view.cue_after(end) {
        add(Slot::CueAfter, cue.kind as u16 + 1, near(view.index_at(cue.start).saturating_sub(chunk.last + 1)));
    }
    let topics = topics_at(view, chunk.first, around.asked);
    let about = topics.iter().any(|topic| matches!(topic, Topic::Address | Topic::Postcode));
    add(Slot::AskedAge, 40 + u16::from(about), 1 + u16::from(number));
    add(Slot::AskedAge, 42 + u16::from(about), first);
    for topic in around.asked {
        add(Slot::Asked, *topic as u16 + 1, u16::from(around.own_question));
    }
    if around.asked.is_empty() {
        add(Slot::Asked, 0, 0);
    }
    let lead = class(view, chunk.first.wrapping_sub(1));
    add(Slot::Lead, lead as u16, 0);
    add(Slot::Lead, lead as u16, 1 + first);
    add(Slot::Lead2, class(view, chunk.first.wrapping_sub(2)) as u16, 0);
    let word = preposition(view, chunk.first);
    add(Slot::Lead, 45 + word, 0);
    add(Slot::Lead, 45 + word, 1 + first);
    let mut seen: Vec<Class> = Vec::new();
    for index in (0..chunk.first).rev().take(6) {
        let class = class(view, index);
        if class == Class::Stop {
            break;
        }
        if !seen.contains(&class) && !matches!(class, Class::Word | Class::Symbol | Class::Unknown) {
            add(Slot::Near, class as u16, 0);
            seen.push(class);
        }
    }
    add(Slot::Tail, class(view, chunk.last + 1) as u16, 0);
    add(Slot::Tail, class(view, chunk.last + 1) as u16, 1 + last);
    add(Slot::Tail2, class(view, chunk.last + 2) as u16, 0);
    let others = around.words.saturating_sub(words);
    add(Slot::Pure, coarse(others), 0);
    add(Slot::Pure, coarse(others), 1 + u16::from(about));
    all
}

/// The word in front of a piece, where it says a place.
fn preposition(view: &View<'_>, first: usize) -> u16 {
    match first.checked_sub(1).map_or("", |at| view.text_at(at)) {
        "at" | "en" | "an" => 1,
        "to" | "a" => 2,
        "in" | "inside" => 3,
        "on" => 4,
        "from" => 5,
        "is" | "it's" | "its" | "es" | "i'm" | "im" | "we're" => 6,
        "the" | "el" | "la" => 7,
        "for" | "of" | "and" => 8,
        "live" | "lives" | "address" | "live at" | "site" | "habite" | "vivo" => 9,
        "my" | "our" | "your" => 10,
        _ => 0,
    }
}
