//! Whether words have the form of a name, by letter case, lists and what stands around them.

use super::known_names::{Named, PARTICLES, possessed};
use super::labels;
use super::lexicon::{Is, meaning};
use super::view::{Piece, Tok, View};

/// Most words of a name.
pub(super) const LONGEST: usize = 4;

/// How sure it is that a name is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sure {
    /// "My name is", or an answer to the question for it.
    Name,
    /// "I'm", "it's".
    Maybe,
    /// "This is": a caller who says who they are.
    Caller,
    /// "Mrs".
    Title,
}

/// The name that begins at a token, after fillers and titles.
pub(super) fn name_from(view: &View<'_>, from: usize, sure: Sure) -> Option<Named> {
    let mut first = from;
    let mut skipped = 0;
    while let Some(tok) = view.tok(first) {
        let skip = tok.is(Is::Filler)
            || tok.is(Is::Title)
            || (sure == Sure::Name
                && matches!(view.text(tok), ":" | "\"" | "“" | "is" | "," | ".")
                && skipped < 2
                && first == from + skipped)
            || (sure == Sure::Title && view.text(tok) == ".");
        if !skip
            || skipped >= 3
            || (view.text(tok) == "." && !view.before(first).is_some_and(|before| before.is(Is::Title)))
        {
            break;
        }
        skipped += 1;
        first += 1;
    }
    name_at(view, first, sure)
}

/// The name that begins right at a token.
pub(super) fn name_at(view: &View<'_>, first: usize, sure: Sure) -> Option<Named> {
    let mut last = None;
    let mut index = first;
    while index - first < LONGEST * 2 {
        let position = usize::from(last.is_some());
        let Some(tok) = view.tok(index) else { break };
        if view.text(tok) == "-"
            && last.is_some_and(|last| last + 1 == index)
            && view.touches(index - 1, index)
            && view.touches(index, index + 1)
            || view.text(tok) == "・" && last.is_some()
        {
            index += 1;
            continue;
        }
        if tok.piece == Piece::Word
            && PARTICLES.contains(&view.text(tok))
            && (tok.capital || last.is_some() || sure == Sure::Name)
            && particle_leads(view, index, sure)
        {
            index += 1;
            continue;
        }
        if !is_name_word(view, index, position, sure) {
            break;
        }
        last = Some(index);
        index += 1;
        // A possessive or the end of a clause ends a name.
        if view.text(tok).ends_with("'s") {
            break;
        }
    }
    let last = last?;
    let (begin, end) = (view.tok(first)?, view.tok(last)?);
    if matches!(sure, Sure::Maybe | Sure::Caller) && labels::is_business(view, first, last) {
        return None;
    }
    if matches!(sure, Sure::Maybe | Sure::Caller)
        && (!stands_as_name(view, first, last) || is_company(view, first, last))
    {
        return None;
    }
    Some(Named { start: begin.start, end: end.start + possessed(view.text(end)).len() })
}

pub(super) fn particle_leads(view: &View<'_>, index: usize, sure: Sure) -> bool {
    let next =
        |at: usize| is_name_word(view, at, 1, sure) && view.tok(at).is_some_and(|tok| view.uncased || tok.capital);
    next(index + 1) || (PARTICLES.contains(&view.text_at(index + 1)) && next(index + 2))
}

