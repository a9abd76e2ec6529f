//! What speaks for a number being personal, and for which kind: its form, what stands around it, what was asked for, what its
//! neighbours are. A linear model weighs it ([`super::verdict_model`]); it decides nothing here.

use std::sync::LazyLock;

use aftercall_schemas::ParticipantRole;
use foldhash::fast::FixedState;

use super::checks;
use super::dialogue::{Dialogue, Page};
use super::lexicon::Is;
use super::runs::Run;
use super::settings::Kind;
use super::topics::Topic;
use super::verdict_evidence::{Class, Slot, evidence};
use super::view::{Piece, View};

/// Words before a number that are looked through.
const NEAR: usize = 6;

/// Most spans of a turn that are looked through: time stays linear in a turn of nothing but numbers.
const MOST_SPANS: usize = 64;

/// Most words that may part two pieces of one number.
const GAP: usize = 5;

type Contexts = std::collections::HashMap<&'static str, Class, FixedState>;

static CONTEXTS: LazyLock<Contexts> = LazyLock::new(|| {
    let mut contexts = Contexts::default();
    for line in include_str!("../../resources/redaction/number_context.txt").lines() {
        let Some((class, words)) = line.split_once(": ").filter(|_| !line.starts_with('#')) else { continue };
        if let Some(class) = Class::of_name(class) {
            for word in words.split_whitespace() {
                contexts.entry(word).or_insert(class);
            }
        }
    }
    contexts
});

/// What is known of the conversation around a turn.
pub(super) struct Around<'a> {
    pub asked: &'a [Topic],
    pub age: usize,
    pub own_question: bool,
    pub role: ParticipantRole,
    /// Words of the turn.
    pub words: usize,
    /// Kinds that were found in the turns just before.
    pub earlier: Vec<Kind>,
}

