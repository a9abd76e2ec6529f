//! Numbers with letters: IBAN, national ids, postcodes; written, spelled or spoken.

use super::checks;
use super::lexicon::{Is, Number};
use super::settings::Kind;
use super::topics::Topic;
use super::view::{Piece, Tok, View};

/// A span of tokens that holds personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TokSpan {
    pub kind: Kind,
    /// First and last token.
    pub first: usize,
    pub last: usize,
}

/// Longest code, characters: an IBAN has at most 34.
const LONGEST: usize = 36;

/// Characters of a code and the token that each came from.
struct Code {
    chars: String,
    toks: Vec<usize>,
}

impl Code {
    /// The first characters, if they end where a token ends; in two readings of the letter o.
    fn prefix(&self, length: usize) -> Option<(String, usize)> {
        let last = *self.toks.get(length.checked_sub(1)?)?;
        if self.toks.get(length) == Some(&last) {
            return None;
        }
        Some((self.chars.get(..length)?.to_owned(), last))
    }
}

/// Reads a code from a token on.
fn read(view: &View<'_>, from: usize) -> Code {
    let mut code = Code { chars: String::new(), toks: Vec::new() };
    let mut index = from;
    let mut times = 1u8;
    while let Some(tok) = view.tok(index) {
        if code.chars.len() >= LONGEST {
            break;
        }
        let text = view.text(tok);
        let mut add = |piece: &str, at: usize| {
            for _ in 0..times {
                code.chars.push_str(piece);
                code.toks.resize(code.chars.len(), at);
            }
            times = 1;
        };
        match (tok.piece, tok.meaning.number) {
            (Piece::Digits, _) if text.is_ascii() => {
                add(text.get(..text.len().min(LONGEST)).unwrap_or_default(), index)
            }
            (Piece::Word, _) if text.len() == 1 && text.is_ascii() => add(text, index),
            (Piece::Word, Some(Number::Digit(digit))) => add(&digit.to_string(), index),
            (Piece::Word, Some(Number::Teen(value))) => add(&value.to_string(), index),
            (Piece::Word, Some(Number::Tens(value))) => match view.tok(index + 1).map(|next| next.meaning.number) {
                Some(Some(Number::Digit(digit))) if digit > 0 => {
                    add(&(value + digit).to_string(), index + 1);
                    index += 1;
                }
                _ => add(&value.to_string(), index),
            },
            (Piece::Word, Some(Number::Times(value))) => times = value,
            (Piece::Word, None) if text.len() <= 4 && text.is_ascii() && is_code_word(view, index) => add(text, index),
            (Piece::Symbol, _) if text == "-" && !code.chars.is_empty() => {}
            (Piece::Symbol, _)
                if text == "." && view.touches(index, index + 1) && index > from && view.touches(index - 1, index) => {}
            (Piece::Word, _) if tok.is(Is::Filler) && !code.chars.is_empty() => {}
            _ => break,
        }
        index += 1;
    }
    code
}

/// Whether a word of two to four letters can be part of a code: capitals, or touching digits.
fn is_code_word(view: &View<'_>, index: usize) -> bool {
    let Some(tok) = view.tok(index) else { return false };
    let digits_touch = |at: usize| view.tok(at).is_some_and(|tok| tok.piece == Piece::Digits);
    let touches = (index > 0 && view.touches(index - 1, index) && digits_touch(index - 1))
        || (view.touches(index, index + 1) && digits_touch(index + 1));
    touches || (tok.capital && !tok.is(Is::Stop)) || (!tok.is(Is::Stop) && !tok.is(Is::Common))
}

/// IBANs, national ids and postcodes of a turn. `topic` says what a token is about.
pub(super) fn codes(view: &View<'_>, topic: impl Fn(usize) -> Vec<Topic>) -> Vec<TokSpan> {
    let mut found = Vec::new();
    if view.numbers == 0 {
        return found;
    }
    let mut index = 0;
    while index < view.toks.len() {
        match code_at(view, index, &topic) {
            Some(span) => {
                let last = with_example(view, span);
                index = last + 1;
                found.push(TokSpan { last, ..span });
            }
            None => index += 1,
        }
    }
    found
}

/// "… six seven t for tango": the word that says which letter ends a code.
fn with_example(view: &View<'_>, span: TokSpan) -> usize {
    let word = match (view.text_at(span.last + 1), view.text_at(span.last + 2)) {
        ("as", "in") => span.last + 3,
        ("for" | "de" | "like", _) => span.last + 2,
        _ => return span.last,
    };
    let letter = view.text_at(span.last);
    let meant = letter.len() == 1 && view.text_at(word).len() > 1 && view.text_at(word).starts_with(letter);
    if meant { word } else { span.last }
}