/// Whether a token can be the first (`position` 0) or a later word of a name.
pub(super) fn is_name_word(view: &View<'_>, index: usize, position: usize, sure: Sure) -> bool {
    let Some(tok) = view.tok(index) else { return false };
    if tok.piece != Piece::Word {
        return false;
    }
    let text = possessed(view.text(tok));
    let known = tok.is(Is::GivenName)
        || tok.is(Is::Surname)
        || text.len() < view.text(tok).len() && meaning(text).is(Is::GivenName);
    let length = text.chars().count();
    if view.touches(index, index + 1)
        && view.tok(index + 1).is_some_and(|next| next.piece == Piece::Digits || view.text(next) == "@")
    {
        return false;
    }
    let word = tok.is(Is::Common)
        || tok.is(Is::Stop)
        || tok.is(Is::Filler)
        || tok.is(Is::Greeting)
        || tok.meaning.number.is_some();
    if length == 1 {
        // An initial: in front of a name or inside one.
        let followed = view.tok(index + 1).is_some_and(|next| {
            next.piece == Piece::Word && next.capital && next.end - next.start > 2 && !next.is(Is::Common)
        });
        return tok.capital
            && !view.uncased
            && view.text(tok) != "i"
            && (position > 0 || sure == Sure::Name && followed);
    }
    if !view.uncased {
        if !tok.capital {
            return known && !tok.is(Is::NameWord) && !word && sure == Sure::Name && position == 0;
        }
        if position == 0 {
            // Orlando, Florence: a place, unless a family name follows where a name is expected.
            let followed = sure == Sure::Name
                && !tok.is(Is::Stop)
                && view.tok(index + 1).is_some_and(|next| {
                    next.piece == Piece::Word && next.capital && !next.is(Is::Common) && !next.is(Is::Stop)
                });
            return known || tok.is(Is::NameWord) && !tok.is(Is::Stop) || !word || followed;
        }
        return known || !tok.is(Is::Stop) && !tok.is(Is::Greeting);
    }
    let next_closes = |index: usize| {
        view.tok(index + 1).is_none_or(|next| {
            next.piece == Piece::Symbol || next.is(Is::Surname) || matches!(view.text(next), "and" | "y")
        })
    };
    if position == 0 {
        match sure {
            // Without letter case a given name, or two words in a row that are none.
            Sure::Maybe => tok.is(Is::GivenName) && !tok.is(Is::NameWord),
            Sure::Caller => {
                let pair = |tok: &Tok| {
                    let word = tok.is(Is::Common)
                        || tok.is(Is::Stop)
                        || tok.is(Is::Filler)
                        || tok.is(Is::Greeting)
                        || tok.meaning.number.is_some();
                    tok.piece == Piece::Word && !word && tok.end - tok.start > 2
                };
                tok.is(Is::GivenName) && !tok.is(Is::NameWord)
                    || !word && length > 2 && !denies(text) && view.tok(index + 1).is_some_and(pair)
            }
            Sure::Title => tok.is(Is::Surname) || tok.is(Is::GivenName) || (!word && length >= 3),
            Sure::Name => {
                (tok.is(Is::GivenName) && !tok.is(Is::NameWord))
                    || (tok.is(Is::Surname) && !word)
                    || (!word && length >= 3 && !denies(text))
                    || (tok.is(Is::NameWord) && !tok.is(Is::Stop) && next_closes(index))
            }
        }
    } else {
        !tok.is(Is::Stop) && !tok.is(Is::Greeting) && (known || tok.is(Is::NameWord) || !word)
    }
}

/// "Riverbend Utilities": the last word is a word and no family name.
pub(super) fn is_company(view: &View<'_>, first: usize, last: usize) -> bool {
    last > first
        && view.tok(last).is_some_and(|tok| {
            tok.is(Is::Common) && !tok.is(Is::Surname) && !tok.is(Is::GivenName) && !tok.is(Is::NameWord)
        })
}

pub(super) fn denies(text: &str) -> bool {
    text.ends_with("n't") || text.contains('\'')
}

/// After "this is" a name stands alone, with a family name, or in front of a word that goes with names.
pub(super) fn stands_as_name(view: &View<'_>, first: usize, last: usize) -> bool {
    let Some(tok) = view.tok(first) else { return false };
    let text = view.text(tok);
    let nationality =
        !tok.is(Is::GivenName) && ["ish", "ese", "ian", "ican", "ean"].iter().any(|end| text.ends_with(end));
    if nationality {
        return false;
    }
    let next = view.text_at(last + 1);
    let closes = matches!(
        next,
        "" | ","
            | "."
            | "!"
            | ";"
            | "?"
            | "from"
            | "here"
            | "again"
            | "calling"
            | "speaking"
            | "with"
            | "at"
            | "and"
            | "de"
            | "y"
            | "in"
            | "by"
            | "。"
    );
    if tok.is(Is::GivenName) && !tok.is(Is::NameWord) {
        return true;
    }
    if tok.is(Is::NameWord) && tok.is(Is::Common) && last == first {
        return closes && next != "at" && next != "in" && next != "and";
    }
    // An unknown word alone, as in "this is Comcast", is no name; a calling person is.
    last > first
        || matches!(next, "again" | "calling" | "speaking" | "here" | "from" | "by")
        || (closes && matches!(next, "" | "." | "," | "!") && first == last && is_short(view) && !tok.is(Is::Common))
}

pub(super) fn is_short(view: &View<'_>) -> bool {
    view.toks.len() <= 14
}
