//! Names after labels and in the closing of a letter, corrected names, names in small letters, and what is a business.

use super::known_names::{Named, possessed};
use super::lexicon::Is;
use super::name_form::{Sure, name_at, name_from};
use super::view::{Piece, View};

/// Labels of one word that a full name follows, with a colon or without.
const LABELS: &[&str] = &[
    "beneficiary",
    "cardholder",
    "payee",
    "recipient",
    "addressee",
    "accountholder",
    "policyholder",
    "consignee",
    "claimant",
    "passenger",
    "beneficiario",
    "beneficiaria",
    "titular",
    "destinatario",
    "destinataria",
    "remitente",
    "pasajero",
    "pasajera",
];

/// Labels that only a colon makes one.
const LABELS_WITH_COLON: &[&str] =
    &["name", "holder", "sender", "customer", "nombre", "apellidos", "cliente", "firmado"];

/// Words for a name.
const NAME_WORDS: &[&str] = &["name", "nombre", "apellido", "surname"];

/// Words that close a letter, some of them only with others.
const CLOSINGS: &[&str] = &[
    "regards",
    "wishes",
    "sincerely",
    "faithfully",
    "cordially",
    "cheers",
    "saludos",
    "atentamente",
    "yours",
    "saludo",
    "abrazo",
];

/// Every word that this file knows as a label or a closing: turns without one have no labelled name.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    [LABELS, LABELS_WITH_COLON, CLOSINGS, NAME_WORDS].into_iter().flatten().copied()
}

/// "Beneficiary Oskar Lindqvist", "Name: …", "Kind regards, Theodora Vance".
pub(super) fn labelled(view: &View<'_>, found: &mut Vec<Named>) {
    if view.uncased || !view.has(Is::Label) {
        return;
    }
    for (index, tok) in view.toks.iter().enumerate().filter(|(_, tok)| tok.is(Is::Label)) {
        let text = view.text(tok);
        let next = view.text_at(index + 1);
        let colon = matches!(next, ":" | "=" | "-");
        let label = LABELS.contains(&text)
            || text == "holder" && matches!(before(view, index), "card" | "account" | "policy")
            || colon && LABELS_WITH_COLON.contains(&text)
            || text == "name"
                && matches!(before(view, index), "holder" | "beneficiary" | "payee" | "cardholder")
                && colon;
        let closing = matches!(next, "," | "" | "-") && is_closing(view, index);
        if !label && !closing {
            continue;
        }
        let from = index + 1 + usize::from(colon || closing);
        if !view.tok(from).is_some_and(|tok| tok.capital) {
            continue;
        }
        let Some(named) = name_from(view, from, Sure::Name) else { continue };
        let first = view.index_at(named.start);
        let last = view.index_at(named.end).saturating_sub(1);
        // Without a colon the label may be an adjective: "Beneficiary Services".
        let enough = colon || closing || last > first;
        if enough && !is_business(view, first, last) {
            found.push(named);
        }
    }
}

fn before<'a>(view: &'a View<'_>, index: usize) -> &'a str {
    view.before(index).map_or("", |tok| view.text(tok))
}

/// Whether a word ends the phrase that closes a letter.
fn is_closing(view: &View<'_>, index: usize) -> bool {
    match view.text_at(index) {
        "regards" | "wishes" | "sincerely" | "faithfully" | "cordially" | "cheers" | "saludos" | "atentamente" => true,
        "yours" => index == 0 || matches!(before(view, index), "." | "sincerely"),
        "saludo" | "abrazo" => matches!(before(view, index), "cordial" | "un" | "atento"),
        _ => false,
    }
}

/// Words that a business ends with.
fn is_business_word(text: &str) -> bool {
    matches!(
        text,
        "bakery"
            | "ltd"
            | "limited"
            | "inc"
            | "llc"
            | "plc"
            | "gmbh"
            | "corp"
            | "corporation"
            | "company"
            | "group"
            | "services"
            | "service"
            | "logistics"
            | "plumbing"
            | "dental"
            | "clinic"
            | "garage"
            | "motors"
            | "salon"
            | "florist"
            | "florists"
            | "flowers"
            | "cafe"
            | "café"
            | "restaurant"
            | "hotel"
            | "pharmacy"
            | "insurance"
            | "energy"
            | "telecom"
            | "solutions"
            | "systems"
            | "partners"
            | "associates"
            | "foundation"
            | "university"
            | "school"
            | "hospital"
            | "team"
            | "support"
            | "department"
            | "panadería"
            | "ferretería"
            | "farmacia"
            | "clínica"
            | "taller"
            | "talleres"
            | "seguros"
            | "transportes"
    )
}

/// "Harper's Bakery", "Sato Motors": whether the words, with the one after them, name a business.
pub(super) fn is_business(view: &View<'_>, first: usize, last: usize) -> bool {
    let words = view.toks.get(first..=last).unwrap_or_default();
    let next = view.tok(last + 1);
    let owned = view.text_at(last).ends_with("'s")
        && next.is_some_and(|next| next.capital && next.piece == Piece::Word && !view.uncased);
    let ampersand = next.is_some_and(|next| view.text(next) == "&");
    owned
        || ampersand
        || words.iter().any(|tok| is_business_word(possessed(view.text(tok))))
        || next.is_some_and(|next| next.capital && is_business_word(view.text(next)))
}

