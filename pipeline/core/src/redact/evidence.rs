//! Words that may be names, and what speaks for and against each: the lists that it is in, its letter case, what stands around
//! it. A linear model weighs it ([`super::evidence_model`]).

use std::sync::LazyLock;

use foldhash::fast::FixedState;

use super::evidence_kinds::{Class, Shape, Slot, evidence};
use super::known_names::{PARTICLES, possessed};
use super::labels;
use super::lexicon::{Is, meaning};
use super::not_names::is_no_name;
use super::view::{Piece, Tok, View};

/// A word that may be a name.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub token: usize,
    /// In small letters, and far more often an everyday word: "frank", "rose".
    pub everyday: bool,
    /// Candidates with nothing but parts of names between them are of one run.
    pub run: usize,
    pub shape: Shape,
    pub evidence: Vec<u16>,
}

/// Most words of a run.
const LONGEST: usize = 6;

/// Words before a run that are looked through for kin and roles.
const NEAR: usize = 7;

type Contexts = std::collections::HashMap<&'static str, Class, FixedState>;

static CONTEXTS: LazyLock<Contexts> =
    LazyLock::new(|| contexts(include_str!("../../resources/redaction/name_context.txt")));

/// Places, brands and everyday words, looked up for words that may be names only.
static OTHERWISE: LazyLock<Contexts> =
    LazyLock::new(|| contexts(include_str!("../../resources/redaction/other_than_names.txt")));

/// The words of a file by their class.
fn contexts(file: &'static str) -> Contexts {
    let mut contexts = Contexts::default();
    for line in file.lines() {
        let Some((class, words)) = line.split_once(": ").filter(|_| !line.starts_with('#')) else { continue };
        if let Some(class) = Class::of_name(class) {
            for word in words.split_whitespace() {
                contexts.entry(word).or_insert(class);
            }
        }
    }
    contexts
}

/// Every word of a turn that may be a name. `asked` says that a name was asked for.
pub(super) fn candidates(view: &View<'_>, asked: bool) -> Vec<Candidate> {
    let mut found = Vec::new();
    // What a name mask hides would be missed around the others; a service that masks without saying what masks names too.
    if !view.may_name() || view.has_mask(&[super::settings::Kind::Name]) || view.masked.contains(&None) {
        return found;
    }
    let shapes: Vec<Option<Shape>> =
        (0..view.toks.len()).map(|index| shape(view, index).filter(|_| !is_no_name(view, index))).collect();
    if shapes.iter().all(Option::is_none) {
        return found;
    }
    let foreign = is_foreign(view, &shapes);
    let way = view.toks.iter().any(|tok| CONTEXTS.get(view.text(tok)) == Some(&Class::Way));
    let mut index = 0;
    while index < shapes.len() {
        let end = run_end(view, &shapes, index);
        if end == index {
            index += 1;
            continue;
        }
        if is_thing(view, index, end) || in_brackets(view, index, end) {
            index = end;
            continue;
        }
        let around = Around::of(view, index, end, asked, foreign, way);
        let run = found.len();
        for token in index..end {
            if let Some(shape) = shapes.get(token).copied().flatten() {
                let evidence = around.evidence_of(view, &shapes, index..end, token, shape);
                let everyday = shape == Shape::Ambiguous
                    && OTHERWISE.get(possessed(view.text_at(token))) == Some(&Class::Everyday);
                found.push(Candidate { token, everyday, run, shape, evidence });
            }
        }
        index = end;
    }
    found
}

/// Whether a transcript says something beside the words: "[keys]", "[inaudible]", "[laughter]".
fn in_brackets(view: &View<'_>, first: usize, end: usize) -> bool {
    first > 0 && view.text_at(first - 1) == "[" && view.text_at(end) == "]"
}

