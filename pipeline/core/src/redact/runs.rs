//! Runs of digits, written or spoken: `4000 0026`, `four oh oh two`, `forty seven double one`.

use super::lexicon::{Is, Number};
use super::view::{Piece, View};

/// A run of numbers that are read one after the other.
#[derive(Debug, Clone)]
pub(super) struct Run {
    /// First and last token.
    pub first: usize,
    pub last: usize,
    /// Place in the folded text.
    pub start: usize,
    pub end: usize,
    /// The digits in order.
    pub digits: String,
    /// Lengths of the written groups or spoken numbers.
    pub groups: Vec<u8>,
    pub spoken: bool,
    pub slash: bool,
    pub dash: bool,
    pub point: bool,
    /// A price, a time, a share, a duration.
    pub amount: bool,
    /// Letters touch it, as in a model number.
    pub glued: bool,
    /// Preceded by `+` or followed by nothing a price has: an international number.
    pub plus: bool,
}

/// Longest run that is of interest; longer ones are cut, so that a wall of digits stays linear.
const LONGEST: usize = 64;

/// What has been read of a spoken number that may go on.
#[derive(Clone, Copy, PartialEq)]
enum Pending {
    None,
    /// Takes a digit: twenty.
    Tens(u64),
    /// Takes a scale: four (hundred).
    Small(u64),
    /// Takes tens and digits: four hundred, two thousand.
    Large(u64),
    /// Two thousand five: takes "hundred" for the last digit.
    LargeSmall(u64, u64),
}

struct Builder {
    run: Run,
    pending: Pending,
    times: u8,
}

impl Builder {
    fn new(first: usize, start: usize) -> Self {
        Self {
            run: Run {
                first,
                last: first,
                start,
                end: start,
                digits: String::new(),
                groups: Vec::new(),
                spoken: false,
                slash: false,
                dash: false,
                point: false,
                amount: false,
                glued: false,
                plus: false,
            },
            pending: Pending::None,
            times: 1,
        }
    }

    fn push(&mut self, digits: &str) {
        let mut length = 0u8;
        for _ in 0..self.times.max(1) {
            self.run.digits.push_str(digits);
            length = length.saturating_add(u8::try_from(digits.len()).unwrap_or(u8::MAX));
        }
        self.run.groups.push(length);
        self.times = 1;
    }

    fn flush(&mut self) {
        match std::mem::replace(&mut self.pending, Pending::None) {
            Pending::None => {}
            Pending::Tens(value) | Pending::Small(value) | Pending::Large(value) => self.push(&value.to_string()),
            Pending::LargeSmall(large, small) => self.push(&(large + small).to_string()),
        }
    }

    fn spoken(&mut self, number: Number) {
        self.run.spoken = true;
        match (number, self.pending) {
            (Number::Digit(digit), Pending::Tens(tens)) if digit > 0 => {
                self.pending = Pending::Small(tens + u64::from(digit));
            }
            (Number::Digit(digit), Pending::Large(large)) if large >= 1_000 && large % 1_000 == 0 && digit > 0 => {
                self.pending = Pending::LargeSmall(large, u64::from(digit));
            }
            (Number::Scale(100), Pending::LargeSmall(large, small)) => {
                self.pending = Pending::Large(large + small * 100);
            }
            (Number::Digit(digit), _) => {
                self.flush();
                self.pending = Pending::Small(u64::from(digit));
                if digit == 0 || self.times > 1 {
                    self.flush();
                }
            }
            (Number::Teen(value) | Number::Tens(value), Pending::Large(large)) if large % 100 == 0 => {
                self.pending = Pending::Tens(large + u64::from(value));
            }
            (Number::Teen(value), _) => {
                self.flush();
                self.pending = Pending::Small(u64::from(value));
            }
            (Number::Tens(value), _) => {
                self.flush();
                self.pending = Pending::Tens(u64::from(value));
            }
            (Number::Hundreds(value), Pending::Large(large)) if large % 1000 == 0 => {
                self.pending = Pending::Large(large + u64::from(value));
            }
            (Number::Hundreds(value), _) => {
                self.flush();
                self.pending = Pending::Large(u64::from(value));
            }
            (Number::Scale(scale), Pending::Small(value) | Pending::Tens(value) | Pending::Large(value))
                if value < u64::from(scale) && value > 0 =>
            {
                self.pending = Pending::Large(value.saturating_mul(u64::from(scale)));
            }
            (Number::Scale(scale), _) => {
                self.flush();
                self.pending = Pending::Large(u64::from(scale));
            }
            (Number::Times(times), _) => {
                self.flush();
                self.times = times;
            }
        }
    }
}

