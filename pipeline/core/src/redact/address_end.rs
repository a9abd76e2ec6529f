//! How far a postal address reaches: from a token that belongs to it over town, state and postcode to its last one. Where one
//! begins is not known here.

use super::lexicon::Is;
use super::topics::Topic;
use super::view::{Piece, Tok, View};

/// Longest address, tokens.
pub(super) const LONGEST: usize = 40;

/// The last token of an address that has reached `from`.
pub(super) fn end(view: &View<'_>, from: usize, topic: bool) -> usize {
    let mut last = from;
    let mut index = from + 1;
    while let Some(tok) = view.tok(index) {
        if index - from > LONGEST {
            break;
        }
        if let Some(digits) = announced_postcode(view, index) {
            last = digits;
            index = digits + 1;
            continue;
        }
        let text = view.text(tok);
        if begins_cue(view, tok.start)
            && !tok.is_number()
            && !tok.capital
            && !tok.is(Is::Street)
            && !is_number_sign(text)
        {
            break;
        }
        let goes_on = match tok.piece {
            Piece::Mask => false,
            Piece::Digits => true,
            Piece::Ideograph => false,
            Piece::Symbol => match text {
                "," => after_comma(view, index + 1, topic) || announced_postcode(view, index + 1).is_some(),
                "#" | "-" | "/" | "º" | "ª" => view.tok(index + 1).is_some_and(|next| next.piece != Piece::Symbol),
                "." => {
                    let abbreviation = view
                        .tok(index - 1)
                        .is_some_and(|tok| tok.is(Is::Street) || tok.is(Is::Unit) || tok.end - tok.start <= 2);
                    let ordinal = matches!(view.text_at(index + 1), "º" | "ª");
                    ordinal
                        || (abbreviation || is_abbreviation(view.text_at(index - 1)))
                            && view.tok(index + 1).is_some_and(|next| next.capital || next.is_number())
                }
                _ => false,
            },
            Piece::Word => word_goes_on(view, index, topic),
        };
        if !goes_on {
            break;
        }
        if tok.piece != Piece::Symbol || text == "º" || text == "ª" {
            last = index;
        }
        index += 1;
    }
    last
}

/// "…, código postal 06000": the token of the postcode, where its name stands at `index`.
fn announced_postcode(view: &View<'_>, index: usize) -> Option<usize> {
    let tok = view.tok(index)?;
    let cue = view.cues.binary_search_by_key(&tok.start, |cue| cue.start).ok().and_then(|at| view.cues.get(at))?;
    let digits = view.index_at(cue.end);
    (cue.kind == Topic::Postcode && view.tok(digits).is_some_and(|tok| tok.piece == Piece::Digits)).then_some(digits)
}

/// Two capitals in front of a ZIP code: a state.
fn is_state(view: &View<'_>, index: usize) -> bool {
    let province = matches!(
        view.text_at(index),
        "on" | "bc" | "ab" | "qc" | "ns" | "nb" | "mb" | "sk" | "pe" | "nl" | "yt" | "nt" | "nu"
    );
    if province && view.tok(index).is_some_and(|tok| tok.capital) && begins_code(view, index + 1) {
        return true;
    }
    let digits = view.tok(index + 1).filter(|next| next.piece == Piece::Digits).map_or(0, |next| next.end - next.start);
    // Australia's states and their postcodes of four digits.
    if digits == 4 && matches!(view.text_at(index), "nsw" | "vic" | "qld" | "wa" | "sa" | "tas" | "act" | "nt") {
        return true;
    }
    let postal = digits == 5;
    postal && view.tok(index).is_some_and(|tok| tok.end - tok.start == 2 && (tok.capital || view.uncased))
}

/// A letter that begins a code: A96, K2R1.
pub(super) fn begins_code(view: &View<'_>, index: usize) -> bool {
    view.touches(index, index + 1)
        && view.tok(index).is_some_and(|tok| tok.piece == Piece::Word && tok.end - tok.start <= 2 && tok.capital)
        && view.tok(index + 1).is_some_and(|next| next.piece == Piece::Digits)
}

fn after_comma(view: &View<'_>, index: usize, topic: bool) -> bool {
    let Some(tok) = view.tok(index) else { return false };
    if tok.is_number() || tok.is(Is::Unit) && !tok.is(Is::Stop) || is_state(view, index) || begins_code(view, index) {
        return true;
    }
    if tok.piece != Piece::Word || tok.is(Is::Stop) && !tok.capital || tok.is(Is::Greeting) {
        return false;
    }
    if view.uncased { topic && !tok.is(Is::Filler) } else { tok.capital || (topic && names_place(view, index)) }
}

