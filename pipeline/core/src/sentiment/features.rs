//! What the offline model sees of a sentence: hashed words, pairs of words and letter groups, and what the lexicon says.
//!
//! Training and use go through this one function, so the weights fit by construction. A change here needs new weights
//! (`cargo run -p aftercall-core --example train_sentiment`).

use std::sync::LazyLock;

use crate::text::phrases::Phrases;
use crate::text::{Language, fold, tokens};

/// Number of weights of a class.
pub const BUCKETS: usize = 1 << 15;

/// A feature: its bucket and its strength.
pub type Feature = (u32, f32);

/// What a phrase of the lexicon shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaning {
    Positive,
    Negative,
    Problem,
    Thanks,
    Closing,
    Request,
    Greeting,
    Neutral,
    Negator,
    Sarcasm,
    But,
    Intensifier,
}

const LEANINGS: &[(&str, Leaning)] = &[
    ("pos", Leaning::Positive),
    ("neg", Leaning::Negative),
    ("problem", Leaning::Problem),
    ("thanks", Leaning::Thanks),
    ("closing", Leaning::Closing),
    ("request", Leaning::Request),
    ("greeting", Leaning::Greeting),
    ("neutral", Leaning::Neutral),
    ("negator", Leaning::Negator),
    ("sarcasm", Leaning::Sarcasm),
    ("but", Leaning::But),
    ("intensifier", Leaning::Intensifier),
];

fn lexicon(file: &'static str) -> Phrases<Leaning> {
    Phrases::read(&[file], |name| LEANINGS.iter().find(|(known, _)| *known == name).map(|(_, leaning)| *leaning))
}

static ENGLISH: LazyLock<Phrases<Leaning>> =
    LazyLock::new(|| lexicon(include_str!("../../resources/sentiment/lexicon.en.txt")));
static SPANISH: LazyLock<Phrases<Leaning>> =
    LazyLock::new(|| lexicon(include_str!("../../resources/sentiment/lexicon.es.txt")));
static JAPANESE: LazyLock<Phrases<Leaning>> =
    LazyLock::new(|| lexicon(include_str!("../../resources/sentiment/lexicon.ja.txt")));

/// Collects features of one language.
struct Sink {
    seed: u64,
    found: Vec<Feature>,
}