/// "My name is spelled wrong, it's Kathryne": the name after a remark that it is wrong.
pub(super) fn corrected(view: &View<'_>, found: &mut Vec<Named>) {
    let about = view.has(Is::Label) && view.toks.iter().any(|tok| NAME_WORDS.contains(&view.text(tok)));
    if !about {
        return;
    }
    let text = view.folded.text();
    let wrong = ["wrong", "spelled", "spelt", "misspel", "incorrect", "typo", "mal escrito", "incorrecto", "equivocad"]
        .iter()
        .any(|word| text.contains(word));
    if !wrong {
        return;
    }
    let mut remarked = false;
    for (index, tok) in view.toks.iter().enumerate() {
        let text = view.text(tok);
        remarked |= NAME_WORDS.contains(&text);
        let leads = matches!(text, "it's" | "its" | "es" | "actually")
            || text == "be" && matches!(before(view, index), "should" | "must" | "to")
            || text == "ser" && matches!(before(view, index), "debe" | "debería");
        let Some(next) = view.tok(index + 1).filter(|_| remarked && leads) else { continue };
        let shown =
            next.capital || view.uncased && next.is(Is::GivenName) || view.uncased && is_unknown(view, index + 1);
        if shown && let Some(named) = name_at(view, index + 1, Sure::Name) {
            found.push(named);
        }
    }
}

/// A word of no list that has no ending of an adjective or a verb.
fn is_unknown(view: &View<'_>, index: usize) -> bool {
    view.tok(index).is_some_and(|tok| {
        let text = view.text(tok);
        let word = tok.is(Is::Common) || tok.is(Is::Stop) || tok.is(Is::Filler) || tok.is(Is::Greeting);
        let endings = ["ed", "ing", "ous", "ful", "less", "able", "ible", "ent", "ish", "ly", "ive", "ic", "t"];
        tok.piece == Piece::Word
            && !word
            && tok.meaning.number.is_none()
            && !tok.is(Is::Month)
            && text.chars().count() >= 3
            && !text.contains('\'')
            && !endings.iter().any(|ending| text.ends_with(ending))
    })
}

/// "Hi im dustin, …": a greeting, "im", an unknown word, and the end of the clause.
pub(super) fn small_letters(view: &View<'_>, found: &mut Vec<Named>) {
    for (index, tok) in view.toks.iter().enumerate() {
        if !matches!(view.text(tok), "im" | "i'm" | "soy") {
            continue;
        }
        let greeted = view.before(index).is_some_and(|before| before.is(Is::Greeting))
            || matches!(before(view, index), "there" | "," | "buenas" | "buenos")
                && index >= 2
                && view.tok(index - 2).is_some_and(|before| before.is(Is::Greeting));
        let next = view.text_at(index + 2);
        let closes = matches!(next, "" | "," | "." | "!" | "and" | "from" | "y");
        let small = view.tok(index + 1).is_some_and(|tok| !tok.capital);
        if greeted
            && closes
            && small
            && is_unknown(view, index + 1)
            && let Some(name) = view.tok(index + 1)
        {
            found.push(Named { start: name.start, end: name.end });
        }
    }
}

/// "Ó Dálaigh, Cormac Ó Dálaigh", "Okafor, Ngozi": the whole name after the family name.
pub(super) fn family_first(view: &View<'_>, found: &mut Vec<Named>) {
    if view.uncased {
        return;
    }
    let Some(family) = found.iter().min_by_key(|named| named.start).copied() else { return };
    let comma = view.index_at(family.end);
    if view.text_at(comma) != "," || view.text_at(comma + 1) == "and" {
        return;
    }
    let text = view.folded.text();
    let Some(given) = name_at(view, comma + 1, Sure::Name) else { return };
    let (Some(before), Some(after)) = (text.get(family.start..family.end), text.get(given.start..given.end)) else {
        return;
    };
    let closes = matches!(view.text_at(view.index_at(given.end)), "" | "." | "," | "!" | "。");
    let last = before.rsplit(' ').next().unwrap_or(before);
    let repeated = after.contains(last);
    if closes && (repeated || !before.contains(' ') && !after.contains(' ')) && !view.asks() {
        found.push(given);
    }
}

/// Spanish names of letters.
pub(super) fn is_letter_name(text: &str) -> bool {
    matches!(
        text,
        "be" | "ce"
            | "efe"
            | "ge"
            | "hache"
            | "jota"
            | "ka"
            | "ele"
            | "eme"
            | "ene"
            | "eñe"
            | "pe"
            | "cu"
            | "erre"
            | "ere"
            | "te"
            | "uve"
            | "equis"
            | "zeta"
            | "ceta"
            | "de"
            | "ese"
            | "ve"
    )
}
