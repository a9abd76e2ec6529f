//! Walks through a conversation and finds what is to be masked.
//!
//! What a number means is decided by the nearest phrase before it in its turn, else by what was asked for in the turns
//! before, else by its own form. Parts of a number that is read out over several turns are held until they are enough.

use aftercall_schemas::{ParticipantRole, Turn};

use super::address;
use super::codes::{TokSpan, codes};
use super::dialogue::{Dialogue, Page, remember, topics_at};
use super::evidence_model::{self, Shown};
use super::find::{addresses, birth_dates, emails, expiry_dates, passwords};
use super::known_names::{KnownNames, Named};
use super::lexicon::Is;
use super::name_parts;
use super::names;
use super::number_runs::number_run;
use super::opinions::{Collected, address_opinions, opinions};
use super::runs::runs;
use super::settings::{Kind, RedactionSettings};
use super::topics::Topic;
use super::view::{Piece, View};

/// A span of a text that holds personal data, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
}

/// What is to be masked in each turn: ascending spans without overlaps. `names` are names known from metadata.
pub fn spans(turns: &[Turn], names: &[String], settings: &RedactionSettings) -> Vec<Vec<Found>> {
    detected(&mut pages(turns, settings), names, settings)
}

/// The turns, ready for detection.
pub(super) fn pages(turns: &[Turn], settings: &RedactionSettings) -> Vec<Page<'static>> {
    turns.iter().map(|turn| Page::new(turn.role, &turn.content, settings)).collect()
}

/// The same for a text that stands alone.
pub(super) fn spans_of_text(text: &str, names: &[String], settings: &RedactionSettings) -> Vec<Found> {
    let mut pages = [Page::new(ParticipantRole::Unknown, text, settings)];
    detected(&mut pages, names, settings).pop().unwrap_or_default()
}

