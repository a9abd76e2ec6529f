//! What a conversation has asked for and had so far, and what a token is about because of it.

use aftercall_schemas::ParticipantRole;

use super::address_end;
use super::detect::Found;
use super::evidence_model::Shown;
use super::opinions::Collected;
use super::settings::{Kind, RedactionSettings};
use super::topics::Topic;
use super::view::{Piece, View};
use crate::text::phrases::Hit;

/// Turns that a question is remembered for.
const REMEMBERED: usize = 7;

/// Turns after an answer in which more of it may come.
const REMEMBERED_ANSWERED: usize = 4;

/// Spans that are looked back at for the other part of an address: it is not far, and there may be many.
const RECENT: usize = 16;

/// Most numbers that are known again.
const MOST_SEEN: usize = 24;

/// A turn and what has been found in it.
pub(super) struct Page<'a> {
    pub(super) role: ParticipantRole,
    pub(super) view: View<'a>,
    pub(super) claimed: Vec<bool>,
    /// Spans of the folded text.
    pub(super) spans: Vec<Found>,
    /// The kinds of these, each once: there may be as many spans as words.
    pub(super) kinds: Vec<Kind>,
    /// A name was asked for in the turns before.
    pub(super) name_asked: bool,
    /// What evidence showed, with the answer to whether a name was asked for: the same text gives the same again.
    pub(super) shown: Option<(bool, Vec<Shown>)>,
}

impl Page<'static> {
    pub(super) fn new(role: ParticipantRole, content: &str, settings: &RedactionSettings) -> Self {
        Self {
            role,
            view: View::new(content, settings),
            claimed: Vec::new(),
            spans: Vec::new(),
            kinds: Vec::new(),
            name_asked: false,
            shown: None,
        }
    }
}

impl Page<'_> {
    /// Forgets what was found; only masks are taken then.
    pub(super) fn clear(&mut self) {
        self.claimed.clear();
        self.claimed.extend(self.view.toks.iter().map(|tok| tok.piece == Piece::Mask));
        self.spans.clear();
        self.kinds.clear();
    }

    /// Takes tokens for a kind, unless one of them is taken already.
    pub(super) fn claim(&mut self, kind: Kind, first: usize, last: usize) -> bool {
        let (Some(begin), Some(end)) = (self.view.tok(first), self.view.tok(last)) else { return false };
        let span = Found { kind, start: begin.start, end: end.end };
        self.claim_span(span, first, last)
    }

    pub(super) fn claim_span(&mut self, span: Found, first: usize, last: usize) -> bool {
        match self.claimed.get_mut(first..=last) {
            Some(tokens) if tokens.iter().all(|claimed| !claimed) => tokens.fill(true),
            _ => return false,
        }
        if !self.kinds.contains(&span.kind) {
            self.kinds.push(span.kind);
        }
        self.spans.push(span);
        true
    }

    /// Takes a byte span of the folded text.
    pub(super) fn claim_bytes(&mut self, kind: Kind, start: usize, end: usize) -> bool {
        if start >= end {
            return false;
        }
        let first = self.view.toks.partition_point(|tok| tok.end <= start);
        let after = self.view.index_at(end);
        after > first && self.claim_span(Found { kind, start, end }, first, after - 1)
    }

    /// Joins the address that begins at a token, a postcode, to the one that ended before its town.
    pub(super) fn join_address(&mut self, first: usize) {
        let Some(begin) = self.view.tok(first).map(|tok| tok.start) else { return };
        let recent = || self.spans.iter().rev().take(RECENT);
        let earlier = recent().filter(|span| span.kind == Kind::Address && span.end < begin);
        let Some(before) = earlier.max_by_key(|span| span.end).copied() else { return };
        let Some(last) = self.view.index_at(before.end).checked_sub(1) else { return };
        if !self.is_free(last + 1, first.saturating_sub(1)) || !address_end::closes_gap(&self.view, last, first) {
            return;
        }
        let Some(at) = self.spans.iter().rposition(|span| span.start == begin) else { return };
        let end = self.spans.remove(at).end;
        if let Some(span) = self.spans.iter_mut().rev().find(|span| **span == before) {
            span.end = end;
        }
        if let Some(tokens) = self.claimed.get_mut(last + 1..first) {
            tokens.fill(true);
        }
    }

    /// Takes tokens for an address, those of addresses that lie in it with them.
    pub(super) fn widen_address(&mut self, first: usize, last: usize) {
        let (Some(begin), Some(end)) = (self.view.tok(first), self.view.tok(last)) else { return };
        let (mut start, mut stop) = (begin.start, end.end);
        let touched = |span: &Found| span.kind == Kind::Address && span.start < stop && start < span.end;
        for span in self.spans.iter().copied().filter(touched).collect::<Vec<_>>() {
            start = start.min(span.start);
            stop = stop.max(span.end);
        }
        self.spans.retain(|span| !(span.kind == Kind::Address && start <= span.start && span.end <= stop));
        if let Some(tokens) = self.claimed.get_mut(first..=last) {
            tokens.fill(true);
        }
        self.spans.push(Found { kind: Kind::Address, start, end: stop });
    }

    pub(super) fn is_free(&self, first: usize, last: usize) -> bool {
        self.claimed.get(first..=last).is_some_and(|tokens| tokens.iter().all(|claimed| !claimed))
    }
}

/// A part of a number that waits for the rest.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) page: usize,
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) digits: String,
    pub(super) role: ParticipantRole,
    pub(super) kind: Option<Kind>,
}