fn code_at(view: &View<'_>, index: usize, topic: &impl Fn(usize) -> Vec<Topic>) -> Option<TokSpan> {
    let tok = view.tok(index)?;
    let text = view.text(tok);
    if let Some(last) = glued_id(view, index) {
        return Some(TokSpan { kind: Kind::NationalId, first: index, last });
    }
    let starts = match tok.piece {
        Piece::Digits => text.len() <= 9,
        Piece::Word => text.len() <= 4 && text.is_ascii() || tok.meaning.number.is_some(),
        _ => false,
    };
    let touched = index > 0
        && view.touches(index - 1, index)
        && view.tok(index - 1).is_some_and(|before| matches!(before.piece, Piece::Word | Piece::Digits));
    if !starts || touched {
        return None;
    }
    let letters_first = tok.piece == Piece::Word && tok.meaning.number.is_none();
    // Everything below needs digits close by.
    if !view
        .toks
        .get(index..index + 4.min(view.toks.len() - index))
        .is_some_and(|near| near.iter().any(super::view::Tok::is_number))
    {
        return None;
    }
    let code = read(view, index);
    if code.chars.len() < 5 {
        return None;
    }
    let span = |kind: Kind, last: usize| Some(TokSpan { kind, first: index, last });
    if letters_first && let Some(found) = iban(&code, index, topic) {
        return span(Kind::Iban, found);
    }
    let digit_reading = |text: &str| text.replace('o', "0");
    if letters_first && let Some((text, last)) = code.prefix(9) {
        let (head, tail) = text.split_at(2);
        if checks::nino(&text) || checks::nino(&format!("{head}{}", digit_reading(tail))) {
            return span(Kind::NationalId, last);
        }
    }
    if !topic(index).contains(&Topic::Benign) {
        if let Some((text, last)) = code.prefix(9)
            && (checks::dni(&text) || checks::dni(&digit_reading(&text)))
        {
            return span(Kind::NationalId, last);
        }
        if tok.piece == Piece::Digits || topic(index).contains(&Topic::NationalId) {
            for length in [9, 8] {
                if let Some((text, last)) = code.prefix(length)
                    && checks::ppsn(&text)
                {
                    return span(Kind::NationalId, last);
                }
            }
        }
    }
    if topic(index).contains(&Topic::NationalId)
        && let Some(last) = announced_id(view, &code, index)
    {
        return span(Kind::NationalId, last);
    }
    if letters_first {
        return postcode(view, &code, index, topic).and_then(|last| span(Kind::Address, last));
    }
    None
}

/// An id that letters and digits in a fixed order tell, written without spaces: India's PAN, Mexico's CURP and RFC.
fn glued_id(view: &View<'_>, index: usize) -> Option<usize> {
    let begins = |tok: &&Tok| tok.piece == Piece::Word && matches!(tok.end - tok.start, 4 | 5);
    let free = |at: usize| view.tok(at).is_some_and(|tok| matches!(tok.piece, Piece::Word | Piece::Digits));
    view.tok(index).filter(begins).filter(|_| index == 0 || !view.touches(index - 1, index))?;
    let mut last = index;
    while last - index < 4 && view.touches(last, last + 1) && free(last + 1) {
        last += 1;
    }
    let (begin, end) = (view.tok(index)?.start, view.tok(last)?.end);
    view.folded.text().get(begin..end).is_some_and(checks::letters_and_digits_id).then_some(last)
}

/// What was asked for as an id and has letters and digits is one, whichever country's: a licence, a passport, a mistyped number.
/// A longer word inside ends it.
fn announced_id(view: &View<'_>, code: &Code, first: usize) -> Option<usize> {
    let apart = |at: usize| {
        at > first
            && view.tok(at).is_some_and(|tok| {
                tok.piece == Piece::Word
                    && tok.meaning.number.is_none()
                    && tok.end - tok.start > 1
                    && !view.touches(at - 1, at)
            })
    };
    let length = code.toks.iter().position(|at| apart(*at)).unwrap_or(code.toks.len());
    let chars = code.chars.get(..length)?;
    let digits = chars.bytes().filter(u8::is_ascii_digit).count();
    let letters = length - digits;
    let last = *code.toks.get(length.checked_sub(1)?)?;
    ((6..=18).contains(&length) && digits >= 4 && (1..=8).contains(&letters)).then_some(last)
}

fn iban(code: &Code, index: usize, topic: &impl Fn(usize) -> Vec<Topic>) -> Option<usize> {
    let length = checks::iban_length(code.chars.get(..2)?)?;
    let tail_digits = |text: &str| {
        format!("{}{}", text.get(..2).unwrap_or_default(), text.get(2..).unwrap_or_default().replace('o', "0"))
    };
    if let Some((text, last)) = code.prefix(length)
        && (checks::mod97(&text) || checks::mod97(&tail_digits(&text)))
    {
        return Some(last);
    }
    // Announced as one, a misheard or mistyped IBAN is a secret too.
    let check_digits =
        tail_digits(&code.chars).get(2..4).is_some_and(|two| two.bytes().all(|byte| byte.is_ascii_digit()));
    if check_digits && code.chars.len() >= 4 && topic(index).contains(&Topic::Iban) {
        return code.toks.get(code.toks.len().min(length) - 1).copied();
    }
    None
}

/// Postcodes: written in capitals anywhere, spelled or in small letters where an address is the topic.
fn postcode(view: &View<'_>, code: &Code, index: usize, topic: &impl Fn(usize) -> Vec<Topic>) -> Option<usize> {
    let asked = topic(index).iter().any(|topic| matches!(topic, Topic::Address | Topic::Postcode));
    let written = view.tok(index).is_some_and(|tok| tok.capital) && !topic(index).contains(&Topic::Benign);
    if !asked && !written {
        return None;
    }
    for length in [7, 6, 5] {
        let Some((text, last)) = code.prefix(length) else { continue };
        // Written without a topic: two groups, the second of them of three characters.
        let groups = asked || (last - index <= 4 && view.touches(index, index + 1));
        if groups
            && (checks::uk_postcode(&text)
                || checks::uk_postcode(&inward_digits(&text))
                || checks::canada_postcode(&text)
                || checks::eircode(&text))
        {
            return Some(last);
        }
    }
    None
}

fn inward_digits(text: &str) -> String {
    text.chars()
        .enumerate()
        .map(|(index, c)| if c == 'o' && index > 0 && index + 2 < text.len() { '0' } else { c })
        .collect()
}
