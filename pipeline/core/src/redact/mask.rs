//! Puts masks in place of what was detected and moves the positions that refer to the text.

use aftercall_schemas::conversation::Redaction;
use aftercall_schemas::{Conversation, Turn};

use super::detect::{self, Found};
use super::dialogue::Page;
use super::settings::{Kind, RedactionSettings};
use super::view;

/// What a mask hides may have decided how the words around it were read, so the text is looked at until nothing more is
/// found, at most this often. To redact twice then changes nothing.
const ROUNDS: usize = 8;

/// A conversation with masks in place of personal data.
pub(super) fn masked(mut conversation: Conversation, names: &[String], settings: &RedactionSettings) -> Conversation {
    let mut pages = detect::pages(&conversation.turns, settings);
    for _ in 0..ROUNDS {
        let found = detect::detected(&mut pages, names, settings);
        let mut changed = false;
        for ((turn, page), spans) in conversation.turns.iter_mut().zip(&mut pages).zip(found) {
            if spans.is_empty() {
                continue;
            }
            changed = true;
            mask_turn(turn, &spans);
            // Only turns that change are read again.
            *page = Page::new(turn.role, &turn.content, settings);
        }
        if !changed {
            break;
        }
    }
    for turn in &mut conversation.turns {
        note_masks(turn);
    }
    if let Some(record) = &mut conversation.record {
        for value in record.attributes.values_mut() {
            mask_text(value, names, settings);
        }
    }
    if let Some(summary) = conversation.service.as_mut().and_then(|service| service.summary.as_mut()) {
        mask_text(summary, names, settings);
    }
    conversation
}

/// Masks a text that is no turn.
fn mask_text(text: &mut String, names: &[String], settings: &RedactionSettings) {
    for _ in 0..ROUNDS {
        let spans = detect::spans_of_text(text, names, settings);
        if spans.is_empty() {
            break;
        }
        *text = replaced(text, &spans).0;
    }
}

/// A masked span in characters: `[begin, end)` of the old text became `[begin, end)` of the new one.
#[derive(Debug, Clone, Copy)]
struct Move {
    old: (u32, u32),
    new: (u32, u32),
    kind: Kind,
}

fn mask_turn(turn: &mut Turn, spans: &[Found]) {
    if spans.is_empty() {
        return;
    }
    let (content, moves) = replaced(&turn.content, spans);
    for mark in &mut turn.marks {
        (mark.begin_char, mark.end_char) = (moved(mark.begin_char, &moves, false), moved(mark.end_char, &moves, true));
    }
    for redaction in &mut turn.redactions {
        redaction.begin_char = moved(redaction.begin_char, &moves, false);
        redaction.end_char = moved(redaction.end_char, &moves, true);
    }
    // Masks do not overlap, so only the last that begins before may hold an entry.
    turn.redactions.retain(|redaction| {
        let before = moves.partition_point(|m| m.new.0 <= redaction.begin_char).checked_sub(1);
        before.and_then(|before| moves.get(before)).is_none_or(|m| redaction.end_char > m.new.1)
    });
    turn.redactions.extend(moves.iter().map(|m| Redaction {
        kind: m.kind.as_str().to_owned(),
        begin_char: m.new.0,
        end_char: m.new.1,
    }));
    turn.content = content;
}

/// The text with masks, and where they stand. Spans are ascending and do not overlap.
fn replaced(text: &str, spans: &[Found]) -> (String, Vec<Move>) {
    let mut content = String::with_capacity(text.len());
    let mut moves = Vec::with_capacity(spans.len());
    let (mut at, mut old_chars, mut new_chars) = (0usize, 0u32, 0u32);
    let count = |piece: &str| u32::try_from(piece.chars().count()).unwrap_or(u32::MAX);
    for span in spans {
        let (Some(between), Some(secret)) = (text.get(at..span.start), text.get(span.start..span.end)) else {
            continue;
        };
        content.push_str(between);
        old_chars = old_chars.saturating_add(count(between));
        new_chars = new_chars.saturating_add(count(between));
        let mask = span.kind.mask();
        content.push_str(mask);
        let old = (old_chars, old_chars.saturating_add(count(secret)));
        let new = (new_chars, new_chars.saturating_add(count(mask)));
        moves.push(Move { old, new, kind: span.kind });
        (old_chars, new_chars) = (old.1, new.1);
        at = span.end;
    }
    content.push_str(text.get(at..).unwrap_or_default());
    (content, moves)
}

/// Where a position of the old text stands in the new one. Inside a mask a begin moves to the mask's begin, an end to
/// its end.
fn moved(position: u32, moves: &[Move], is_end: bool) -> u32 {
    let index = moves.partition_point(|m| if is_end { m.old.1 < position } else { m.old.1 <= position });
    if let Some(m) = moves.get(index) {
        if is_end && position > m.old.0 {
            return m.new.1;
        }
        if !is_end && position >= m.old.0 {
            return m.new.0;
        }
    }
    match index.checked_sub(1).and_then(|before| moves.get(before)) {
        Some(m) => m.new.1.saturating_add(position.saturating_sub(m.old.1)),
        None => position,
    }
}

/// Lists the masks that stand in the text, ours and the service's, in [`Turn::redactions`]; drops entries that point
/// outside the text.
fn note_masks(turn: &mut Turn) {
    let length = u32::try_from(turn.content.chars().count()).unwrap_or(u32::MAX);
    turn.redactions.retain(|redaction| redaction.begin_char < redaction.end_char && redaction.end_char <= length);
    let order =
        |a: &Redaction, b: &Redaction| (a.begin_char, a.end_char, &a.kind).cmp(&(b.begin_char, b.end_char, &b.kind));
    turn.redactions.sort_by(order);
    let mut known = turn.redactions.iter().peekable();
    // How far the entries reach that begin before the mask or with it: a mask that lies within one is listed.
    let mut reached = 0;
    let mut new = Vec::new();
    let mut at = (0usize, 0u32);
    for mask in view::masks(&turn.content) {
        let (Some(between), Some(text)) = (turn.content.get(at.0..mask.start), turn.content.get(mask.start..mask.end))
        else {
            continue;
        };
        let begin_char = at.1.saturating_add(u32::try_from(between.chars().count()).unwrap_or(u32::MAX));
        let end_char = begin_char.saturating_add(u32::try_from(text.chars().count()).unwrap_or(u32::MAX));
        at = (mask.end, end_char);
        while let Some(earlier) = known.next_if(|known| known.begin_char <= begin_char) {
            reached = reached.max(earlier.end_char);
        }
        if reached < end_char {
            new.push(Redaction { kind: mask.kind.to_owned(), begin_char, end_char });
        }
    }
    turn.redactions.append(&mut new);
    turn.redactions.sort_by(order);
    turn.redactions.dedup();
}
