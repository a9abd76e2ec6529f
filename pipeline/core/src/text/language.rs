//! Which of the shipped languages a text is in. Resources exist for English, Spanish and Japanese; any other language is
//! said to be unsupported, never treated as one of the three.

use aftercall_schemas::Conversation;

use super::stop_words;
use super::tokens;

/// A language that resources are shipped for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// English.
    English,
    /// Spanish.
    Spanish,
    /// Japanese.
    Japanese,
}

/// What is known of a text's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// A shipped language.
    Supported(Language),
    /// Another language, as a tag or code.
    Other(String),
    /// The words do not tell.
    Unknown,
}

impl Language {
    /// The primary subtag, such as `en`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
            Self::Japanese => "ja",
        }
    }

    /// The language of a BCP 47 tag, if it is a shipped one.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        [Self::English, Self::Spanish, Self::Japanese]
            .into_iter()
            .find(|language| primary.eq_ignore_ascii_case(language.code()))
    }
}

/// How much text is looked at when the language is not stated, bytes.
const SAMPLE_BYTES: usize = 600;
/// Below this many letters a statistical guess is worth nothing.
const LETTERS_TO_GUESS: usize = 40;

/// The language of a conversation: as stated, or else as its first turns tell.
pub fn of_conversation(conversation: &Conversation) -> Known {
    if let Some(tag) = conversation.language.as_deref().filter(|tag| !tag.trim().is_empty()) {
        return of_stated(tag);
    }
    let mut sample = String::new();
    for turn in &conversation.turns {
        sample.push_str(&turn.content);
        sample.push('\n');
        if sample.len() > SAMPLE_BYTES {
            break;
        }
    }
    of_text(&sample)
}

/// The language that a tag states.
pub fn of_stated(tag: &str) -> Known {
    Language::of_tag(tag).map_or_else(|| Known::Other(tag.to_owned()), Known::Supported)
}

/// The language that words tell: the script first, then function words, then the statistics of `whatlang`.
pub fn of_text(text: &str) -> Known {
    if text.chars().any(|character| matches!(character, 'ぁ'..='ゟ' | 'ァ'..='ヺ')) {
        return Known::Supported(Language::Japanese);
    }
    let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= SAMPLE_BYTES).last().unwrap_or(0);
    let sample = if text.len() <= SAMPLE_BYTES { text } else { text.get(..end).unwrap_or(text) };
    let folded = super::fold(sample);
    let (mut words, mut english, mut spanish) = (0usize, 0usize, 0usize);
    for token in tokens::tokens(folded.text()).into_iter().filter(|token| token.kind != tokens::TokenKind::Symbol) {
        words += 1;
        english += usize::from(stop_words::is_stop_word(token.text, Language::English));
        spanish += usize::from(stop_words::is_stop_word(token.text, Language::Spanish));
    }
    if english * 4 >= words && english > spanish * 2 {
        return Known::Supported(Language::English);
    }
    let letters = sample.chars().filter(|character| character.is_alphabetic()).count();
    if letters >= LETTERS_TO_GUESS
        && let Some(guess) = whatlang::detect(sample).filter(whatlang::Info::is_reliable)
    {
        return match guess.lang() {
            whatlang::Lang::Eng => Known::Supported(Language::English),
            whatlang::Lang::Spa => Known::Supported(Language::Spanish),
            whatlang::Lang::Jpn => Known::Supported(Language::Japanese),
            other => Known::Other(other.code().to_owned()),
        };
    }
    match english.cmp(&spanish) {
        std::cmp::Ordering::Greater => Known::Supported(Language::English),
        std::cmp::Ordering::Less => Known::Supported(Language::Spanish),
        std::cmp::Ordering::Equal => Known::Unknown,
    }
}
