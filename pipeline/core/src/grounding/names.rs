//! Names of a statement against its turns: what is written with a capital has to be said there.

use super::words::{alike, stem};
use super::{dates, durations};
use crate::redact;
use crate::text::tokens::lower;
use crate::text::{Token, TokenKind, sentences, tokens};

/// Written with capitals, but no names.
const ABBREVIATIONS: &[&str] = &[
    "i", "i'm", "i'll", "i've", "i'd", "the", "mr", "mrs", "ms", "dr", "ok", "pm", "am", "sms", "id", "pdf", "pin",
    "tv", "atm", "gb", "mb", "eur", "usd", "gbp", "vat", "faq", "url", "dm", "dms", "otp", "eta", "mp", "it", "wi",
    "fi", "wifi", "internet", "sim", "app", "customer", "agent", "bot", "caller", "no", "yes", "cv", "hr", "ivr",
    "sir", "madam",
];

/// Adds a reason for each name that is not in the turns. The first word of a sentence counts where it is a known first name.
/// A name of the conversation `around` them is enough where the turns name nobody that it could stand for: they say "she".
pub(super) fn compare(statement: &str, known: &str, around: &str, reasons: &mut Vec<String>) {
    let words = |text| -> Vec<&str> {
        tokens(text).into_iter().filter(|token| token.kind == TokenKind::Word).map(|token| token.text).collect()
    };
    let around = words(around);
    let known: Vec<&str> =
        tokens(known).into_iter().filter(|token| token.kind == TokenKind::Word).map(|token| token.text).collect();
    let all = tokens(statement);
    let starts: Vec<usize> = sentences(statement).iter().map(|sentence| sentence.start).collect();
    let is_capital = |text: &str| text.chars().next().is_some_and(char::is_uppercase);
    if all.iter().filter(|token| token.kind == TokenKind::Word).all(|token| is_capital(token.text)) {
        return;
    }
    for token in all.iter().filter(|token| token.kind == TokenKind::Word && is_capital(token.text)) {
        let lower = lower(token.text);
        let name = lower.strip_suffix("'s").unwrap_or(&lower);
        if starts.contains(&token.start) && !redact::is_first_name(name)
            || dates::is_date_word(name)
            || name == "may"
            || durations::is_unit(name)
            || ABBREVIATIONS.contains(&name)
        {
            continue;
        }
        let found = known.iter().any(|other| *other == name || other.strip_suffix("'s") == Some(name))
            || known.windows(2).any(|two| two.concat() == name)
            || is_spelled(name, &known)
            || is_derived(name, &known)
            || around.iter().any(|other| possessed(other) == name) && !names_somebody_else(&known, &all);
        if !found {
            reasons.push(format!("name: {} is not in the turns", token.text));
        }
    }
}

fn possessed(word: &str) -> &str {
    word.strip_suffix("'s").unwrap_or(word)
}

/// Whether the turns have a name of a person that the statement does not have.
fn names_somebody_else(known: &[&str], statement: &[Token<'_>]) -> bool {
    known.iter().any(|word| {
        let word = possessed(word);
        redact::is_person_name(word) && !statement.iter().any(|token| possessed(&lower(token.text)) == word)
    })
}

/// Letters said one by one.
fn is_spelled(name: &str, known: &[&str]) -> bool {
    known.iter().filter(|word| word.len() == 1).copied().collect::<String>().contains(name) && name.len() > 2
}

/// "Canadian" of Canada, and a common word that only stands with a capital.
fn is_derived(name: &str, known: &[&str]) -> bool {
    let kin = |one: &str, other: &str| {
        one.len() >= 5
            && one.get(..one.len() - 1).is_some_and(|root| other.starts_with(root))
            && other.len() <= one.len() + 3
    };
    let stemmed = stem(name);
    known.iter().any(|other| {
        kin(name, other) || kin(other, name) || redact::is_common_word(name) && alike(&stemmed, &stem(other))
    })
}
