//! What single words mean to redaction: numbers, months, street types, names, fillers. Read once from data files.

use std::sync::LazyLock;

use foldhash::fast::FixedState;

use super::{email, labels, names};
use crate::text::Language;
use crate::text::sorted_words::SortedWords;
use crate::text::stop_words;

/// A word that stands for a number, or for a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    /// 0–9.
    Digit(u8),
    /// A complete number of two digits: 10–19, Spanish 21–29.
    Teen(u8),
    /// 20, 30 … 90.
    Tens(u8),
    /// 100 … 900 as one word.
    Hundreds(u16),
    /// Multiplies what stands before: hundred, thousand, 百.
    Scale(u32),
    /// Repeats the digit that follows: double, triple.
    Times(u8),
}

/// What is known of a word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Meaning {
    pub number: Option<Number>,
    flags: u16,
}

/// Properties of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Is {
    Ordinal = 1,
    Month = 2,
    Filler = 4,
    Street = 8,
    Unit = 16,
    Amount = 32,
    Title = 64,
    Greeting = 128,
    GivenName = 256,
    Surname = 512,
    /// A name that is also a word.
    NameWord = 1024,
    /// A word that is no name in lower case.
    Common = 2048,
    Stop = 4096,
    /// Says the at sign of an e-mail address.
    At = 8192,
    /// May follow a name that says who speaks.
    Closes = 16384,
    /// A label or the closing of a letter, which a name may follow.
    Label = 32768,
}

impl Meaning {
    pub(super) const fn is(self, property: Is) -> bool {
        self.flags & property as u16 != 0
    }

    /// Takes in the properties of another word.
    pub(super) const fn also(&mut self, other: Self) {
        self.flags |= other.flags;
    }

    fn add(&mut self, property: Is) {
        self.flags |= property as u16;
    }
}

/// The words are ours, so a fixed hash is safe.
type Meanings = std::collections::HashMap<&'static str, Meaning, FixedState>;

