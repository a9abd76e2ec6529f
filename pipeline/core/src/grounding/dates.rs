//! Months, weekdays and parts of the day in a statement against its turns.

use super::durations;
use crate::text::tokens;

const EXACT: &[&[&str]] = &[
    &["january", "jan", "enero"],
    &["february", "feb", "febrero"],
    &["march", "marzo"],
    &["april", "apr", "abril"],
    &["may", "mayo"],
    &["june", "jun", "junio"],
    &["july", "jul", "julio"],
    &["august", "aug", "agosto"],
    &["september", "sept", "sep", "septiembre"],
    &["october", "oct", "octubre"],
    &["november", "nov", "noviembre"],
    &["december", "dec", "diciembre"],
    &["monday", "mondays", "mon", "lunes"],
    &["tuesday", "tuesdays", "tue", "tues", "martes"],
    &["wednesday", "wednesdays", "wed", "miércoles"],
    &["thursday", "thursdays", "thu", "thurs", "jueves"],
    &["friday", "fridays", "fri", "viernes"],
    &["saturday", "saturdays", "sat", "sábado", "weekend"],
    &["sunday", "sundays", "domingo", "weekend"],
    &["noon", "midday", "mediodía", "lunchtime"],
    &["midnight", "medianoche"],
    &["weekend", "weekends", "saturday", "sunday"],
    &["spring", "march", "april", "may"],
    &["summer", "june", "july", "august"],
    &["autumn", "september", "october", "november"],
    &["winter", "december", "january", "february"],
    &["christmas", "xmas"],
    &["easter"],
];

/// Months stand first in [`EXACT`].
const MONTHS: usize = 12;

/// Relative days: a summary may say "the next day" for "tomorrow", so each has its paraphrases. Times of day are also
/// shown by a clock.
const RELATIVE: &[(&str, &[&str])] = &[
    ("today", &["today", "now", "this", "tonight", "immediately", "straight", "already", "just", "day"]),
    ("tomorrow", &["tomorrow", "tomorrow's"]),
    ("yesterday", &["yesterday", "yesterday's"]),
    ("tonight", &["tonight", "evening", "night"]),
    ("morning", &["morning", "mornings", "am", "a.m", "tonight", "breakfast", "noon"]),
    ("afternoon", &["afternoon", "afternoons", "pm", "p.m", "lunch", "noon"]),
    ("evening", &["evening", "evenings", "tonight", "pm", "night", "dinner"]),
    ("night", &["night", "nights", "tonight", "evening", "overnight", "midnight"]),
];

const PARTS: &[&str] = &["morning", "afternoon", "evening", "night"];

/// Whether a word names a date, so that it is compared here.
pub(super) fn is_date_word(word: &str) -> bool {
    EXACT.iter().any(|group| group.contains(&word))
        || RELATIVE.iter().any(|(name, _)| *name == word)
        || matches!(word, "next" | "last" | "following" | "previous")
}

fn words(folded: &str) -> Vec<&str> {
    tokens(folded).into_iter().map(|token| token.text.strip_suffix("'s").unwrap_or(token.text)).collect()
}

/// Adds a reason for each word of time that the turns do not have.
pub(super) fn compare(statement: &str, said: &str, known: &str, reasons: &mut Vec<String>) {
    // In a statement "May" with a capital is the month; turns of speech recognition have it in any case.
    let may = tokens(statement).iter().skip(1).any(|token| token.text == "May");
    let (said, known) = (words(said), words(known));
    reasons.extend(missing(&said, &known, may).into_iter().map(|word| format!("date: {word} is not in the turns")));
}

fn missing(said: &[&str], known: &[&str], may: bool) -> Vec<String> {
    let mut missing = Vec::new();
    for word in said.iter().filter(|word| **word != "may" || may) {
        let groups = || EXACT.iter().enumerate().filter(|(_, group)| is_of(word, group));
        if groups().next().is_some() {
            let named = groups().any(|(_, group)| known.iter().any(|other| group.contains(other)));
            let numbered = groups().any(|(month, _)| month < MONTHS && has_month(known, month + 1));
            if !named && !numbered {
                missing.push((*word).to_owned());
            }
        } else if let Some((_, forms)) = RELATIVE.iter().find(|(name, _)| name == word)
            && !known.iter().any(|other| forms.contains(other))
            && !(PARTS.contains(word) && shown_by_clock(known))
            && !(*word == "morning" && known.windows(2).any(|pair| pair == ["first", "thing"]))
        {
            missing.push((*word).to_owned());
        }
    }
    missing.extend(turned(said, known));
    missing.extend(too_far(said, known));
    missing
}

