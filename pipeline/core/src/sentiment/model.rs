//! The offline model: a turn's label from its words.

use std::collections::HashMap;
use std::sync::LazyLock;

use aftercall_schemas::{SentimentLabel, Turn};

use crate::text::{Language, tokens};

/// Name of the model as it stands in results.
pub const NAME: &str = "aftercall-lexicon/1";

static ENGLISH: LazyLock<HashMap<&'static str, i32>> = LazyLock::new(|| {
    include_str!("../../resources/sentiment/lexicon.en.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(word, weight)| Some((word, weight.trim().parse().ok()?)))
        .collect()
});

/// The label of a turn, given the turn before it; null where the turn has no words.
pub fn label(turn: &Turn, _before: Option<&Turn>, language: Language) -> Option<SentimentLabel> {
    let words = tokens::words(&turn.content);
    if words.is_empty() || language != Language::English {
        return None;
    }
    let sum: i32 = words.iter().filter_map(|word| ENGLISH.get(word.as_str())).sum();
    Some(match sum {
        1.. => SentimentLabel::Positive,
        0 => SentimentLabel::Neutral,
        _ => SentimentLabel::Negative,
    })
}
