//! Lengths of time: 48 hours are two days, a fortnight is two weeks, and a month is no week.

use crate::text::numbers::{Quantity, quantities};

/// Units with their length in minutes and what else shows that turns speak of them.
const UNITS: &[(&[&str], f64, &[&str])] = &[
    (&["minute", "minutes", "min", "mins"], 1.0, &["second", "seconds", "moment"]),
    (&["hour", "hours", "hrs", "hr"], 60.0, &["hourly"]),
    (
        &["day", "days"],
        1_440.0,
        &["daily", "today", "tomorrow", "yesterday", "tonight", "overnight", "morning", "evening"],
    ),
    (&["week", "weeks"], 10_080.0, &["weekly", "fortnight", "weekend"]),
    (&["month", "months"], 43_200.0, &["monthly"]),
    (&["year", "years"], 525_600.0, &["yearly", "annual", "annually", "yr"]),
];

fn group(word: &str) -> Option<usize> {
    UNITS.iter().position(|(names, ..)| names.contains(&word))
}

/// Whether a word is a unit of time.
pub(super) fn is_unit(word: &str) -> bool {
    group(word).is_some()
}

fn minutes(count: f64, unit: usize) -> f64 {
    UNITS.get(unit).map_or(0.0, |(_, length, _)| count * length)
}

/// The lengths of time that a folded text names, in minutes.
fn lengths(text: &str) -> Vec<f64> {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut found: Vec<f64> = quantities(text)
        .iter()
        .filter_map(|quantity| {
            let unit = quantity.unit.as_deref().filter(|unit| !matches!(*unit, "working" | "business"));
            let after = || {
                let at = words.windows(2).position(|pair| matches!(pair, ["working" | "business", _]))?;
                words.get(at + 1).copied()
            };
            Some(minutes(quantity.whole.parse().ok()?, group(unit.or_else(after)?)?))
        })
        .collect();
    for pair in words.windows(2) {
        let [before, word] = pair else { continue };
        let Some(unit) = group(word) else { continue };
        match *before {
            "a" | "an" | "one" | "the" | "next" | "per" | "each" | "every" | "full" | "whole" => {
                found.push(minutes(1.0, unit));
            }
            "half" => found.push(minutes(0.5, unit)),
            _ => {}
        }
    }
    for three in words.windows(3) {
        let ["half", "a" | "an", word] = three else { continue };
        found.extend(group(word).map(|unit| minutes(0.5, unit)));
    }
    for four in words.windows(4) {
        let [word, "and", "a", "half"] = four else { continue };
        found.extend(group(word).map(|unit| minutes(1.5, unit)));
    }
    found.extend(words.iter().filter(|word| **word == "fortnight").map(|_| minutes(2.0, 3)));
    found
}

/// Whether a quantity with a unit of time is as long as something that the turns name. A month has four weeks or thirty
/// days, and what is "more than two months" may be nine weeks.
pub(super) fn has(quantity: &Quantity, known: &str) -> bool {
    let Some(unit) = quantity.unit.as_deref().and_then(group) else { return false };
    let Ok(count) = quantity.whole.parse::<f64>() else { return false };
    let wanted = minutes(count, unit);
    lengths(known).into_iter().any(|length| (length - wanted).abs() <= wanted * 0.085)
}

/// Adds a reason where a statement counts in a unit that the turns do not have, while they count in another.
pub(super) fn compare(said: &str, known: &str, reasons: &mut Vec<String>) {
    let split = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let (said_words, known_words) = (split(said), split(known));
    let known_lengths = lengths(known);
    let theirs: Vec<usize> = known_words.iter().filter_map(|word| group(word)).collect();
    let adverb = |word: &str| match word {
        "hourly" => Some(1),
        "daily" => Some(2),
        "weekly" => Some(3),
        "monthly" => Some(4),
        "yearly" | "annual" | "annually" => Some(5),
        _ => None,
    };
    let theirs: Vec<usize> = theirs.into_iter().chain(known_words.iter().filter_map(|word| adverb(word))).collect();
    for (at, pair) in said_words.windows(2).enumerate() {
        let [before, word] = pair else { continue };
        let Some(unit) = group(word).or_else(|| adverb(word)) else { continue };
        // "Half a year" of six months.
        if at.checked_sub(1).and_then(|at| said_words.get(at)).is_some_and(|word| word == "half") {
            let half = minutes(0.5, unit);
            if known_lengths.iter().any(|length| (length - half).abs() < half * 0.085) {
                continue;
            }
        }
        let counts = adverb(word).is_some()
            || matches!(before.as_str(), "a" | "an" | "next" | "last" | "per" | "each" | "every" | "few" | "several");
        let also = UNITS.get(unit).map_or(&[][..], |(.., also)| *also);
        let spoken = theirs.contains(&unit) || known_words.iter().any(|word| also.contains(&word.as_str()));
        let as_long = known_lengths.iter().any(|length| (length - minutes(1.0, unit)).abs() < length * 0.085);
        // "Over an hour" of 74 minutes, "an hour and a half" of ninety.
        let text = said_words.join(" ");
        let led = |leads: &[&str]| leads.iter().any(|lead| text.contains(&format!("{lead} {before} {word}")));
        let (least, most) = if led(&["over", "than"]) {
            (0.6, 1.7)
        } else if led(&["within", "nearly", "almost", "under", "part of", "close to"]) {
            (0.6, 1.1)
        } else if led(&["about", "around", "roughly", "some"]) {
            (0.7, 1.3)
        } else {
            (1.0, 1.0)
        };
        let half = text.contains(&format!("{before} {word} and a half"));
        let one = minutes(1.0, unit);
        let roughly = known_lengths.iter().any(|length| {
            *length > one * least && *length < one * most || half && (length - one * 1.5).abs() < one * 0.1
        });
        if counts && !spoken && !as_long && !roughly && !theirs.is_empty() {
            reasons.push(format!("number: {before} {word} has another unit in the turns"));
        }
    }
}
