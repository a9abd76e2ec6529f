//! Finds personal data in turns.

use std::sync::LazyLock;

use aftercall_schemas::Turn;
use regex::Regex;

use super::settings::{Kind, RedactionSettings};

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

/// A mask that stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mask<'a> {
    pub kind: &'a str,
    pub start: usize,
    pub end: usize,
}

static RULES: LazyLock<Vec<(Kind, Regex)>> = LazyLock::new(|| {
    [
        (Kind::Email, r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
        (Kind::Iban, r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?\b"),
        (Kind::Card, r"\b\d(?:[ -]?\d){12,18}\b"),
        (Kind::Phone, r"(?:\+\d{1,3}[ -]?)?(?:\(\d{2,4}\)|\b\d{3})[ -.]\d{3}[ -.]\d{4}\b"),
        (Kind::NationalId, r"\b\d{3}-\d{2}-\d{4}\b"),
    ]
    .into_iter()
    .filter_map(|(kind, pattern)| Some((kind, Regex::new(pattern).ok()?)))
    .collect()
});

static MASKS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\[([A-Z][A-Z_]+)\]|\{([A-Z][A-Z_]+)\}|\*{3,}|#{4,}|X{4,}").ok());

/// The masks that stand in a text already, in order.
pub(super) fn masks(text: &str) -> Vec<Mask<'_>> {
    let Some(masks) = MASKS.as_ref() else { return Vec::new() };
    masks
        .captures_iter(text)
        .filter_map(|captures| {
            let whole = captures.get(0)?;
            let kind = captures.get(1).or(captures.get(2)).map_or("PII", |name| name.as_str());
            Some(Mask { kind, start: whole.start(), end: whole.end() })
        })
        .collect()
}

/// What is to be masked in each turn: ascending spans without overlaps. `names` are names known from metadata.
pub fn spans(turns: &[Turn], names: &[String], settings: &RedactionSettings) -> Vec<Vec<Found>> {
    turns.iter().map(|turn| spans_of_text(&turn.content, names, settings)).collect()
}

/// The same for a text that stands alone.
pub(super) fn spans_of_text(text: &str, names: &[String], settings: &RedactionSettings) -> Vec<Found> {
    let mut found = Vec::new();
    for (kind, rule) in RULES.iter() {
        for hit in rule.find_iter(text) {
            if *kind == Kind::Card && !luhn(hit.as_str()) {
                continue;
            }
            found.push(Found { kind: *kind, start: hit.start(), end: hit.end() });
        }
    }
    for name in names.iter().filter(|name| !name.trim().is_empty()) {
        found.extend(text.match_indices(name.as_str()).map(|(start, hit)| Found {
            kind: Kind::Name,
            start,
            end: start + hit.len(),
        }));
    }
    found.retain(|span| settings.kinds.contains(&span.kind));
    found.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let mut end = 0;
    found.retain(|span| {
        let free = span.start >= end;
        if free {
            end = span.end;
        }
        free
    });
    found
}

/// Luhn's check digit.
fn luhn(number: &str) -> bool {
    let sum: u32 = number
        .chars()
        .rev()
        .filter_map(|character| character.to_digit(10))
        .enumerate()
        .map(|(index, digit)| {
            if index % 2 == 0 {
                digit
            } else if digit > 4 {
                digit * 2 - 9
            } else {
                digit * 2
            }
        })
        .sum();
    sum.is_multiple_of(10)
}
