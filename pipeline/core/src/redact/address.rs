//! Postal addresses: where one begins, by a house number with a street, a P.O. box, a phrase before it or a postcode after it.
//! How far it reaches is `address_end`'s.

use super::address_end::{LONGEST, begins_code, begins_cue, end, is_number_sign};
use super::codes::TokSpan;
use super::lexicon::Is;
use super::settings::Kind;
use super::view::{Piece, Tok, View};

/// An address that names its street: `482 Maple Avenue, Springfield, IL 62704`, `calle Mayor 14`, `Gartenstraße 7`.
/// `topic` says whether an address is spoken of at a token; without it letter case has to show the names.
pub(super) fn streets(view: &View<'_>, topic: impl Fn(usize) -> bool) -> Vec<TokSpan> {
    let mut found: Vec<TokSpan> = Vec::new();
    // Every form has a house number.
    if view.numbers == 0 {
        return found;
    }
    let mut free = 0;
    for index in 0..view.toks.len() {
        if index < free {
            continue;
        }
        let Some(first) = begin(view, index, free, &topic) else { continue };
        let last = end(view, index, topic(index) || is_spoken_street(view, index));
        free = last + 1;
        found.push(TokSpan { kind: Kind::Address, first, last });
    }
    found
}

/// The first token of the address whose street word stands at `index`, if it is one.
fn begin(view: &View<'_>, index: usize, floor: usize, topic: &impl Fn(usize) -> bool) -> Option<usize> {
    let tok = view.tok(index)?;
    let text = view.text(tok);
    let number_near = |from: usize| {
        view.toks
            .get(from..)
            .unwrap_or_default()
            .iter()
            .take(8)
            .take_while(|tok| !matches!(view.text(tok), "?" | "!" | "¿" | "¡"))
            // "o" is a zero in a number and "or" everywhere else.
            .any(|tok| tok.is_number() && tok.piece != Piece::Ideograph && view.text(tok) != "o")
    };
    if tok.capital && is_german_street(text) && view.tok(index + 1).is_some_and(|next| next.piece == Piece::Digits) {
        return Some(with_unit(view, index, floor));
    }
    if tok.is(Is::Street) && is_prefix_type(text) {
        // Spanish, French, Portuguese: the type comes first, the number after the name.
        let named = view
            .tok(index + 1)
            .is_some_and(|next| next.capital || matches!(view.text(next), "de" | "del" | "la" | "." | "da" | "do"));
        let spoken = is_spoken_street(view, index);
        if spoken || (named || topic(index)) && number_near(index + 1) && (named && !view.uncased || topic(index)) {
            return Some(with_unit(view, index, floor));
        }
        return None;
    }
    if matches!(text, "box" | "postfach") && view.tok(index + 1).is_some_and(Tok::is_number) {
        let mut first = index;
        while first > floor && matches!(view.text_at(first - 1), "." | "o" | "p" | "po") {
            first -= 1;
        }
        return (first < index || text == "postfach").then_some(first);
    }
    if !tok.is(Is::Street) || is_prefix_type(text) {
        return None;
    }
    // English: number, one to five words of a name, the street word.
    let mut first = index;
    let mut names = 0;
    while first > floor && names <= 6 {
        let Some(before) = view.before(first) else { break };
        if before.is_number() {
            first -= 1;
            while first > floor
                && (view.before(first).is_some_and(Tok::is_number)
                    || matches!(view.text_at(first - 1), "-" | "/")
                        && first >= 2
                        && view.tok(first - 2).is_some_and(Tok::is_number))
            {
                first -= 1;
            }
            let named_street = names > 0 || view.tok(first).is_some_and(|tok| tok.meaning.number.is_some());
            let shown = if view.uncased {
                is_plain_street(text) && names > 0 && view.tok(first).is_some_and(|tok| tok.piece == Piece::Digits)
            } else {
                tok.capital
            };
            return (named_street && (shown || topic(index) || topic(first))).then(|| with_unit(view, first, floor));
        }
        if before.piece != Piece::Word
            || before.is(Is::Stop) && view.text(before) != "the"
            || before.is(Is::Amount)
            || before.is(Is::Filler)
        {
            break;
        }
        names += 1;
        first -= 1;
    }
    None
}

/// Street words that are hardly anything else.
fn is_plain_street(text: &str) -> bool {
    matches!(
        text,
        "avenue"
            | "ave"
            | "rd"
            | "road"
            | "blvd"
            | "boulevard"
            | "lane"
            | "street"
            | "terrace"
            | "crescent"
            | "parkway"
            | "pkwy"
    )
}

fn is_prefix_type(text: &str) -> bool {
    matches!(
        text,
        "calle"
            | "avenida"
            | "plaza"
            | "paseo"
            | "carrer"
            | "carretera"
            | "camino"
            | "ronda"
            | "travesía"
            | "glorieta"
            | "urbanización"
            | "colonia"
            | "rue"
            | "via"
            | "rua"
            | "av"
            | "avda"
    )
}

fn is_german_street(text: &str) -> bool {
    text.len() > 7
        && ["straße", "strasse", "allee", "gasse", "weg", "platz"]
            .iter()
            .any(|end| text.ends_with(end) && text.len() > end.len() + 2)
}

/// Takes in a flat or unit in front: `Flat 3, 118 Queensway`.
fn with_unit(view: &View<'_>, first: usize, floor: usize) -> usize {
    let mut at = first;
    if at > floor && view.text_at(at - 1) == "," {
        at -= 1;
    }
    let mut begin = at;
    for _ in 0..3 {
        let Some(before) = view.before(begin).filter(|_| begin > floor) else { return first };
        if before.is(Is::Unit) {
            return begin - 1;
        }
        if !(before.is_number() || view.text(before).len() == 1) {
            return first;
        }
        begin -= 1;
    }
    first
}