/// Saturday is a day of the weekend and July a month of the summer, but the weekend need not be Saturday.
fn is_of(word: &str, group: &[&str]) -> bool {
    match group.first() {
        Some(&"weekend") => word.starts_with("weekend"),
        Some(&season @ ("spring" | "summer" | "autumn" | "winter")) => word == season,
        _ => group.contains(&word) && !word.starts_with("weekend"),
    }
}

/// Whether a date in digits, such as 14/03 or 2026-03-14, is of a month.
fn has_month(known: &[&str], month: usize) -> bool {
    known.windows(3).any(|three| {
        let [left, "/" | "-" | ".", right] = three else { return false };
        [left, right].iter().any(|part| part.len() <= 2 && part.parse() == Ok(month))
    })
}

/// Turns that say no part of a day but an hour may be told as one.
fn shown_by_clock(known: &[&str]) -> bool {
    !known.iter().any(|word| PARTS.contains(word) || matches!(*word, "am" | "tonight"))
        && known.iter().any(|word| word.bytes().all(|byte| byte.is_ascii_digit()) || is_hour(word))
}

fn is_hour(word: &str) -> bool {
    matches!(
        word,
        "one" | "two" | "three" | "four" | "five" | "six" | "seven" | "eight" | "nine" | "ten" | "eleven" | "twelve"
    )
}

fn without_articles<'a>(words: &[&'a str]) -> Vec<&'a str> {
    words
        .iter()
        .copied()
        .filter(|word| !matches!(*word, "the" | "a" | "an" | "this" | "that" | "my" | "their"))
        .collect()
}

/// Turns that speak of a day close by only, while the statement speaks of a week, month or year of its own.
fn too_far(said: &[&str], known: &[&str]) -> Option<String> {
    const CLOSE: &[&str] = &["today", "yesterday", "tonight", "tomorrow", "morning", "now"];
    const FAR: &[&str] = &["week", "weeks", "month", "months", "year", "years"];
    let of_far =
        |words: &[&str]| words.iter().any(|word| FAR.contains(word) || EXACT.iter().any(|group| group.contains(word)));
    let pair = said
        .windows(2)
        .find(|pair| matches!(pair, ["last" | "next" | "previous" | "following", far] if FAR.contains(far)))?;
    (known.iter().any(|word| CLOSE.contains(word)) && !of_far(known)).then(|| pair.join(" "))
}

/// Next and last turn a week or month into its opposite, tomorrow and yesterday a day, before and after a time.
fn turned(said: &[&str], known: &[&str]) -> Option<String> {
    let has = |words: &[&str], word: &str| words.contains(&word);
    // "Following up" and "the last one" are no dates.
    let dated = |words: &[&str], relation: &str| {
        words.windows(2).any(|pair| matches!(pair, [word, unit] if *word == relation && (durations::is_unit(unit) || is_date_word(unit))))
    };
    for (one, other) in [("next", "last"), ("last", "next"), ("following", "last"), ("previous", "next")] {
        if dated(said, one) && !has(known, one) && has(known, other) && !has(known, "tomorrow") {
            return Some(one.to_owned());
        }
    }
    if has(known, "tomorrow") && (has(said, "yesterday") || has(said, "previous")) {
        return Some("yesterday".to_owned());
    }
    for (one, other) in [("before", "after"), ("after", "before"), ("until", "from"), ("from", "until")] {
        let before = |words: &[&str], relation: &str, what: &str| {
            words.windows(2).any(|pair| matches!(pair, [word, next] if *word == relation && *next == what))
        };
        let turned = |said: &[&str], known: &[&str]| {
            said.windows(2).any(|pair| {
                matches!(pair, [word, what] if *word == one && what.len() > 1
                    && !matches!(*what, "that" | "they" | "it")
                    && before(known, other, what) && !before(known, one, what))
            })
        };
        if turned(&without_articles(said), &without_articles(known)) {
            return Some(one.to_owned());
        }
    }
    None
}