/// How a token looks as a name; none for what is no candidate.
fn shape(view: &View<'_>, index: usize) -> Option<Shape> {
    let tok = view.tok(index)?;
    // Most words are none of it: an everyday word in small letters that is on no list of names.
    let word = tok.is(Is::Common) || tok.is(Is::Stop);
    let listed = tok.is(Is::NameWord) || tok.is(Is::Surname) || tok.is(Is::GivenName);
    if tok.piece != Piece::Word || word && !listed && !tok.capital {
        return None;
    }
    let whole = view.text(tok);
    let text = possessed(whole);
    let plain = tok.piece == Piece::Word
        && tok.end - tok.start > 1
        && tok.meaning.number.is_none()
        && !tok.is(Is::Title)
        && !tok.is(Is::Filler)
        && !tok.is(Is::Greeting);
    let glued = view.touches(index, index + 1)
        && view
            .tok(index + 1)
            .is_some_and(|next| next.piece == Piece::Digits || matches!(view.text(next), "@" | "_" | "/"))
        || index > 0
            && view.touches(index - 1, index)
            && view.before(index).is_some_and(|before| {
                before.piece == Piece::Digits || matches!(view.text(before), "@" | "_" | "/" | "#")
            });
    if !plain || glued {
        return None;
    }
    let meaning = if text.len() < whole.len() { meaning(text) } else { tok.meaning };
    let capital = tok.capital && !view.uncased;
    let word = meaning.is(Is::Common) || meaning.is(Is::Stop) || meaning.is(Is::Month);
    // Where names have capitals, "we cook here" and "I mark it" are none.
    if !view.uncased && !tok.capital && (meaning.is(Is::NameWord) || word) {
        return None;
    }
    let begins = begins(view, index);
    // "Brad Sterling" in small letters: a word that is a family name too, right after a given name.
    let after_given = view.before(index).is_some_and(|before| before.is(Is::GivenName) && !before.is(Is::Common));
    if view.uncased && word && meaning.is(Is::Surname) && !meaning.is(Is::Stop) && after_given {
        return Some(Shape::Ambiguous);
    }
    // Directions and words that hardly ever are the name they could be; "Will" and "May" only inside a sentence.
    let place =
        matches!(text, "north" | "south" | "east" | "west" | "main" | "so" | "do" | "an" | "in" | "day" | "good");
    if place || meaning.is(Is::Stop) && (begins || !capital) {
        return None;
    }
    if meaning.is(Is::NameWord) || word && meaning.is(Is::Surname) && capital && !begins {
        return Some(if capital { Shape::AmbiguousCapital } else { Shape::Ambiguous });
    }
    if meaning.is(Is::GivenName) && !word {
        return Some(Shape::Given);
    }
    if meaning.is(Is::Surname) && !word {
        return Some(Shape::Family);
    }
    if meaning.is(Is::GivenName) && capital {
        return Some(Shape::AmbiguousCapital);
    }
    if meaning.is(Is::Stop) {
        return None;
    }
    if word {
        return (capital && !begins && !matches!(text, "i'm" | "i'll" | "i've" | "i'd")).then_some(Shape::WordCapital);
    }
    let letters = text.chars().all(|character| character.is_alphabetic() || character == '\'');
    let contracted = text.contains('\'') && !matches!(text.find('\''), Some(1));
    if !letters || contracted || text.chars().count() < 3 || text.chars().any(crate::text::tokens::without_spaces) {
        return None;
    }
    // "tbh", "pls": short forms of other words have no vowel.
    let vowel = !text.is_ascii() || text.bytes().any(|byte| matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u' | b'y'));
    vowel.then_some(if capital { Shape::UnknownCapital } else { Shape::Unknown })
}

/// Whether a sentence begins at a token.
fn begins(view: &View<'_>, index: usize) -> bool {
    view.before(index)
        .is_none_or(|before| matches!(view.text(before), "." | "!" | "?" | ":" | "¿" | "¡" | "。" | "-" | "\"" | "…"))
}

/// Whether so many words are unknown that the turn is in a language of no list.
fn is_foreign(view: &View<'_>, shapes: &[Option<Shape>]) -> bool {
    let unknown =
        shapes.iter().flatten().filter(|shape| matches!(shape, Shape::Unknown | Shape::UnknownCapital)).count();
    let words = view.toks.iter().filter(|tok| tok.piece == Piece::Word).count();
    unknown >= 3 && unknown * 3 > words
}

/// The token after the run of candidates that begins at a token; the same token where none begins.
fn run_end(view: &View<'_>, shapes: &[Option<Shape>], first: usize) -> usize {
    let is_candidate = |index: usize| shapes.get(index).is_some_and(Option::is_some);
    if !is_candidate(first) {
        return first;
    }
    let mut end = first + 1;
    while end - first < LONGEST {
        if is_candidate(end) && !view.text_at(end - 1).ends_with("'s") {
            end += 1;
        } else if joins(view, end) && is_candidate(end + 1) {
            end += 2;
        } else {
            break;
        }
    }
    end
}

/// Whether a run with the word after it names a street, a place or a business: "Stuart Highway", "Briggs & Stratton".
fn is_thing(view: &View<'_>, first: usize, end: usize) -> bool {
    let place = |index: usize| {
        view.tok(index).is_some_and(|tok| {
            let word =
                tok.is(Is::Street) && tok.end - tok.start > 2 || CONTEXTS.get(view.text(tok)) == Some(&Class::Thing);
            let always = matches!(view.text(tok), "avenue" | "street" | "road" | "boulevard" | "parkway" | "highway");
            word && (tok.capital || view.uncased || always) && !tok.is(Is::NameWord)
        })
    };
    end - first > 1 && place(end - 1)
        || !view.uncased && place(end)
        || view.tok(end).is_some_and(|tok| tok.is(Is::Street) && tok.end - tok.start > 3)
        || labels::is_business(view, first, end - 1)
}

/// Whether a token may stand inside a name: a particle, an initial, a hyphen.
fn joins(view: &View<'_>, index: usize) -> bool {
    let Some(tok) = view.tok(index) else { return false };
    let text = view.text(tok);
    match tok.piece {
        Piece::Word if text.chars().count() == 1 => text != "i" && text != "a" && (view.uncased || tok.capital),
        Piece::Word => {
            PARTICLES.contains(&text) && !matches!(text, "y" | "la" | "al") || matches!(text, "ni" | "ó" | "ní" | "mac")
        }
        Piece::Symbol => text == "-" && view.touches(index - 1, index) && view.touches(index, index + 1),
        _ => false,
    }
}

/// What stands around a run of candidates.
struct Around {
    lead: Class,
    lead2: Class,
    near: Vec<Class>,
    tail: Class,
    tail2: Class,
    turn: Vec<Class>,
}

impl Around {
    fn of(view: &View<'_>, first: usize, end: usize, asked: bool, foreign: bool, way: bool) -> Self {
        let filler = |index: usize| {
            matches!(
                view.text_at(index),
                "um" | "uh" | "er" | "erm" | "uhm" | "eh" | "hmm" | "mm" | "just" | "like" | "actually" | "only"
            )
        };
        let mut leads = (0..first).rev().filter(|index| !filler(*index)).map(|index| class(view, index));
        let lead = leads.next().unwrap_or(Class::Edge);
        let lead2 = leads.next().unwrap_or(Class::Edge);
        let mut near: Vec<Class> = Vec::new();
        for before in leads.take(NEAR).take_while(|before| *before != Class::Stop) {
            let tells = matches!(
                before,
                Class::Kin
                    | Class::Role
                    | Class::Call
                    | Class::Name
                    | Class::Ask
                    | Class::Spell
                    | Class::Greet
                    | Class::Reach
                    | Class::Given
                    | Class::Way
                    | Class::Storm
                    | Class::Buy
                    | Class::Thing
            );
            if tells && !near.contains(&before) {
                near.push(before);
            }
        }
        let at = |index: usize| if index < view.toks.len() { class(view, index) } else { Class::Edge };
        let mut turn = Vec::new();
        let words = view.words();
        for (holds, class) in [
            (asked, Class::Asked),
            (asked && words <= 6, Class::Begins),
            (foreign, Class::Foreign),
            (words <= 3, Class::Short),
            (view.uncased, Class::Uncased),
            (way, Class::Way),
        ] {
            if holds {
                turn.push(class);
            }
        }
        Self { lead, lead2, near, tail: at(end), tail2: at(end + 1), turn }
    }

    fn evidence_of(
        &self,
        view: &View<'_>,
        shapes: &[Option<Shape>],
        run: std::ops::Range<usize>,
        token: usize,
        shape: Shape,
    ) -> Vec<u16> {
        let mut all = Vec::with_capacity(28);
        let mut add = |slot: Slot, class: Class| {
            all.push(evidence(slot, class, Shape::Any));
            all.push(evidence(slot, class, shape));
        };
        add(Slot::Lead, self.lead);
        add(Slot::Lead2, self.lead2);
        add(Slot::Tail, self.tail);
        add(Slot::Tail2, self.tail2);
        for class in &self.near {
            add(Slot::Near, *class);
        }
        for class in &self.turn {
            add(Slot::Turn, *class);
        }
        let neighbour = |index: Option<usize>| {
            index.filter(|index| run.contains(index)).and_then(|index| shapes.get(index).copied().flatten()).map(listed)
        };
        let (before, after) = (neighbour(token.checked_sub(1)), neighbour(Some(token + 1)));
        for (slot, neighbour) in [(Slot::Before, before), (Slot::After, after)] {
            if let Some(class) = neighbour {
                add(slot, class);
            }
        }
        let place = match (token == run.start, token + 1 == run.end) {
            (true, true) => Class::Alone,
            (true, false) => Class::First,
            (false, true) => Class::Last,
            (false, false) => Class::Inner,
        };
        add(Slot::Place, place);
        add(Slot::Myself, Class::Word);
        if begins(view, token) {
            add(Slot::Myself, Class::Begins);
        }
        if view.text_at(token).ends_with("'s") {
            add(Slot::Myself, Class::Owns);
        }
        if view.tok(token).is_some_and(|tok| tok.capitals) && !view.uncased {
            add(Slot::Myself, Class::Letter);
        }
        if view.tok(token).is_some_and(|tok| !tok.capital) && !view.uncased {
            add(Slot::Myself, Class::Uncased);
        }
        if let Some(class) = OTHERWISE.get(possessed(view.text_at(token))) {
            add(Slot::Myself, *class);
        }
        if meaning(possessed(view.text_at(token))).is(Is::Surname) && shape == Shape::Given {
            add(Slot::Myself, Class::Both);
        }
        all
    }
}

const fn listed(shape: Shape) -> Class {
    match shape {
        Shape::Given => Class::Given,
        Shape::Family => Class::Family,
        Shape::Unknown | Shape::UnknownCapital | Shape::Any => Class::Unknown,
        Shape::Ambiguous | Shape::AmbiguousCapital => Class::Ambiguous,
        Shape::WordCapital => Class::Word,
    }
}

/// What a token beside a run tells.
fn class(view: &View<'_>, index: usize) -> Class {
    let Some(tok) = view.tok(index) else { return Class::Edge };
    let text = view.text(tok);
    match tok.piece {
        Piece::Mask => Class::Mask,
        Piece::Digits | Piece::Ideograph => Class::Number,
        Piece::Symbol => match text {
            "." | "!" | "?" | "…" => Class::Stop,
            "," => Class::Comma,
            _ => Class::Symbol,
        },
        Piece::Word => {
            CONTEXTS.get(possessed(text)).or_else(|| CONTEXTS.get(text)).copied().unwrap_or_else(|| of_form(tok, text))
        }
    }
}

fn of_form(tok: &Tok, text: &str) -> Class {
    if tok.is(Is::Title) {
        Class::Title
    } else if tok.meaning.number.is_some() || tok.is(Is::Month) || tok.is(Is::Ordinal) {
        Class::Number
    } else if tok.is(Is::Filler) || tok.is(Is::Greeting) {
        Class::Filler
    } else if text.len() == 1 {
        Class::Letter
    } else if tok.is(Is::NameWord) {
        Class::Ambiguous
    } else if tok.is(Is::Common) || tok.is(Is::Stop) {
        Class::Word
    } else if tok.is(Is::GivenName) {
        Class::Given
    } else if tok.is(Is::Surname) {
        Class::Family
    } else {
        Class::Unknown
    }
}