/// In cased text small words after a comma belong to the address only where a street, number or postcode follows soon.
fn names_place(view: &View<'_>, index: usize) -> bool {
    view.toks.get(index..).unwrap_or_default().iter().take(4).any(|tok| tok.is(Is::Street) && !tok.is(Is::Stop))
}

fn word_goes_on(view: &View<'_>, index: usize, topic: bool) -> bool {
    let Some(tok) = view.tok(index) else { return false };
    let text = view.text(tok);
    if is_state(view, index) || begins_code(view, index) || hyphenated(view, index) || matches!(text, "º" | "ª") {
        return true;
    }
    // "Número catorce": the word in front of the house number.
    if is_number_sign(text) {
        return view.tok(index + 1).is_some_and(Tok::is_number);
    }
    if tok.meaning.number.is_some() || tok.is(Is::Ordinal) || tok.is(Is::Street) && text != "way" || tok.is(Is::Unit) {
        return !tok.is(Is::Stop) || tok.capital || tok.meaning.number.is_some();
    }
    if view.touches(index - 1, index)
        && view.tok(index - 1).is_some_and(|before| before.piece == Piece::Digits)
        && text.len() <= 2
    {
        return true;
    }
    if matches!(
        text,
        "de" | "del"
            | "la"
            | "las"
            | "los"
            | "the"
            | "of"
            | "da"
            | "do"
            | "le"
            | "des"
            | "du"
            | "von"
            | "zum"
            | "der"
            | "les"
            | "y"
    ) {
        let shown = |at: usize| {
            view.tok(at).is_some_and(|next| {
                next.capital && !view.uncased
                    || next.is(Is::Street)
                    || topic
                        && view.uncased
                        && !next.is(Is::Stop)
                        && next.piece == Piece::Word
                        && text != "y"
                        && text != "the"
            })
        };
        let again = matches!(view.text_at(index + 1), "la" | "las" | "los" | "le" | "les" | "der");
        return text != "y" && shown(index + 1) || again && shown(index + 2);
    }
    if tok.is(Is::Stop) || tok.is(Is::Filler) || tok.is(Is::Greeting) || text.contains('\'') {
        return false;
    }
    if view.uncased { topic } else { tok.capital || tok.is(Is::Street) || (topic && text.len() == 1) }
}

/// A later word of a place with hyphens: Carrick-on-Shannon.
fn hyphenated(view: &View<'_>, index: usize) -> bool {
    index >= 2
        && view.text_at(index - 1) == "-"
        && view.touches(index - 2, index - 1)
        && view.touches(index - 1, index)
        && view.tok(index - 2).is_some_and(|before| before.piece == Piece::Word)
}

/// Words that addresses shorten with a full stop.
fn is_abbreviation(text: &str) -> bool {
    matches!(
        text,
        "col"
            | "int"
            | "ext"
            | "núm"
            | "num"
            | "esc"
            | "urb"
            | "apdo"
            | "izda"
            | "dcha"
            | "pta"
            | "avda"
            | "apt"
            | "ste"
            | "bldg"
            | "mun"
    )
}

pub(super) fn is_number_sign(text: &str) -> bool {
    matches!(text, "número" | "numero" | "núm" | "num" | "nº")
}

/// Whether what stands between an address that ended too early and the postcode at `postcode` is the town, county or province.
/// `last` is the last token of that address.
pub(super) fn closes_gap(view: &View<'_>, last: usize, postcode: usize) -> bool {
    let between = view.toks.get(last + 1..postcode).unwrap_or_default();
    (1..=10).contains(&between.len())
        && between.iter().enumerate().all(|(at, tok)| {
            let index = last + 1 + at;
            match tok.piece {
                Piece::Word => {
                    tok.capital
                        || hyphenated(view, index)
                        || matches!(view.text(tok), "de" | "la" | "le" | "of" | "upon" | "the" | "co" | "county")
                        || view.uncased && !tok.is(Is::Stop) && !tok.is(Is::Filler) && !tok.is(Is::Greeting)
                }
                Piece::Symbol => match view.text(tok) {
                    "," | "-" => true,
                    "." => view.before(index).is_some_and(|before| before.end - before.start <= 2),
                    _ => false,
                },
                _ => false,
            }
        })
}

/// Whether a phrase that tells what follows begins at a byte.
pub(super) fn begins_cue(view: &View<'_>, byte: usize) -> bool {
    view.cues.binary_search_by_key(&byte, |cue| cue.start).is_ok()
}