/// All runs of a turn, in order.
pub(super) fn runs(view: &View<'_>) -> Vec<Run> {
    let mut found = Vec::new();
    if view.numbers == 0 {
        return found;
    }
    let mut index = 0;
    while let Some(tok) = view.tok(index) {
        if !begins(view, index) {
            index += 1;
            continue;
        }
        let mut builder = Builder::new(index, tok.start);
        let mut at = index;
        loop {
            take(view, at, &mut builder);
            match next_number(view, at, &builder) {
                Some(next) if builder.run.digits.len() < LONGEST => {
                    connect(view, at, next, &mut builder.run);
                    at = next;
                }
                _ => break,
            }
        }
        builder.flush();
        let mut run = builder.run;
        run.last = at;
        run.end = view.tok(at).map_or(run.end, |tok| tok.end);
        surroundings(view, &mut run);
        if !run.digits.is_empty() {
            found.push(run);
        }
        index = at + 1;
    }
    found
}

/// Whether a run can begin here. "Oh" and "o" are numbers only in front of one; "double" too.
fn begins(view: &View<'_>, index: usize) -> bool {
    let Some(tok) = view.tok(index) else { return false };
    if tok.piece == Piece::Digits {
        return true;
    }
    let next_is_number =
        || view.tok(index + 1).is_some_and(|next| next.piece == Piece::Digits || next.meaning.number.is_some());
    match tok.meaning.number {
        None => false,
        Some(Number::Times(_)) => next_is_number(),
        Some(_) if matches!(view.text(tok), "oh" | "o" | "once" | "un" | "una") => next_is_number(),
        Some(_) => true,
    }
}

fn take(view: &View<'_>, index: usize, builder: &mut Builder) {
    let Some(tok) = view.tok(index) else { return };
    if tok.piece == Piece::Digits {
        builder.flush();
        let digits: String = view
            .text(tok)
            .chars()
            .filter_map(|c| c.to_digit(10))
            .filter_map(|d| char::from_digit(d, 10))
            .take(LONGEST)
            .collect();
        builder.push(&digits);
    } else if let Some(number) = tok.meaning.number {
        builder.spoken(number);
    }
}

/// The next token of the same run, if what stands between allows it.
fn next_number(view: &View<'_>, at: usize, builder: &Builder) -> Option<usize> {
    let here = view.tok(at)?;
    let spoken_here = here.piece != Piece::Digits;
    let mut next = at + 1;
    let (mut symbols, mut fillers, mut comma, mut slash, mut point) = (0, 0, false, false, false);
    loop {
        let tok = view.tok(next)?;
        if tok.piece == Piece::Digits || tok.meaning.number.is_some() {
            break;
        }
        match view.text(tok) {
            "-" | "(" | ")" | "+" | "_" | "・" => symbols += 1,
            "/" => {
                symbols += 1;
                slash = true;
            }
            "の" => symbols += 1,
            "." => {
                symbols += 1;
                point = true;
                // A point with space after it ends a sentence.
                if !view.touches(at, next) || !view.touches(next, next + 1) {
                    return None;
                }
            }
            "," => {
                symbols += 1;
                comma = true;
            }
            "y" | "of" | "del" if spoken_here => fillers += 1,
            "and" if matches!(builder.pending, Pending::Large(_)) => fillers += 1,
            _ if tok.is(Is::Filler) && tok.piece == Piece::Word && !matches!(view.text(tok), "then") => fillers += 1,
            _ => return None,
        }
        if symbols > 2 || fillers > 2 {
            return None;
        }
        next += 1;
    }
    let tok = view.tok(next)?;
    let spoken_next = tok.piece != Piece::Digits;
    if comma && (!spoken_here || !spoken_next) {
        return None;
    }
    // "First four 5555": the word belongs to the sentence.
    if spoken_here && !spoken_next && tok.end - tok.start >= 3 {
        return None;
    }
    // "oh" in front of no number is a sigh.
    let number_at =
        |at: usize| view.tok(at).is_some_and(|tok| tok.piece == Piece::Digits || tok.meaning.number.is_some());
    if matches!(view.text(tok), "oh" | "o")
        && comma
        && !number_at(next + 1)
        && !(view.text_at(next + 1) == "," && number_at(next + 2))
    {
        return None;
    }
    // "Twenty nine of the twelve": only numbers that are spoken are held together by a word.
    if !spoken_next && fillers > 0 && view.text_at(next - 1) == "of" {
        return None;
    }
    if !spoken_here && !spoken_next && !slash && !point {
        // A card number is complete, a date follows: 4012… 03/28.
        if builder.run.groups.last().is_some_and(|length| *length >= 12) && symbols == 0 {
            return None;
        }
        if builder.run.slash && symbols == 0 {
            return None;
        }
        if symbols == 0 && !builder.run.digits.is_empty() && begins_slash_date(view, next) {
            return None;
        }
    }
    Some(next)
}

