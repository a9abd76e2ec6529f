//! Numbers of a statement against those of its turns: digits or words, parts of a time, fractions, doubles, estimates.

use super::durations;
use crate::text::numbers::{Quantity, quantities};

/// The numbers of the turns, with what they say beside them.
struct Known<'a> {
    text: &'a str,
    all: Vec<Quantity>,
    /// Words of the text, so that "half" and "free" can be looked for.
    words: Vec<&'a str>,
}

impl Known<'_> {
    fn has(&self, number: &str) -> bool {
        self.all.iter().any(|other| other.whole == number || other.pieces.iter().any(|piece| piece == number))
    }

    fn says(&self, any: &[&str]) -> bool {
        self.words.iter().any(|word| any.contains(word))
    }
}

/// Adds a reason for each number of the statement that the turns do not have.
pub(super) fn compare(said: &str, known: &str, reasons: &mut Vec<String>) {
    let words = |text| split(text).collect::<Vec<&str>>();
    let known = Known { text: known, all: quantities(known), words: words(known) };
    let before = words(said);
    let all = quantities(said);
    for (index, quantity) in all.iter().enumerate() {
        let harmless = quantity.whole == "1" && !quantity.ordinal && !counted_otherwise(quantity, &known);
        let pieces = quantity.pieces.len() > 1 && quantity.pieces.iter().all(|piece| known.has(piece));
        if harmless || known.has(&quantity.whole) || pieces {
            reasons.extend(unit(quantity, &known.all, known.text));
            continue;
        }
        let next = all.get(index + 1);
        let half_dozen = quantity.whole == "12" && said.contains("half a dozen") && known.has("6");
        let supported = half_dozen
            || counted_days(quantity, &known)
            || digits(quantity, &known)
            || said_otherwise(quantity, &before, &known)
            || durations::has(quantity, known.text)
            || part_of_time(quantity, next, &known)
            || estimate(quantity, &before, &known)
            || computed(quantity, &before, &known);
        if !supported {
            reasons.push(format!("number: {} is not in the turns", quantity.whole));
        }
    }
}

/// "Three days a week" of Mondays, Tuesdays and Thursdays.
fn counted_days(quantity: &Quantity, known: &Known<'_>) -> bool {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let named = |day: &&&str| known.words.iter().any(|word| word.trim_end_matches('s') == **day);
    quantity.unit.as_deref() == Some("days") && quantity.whole == DAYS.iter().filter(named).count().to_string()
}

/// "One day" where the turns say two days, and nothing of a day.
fn counted_otherwise(one: &Quantity, known: &Known<'_>) -> bool {
    let Some(unit) = one.unit.as_deref().and_then(unit_group) else { return false };
    let is_unit = |word: &str| unit_group(word) == Some(unit);
    let single = known.words.windows(2).any(|pair| {
        matches!(pair, ["a" | "an" | "one" | "the" | "per" | "each" | "every" | "next" | "last" | "1", word] if is_unit(word))
    });
    !single && known.all.iter().any(|other| other.whole != "1" && other.unit.as_deref().is_some_and(is_unit))
}

fn unit_group(unit: &str) -> Option<usize> {
    UNITS.iter().position(|group| group.contains(&unit))
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty())
}

/// The same digits in other groups: 2024 of "twenty twenty four", 12.99 of "twelve ninety nine", 12.40 of "twelve dollars and forty cents".
fn digits(quantity: &Quantity, known: &Known<'_>) -> bool {
    let plain: String = quantity.whole.chars().filter(char::is_ascii_digit).collect();
    let joined = known.all.iter().map(|other| other.whole.as_str()).collect::<String>();
    if plain.len() >= 4 && joined.contains(&plain) {
        return true;
    }
    if known.all.iter().any(|other| other.pieces.len() > 1 && other.whole == plain) {
        return true;
    }
    let Some((whole, part)) = quantity.whole.split_once('.') else { return false };
    let part = if part.len() == 1 { format!("{part}0") } else { part.to_owned() };
    known.all.windows(2).any(|pair| {
        matches!(pair, [one, other] if one.whole == whole && other.whole.trim_start_matches('0') == part.trim_start_matches('0'))
    })
}

/// Numbers that turns say with another word: both, free, half, doubled, 3k.
fn said_otherwise(quantity: &Quantity, before: &[&str], known: &Known<'_>) -> bool {
    let of_enumerated = following(quantity, before).iter().any(|unit| {
        matches!(
            *unit,
            "options"
                | "choices"
                | "alternatives"
                | "ways"
                | "issues"
                | "items"
                | "solutions"
                | "questions"
                | "reasons"
                | "things"
                | "problems"
                | "steps"
                | "requests"
                | "concerns"
                | "dates"
                | "parts"
                | "products"
                | "offers"
                | "plans"
                | "methods"
                | "possibilities"
                | "proposals"
                | "appointments"
                | "slots"
                | "routes"
                | "models"
        )
    });
    let words: &[&str] = match quantity.whole.as_str() {
        "0" => &["free", "no", "nothing", "without", "none"],
        "2" => &["both", "pair", "double", "doubled", "twins", "second", "another", "again", "duplicate"],
        "3" => &["triple", "tripled", "thrice"],
        "50" => &["half", "halved"],
        "25" | "15" | "75" | "45" => &["quarter", "quarters"],
        "30" => &["half"],
        "100" => &["full", "fully", "all", "whole"],
        _ => &[],
    };
    let thousands = quantity.whole.strip_suffix("000").is_some_and(|thousands| {
        known.all.iter().any(|other| other.whole == thousands && other.unit.as_deref() == Some("k"))
    });
    // "The couple" are people.
    let people = quantity.whole == "2" && before.windows(2).any(|pair| matches!(pair, ["the", "couple"]));
    people || known.says(words) || thousands || of_enumerated && matches!(quantity.whole.as_str(), "2" | "3")
}