/// What has been asked for and not been over since.
#[derive(Default)]
pub(super) struct Dialogue {
    pub(super) asked: Vec<Topic>,
    pub(super) asker: Option<ParticipantRole>,
    pub(super) age: usize,
    pub(super) answered: bool,
    /// Turns since a card was the topic.
    pub(super) since_card: Option<usize>,
    pub(super) parts: Vec<Part>,
    /// Numbers that are known, so that a read-back is what it repeats; none for a number that is no secret.
    pub(super) seen: Vec<(String, Option<Kind>)>,
    /// Where a model is trained: every number with its evidence.
    pub(super) collected: Option<Vec<Collected>>,
    /// The same for pieces that may be addresses.
    pub(super) collected_addresses: Option<Vec<Collected>>,
}

impl Dialogue {
    pub(super) fn asks_of(&self, role: ParticipantRole) -> &[Topic] {
        let limit = if self.answered { REMEMBERED_ANSWERED } else { REMEMBERED };
        if self.age > limit || self.asker == Some(role) && self.age > 2 { &[] } else { &self.asked }
    }

    /// Remembers a number that is long enough to be known again.
    pub(super) fn saw(&mut self, digits: &str, kind: Option<Kind>) {
        if digits.len() >= 5 {
            if self.seen.len() >= MOST_SEEN {
                self.seen.remove(0);
            }
            self.seen.push((digits.to_owned(), kind));
        }
    }

    pub(super) fn is_card(&self) -> bool {
        self.since_card.is_some_and(|turns| turns <= 6)
    }
}

/// What a token is about: the nearest phrases before it in its turn, else what was asked for.
pub(super) fn topics_at(view: &View<'_>, index: usize, asked: &[Topic]) -> Vec<Topic> {
    let byte = view.tok(index).map_or(usize::MAX, |tok| tok.start);
    let Some(cue) = view.cue_before(byte) else { return asked.to_vec() };
    let at = view.cues.partition_point(|other| other.end <= byte).saturating_sub(1);
    let other = at.checked_sub(1).and_then(|before| view.cues.get(before));
    match (cue.kind, other) {
        // "The social on the application": where it stands, not what it is.
        (Topic::Benign | Topic::Soft, Some(other)) if is_place(view, cue.start) && is_specific(other.kind) => {
            vec![other.kind]
        }
        (Topic::Benign | Topic::LastFour | Topic::Soft, _) | (_, None) => vec![cue.kind],
        (_, Some(other)) if other.kind == Topic::Benign => vec![cue.kind],
        (_, Some(other)) => vec![cue.kind, other.kind],
    }
}

/// Whether "on the", "for your", "of my" stand before a phrase.
fn is_place(view: &View<'_>, byte: usize) -> bool {
    let index = view.index_at(byte);
    let word = |back: usize| index.checked_sub(back).map_or("", |at| view.text_at(at));
    matches!(word(1), "the" | "your" | "my" | "this" | "our" | "that")
        && matches!(word(2), "on" | "for" | "of" | "with" | "in" | "from" | "to")
        || matches!(word(1), "de" | "del" | "la" | "su" | "mi") && matches!(word(2), "en" | "de" | "del")
}

const fn is_specific(topic: Topic) -> bool {
    matches!(
        topic,
        Topic::Card
            | Topic::Account
            | Topic::Iban
            | Topic::Routing
            | Topic::Phone
            | Topic::NationalId
            | Topic::Pin
            | Topic::Postcode
            | Topic::BirthDate
            | Topic::Expiry
            | Topic::Cvv
    )
}

/// The word "name" inside of a mask asks for none.
fn is_name_mask(view: &View<'_>, cue: &Hit<Topic>) -> bool {
    let at = view.toks.partition_point(|tok| tok.end <= cue.start);
    cue.kind == Topic::Name && view.tok(at).is_some_and(|tok| tok.piece == Piece::Mask)
}

/// What the turn leaves for the turns after it.
pub(super) fn remember(page: &Page<'_>, role: ParticipantRole, dialogue: &mut Dialogue) {
    let view = &page.view;
    let mut topics: Vec<Topic> = view
        .cues
        .iter()
        .filter(|cue| !is_name_mask(view, cue))
        .map(|cue| cue.kind)
        .filter(|topic| !matches!(topic, Topic::Clear | Topic::Soft))
        .collect();
    topics.dedup();
    let only_last_four = topics.iter().all(|topic| *topic == Topic::LastFour);
    if view.cues.iter().any(|cue| matches!(cue.kind, Topic::Card | Topic::Cvv | Topic::Expiry)) {
        dialogue.since_card = Some(0);
    }
    if topics.is_empty() || only_last_four && !dialogue.asked.is_empty() && dialogue.age <= 3 {
        let cleared = view.cues.iter().any(|cue| cue.kind == Topic::Clear);
        let asks_something_else = view.asks() && view.words() >= 5 && dialogue.asker == Some(role);
        if cleared || asks_something_else {
            dialogue.asked.clear();
        }
        return;
    }
    // An answer that repeats the word ("the CVC? 415") does not ask anything.
    let answers = dialogue.asker.is_some_and(|asker| asker != role)
        && !view.asks()
        && dialogue.age <= 2
        && !dialogue.asked.is_empty();
    if answers && !(page.spans.is_empty() && page.view.masked.is_empty()) {
        return;
    }
    // "The number again" and a few words that ask nothing leave open what was asked before.
    if topics == [Topic::Number] && !dialogue.asked.is_empty() && dialogue.age <= 5 {
        dialogue.age = 0;
        return;
    }
    if dialogue.asker == Some(role) && !view.asks() && view.words() <= 4 && dialogue.age <= 3 {
        let before = std::mem::take(&mut dialogue.asked);
        topics.extend(before.into_iter().take(4));
    }
    dialogue.asked = topics;
    dialogue.asker = Some(role);
    dialogue.age = 0;
    dialogue.answered = false;
}