fn begins_slash_date(view: &View<'_>, index: usize) -> bool {
    view.tok(index).is_some_and(|tok| tok.end - tok.start <= 2)
        && view.touches(index, index + 1)
        && view.text_at(index + 1) == "/"
}

fn connect(view: &View<'_>, at: usize, next: usize, run: &mut Run) {
    for between in at + 1..next {
        match view.text_at(between) {
            "/" | "slash" | "barra" | "stroke" => run.slash = true,
            "-" => run.dash = true,
            "." => run.point = true,
            _ => {}
        }
    }
}

/// What stands right before and after a run.
fn surroundings(view: &View<'_>, run: &mut Run) {
    let before = view.before(run.first).map(|tok| view.text(tok)).unwrap_or_default();
    let touching_before = run.first > 0 && view.touches(run.first - 1, run.first);
    let after = view.text_at(run.last + 1);
    let touching_after = view.touches(run.last, run.last + 1);
    if matches!(before, "$" | "€" | "£" | "¥" | "￥" | "usd" | "eur" | "gbp")
        || matches!(after, "$" | "€" | "£" | "%" | "°" | "％")
    {
        run.amount = true;
    }
    if touching_after && matches!(after, ":" | "：")
        || touching_before && matches!(before, ":" | "：") && run.digits.len() <= 2
    {
        run.amount = run.amount || (run.digits.len() <= 2);
    }
    if view.tok(run.last + 1).is_some_and(|tok| tok.is(Is::Amount))
        || view.toks.get(run.last + 1..run.last + 3).is_some_and(|two| {
            two.iter().all(|tok| tok.piece == Piece::Ideograph)
                && matches!(two_text(view, run.last + 1), "時間" | "日間" | "年間" | "号室")
        })
    {
        run.amount = true;
    }
    // A price: one point and two decimals, and nothing else.
    if !run.spoken && run.point && run.groups.len() == 2 && run.groups.last().is_some_and(|decimals| *decimals <= 2) {
        run.amount = true;
    }
    let word = |index: Option<usize>| {
        index
            .and_then(|index| view.tok(index))
            .is_some_and(|tok| tok.piece == Piece::Word && tok.meaning.number.is_none())
    };
    let word = |index: Option<usize>| {
        word(index)
            && index.is_some_and(|index| view.text_at(index).chars().all(|c| !crate::text::tokens::without_spaces(c)))
    };
    run.glued = (touching_before && word(run.first.checked_sub(1))) || (touching_after && word(Some(run.last + 1)));
    if before == "+" && touching_before {
        run.plus = true;
        run.first -= 1;
        run.start = view.tok(run.first).map_or(run.start, |tok| tok.start);
    }
    if view.text_at(run.first.wrapping_sub(1)) == "(" && view.text_at(run.first + 1) == ")" {
        run.first -= 1;
        run.start = view.tok(run.first).map_or(run.start, |tok| tok.start);
    }
}

fn two_text<'v>(view: &'v View<'_>, index: usize) -> &'v str {
    let (Some(first), Some(second)) = (view.tok(index), view.tok(index + 1)) else { return "" };
    view.folded.text().get(first.start..second.end).unwrap_or_default()
}
