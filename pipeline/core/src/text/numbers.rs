//! Numbers of a text, written or spoken, in one form: `88`, `eighty eight` and `88.00` are the same.
//!
//! English and Spanish number words up to thousands, and ordinals. Amounts and counts, not codes: for codes read out digit by digit
//! the pieces are given as well.

use super::tokens::{TokenKind, tokens};

/// A number of a text: its readings, and the word after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantity {
    /// The number as a whole, in plain digits, such as `88` or `12.5`.
    pub whole: String,
    /// The numbers it is put together from: `nineteen eighty four` is 19, 84.
    pub pieces: Vec<String>,
    /// The lower-case word that follows, where one does.
    pub unit: Option<String>,
    /// Written or said as an ordinal.
    pub ordinal: bool,
}

/// Value of a number word, and whether it multiplies (hundred, thousand) or is an ordinal.
fn value(word: &str) -> Option<(u64, Part)> {
    let small = |value: u64| Some((value, Part::Small));
    let tens = |value: u64| Some((value, Part::Tens));
    let ordinal = |value: u64| Some((value, Part::Ordinal));
    match word {
        "zero" | "oh" | "cero" => small(0),
        "one" | "uno" => small(1),
        "two" | "dos" | "twice" | "couple" => small(2),
        "three" | "tres" => small(3),
        "four" | "cuatro" => small(4),
        "five" | "cinco" => small(5),
        "six" | "seis" => small(6),
        "seven" | "siete" => small(7),
        "eight" | "ocho" => small(8),
        "nine" | "nueve" => small(9),
        "ten" | "diez" => small(10),
        "eleven" => small(11),
        "twelve" | "doce" | "dozen" => small(12),
        "thirteen" | "trece" => small(13),
        "fourteen" | "catorce" => small(14),
        "fifteen" | "quince" => small(15),
        "sixteen" | "dieciséis" => small(16),
        "seventeen" | "diecisiete" => small(17),
        "eighteen" | "dieciocho" => small(18),
        "nineteen" | "diecinueve" => small(19),
        "twenty" | "veinte" => tens(20),
        "thirty" | "treinta" => tens(30),
        "forty" | "cuarenta" => tens(40),
        "fifty" | "cincuenta" => tens(50),
        "sixty" | "sesenta" => tens(60),
        "seventy" | "setenta" => tens(70),
        "eighty" | "ochenta" => tens(80),
        "ninety" | "noventa" => tens(90),
        "hundred" | "cien" | "ciento" => Some((100, Part::Scale)),
        "thousand" | "mil" => Some((1_000, Part::Scale)),
        "million" => Some((1_000_000, Part::Scale)),
        "third" => ordinal(3),
        "fourth" => ordinal(4),
        "fifth" => ordinal(5),
        "sixth" => ordinal(6),
        "seventh" => ordinal(7),
        "eighth" => ordinal(8),
        "ninth" => ordinal(9),
        "tenth" => ordinal(10),
        "eleventh" => ordinal(11),
        "twelfth" => ordinal(12),
        "thirteenth" => ordinal(13),
        "fourteenth" => ordinal(14),
        "fifteenth" => ordinal(15),
        "sixteenth" => ordinal(16),
        "seventeenth" => ordinal(17),
        "eighteenth" => ordinal(18),
        "nineteenth" => ordinal(19),
        "twentieth" => ordinal(20),
        "thirtieth" => ordinal(30),
        // Only after tens: "twenty first". Alone they order things.
        "first" => ordinal(1),
        "second" => ordinal(2),
        _ => None,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Small,
    Tens,
    Scale,
    Ordinal,
}

/// The numbers of a folded text, in order.
pub fn quantities(folded: &str) -> Vec<Quantity> {
    let all = tokens(folded);
    let mut found: Vec<Quantity> = Vec::new();
    let mut at = 0;
    while let Some(token) = all.get(at) {
        if token.kind == TokenKind::Digits {
            let (whole, next) = written(&all, at);
            let ordinal = all.get(next).is_some_and(|after| matches!(after.text, "st" | "nd" | "rd" | "th"));
            let next = next + usize::from(ordinal);
            found.push(Quantity { pieces: vec![whole.clone()], whole, unit: unit(&all, next), ordinal });
            at = next;
            continue;
        }
        match value(token.text) {
            Some(_) => {
                let (quantity, next) = spoken(&all, at);
                found.extend(quantity);
                at = next;
            }
            None => at += 1,
        }
    }
    found
}

/// `1,250.50`: digits with separators inside.
fn written(all: &[super::Token<'_>], from: usize) -> (String, usize) {
    let mut whole = String::new();
    let mut at = from;
    while let Some(token) = all.get(at) {
        if token.kind == TokenKind::Digits {
            whole.extend(token.text.chars().filter_map(|c| c.to_digit(10)).filter_map(|d| char::from_digit(d, 10)));
            at += 1;
            continue;
        }
        let touches = |left: usize, right: usize| {
            all.get(left).zip(all.get(right)).is_some_and(|(l, r)| l.end == r.start && r.kind != TokenKind::Word)
        };
        let digits_follow = all.get(at + 1).is_some_and(|next| next.kind == TokenKind::Digits)
            && touches(at, at + 1)
            && at > from
            && touches(at - 1, at);
        match token.text {
            "." if digits_follow && !whole.contains('.') => whole.push('.'),
            "," if digits_follow && all.get(at + 1).is_some_and(|next| next.text.len() == 3) => {}
            _ => break,
        }
        at += 1;
    }
    (plain(&whole), at)
}

/// Without leading zeros and trailing decimal zeros.
fn plain(number: &str) -> String {
    let number = if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    let stripped = number.trim_start_matches('0');
    if stripped.is_empty() || stripped.starts_with('.') { format!("0{stripped}") } else { stripped.to_owned() }
}

fn unit(all: &[super::Token<'_>], at: usize) -> Option<String> {
    all.get(at).filter(|token| token.kind == TokenKind::Word).map(|token| token.text.to_owned())
}

fn spoken(all: &[super::Token<'_>], from: usize) -> (Option<Quantity>, usize) {
    let mut pieces: Vec<u64> = Vec::new();
    let (mut current, mut open): (Option<u64>, Option<Part>) = (None, None);
    let mut ordinal = false;
    let mut at = from;
    while let Some(token) = all.get(at) {
        if token.text == "-" && at > from
            || token.text == "and"
                && open == Some(Part::Scale)
                && all.get(at + 1).is_some_and(|next| value(next.text).is_some())
            || token.text == "y" && open == Some(Part::Tens)
        {
            at += 1;
            continue;
        }
        let Some((number, part)) = value(token.text) else { break };
        match (part, open, current) {
            (Part::Scale, Some(_), Some(before)) if before > 0 => {
                // "Two thousand five hundred": the hundred belongs to the five.
                let (keep, scaled) = if before >= number && before % number != 0 {
                    (before - before % number.min(before).max(1), before % 1_000)
                } else {
                    (0, before)
                };
                current = Some(keep.saturating_add(scaled.saturating_mul(number)));
                open = Some(Part::Scale);
            }
            (Part::Small | Part::Tens | Part::Ordinal, Some(Part::Scale), Some(before))
                if before % 100 == 0 && number < 100 =>
            {
                current = Some(before + number);
                open = Some(part);
            }
            (Part::Small | Part::Ordinal, Some(Part::Tens), Some(before))
                if number < 10 && number > 0 && before % 10 == 0 =>
            {
                current = Some(before + number);
                open = Some(part);
            }
            (Part::Ordinal, None, _) if matches!(token.text, "first" | "second") => {
                // Alone they order things; a date says "the second of May".
                let date = all.get(at + 1).is_some_and(|next| matches!(next.text, "of" | "de"));
                if !date {
                    return (None, at + 1);
                }
                current = Some(number);
                open = Some(part);
            }
            (Part::Ordinal, Some(_), _) if matches!(token.text, "first" | "second") => break,
            _ => {
                pieces.extend(current);
                current = Some(number);
                open = Some(part);
            }
        }
        ordinal |= part == Part::Ordinal;
        at += 1;
        if part == Part::Ordinal {
            break;
        }
    }
    pieces.extend(current);
    let texts: Vec<String> = pieces.iter().map(u64::to_string).collect();
    let quantity =
        (!texts.is_empty()).then(|| Quantity { whole: texts.concat(), pieces: texts, unit: unit(all, at), ordinal });
    (quantity, at.max(from + 1))
}