static MEANINGS: LazyLock<Meanings> = LazyLock::new(|| {
    let mut meanings = Meanings::default();
    for line in include_str!("../../resources/redaction/words.txt").lines() {
        if let Some((class, words)) = line.split_once(": ").filter(|_| !line.starts_with('#')) {
            for word in words.split_whitespace() {
                classified(class, word, &mut meanings);
            }
        }
    }
    let lists: [(&'static str, Is); 6] = [
        (include_str!("../../resources/redaction/common.en.txt"), Is::Common),
        (include_str!("../../resources/redaction/common.es.txt"), Is::Common),
        (include_str!("../../resources/redaction/common.other.txt"), Is::Common),
        (include_str!("../../resources/redaction/first_names.txt"), Is::GivenName),
        (include_str!("../../resources/redaction/surnames.txt"), Is::Surname),
        (include_str!("../../resources/redaction/name_words.txt"), Is::NameWord),
    ];
    for (file, property) in lists {
        for word in stop_words::list(file) {
            meanings.entry(word).or_default().add(property);
        }
    }
    for word in [Language::English, Language::Spanish].into_iter().flat_map(stop_words::all) {
        meanings.entry(word).or_default().add(Is::Stop);
    }
    for word in email::AT_WORDS {
        meanings.entry(word).or_default().add(Is::At);
    }
    for word in labels::words() {
        // All of them are everyday words too, and words of this table are looked up in no other list.
        let meaning: &mut Meaning = meanings.entry(word).or_default();
        meaning.add(Is::Label);
        meaning.add(Is::Common);
    }
    for word in names::CLOSING_WORDS {
        meanings.entry(word).or_default().add(Is::Closes);
    }
    meanings
});

fn classified(class: &str, entry: &'static str, meanings: &mut Meanings) {
    let (word, value) = entry.split_once('=').map_or((entry, 0u32), |(word, value)| (word, value.parse().unwrap_or(0)));
    let meaning: &mut Meaning = meanings.entry(word).or_default();
    let small = u8::try_from(value).unwrap_or(0);
    let number = match class {
        "digit" => Some(Number::Digit(small)),
        "teen" => Some(Number::Teen(small)),
        "tens" => Some(Number::Tens(small)),
        "hundreds" => Some(Number::Hundreds(u16::try_from(value).unwrap_or(0))),
        "scale" => Some(Number::Scale(value)),
        "times" => Some(Number::Times(small)),
        _ => None,
    };
    match class {
        "ordinal" => meaning.add(Is::Ordinal),
        "month" => meaning.add(Is::Month),
        "filler" => meaning.add(Is::Filler),
        "street" => meaning.add(Is::Street),
        "unit" => meaning.add(Is::Unit),
        "amount" => meaning.add(Is::Amount),
        "title" => meaning.add(Is::Title),
        "greeting" => meaning.add(Is::Greeting),
        _ => {}
    }
    if number.is_some() && meaning.number.is_none() {
        meaning.number = number;
    }
}

/// The long lists: few words of a turn are looked up here, and nothing of them is read before.
static DICTIONARY: LazyLock<SortedWords> =
    LazyLock::new(|| SortedWords::new(include_str!("../../resources/redaction/dictionary.en.txt")));
static GIVEN_NAMES: LazyLock<SortedWords> =
    LazyLock::new(|| SortedWords::new(include_str!("../../resources/redaction/given_names.txt")));
static FAMILY_NAMES: LazyLock<SortedWords> =
    LazyLock::new(|| SortedWords::new(include_str!("../../resources/redaction/family_names.txt")));

/// What a folded word means; nothing for words of no list.
pub(super) fn meaning(word: &str) -> Meaning {
    MEANINGS.get(word).copied().unwrap_or_else(|| rare(word))
}

/// Endings that Spanish verbs, adverbs and nouns have and names hardly ever.
const SPANISH_ENDINGS: &[&str] = &[
    "amos", "emos", "imos", "aron", "ieron", "ando", "iendo", "arlo", "arla", "arlos", "arlas", "erlo", "erla", "irlo",
    "irla", "arme", "arse", "arnos", "erme", "irme", "ción", "ciones", "mente", "aban", "ándome", "ándose", "idad",
];

/// What a word of the long lists means.
fn rare(word: &str) -> Meaning {
    let mut meaning = Meaning::default();
    if !word.chars().all(char::is_alphabetic) || word.len() < 3 {
        return meaning;
    }
    if GIVEN_NAMES.contains(word) {
        meaning.add(Is::GivenName);
    }
    if FAMILY_NAMES.contains(word) {
        meaning.add(Is::Surname);
    }
    // Spanish words, of which no list has all: necesitamos, dijeron, esperando, revisarlo, claramente.
    let ending = SPANISH_ENDINGS.iter().any(|end| word.ends_with(end));
    if meaning == Meaning::default() && ending && word.len() > 6 {
        meaning.add(Is::Common);
    }
    if DICTIONARY.contains(word) || meaning == Meaning::default() && is_inflected(word) {
        meaning.add(Is::Common);
    }
    meaning
}

/// Whether a word is another one with an ending.
fn is_inflected(word: &str) -> bool {
    let is_word = |stem: &str| {
        stem.len() >= 3 && (MEANINGS.get(stem).is_some_and(|known| known.is(Is::Common)) || DICTIONARY.contains(stem))
    };
    let with = |stem: &str, letter: char| {
        let mut stem = stem.to_owned();
        stem.push(letter);
        is_word(&stem)
    };
    ["s", "es", "d", "ed", "ing", "ly", "er", "r", "ers", "rs"].iter().filter_map(|end| word.strip_suffix(end)).any(
        |stem| {
            let mut letters = stem.chars().rev();
            let doubled = letters.next().zip(letters.next()).is_some_and(|(last, before)| last == before);
            is_word(stem)
                || word.ends_with("ing") && with(stem, 'e')
                || doubled && stem.get(..stem.len() - 1).is_some_and(is_word)
        },
    ) || ["ies", "ied"].iter().filter_map(|end| word.strip_suffix(end)).any(|stem| with(stem, 'y'))
}

/// Whether a lower-case word is a first name and no other word.
pub(crate) fn is_first_name(word: &str) -> bool {
    let meaning = meaning(word);
    meaning.is(Is::GivenName) && !meaning.is(Is::Common) && !meaning.is(Is::NameWord) && !meaning.is(Is::Stop)
}

/// Whether a lower-case word is a given or family name and no other word.
pub(crate) fn is_person_name(word: &str) -> bool {
    let meaning = meaning(word);
    is_first_name(word) || meaning.is(Is::Surname) && !meaning.is(Is::Common) && !meaning.is(Is::Stop)
}

/// Whether a lower-case word is an everyday one and no name.
pub(crate) fn is_common_word(word: &str) -> bool {
    meaning(word).is(Is::Common)
}

#[cfg(test)]
mod tests {
    use super::{DICTIONARY, FAMILY_NAMES, GIVEN_NAMES, Is, meaning};

    /// They are searched by halving, so a word out of order would never be found.
    #[test]
    fn the_long_lists_are_in_order() {
        for list in [&DICTIONARY, &GIVEN_NAMES, &FAMILY_NAMES] {
            let words: Vec<&str> = list.words().collect();
            assert!(words.len() > 10_000);
            for pair in words.windows(2) {
                assert!(pair[0] < pair[1], "{pair:?}");
            }
            assert!(words.iter().step_by(97).all(|word| list.contains(word)));
        }
    }

    #[test]
    fn rare_words_are_told_from_names() {
        assert!(meaning("wojciechowski").is(Is::Surname) && !meaning("wojciechowski").is(Is::Common));
        assert!(meaning("caoimhe").is(Is::GivenName));
        for word in ["thumbscrews", "unplugging", "notarised", "netflix"] {
            assert!(meaning(word).is(Is::Common), "{word}");
        }
        assert!(!meaning("grobelnikov").is(Is::Common));
    }
}
