//! Small parts of names around the words that were found: initials, hyphens, nicknames in quotation marks.

use super::known_names::{Named, PARTICLES};
use super::lexicon::Is;
use super::view::{Piece, View};

/// Most tokens that a name is widened by on a side.
const MOST: usize = 8;

/// A name with the initials in front of it and after it, and what a hyphen joins to it: "R. Jankowski", "Lakshmi K V",
/// "Farrant-Hughes".
pub(super) fn widened(view: &View<'_>, named: Named) -> Named {
    let (first, end) = (view.index_at(named.start), view.index_at(named.end));
    let (mut start, mut stop) = (named.start, named.end);
    let mut at = first;
    while first - at < MOST {
        // The dot after an initial, or the hyphen in front of a word.
        let joined = at >= 2 && view.text_at(at - 1) == "-" && view.touches(at - 1, at) && view.touches(at - 2, at - 1);
        let dotted = at >= 2 && matches!(view.text_at(at - 1), "." | "&");
        let part = at.checked_sub(1 + usize::from(joined || dotted));
        let fits = |part: &usize| joined && is_part(view, *part) || is_initial(view, *part) || titled(view, *part);
        let Some(part) = part.filter(fits).or_else(|| before_particles(view, at)) else { break };
        let Some(tok) = view.tok(part) else { break };
        start = tok.start;
        at = part;
    }
    let mut at = end;
    while at - end < MOST {
        let joined = view.text_at(at) == "-" && at > 0 && view.touches(at - 1, at) && view.touches(at, at + 1);
        let part = at + usize::from(joined);
        if !(joined && is_part(view, part) || !view.uncased && is_initial(view, part)) {
            break;
        }
        let Some(tok) = view.tok(part) else { break };
        stop = tok.end - if view.text(tok).ends_with("'s") { 2 } else { 0 };
        at = part + 1;
    }
    Named { start, end: stop }
}

/// "P. J. van der Merwe": the initial in front of the particles that end before a token.
fn before_particles(view: &View<'_>, at: usize) -> Option<usize> {
    let particles = (0..at).rev().take(3).take_while(|index| PARTICLES.contains(&view.text_at(*index))).count();
    let first = at - particles;
    let initial = first.checked_sub(1 + usize::from(first > 0 && view.text_at(first - 1) == "."))?;
    (particles > 0 && !view.uncased && is_initial(view, initial)).then_some(initial)
}

/// "MR T P OYELOWO": a single letter that only letters part from a title, where letter case shows nothing.
fn titled(view: &View<'_>, index: usize) -> bool {
    let single = |at: usize| view.tok(at).is_some_and(|tok| tok.piece == Piece::Word && tok.end - tok.start == 1);
    let before = (index.saturating_sub(3)..index).rev().find(|at| !single(*at));
    view.uncased && single(index) && before.and_then(|at| view.tok(at)).is_some_and(|tok| tok.is(Is::Title))
}

/// A word that a hyphen may join to a name.
fn is_part(view: &View<'_>, index: usize) -> bool {
    view.tok(index).is_some_and(|tok| {
        tok.piece == Piece::Word && (view.uncased || tok.capital) && !tok.is(Is::Stop) && tok.meaning.number.is_none()
    })
}

/// A single capital, or the short forms of given names that are written like one.
fn is_initial(view: &View<'_>, index: usize) -> bool {
    let touching = index > 0
        && view.touches(index - 1, index)
        && view.tok(index - 1).is_some_and(|before| matches!(before.piece, Piece::Word | Piece::Digits));
    !touching
        && !view.uncased
        && view.tok(index).is_some_and(|tok| {
            let text = view.text(tok);
            tok.piece == Piece::Word
                && tok.capital
                && (text.chars().count() == 1 && text != "i" && (text != "a" || view.text_at(index + 1) == ".")
                    || matches!(text, "st" | "ma" | "mª" | "jr" | "ph"))
        })
}

/// `Dashiell "Dash" Moreau`: whether nothing but a name in quotation marks, or nothing at all, stands between two names.
pub(super) fn nicknamed(view: &View<'_>, earlier: Named, later: Named) -> bool {
    let between = view.folded.text().get(earlier.end..later.start).unwrap_or_default();
    let opens = between.trim_start().starts_with(['"', '“', '(']);
    let single = between.trim().trim_matches(['"', '“', '”', '(', ')', ' ']).split(' ').count() <= 1;
    let quoted = between.trim_end().ends_with(['"', '”', ')']) || between.trim() == "\"";
    between.len() <= 24 && !between.contains('.') && opens && single && quoted
}
