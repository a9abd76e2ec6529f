//! Words for comparison: stems, synonyms, words without weight, contrasts.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};

use crate::text::{Language, TokenKind, stop_words, tokens};

/// Groups of stems that may stand for each other.
static SYNONYMS: LazyLock<HashMap<String, Vec<u16>>> = LazyLock::new(|| {
    let mut groups: HashMap<String, Vec<u16>> = HashMap::new();
    for (line, group) in lines(include_str!("../../resources/grounding/synonyms.en.txt")).zip(0u16..) {
        for word in line.split_whitespace() {
            groups.entry(stem(word)).or_default().push(group);
        }
    }
    groups
});

static GENERIC: LazyLock<HashSet<String>> = LazyLock::new(|| {
    lines(include_str!("../../resources/grounding/generic.en.txt")).flat_map(str::split_whitespace).map(stem).collect()
});

static CONTRASTS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    lines(include_str!("../../resources/grounding/contrasts.en.txt"))
        .filter_map(|line| line.split_once(' '))
        .map(|(left, right)| (stem(left), stem(right)))
        .collect()
});

fn lines(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty())
}

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Its stem.
    pub stem: String,
    /// As it stands in the folded text.
    pub text: String,
    /// Whether it can show what a sentence is about.
    pub weighs: bool,
}

/// The stem of a lower-case word. Irregular forms that matter in summaries are brought together first.
pub(super) fn stem(word: &str) -> String {
    let word = word.strip_suffix("'s").unwrap_or(word);
    let regular = match word {
        "broke" | "broken" => "break",
        "froze" | "frozen" => "freeze",
        "sent" => "send",
        "paid" => "pay",
        "bought" => "buy",
        "lost" => "lose",
        "left" => "leave",
        "stole" | "stolen" => "steal",
        "chose" | "chosen" => "choose",
        "said" => "say",
        "told" => "tell",
        "went" | "gone" => "go",
        "came" => "come",
        "took" | "taken" => "take",
        "gave" | "given" => "give",
        "got" | "gotten" => "get",
        "saw" | "seen" => "see",
        "found" => "find",
        "ran" => "run",
        "kept" => "keep",
        "held" => "hold",
        "made" => "make",
        "spoke" | "spoken" => "speak",
        "wrote" | "written" => "write",
        "brought" => "bring",
        "fell" | "fallen" => "fall",
        "felt" => "feel",
        "met" => "meet",
        "sold" => "sell",
        "caught" => "catch",
        "thought" => "think",
        "drove" | "driven" => "drive",
        "flew" | "flown" => "fly",
        "rang" | "rung" => "ring",
        "tore" | "torn" => "tear",
        "wore" | "worn" => "wear",
        "threw" | "thrown" => "throw",
        "children" => "child",
        "feet" => "foot",
        "men" => "man",
        "women" => "woman",
        "expired" | "expiry" | "expiration" => "expire",
        "delivery" => "deliver",
        "approval" => "approve",
        "replacement" => "replace",
        "renewal" => "renew",
        "cancellation" => "cancel",
        other => other,
    };
    Stemmer::create(Algorithm::English).stem(regular).into_owned()
}

/// The words of a folded text, without numbers and symbols.
pub(super) fn words(folded: &str) -> Vec<Word> {
    tokens(folded)
        .into_iter()
        .filter(|token| token.kind == TokenKind::Word)
        .map(|token| {
            let stem = stem(token.text);
            let stops = stop_words::is_stop_word(token.text, Language::English)
                || stop_words::is_stop_word(token.text, Language::Spanish);
            let weighs = !stops
                && token.text.len() > 1
                && !GENERIC.contains(&stem)
                && !is_time(token.text)
                && crate::text::numbers::quantities(token.text).is_empty();
            Word { stem, text: token.text.to_owned(), weighs }
        })
        .collect()
}

/// Words of time are compared as dates.
fn is_time(word: &str) -> bool {
    super::dates::is_date_word(word)
        || matches!(
            word,
            "day"
                | "days"
                | "week"
                | "weeks"
                | "month"
                | "months"
                | "year"
                | "years"
                | "hour"
                | "hours"
                | "minute"
                | "minutes"
                | "am"
                | "pm"
                | "old"
        )
}

/// Whether two stems are the same word, share a group of synonyms, or begin alike.
pub(super) fn alike(left: &str, right: &str) -> bool {
    if left == right {
        return true;
    }
    if let (Some(left), Some(right)) = (SYNONYMS.get(left), SYNONYMS.get(right))
        && left.iter().any(|group| right.contains(group))
    {
        return true;
    }
    let shared = left.bytes().zip(right.bytes()).take_while(|(a, b)| a == b).count();
    shared >= 5 && shared + 3 >= left.len().max(right.len())
}

/// A pair of opposites of which the statement says one and the turns the other.
pub(super) fn contrast(said: &[Word], known: &[Word]) -> Option<(String, String)> {
    let has = |words: &[Word], stem: &str| words.iter().any(|word| word.stem == stem);
    CONTRASTS.iter().find_map(|(left, right)| {
        let one = has(said, left) && !has(said, right) && has(known, right) && !has(known, left);
        let other = has(said, right) && !has(said, left) && has(known, left) && !has(known, right);
        match (one, other) {
            (true, _) => Some((left.clone(), right.clone())),
            (_, true) => Some((right.clone(), left.clone())),
            _ => None,
        }
    })
}
