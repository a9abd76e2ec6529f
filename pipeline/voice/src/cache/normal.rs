//! The normal form of a question: how it is spelt and padded makes no difference, every word that means something stays, in
//! its place.

use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

/// Longest question that is looked at, characters.
const LONGEST: usize = 1_000;

/// Spelling and padding, in order. Contractions are opened before anything looks for a negation.
static RULES: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        (r"[’‘ʼ]", "'"),
        (r"\bcan't\b|\bcannot\b|\bcant\b", "can not"),
        (r"\bwon't\b|\bwont\b", "will not"),
        (r"\b(is|are|was|were|do|does|did|has|have|had|could|should|would)n'?t\b", "$1 not"),
        (r"\b(what|where|when|who|how|that|there|it)'s\b", "$1 is"),
        (r"\b(what|where)s\b", "$1 is"),
        (r"\bi'm\b|\bim\b", "i am"),
        (r"\bi'd like\b", "i would like"),
        (r"\b(i|you|we|they)'(?:ve)\b", "$1 have"),
        (r"\b(i|you|we|they|it)'(?:ll)\b", "$1 will"),
        (r"\bu\b", "you"),
        (r"\bur\b", "your"),
        (r"\b(?:pls|plz|kindly)\b", "please"),
        (r"\bhw\b", "how"),
        (r"\bhow 2\b", "how to"),
        (r"\bwanna\b", "want to"),
        (r"\bgonna\b", "going to"),
        (r"[^\p{L}\p{M}\p{N}'.,%$€£#+-]+", " "),
        (r"[.,'-]+(\s|$)", " "),
        (r"(^|\s)[.,'-]+", " "),
        (r"\b(?:um|uh|uhm|erm|er|hmm)\b", " "),
        (r"^\s*(?:hi|hello|hey|yeah|okay|ok|so|and|well|good morning|excuse me)\b", " "),
        (r"^\s*(?:hi|hello|hey|yeah|okay|ok|so|and|well|good morning|excuse me)\b", " "),
        (r"\bplease\b", " "),
        (r"\b(?:thanks|thank you)\s*$", " "),
        (r"\bsign(?:ing)? up\b", "enroll"),
        (r"\bget rid of\b", "remove"),
        (r"\b(?:turn|switch) on\b", "activate"),
        (r"\b(?:turn|switch) off\b", "deactivate"),
        (r"\b(?:turn|switch) ((?:\S+ ){1,3})on\b", "activate $1"),
        (r"\b(?:turn|switch) ((?:\S+ ){1,3})off\b", "deactivate $1"),
        (r"\bdo you (?:guys )?take (cash|cards?|checks?|cheques?|paypal|credit)\b", "do you accept $1"),
        (r"\bper (month|year|week|day)\b", "${1}ly"),
        (r"\bswimming pool\b", "pool"),
        (r"\s+", " "),
    ]
    .into_iter()
    .filter_map(|(pattern, instead)| Some((Regex::new(pattern).ok()?, instead)))
    .collect()
});

/// The normal form: NFKC, lower case, contractions opened, fillers and politeness taken away, doubled words once.
pub fn normalise(question: &str) -> String {
    let mut text: String = question.nfkc().take(LONGEST).collect::<String>().to_lowercase();
    for (pattern, instead) in RULES.iter() {
        text = pattern.replace_all(&text, *instead).into_owned();
    }
    // "my my balance", "do you do you take cash": speech recognition writes a stutter down. Digits may well repeat.
    let mut words: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        words.push(word);
        for length in 1..=3 {
            let Some(start) = words.len().checked_sub(2 * length) else { break };
            let Some((first, second)) = words.get(start..).map(|tail| tail.split_at(length)) else { break };
            if first == second && !first.iter().any(|word| word.chars().any(|character| character.is_ascii_digit())) {
                words.truncate(start + length);
            }
        }
    }
    words.join(" ")
}
