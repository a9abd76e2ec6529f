//! Dates, written or spoken, in the extent that is to be masked. Whether a date is a secret, others decide.

use super::lexicon::{Is, Number};
use super::view::{Piece, View};

/// Longest date, tokens.
const LONGEST: usize = 16;

/// A date in a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date {
    /// First and last token.
    pub first: usize,
    pub last: usize,
    /// Numbers in it.
    pub numbers: usize,
    /// It names a month or a Japanese unit of time, or is written with separators.
    pub certain: bool,
}

/// The date that begins at a token or after its article; nothing if there is none.
pub(super) fn date_at(view: &View<'_>, from: usize) -> Option<Date> {
    let mut first = None;
    let (mut last, mut numbers, mut certain) = (from, 0usize, false);
    let mut separators = 0usize;
    let mut index = from;
    while let Some(tok) = view.tok(index) {
        if index - from >= LONGEST {
            break;
        }
        let text = view.text(tok);
        let era = matches!(text, "年" | "月" | "日" | "昭" | "和" | "平" | "成" | "令" | "大" | "正");
        if tok.is(Is::Month) && !(text == "may" && numbers == 0 && !number_follows(view, index))
            || (tok.piece == Piece::Ideograph && matches!(text, "年" | "月" | "日") && numbers > 0)
        {
            certain = true;
        } else if tok.piece == Piece::Digits {
            if tok.end - tok.start > 8 {
                break;
            }
            numbers += 1;
        } else if tok.is(Is::Ordinal)
            || matches!(tok.meaning.number, Some(number) if !matches!(number, Number::Times(_)))
        {
            // "Oh oh" is no date.
            numbers += usize::from(!matches!(text, "oh" | "o" | "a" | "un"));
        } else if text == "元" {
            // The first year of an era.
            numbers += 1;
        } else if matches!(tok.meaning.number, Some(Number::Times(_))) || era {
        } else if matches!(text, "/" | "-" | "." | ",") {
            if first.is_none() {
                break;
            }
            // A separator holds numbers together; a point or comma at the end of a sentence does not.
            let next = view.tok(index + 1);
            if !next.is_some_and(|next| {
                next.is_number()
                    || next.is(Is::Month)
                    || next.is(Is::Ordinal)
                    || matches!(view.text(next), "of" | "the")
            }) || (text == "." && !view.touches(index, index + 1))
            {
                break;
            }
            separators += usize::from(text != ",");
            index += 1;
            continue;
        } else if matches!(
            text,
            "of" | "the" | "de" | "del" | "and" | "y" | "in" | "el" | "le" | "den" | "dash" | "slash" | "の" | "'"
        ) {
            let joins = view.tok(index + 1).is_some_and(|next| {
                next.is_number()
                    || next.is(Is::Month)
                    || next.is(Is::Ordinal)
                    || matches!(view.text(next), "the" | "el")
            });
            if !joins || (first.is_some() && matches!(text, "el" | "le" | "in")) {
                break;
            }
            first.get_or_insert(index);
            index += 1;
            continue;
        } else {
            break;
        }
        first.get_or_insert(index);
        last = index;
        index += 1;
    }
    let first = first?;
    if numbers == 0 {
        return None;
    }
    Some(Date { first, last, numbers, certain: certain || separators >= 2 })
}

fn number_follows(view: &View<'_>, index: usize) -> bool {
    let next = |at: usize| view.tok(at).is_some_and(|tok| tok.is_number() || tok.is(Is::Ordinal));
    next(index + 1) || (matches!(view.text_at(index + 1), "the" | "of" | "," | "de") && next(index + 2))
}

/// Whether digits can be a card's expiry: month and year, in one of the usual forms.
pub(super) fn is_expiry(digits: &str, slash: bool) -> bool {
    let number = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<u32>().ok());
    let month = |value: Option<u32>| value.is_some_and(|month| (1..=12).contains(&month));
    let year =
        |value: Option<u32>| value.is_some_and(|year| (20..=45).contains(&year) || (2020..=2045).contains(&year));
    match digits.len() {
        3 => month(number(0, 1)) && year(number(1, 3)),
        4 => month(number(0, 2)) && (year(number(2, 4)) || slash),
        5 => month(number(0, 1)) && year(number(1, 5)),
        6 => month(number(0, 2)) && year(number(2, 6)) || year(number(0, 4)) && month(number(4, 6)),
        _ => false,
    }
}