/// What is to be masked on each page.
pub(super) fn detected(pages: &mut [Page<'static>], names: &[String], settings: &RedactionSettings) -> Vec<Vec<Found>> {
    let mut known = KnownNames::of_metadata(names);
    walked(pages, &mut Dialogue::default(), &mut known);
    if !known.is_empty() {
        for page in pages.iter_mut() {
            for named in known.find(&page.view) {
                let named = name_parts::widened(&page.view, named);
                page.claim_bytes(Kind::Name, named.start, named.end);
            }
        }
    }
    pages.iter().map(|page| finished(page, settings)).collect()
}

/// Looks at every page in turn.
fn walked(pages: &mut [Page<'static>], dialogue: &mut Dialogue, known: &mut KnownNames) {
    pages.iter_mut().for_each(Page::clear);
    for number in 0..pages.len() {
        if let Some(so_far) = pages.get_mut(..=number) {
            turn(so_far, dialogue, known);
        }
    }
}

/// Every number of a conversation, and every piece that may be an address, with its evidence, as the rules alone see it.
pub(super) fn numbers(pages: &mut [Page<'static>]) -> [Vec<Collected>; 2] {
    let mut dialogue =
        Dialogue { collected: Some(Vec::new()), collected_addresses: Some(Vec::new()), ..Dialogue::default() };
    walked(pages, &mut dialogue, &mut KnownNames::default());
    [dialogue.collected.unwrap_or_default(), dialogue.collected_addresses.unwrap_or_default()]
}

/// Spans of the original text, in order.
fn finished(page: &Page<'_>, settings: &RedactionSettings) -> Vec<Found> {
    let mut spans: Vec<Found> = page
        .spans
        .iter()
        .filter(|span| settings.kinds.contains(&span.kind))
        .map(|span| Found {
            kind: span.kind,
            start: page.view.folded.origin(span.start),
            end: page.view.folded.origin(span.end),
        })
        .filter(|span| span.start < span.end)
        .collect();
    spans.sort_by_key(|span| span.start);
    let mut reached = 0;
    spans.retain(|span| {
        let free = span.start >= reached;
        if free {
            reached = span.end;
        }
        free
    });
    spans
}

/// Looks at the last page.
fn turn(pages: &mut [Page<'_>], dialogue: &mut Dialogue, known: &mut KnownNames) {
    let Some((number, role)) = pages.len().checked_sub(1).zip(pages.last().map(|page| page.role)) else { return };
    dialogue.age += 1;
    dialogue.since_card = dialogue.since_card.map(|turns| turns + 1);
    let asked = dialogue.asks_of(role).to_vec();
    let Some(page) = pages.last_mut() else { return };
    // What was masked before counts as what it was: asked for and answered.
    if page.view.has_mask(&[Kind::Card, Kind::Expiry, Kind::Cvv]) {
        dialogue.since_card = Some(0);
    }
    dialogue.answered |= !page.view.masked.is_empty() && !asked.is_empty();
    emails(page, if dialogue.asker == Some(role) { &[] } else { &asked });
    let codes: Vec<TokSpan> = codes(&page.view, |index| topics_at(&page.view, index, &asked));
    if page.view.numbers > 0 {
        for span in &codes {
            // A postcode is claimed with the address that it stands in, if there is one.
            if span.kind != Kind::Address {
                page.claim(span.kind, span.first, span.last);
            }
        }
        birth_dates(page, &asked);
        expiry_dates(page, &asked);
    }
    passwords(page, &asked, role, dialogue);
    addresses(page, &asked);
    if page.view.numbers > 0 {
        for span in codes.iter().filter(|span| span.kind == Kind::Address) {
            let first = address::before_postcode(&page.view, span.first)
                .filter(|first| page.is_free(*first, span.last))
                .unwrap_or(span.first);
            if page.claim(span.kind, first, span.last) {
                page.join_address(first);
            }
        }
    }
    let found = runs(&page.view);
    address_opinions(pages, &found, role, dialogue, &asked);
    if !found.is_empty() {
        for run in &found {
            number_run(pages, number, run, role, dialogue, &asked);
        }
        opinions(pages, &found, role, dialogue, &asked);
    }
    let Some(page) = pages.last_mut() else { return };
    let name_asked = asked.contains(&Topic::Name) && dialogue.asker != Some(role);
    page.name_asked = name_asked;
    let introduced = names::introduced(&page.view, name_asked, asked.is_empty());
    if page.shown.as_ref().is_none_or(|(asked, _)| *asked != name_asked) {
        page.shown = Some((name_asked, evidence_model::shown(&page.view, name_asked)));
    }
    let shown = page.shown.as_ref().map_or(&[][..], |(_, shown)| shown);
    for (named, sure) in with_shown(&page.view, introduced, shown) {
        if page.claim_bytes(Kind::Name, named.start, named.end) {
            // An unknown word in lower case may be a name here and a common word elsewhere.
            let shown = sure
                && page.view.toks.get(page.view.index_at(named.start)).is_some_and(|tok| {
                    tok.capital && !page.view.uncased
                        || tok.is(Is::GivenName)
                        || tok.is(Is::Surname)
                        || tok.piece == Piece::Ideograph
                        || !page.view.folded.text().is_ascii()
                });
            if shown {
                known.learn(page.view.folded.text().get(named.start..named.end).unwrap_or_default());
            }
        }
    }
    remember(page, role, dialogue);
}

/// Names that are introduced, widened by what evidence shows, and those that only evidence shows; whether each is sure enough
/// to be a name elsewhere too.
fn with_shown(view: &View<'_>, introduced: Vec<Named>, shown: &[Shown]) -> Vec<(Named, bool)> {
    let mut all: Vec<(Named, bool)> = introduced.into_iter().map(|named| (named, true)).collect();
    for Shown { named, sure } in shown {
        match all.iter_mut().find(|(known, _)| known.start < named.end && named.start < known.end) {
            Some((known, _)) => {
                known.start = known.start.min(named.start);
                known.end = known.end.max(named.end);
            }
            None => all.push((*named, *sure)),
        }
    }
    for (named, _) in &mut all {
        *named = name_parts::widened(view, *named);
    }
    all.sort_by_key(|(named, _)| named.start);
    // Two names that were widened into each other are one.
    all.dedup_by(|(later, _), (earlier, _)| {
        let one = later.start < earlier.end || name_parts::nicknamed(view, *earlier, *later);
        if one {
            earlier.end = earlier.end.max(later.end);
        }
        one
    });
    all
}