impl Sink {
    fn add(&mut self, group: u8, parts: &[&str], strength: f32) {
        // FNV-1a: stable on every machine, which weights that are stored need.
        let mut hash = self.seed ^ u64::from(group);
        for part in parts {
            for byte in part.bytes().chain(std::iter::once(0x1f)) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
        hash ^= hash >> 29;
        hash = hash.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let bucket = u32::try_from((hash >> 40) % BUCKETS as u64).unwrap_or(0);
        self.found.push((bucket, strength));
    }
}

/// The features of a sentence. Empty for text without letters.
pub fn features(text: &str, language: Language) -> Vec<Feature> {
    let folded = fold(text);
    let (seed, phrases): (u64, &Phrases<Leaning>) = match language {
        Language::English => (0xcbf2_9ce4_8422_2325, &ENGLISH),
        Language::Spanish => (0x9ae1_6a3b_2f90_404f, &SPANISH),
        Language::Japanese => (0x84ca_a73b_21b2_3b6d, &JAPANESE),
    };
    let mut sink = Sink { seed, found: Vec::with_capacity(text.len() * 2) };
    let words: Vec<&str> = tokens(folded.text())
        .into_iter()
        .filter(|token| token.kind != crate::text::TokenKind::Symbol)
        .map(|token| if token.kind == crate::text::TokenKind::Digits { "0" } else { token.text })
        .collect();
    if words.is_empty() && !phrases.find(folded.text()).any(|_| true) {
        return Vec::new();
    }
    if language == Language::Japanese {
        characters(folded.text(), &mut sink)
    } else {
        grams(&words, &mut sink)
    }
    leanings(folded.text(), phrases, &mut sink);
    shape(text, &words, &mut sink);
    sink.found
}

/// Words, pairs of words, and groups of three to five letters of each word.
fn grams(words: &[&str], sink: &mut Sink) {
    let strength = 1.0 / (words.len().max(1) as f32).sqrt();
    let mut before = "<";
    for word in words {
        sink.add(1, &[word], strength);
        sink.add(2, &[before, word], strength);
        before = word;
        if word.is_ascii() {
            for length in [4, 5] {
                for start in 0..(word.len() + 1).saturating_sub(length) {
                    if word.len() > 4
                        && let Some(piece) = word.get(start..start + length)
                    {
                        sink.add(3, &[piece], strength * 0.3);
                    }
                }
            }
            continue;
        }
        let bounds: Vec<usize> = word.char_indices().map(|(at, _)| at).chain(std::iter::once(word.len())).collect();
        if bounds.len() <= 5 {
            continue;
        }
        for length in [4, 5] {
            for window in bounds.windows(length + 1) {
                if let (Some(start), Some(end)) = (window.first(), window.last())
                    && let Some(piece) = word.get(*start..*end)
                {
                    sink.add(3, &[piece], strength * 0.3);
                }
            }
        }
    }
    sink.add(2, &[before, ">"], strength);
    if let Some(first) = words.first() {
        sink.add(4, &[first], 0.5);
    }
    for window in words.windows(3) {
        sink.add(5, window, strength * 0.7);
    }
}

/// Groups of one to four characters, for text without spaces.
fn characters(text: &str, sink: &mut Sink) {
    let bounds: Vec<usize> = text.char_indices().map(|(at, _)| at).chain(std::iter::once(text.len())).collect();
    let strength = 1.0 / (bounds.len().max(1) as f32).sqrt();
    for length in 1..=4 {
        for window in bounds.windows(length + 1) {
            if let (Some(start), Some(end)) = (window.first(), window.last())
                && let Some(piece) = text.get(*start..*end)
            {
                sink.add(6, &[piece], strength);
            }
        }
    }
}

/// What the lexicon finds: how often, in which order, and whether it is negated.
fn leanings(text: &str, phrases: &Phrases<Leaning>, sink: &mut Sink) {
    let mut counts = [0u16; LEANINGS.len()];
    let (mut negated_at, mut last): (Option<usize>, Option<Leaning>) = (None, None);
    let (mut flipped_positive, mut flipped_negative, mut after_but) = (0u16, 0u16, None);
    for hit in phrases.find(text) {
        if let Some(count) = counts.get_mut(hit.kind as usize) {
            *count = count.saturating_add(1);
        }
        let negated = negated_at.is_some_and(|at| hit.start.saturating_sub(at) <= 18);
        match hit.kind {
            Leaning::Negator => negated_at = Some(hit.end),
            Leaning::Positive if negated => flipped_positive = flipped_positive.saturating_add(1),
            Leaning::Negative | Leaning::Problem if negated => flipped_negative = flipped_negative.saturating_add(1),
            Leaning::But => after_but = None,
            _ => {}
        }
        if matches!(hit.kind, Leaning::Positive | Leaning::Negative | Leaning::Problem | Leaning::Thanks) {
            last = Some(hit.kind);
            after_but = Some(hit.kind);
        }
    }
    for ((name, leaning), count) in LEANINGS.iter().zip(counts) {
        if count > 0 {
            sink.add(7, &[name], 1.0);
            sink.add(8, &[name], f32::from(count.min(4)).ln_1p());
        } else if matches!(leaning, Leaning::Positive | Leaning::Negative | Leaning::Problem) {
            sink.add(9, &[name], 0.5);
        }
    }
    if flipped_positive > 0 {
        sink.add(10, &["positive"], 1.0);
    }
    if flipped_negative > 0 {
        sink.add(10, &["negative"], 1.0);
    }
    let name = |leaning: Option<Leaning>| {
        leaning.map_or("", |leaning| LEANINGS.get(leaning as usize).map_or("", |(name, _)| name))
    };
    sink.add(11, &[name(last)], 0.5);
    let has = |leaning: Leaning| counts.get(leaning as usize).is_some_and(|count| *count > 0);
    if has(Leaning::But) {
        sink.add(12, &[name(after_but)], 1.0);
    }
    let pair = |first: Leaning, second: Leaning| has(first) && has(second);
    if pair(Leaning::Positive, Leaning::Problem) || pair(Leaning::Positive, Leaning::Negative) {
        sink.add(13, &["both"], 1.0);
    }
    if pair(Leaning::Request, Leaning::Problem) {
        sink.add(13, &["request-problem"], 1.0);
    }
    if pair(Leaning::Thanks, Leaning::Closing) && !has(Leaning::Positive) {
        sink.add(13, &["thanks-closing"], 1.0);
    }
    if has(Leaning::Thanks) && !has(Leaning::Positive) && !has(Leaning::Negative) && !has(Leaning::Problem) {
        sink.add(13, &["only-thanks"], 1.0);
    }
    if has(Leaning::Request) && !has(Leaning::Positive) && !has(Leaning::Negative) && !has(Leaning::Problem) {
        sink.add(13, &["only-request"], 1.0);
    }
}

/// Length, punctuation and letter case.
fn shape(text: &str, words: &[&str], sink: &mut Sink) {
    let length = match words.len() {
        0..=2 => "1",
        3..=5 => "2",
        6..=10 => "3",
        11..=20 => "4",
        _ => "5",
    };
    sink.add(14, &[length], 0.5);
    if text.contains(['?', '？']) {
        sink.add(15, &["?"], 0.5);
    }
    if text.contains(['!', '！']) {
        sink.add(15, &["!"], 0.5);
    }
    let (mut capitals, mut smalls) = (0usize, 0usize);
    for character in text.chars() {
        capitals += usize::from(character.is_uppercase());
        smalls += usize::from(character.is_lowercase());
    }
    if capitals > 8 && capitals > 2 * smalls {
        sink.add(15, &["capitals"], 0.5);
    }
    sink.add(16, &["bias"], 1.0);
}