impl<'a> Around<'a> {
    pub(super) fn of(dialogue: &Dialogue, pages: &[Page<'_>], role: ParticipantRole, asked: &'a [Topic]) -> Self {
        let mut earlier = Vec::new();
        for page in pages.iter().rev().skip(1).take(3) {
            let masked = page.view.masked.iter().flatten().copied();
            for kind in page.spans.iter().rev().take(MOST_SPANS).map(|span| span.kind).chain(masked.take(MOST_SPANS)) {
                if !earlier.contains(&kind) {
                    earlier.push(kind);
                }
            }
        }
        let words = pages.last().map_or(0, |page| page.view.words());
        Self { asked, age: dialogue.age, own_question: dialogue.asker == Some(role), role, words, earlier }
    }
}

/// Evidence about one of a turn's numbers.
pub(super) fn evidence_of(page: &Page<'_>, runs: &[Run], at: usize, around: &Around<'_>) -> Vec<u16> {
    let mut all = Vec::with_capacity(48);
    let Some(run) = runs.get(at) else { return all };
    let view = &page.view;
    let length = length(run.digits.len());
    let coarse = coarse(run.digits.len());
    let mut add = |slot: Slot, first: u16, second: u16| all.push(evidence(slot, first, second));
    add(Slot::Any, 0, 0);
    add(Slot::Length, length, 0);
    add(Slot::Length, length, 1 + u16::from(run.spoken));
    for (holds, form) in forms(run) {
        if holds {
            add(Slot::Form, form, 0);
            add(Slot::Form, form, 1 + coarse);
        }
    }
    let form = if run.groups.len() > 6 { 20 } else { 13 + u16::try_from(run.groups.len()).unwrap_or(0) };
    add(Slot::Form, form, 0);
    let cue = view.cue_before(run.start);
    match cue {
        Some(cue) => {
            let topic = cue.kind as u16 + 1;
            add(Slot::Cue, topic, 0);
            add(Slot::Cue, topic, 1 + coarse);
            let gap = run.first.saturating_sub(view.index_at(cue.end));
            add(Slot::CueNear, topic, near(gap));
            let other = view.cues.partition_point(|other| other.end <= run.start).checked_sub(2);
            if let Some(other) = other.and_then(|at| view.cues.get(at)) {
                add(Slot::Cue, other.kind as u16 + 1, 31);
            }
        }
        None => {
            add(Slot::Cue, 0, 0);
            add(Slot::Cue, 0, 1 + coarse);
        }
    }
    if let Some(cue) = view.cue_after(run.end) {
        let gap = view.index_at(cue.start).saturating_sub(run.last + 1);
        if gap <= 8 {
            add(Slot::CueAfter, cue.kind as u16 + 1, near(gap));
            add(Slot::CueAfter, cue.kind as u16 + 1, 10 + coarse);
        }
    }
    for topic in around.asked {
        let own = u16::from(cue.is_some());
        add(Slot::Asked, *topic as u16 + 1, own);
        add(Slot::Asked, *topic as u16 + 1, 2 + coarse + 12 * own);
        let age = around.age.min(3) as u16 + if around.own_question { 4 } else { 0 };
        add(Slot::AskedAge, *topic as u16 + 1, age);
    }
    if around.asked.is_empty() {
        add(Slot::Asked, 0, 0);
        add(Slot::Asked, 0, 2 + coarse);
    }
    let filler = |index: usize| {
        view.tok(index).is_some_and(|tok| {
            tok.is(Is::Filler) && tok.piece == Piece::Word || matches!(view.text(tok), "like" | "just" | "is" | "it's")
        })
    };
    let mut leads = (0..run.first).rev().filter(|index| !filler(*index));
    let lead = leads.next().map_or(Class::Edge, |index| class(view, index)) as u16;
    let lead2 = leads.next().map_or(Class::Edge, |index| class(view, index)) as u16;
    add(Slot::Lead, lead, 0);
    add(Slot::Lead, lead, 1 + coarse);
    add(Slot::Lead2, lead2, 0);
    let mut seen: Vec<Class> = Vec::new();
    for index in (0..run.first).rev().take(NEAR) {
        let class = class(view, index);
        if class == Class::Stop {
            break;
        }
        if !seen.contains(&class) && !matches!(class, Class::Word | Class::Symbol | Class::Unknown) {
            add(Slot::Near, class as u16, 0);
            add(Slot::Near, class as u16, 1 + coarse);
            seen.push(class);
        }
    }
    let tail = class(view, run.last + 1) as u16;
    add(Slot::Tail, tail, 0);
    add(Slot::Tail, tail, 1 + coarse);
    add(Slot::Tail2, class(view, run.last + 2) as u16, 0);
    let others = around.words.saturating_sub(run.last + 1 - run.first);
    let pure = match others {
        0 => 0,
        1..=2 => 1,
        3..=5 => 2,
        6..=10 => 3,
        _ => 4,
    };
    add(Slot::Pure, pure, 0);
    add(Slot::Pure, pure, 1 + u16::from(!around.asked.is_empty()));
    add(Slot::Pure, pure, 4 + coarse);
    let mut kinds: Vec<Kind> = Vec::new();
    for span in page.spans.iter().rev().take(MOST_SPANS) {
        let own = view.tok(run.first).is_some_and(|tok| span.start <= tok.start && tok.start < span.end);
        if !own && !kinds.contains(&span.kind) {
            kinds.push(span.kind);
            add(Slot::Here, span.kind as u16, 0);
            add(Slot::Here, span.kind as u16, 1 + coarse);
        }
    }
    for kind in &around.earlier {
        add(Slot::Earlier, *kind as u16, 0);
        add(Slot::Earlier, *kind as u16, 1 + coarse);
    }
    let neighbours = [(Slot::Before, at.checked_sub(1), true), (Slot::After, Some(at + 1), false)];
    for (slot, other, before) in neighbours {
        let Some(other) = other.and_then(|other| runs.get(other)) else {
            add(slot, 63, 0);
            continue;
        };
        let (from, to) = if before { (other.last + 1, run.first) } else { (run.last + 1, other.first) };
        let kind = kind_at(page, if before { other.last } else { other.first }).map_or(0, |kind| kind as u16 + 1);
        let gap = gap(view, from, to);
        add(slot, kind, gap);
        if gap <= 2 {
            add(slot, kind, 6 + coarse);
        }
    }
    add(Slot::Together, self::length(together(view, runs, at)), u16::from(cue.is_some()));
    let topic = cue.map_or(0, |cue| cue.kind as u16 + 1);
    add(Slot::Together, 20 + topic, 2 + self::coarse(together(view, runs, at)));
    let role = match around.role {
        ParticipantRole::Customer => 0,
        ParticipantRole::Agent => 1,
        ParticipantRole::Bot => 2,
        _ => 3,
    };
    add(Slot::Role, role, 0);
    all
}

/// Digits of a number and its neighbours that only a few words of correction or listening part from it.
fn together(view: &View<'_>, runs: &[Run], at: usize) -> usize {
    let close = |left: Option<&Run>, right: Option<&Run>| {
        left.zip(right).is_some_and(|(left, right)| gap(view, left.last + 1, right.first) <= 2)
    };
    let mut digits = runs.get(at).map_or(0, |run| run.digits.len());
    let mut index = at;
    while index > 0 && at - index < 6 && close(runs.get(index - 1), runs.get(index)) {
        index -= 1;
        digits += runs.get(index).map_or(0, |run| run.digits.len());
    }
    let mut index = at;
    while index - at < 6 && close(runs.get(index), runs.get(index + 1)) {
        index += 1;
        digits += runs.get(index).map_or(0, |run| run.digits.len());
    }
    digits
}

/// What parts two numbers: nothing but symbols, a correction, words of listening, other words in small number, more.
fn gap(view: &View<'_>, from: usize, to: usize) -> u16 {
    let between = from..to.max(from);
    if between.len() > GAP + 3 {
        return 5;
    }
    let classes: Vec<Class> = between.map(|index| class(view, index)).collect();
    let words = classes.iter().filter(|class| !matches!(class, Class::Symbol | Class::Stop)).count();
    let correct = classes.contains(&Class::Correct);
    let listening = classes.iter().all(|class| {
        matches!(class, Class::Symbol | Class::Stop | Class::Yes | Class::Correct | Class::Be | Class::And)
    });
    match (words, correct, listening) {
        (0, ..) => 0,
        (_, _, true) => 1,
        (_, true, _) => 2,
        (1..=2, ..) => 3,
        (1..=5, ..) => 4,
        _ => 5,
    }
}

/// The kind of the span that a token lies in.
pub(super) fn kind_at(page: &Page<'_>, token: usize) -> Option<Kind> {
    let tok = page.view.tok(token)?;
    page.spans
        .iter()
        .rev()
        .take(MOST_SPANS)
        .find(|span| span.start < tok.end && tok.start < span.end)
        .map(|span| span.kind)
}

fn length(digits: usize) -> u16 {
    match digits {
        0..=12 => digits as u16,
        13 | 14 => 13,
        15 => 14,
        16 => 15,
        17..=19 => 16,
        _ => 17,
    }
}

pub(super) fn coarse(digits: usize) -> u16 {
    match digits {
        0..=1 => 0,
        2 => 1,
        3 => 2,
        4 => 3,
        5 => 4,
        6 => 5,
        7..=9 => 6,
        10..=11 => 7,
        12..=14 => 8,
        15..=16 => 9,
        _ => 10,
    }
}

pub(super) fn near(gap: usize) -> u16 {
    match gap {
        0 => 0,
        1 => 1,
        2..=3 => 2,
        4..=6 => 3,
        7..=10 => 4,
        _ => 5,
    }
}

fn forms(run: &Run) -> [(bool, u16); 15] {
    let card = (13..=19).contains(&run.digits.len());
    let first = run.groups.first().copied().unwrap_or(0);
    let even = run.groups.len() > 1 && run.groups.iter().all(|group| *group == first);
    [
        (run.spoken, 0),
        (run.slash, 1),
        (run.dash, 2),
        (run.point, 3),
        (run.amount, 4),
        (run.glued, 5),
        (run.plus, 6),
        (run.digits.starts_with('0'), 7),
        (run.digits.starts_with("00"), 8),
        (even && first == 4, 9),
        (even && first != 4, 10),
        (run.digits.ends_with("00"), 11),
        (run.groups.contains(&1) && run.spoken, 12),
        (card && checks::card(&run.digits), 21),
        (card && !checks::card(&run.digits), 22),
    ]
}

/// What a word beside a number tells.
pub(super) fn class(view: &View<'_>, index: usize) -> Class {
    let Some(tok) = view.tok(index) else { return Class::Edge };
    let text = view.text(tok);
    match tok.piece {
        Piece::Mask => Class::Mask,
        Piece::Digits => Class::Figure,
        Piece::Ideograph => Class::Ideograph,
        Piece::Symbol => match text {
            "." | "!" | "?" | "…" | "。" => Class::Stop,
            "$" | "€" | "£" | "%" | "°" => Class::Amount,
            _ => Class::Symbol,
        },
        Piece::Word => CONTEXTS.get(text).copied().unwrap_or_else(|| {
            if tok.meaning.number.is_some() || tok.is(Is::Ordinal) {
                Class::Figure
            } else if tok.is(Is::Month) {
                Class::Month
            } else if tok.is(Is::Amount) {
                Class::Amount
            } else if tok.is(Is::Street) {
                Class::Street
            } else if tok.is(Is::Unit) {
                Class::Unit
            } else if text.chars().count() == 1 {
                Class::Letter
            } else if tok.is(Is::Common) || tok.is(Is::Stop) {
                if text.ends_with('s') && !tok.is(Is::Stop) { Class::Things } else { Class::Word }
            } else if tok.is(Is::GivenName) || tok.is(Is::Surname) || tok.is(Is::NameWord) {
                Class::Name
            } else {
                Class::Unknown
            }
        }),
    }
}
