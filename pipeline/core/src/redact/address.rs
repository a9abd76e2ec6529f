//! Postal addresses: a house number with a street, a P.O. box, a postcode, and what stands around them.

use super::codes::TokSpan;
use super::lexicon::Is;
use super::settings::Kind;
use super::topics::Topic;
use super::view::{Piece, View};

/// Longest address, tokens.
const LONGEST: usize = 40;

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
    if matches!(text, "box" | "postfach") && view.tok(index + 1).is_some_and(super::view::Tok::is_number) {
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
                && (view.before(first).is_some_and(super::view::Tok::is_number)
                    || matches!(view.text_at(first - 1), "-" | "/")
                        && first >= 2
                        && view.tok(first - 2).is_some_and(super::view::Tok::is_number))
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
fn begins_code(view: &View<'_>, index: usize) -> bool {
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
        return view.tok(index + 1).is_some_and(super::view::Tok::is_number);
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

fn is_number_sign(text: &str) -> bool {
    matches!(text, "número" | "numero" | "núm" | "num" | "nº")
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

/// The first token of what stands between an address that ended too early and the postcode at `postcode`: the town, county or
/// province. `last` is the last token of that address.
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

fn begins_cue(view: &View<'_>, byte: usize) -> bool {
    view.cues.binary_search_by_key(&byte, |cue| cue.start).is_ok()
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
