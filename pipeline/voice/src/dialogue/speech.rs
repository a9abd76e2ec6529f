//! Whether there was anything in what was heard: silence, fillers, or words.

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speech {
    /// Nothing.
    Silence,
    /// Sounds without a meaning.
    Filler,
    /// Words, without the fillers around them.
    Words(String),
}

const FILLERS: &[&str] = &[
    "um",
    "uh",
    "uhm",
    "erm",
    "er",
    "hmm",
    "hm",
    "mm",
    "mhm",
    "ah",
    "eh",
    "oh",
    "huh",
    "well",
    "so",
    "like",
    "okay",
    "ok",
    "este",
    "pues",
    "えっと",
    "あの",
    "ええと",
];
/// Longest input that is looked at, characters: what is longer is cut.
const LONGEST: usize = 2_000;

/// Sorts what was heard.
pub fn speech(heard: &str) -> Speech {
    let heard: String = heard.chars().filter(|character| !character.is_control()).take(LONGEST).collect();
    if !heard.chars().any(char::is_alphanumeric) && !heard.contains(['#', '*']) {
        return Speech::Silence;
    }
    let filler = |word: &&str| {
        let bare: String = word.chars().filter(|character| character.is_alphanumeric()).collect();
        bare.is_empty() || FILLERS.contains(&bare.to_lowercase().as_str())
    };
    let kept: Vec<&str> = heard.split_whitespace().skip_while(filler).collect();
    // "like" and "so" mean something inside a sentence; hesitations never do.
    let hesitation = |word: &&&str| {
        let bare = word.trim_matches(|character: char| !character.is_alphanumeric()).to_lowercase();
        !matches!(bare.as_str(), "um" | "uh" | "uhm" | "erm" | "er" | "hmm" | "hm" | "えっと" | "ええと")
    };
    let words = kept.iter().filter(hesitation).copied().collect::<Vec<_>>().join(" ");
    if words.is_empty() && !heard.contains(['#', '*']) { Speech::Filler } else { Speech::Words(words) }
}