/// The few words after a number of the statement.
fn following<'a>(quantity: &Quantity, words: &[&'a str]) -> Vec<&'a str> {
    let at =
        words.iter().position(|word| quantities(word).first().is_some_and(|number| number.whole == quantity.whole));
    at.map(|at| words.iter().skip(at + 1).take(2).copied().collect()).unwrap_or_default()
}

/// "4:30" of half past four, "16:30" of half past four in the afternoon, "4:45" of quarter to five.
fn part_of_time(quantity: &Quantity, next: Option<&Quantity>, known: &Known<'_>) -> bool {
    let Ok(value) = quantity.whole.parse::<u32>() else { return false };
    if (13..=23).contains(&value) && known.has(&(value - 12).to_string()) {
        return known.says(&["pm", "p", "afternoon", "evening", "tonight", "night"])
            || next.is_some_and(|next| matches!(next.whole.as_str(), "0" | "15" | "30" | "45"));
    }
    if (1..=11).contains(&value) && known.has(&(value + 12).to_string()) && known.text.contains(':') {
        return true;
    }
    let to = known.text.contains("quarter to") || known.text.contains("quarter of");
    to && next.is_some_and(|next| next.whole == "45") && known.has(&(value % 12 + 1).to_string())
}

/// "Twenty more", "£27 less", "just under £80 together": the difference or the sum of two numbers of the turns, where the
/// statement says that it compares or adds.
fn computed(quantity: &Quantity, words: &[&str], known: &Known<'_>) -> bool {
    let Ok(value) = quantity.whole.parse::<f64>() else { return false };
    let says = |any: &[&str]| words.iter().any(|word| any.contains(word));
    let compares = says(&[
        "more",
        "less",
        "fewer",
        "extra",
        "additional",
        "difference",
        "saves",
        "saved",
        "saving",
        "another",
        "remaining",
        "left",
    ]);
    let adds = says(&["total", "together", "altogether", "sum", "added", "combined", "overall"]);
    if !compares && !adds {
        return false;
    }
    let about =
        if says(&["just", "almost", "nearly", "about", "around", "roughly", "under", "over"]) { 0.02 } else { 0.000_1 };
    let near = |other: f64| (other - value).abs() <= value * about;
    let numbers: Vec<f64> = known.all.iter().take(MOST_COMPARED).filter_map(|other| other.whole.parse().ok()).collect();
    numbers.iter().enumerate().any(|(at, one)| {
        adds && near(one * 2.0)
            || numbers
                .iter()
                .skip(at + 1)
                .any(|other| compares && near((one - other).abs()) || adds && near(one + other))
    })
}

/// Numbers of the turns that are compared with each other.
const MOST_COMPARED: usize = 24;

/// "More than 200" of 213, "about fifty" of 48: a round number right after such a word.
fn estimate(quantity: &Quantity, words: &[&str], known: &Known<'_>) -> bool {
    let Ok(value) = quantity.whole.parse::<f64>() else { return false };
    if value < 10.0 || !quantity.whole.ends_with(['0', '5']) {
        return false;
    }
    let before = |any: &[&str]| {
        words.windows(2).any(|pair| {
            matches!(pair, [word, number] if any.contains(word)
                && quantities(number).first().is_some_and(|first| quantity.whole.starts_with(first.whole.trim_end_matches('0'))))
        })
    };
    let (over, under, about) = (
        before(&["over", "than", "exceeding"]) && !words.contains(&"less") && !words.contains(&"fewer"),
        before(&["nearly", "almost", "under", "than"]) && !words.contains(&"more"),
        before(&["about", "around", "roughly", "approximately", "some"]),
    );
    known.all.iter().filter_map(|other| other.whole.parse::<f64>().ok()).any(|other| {
        over && other > value && other <= value * 1.25
            || under && other < value && other >= value * 0.8
            || about && (other - value).abs() <= value * 0.1
    })
}

const UNITS: &[&[&str]] = &[
    &["minute", "minutes"],
    &["hour", "hours"],
    &["day", "days"],
    &["week", "weeks"],
    &["month", "months"],
    &["year", "years"],
    &["dollar", "dollars"],
    &["euro", "euros"],
    &["pound", "pounds"],
    &["percent"],
    &["cent", "cents"],
    &["gigabyte", "gigabytes", "gb", "gig", "gigs"],
    &["megabyte", "megabytes", "mb"],
];

/// "Three weeks" where the turns say three days.
fn unit(quantity: &Quantity, known: &[Quantity], text: &str) -> Option<String> {
    let group = |unit: &Option<String>| unit.as_deref().and_then(unit_group);
    let wanted = group(&quantity.unit)?;
    let same: Vec<Option<usize>> =
        known.iter().filter(|other| other.whole == quantity.whole).map(|other| group(&other.unit)).collect();
    let contradicts = !same.is_empty() && same.iter().all(|other| other.is_some_and(|other| other != wanted));
    (contradicts && !durations::has(quantity, text)).then(|| {
        format!(
            "number: {} {} has another unit in the turns",
            quantity.whole,
            quantity.unit.as_deref().unwrap_or_default()
        )
    })
}