/// A street in small letters: "avenida de la constitución número catorce", "calle mayor doce tercero derecha".
fn is_spoken_street(view: &View<'_>, index: usize) -> bool {
    if !matches!(view.text_at(index), "calle" | "avenida" | "plaza" | "paseo" | "carretera" | "travesía" | "ronda") {
        return false;
    }
    let near = view.toks.get(index + 1..).unwrap_or_default().iter().take(7);
    let Some(number) = near.clone().position(|tok| tok.is_number() && !matches!(view.text(tok), "un" | "una")) else {
        return false;
    };
    let at = index + 1 + number;
    let signed = view.before(at).is_some_and(|before| is_number_sign(view.text(before)));
    // Without "número" the unit has to show that this is no "la calle, tres horas".
    let unit = view.toks.get(at + 1..).unwrap_or_default().iter().take(2).any(|tok| tok.is(Is::Unit));
    number > 0 && (signed || unit) && near.take(number).all(|tok| tok.piece == Piece::Word)
}

/// The address that follows a phrase, or that a turn answers with: from its first number, street word or name on. It must
/// hold a street, a unit or a postcode; where an address was `asked` for, a number and a word are enough.
pub(super) fn announced(view: &View<'_>, from: usize, asked: bool) -> Option<(usize, usize)> {
    let mut first = from;
    let mut skipped = 0;
    loop {
        let tok = view.tok(first)?;
        let text = view.text(tok);
        if tok.piece == Piece::Mask
            || (begins_cue(view, tok.start) && first > from && !tok.capital && !tok.is(Is::Street))
        {
            return None;
        }
        let begins = tok.piece == Piece::Digits
            || begins_code(view, first)
            || tok.meaning.number.is_some() && !matches!(text, "a" | "o" | "un" | "una")
            || tok.is(Is::Unit) && !tok.is(Is::Stop)
            || (tok.is(Is::Street) && is_prefix_type(text))
            || tok.piece == Piece::Word
                && if view.uncased {
                    !tok.is(Is::Stop) && !tok.is(Is::Greeting) && !tok.is(Is::Filler)
                } else {
                    tok.capital && !tok.is(Is::Stop) && !tok.is(Is::Greeting) && (first > 0 || !tok.is(Is::Common))
                }
            || (text == "the"
                && asked
                && view.toks.get(first..).unwrap_or_default().iter().take(8).any(|tok| tok.is(Is::Street)));
        if begins {
            break;
        }
        skipped += 1;
        if skipped > 6 || matches!(tok.piece, Piece::Symbol) && matches!(text, "." | "?" | "!") {
            return None;
        }
        first += 1;
    }
    let last = end(view, first, true);
    let inside = view.toks.get(first..=last)?;
    let numbers = inside.iter().filter(|tok| tok.is_number()).count();
    let street =
        inside.iter().any(|tok| tok.is(Is::Street) && (tok.end - tok.start > 2 || tok.capital || view.uncased));
    let unit = inside.iter().any(|tok| tok.is(Is::Unit));
    let postal = inside.iter().any(|tok| tok.piece == Piece::Digits && (4..=7).contains(&(tok.end - tok.start)));
    let german = inside.iter().any(|tok| is_german_street(view.text(tok)));
    let amount = view.tok(last + 1).is_some_and(|next| next.is(Is::Amount))
        || inside.iter().any(|tok| tok.is(Is::Amount) && tok.piece == Piece::Word && !tok.is(Is::Street));
    let words = inside.iter().filter(|tok| tok.piece == Piece::Word && !tok.is(Is::Ordinal)).count();
    if !street && !german && inside.iter().any(|tok| tok.is(Is::Month)) {
        return None;
    }
    let enough = numbers > 0 && (street || unit || german || (postal && (asked || words > 0)))
        || asked && numbers > 0 && (words > 0 || postal)
        || asked && street && words >= 2;
    (enough && (!amount || street)).then_some((first, last))
}

/// Takes in what stands in front of a postcode: `Rose Cottage, Mill Lane, Ludlow SY8 1QE`. It needs a street or a number.
pub(super) fn before_postcode(view: &View<'_>, first: usize) -> Option<usize> {
    let mut begin = first;
    let (mut street, mut names) = (false, 0);
    while begin > 0 && first - begin < LONGEST / 2 {
        let Some(before) = view.before(begin) else { break };
        let joins = match before.piece {
            Piece::Symbol => matches!(view.text(before), "," | "-"),
            Piece::Digits => true,
            Piece::Word => {
                before.is(Is::Street) && !before.is(Is::Stop)
                    || before.meaning.number.is_some()
                    || if view.uncased {
                        !before.is(Is::Stop) && !before.is(Is::Greeting)
                    } else {
                        before.capital && !before.is(Is::Stop) && !before.is(Is::Greeting)
                    }
                    || view.text(before) == "the" && street
            }
            Piece::Ideograph | Piece::Mask => false,
        };
        if !joins
            || view.cues.binary_search_by_key(&before.start, |cue| cue.start).is_ok()
                && !before.is(Is::Street)
                && !before.capital
        {
            break;
        }
        street |= before.is(Is::Street) || before.piece == Piece::Digits;
        names += usize::from(before.piece == Piece::Word);
        begin -= 1;
    }
    while begin < first && view.tok(begin).is_some_and(|tok| tok.piece == Piece::Symbol) {
        begin += 1;
    }
    (street && names > 0 && begin < first).then_some(begin)
}
