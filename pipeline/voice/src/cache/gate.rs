//! The second gate: reasons for which a near question may not have a stored answer, each checked on its own, so that a
//! mistake in the synonyms cannot open it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aftercall_core::text::{TokenKind, tokens};
use rust_stemmers::{Algorithm, Stemmer};

use super::features::{Features, Reading, features, is_date};
use super::rules::{known_words, lines};
use super::spanish;
use super::words::meaning;

/// Why a stored answer does not serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// One of them asks for the caller's own data.
    OwnData,
    /// They ask in different ways: whether, how, when.
    Kind,
    /// Their content words differ, or there are none.
    Content,
    /// Their numbers differ.
    Numbers,
    /// Their days, months or times differ.
    Dates,
    /// One denies what the other says.
    Negation,
    /// One has the opposite of a word of the other.
    Opposite,
    /// A name of the one is not in the other.
    Names,
}

static OPPOSITES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    [include_str!("../../resources/opposites.en.txt"), include_str!("../../resources/opposites.es.txt")]
        .into_iter()
        .flat_map(lines)
        .filter_map(|line| line.split_once(' '))
        .map(|(one, two)| (stem(one), stem(two)))
        .collect()
});

/// Whether the answer to one question serves the other.
///
/// # Errors
/// The first reason why it does not.
pub fn gate(stored: &str, asked: &str) -> Result<(), Refusal> {
    compare(stored, asked, &features(asked))
}

/// The same where the question was taken apart before.
pub(super) fn compare(stored: &str, asked: &str, right: &Features) -> Result<(), Refusal> {
    let left = &features(stored);
    if left.own_data || right.own_data {
        return Err(Refusal::OwnData);
    }
    if left.normal == right.normal {
        return Ok(());
    }
    if left.numbers != right.numbers {
        return Err(Refusal::Numbers);
    }
    if left.dates != right.dates {
        return Err(Refusal::Dates);
    }
    if left.negated != right.negated {
        return Err(Refusal::Negation);
    }
    if opposite(left, right) {
        return Err(Refusal::Opposite);
    }
    if !pairs(left, right).any(|(left, right)| left.kind == right.kind) {
        return Err(if left.readings.is_empty() || right.readings.is_empty() {
            Refusal::Content
        } else {
            Refusal::Kind
        });
    }
    if !pairs(left, right).any(|(left, right)| left == right) || unexplained(left, right) {
        return Err(Refusal::Content);
    }
    if !(names(stored).is_subset(&words(asked)) && names(asked).is_subset(&words(stored))) {
        return Err(Refusal::Names);
    }
    Ok(())
}

fn pairs<'a>(left: &'a Features, right: &'a Features) -> impl Iterator<Item = (&'a Reading, &'a Reading)> {
    left.readings.iter().flat_map(|left| right.readings.iter().map(move |right| (left, right)))
}

/// Whether one of them has a word that the other has not and that no rule for forms of questions knows: then a rule has taken away what
/// it should have kept.
fn unexplained(left: &Features, right: &Features) -> bool {
    static KNOWN: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        // Words of the patterns in code.
        const OTHERS: &str = "how what which where when who why whether did way step explain question have had just already \
            recently bought received ordered include cover contain size big fast speed high heavy weight large long period term \
            offer provide necessary required mandatory option chance charge fee cost daily weekly monthly yearly every";
        const SPANISH_OTHERS: &str = "a de en por para que como cuanto cuesta tarda hay incluye";
        [include_str!("../../resources/frames.en.txt"), include_str!("../../resources/contexts.en.txt"), OTHERS]
            .into_iter()
            .flat_map(known_words)
            .map(|word| meaning(&word))
            .chain(
                [include_str!("../../resources/frames.es.txt"), SPANISH_OTHERS]
                    .into_iter()
                    .flat_map(known_words)
                    .map(|word| spanish::meaning(&word)),
            )
            .collect()
    });
    left.words.symmetric_difference(&right.words).any(|word| !KNOWN.contains(word))
}

fn opposite(left: &Features, right: &Features) -> bool {
    let words = |features: &Features| features.said.split(' ').map(stem).collect::<BTreeSet<String>>();
    let (ours, theirs) = (words(left), words(right));
    let one_sided = |set: &BTreeSet<String>, word: &str, other: &str| set.contains(word) && !set.contains(other);
    OPPOSITES.iter().any(|(one, two)| {
        one_sided(&ours, one, two) && one_sided(&theirs, two, one)
            || one_sided(&ours, two, one) && one_sided(&theirs, one, two)
    })
}

/// "Sundays" is the same name as "Sunday"; what means the same as a name is another one.
fn stem(word: &str) -> String {
    Stemmer::create(Algorithm::English).stem(word).into_owned()
}

fn words(question: &str) -> BTreeSet<String> {
    tokens::words(question).iter().map(|word| stem(word)).collect()
}

/// Words with a capital inside a sentence that is not written in capitals throughout.
fn names(question: &str) -> BTreeSet<String> {
    if !question.chars().any(char::is_lowercase) {
        return BTreeSet::new();
    }
    tokens(question)
        .iter()
        .filter(|token| token.kind == TokenKind::Word)
        .skip(1)
        .filter(|token| {
            token.text.chars().next().is_some_and(char::is_uppercase)
                && token.text != "I"
                && !token.text.starts_with("I'")
        })
        .map(|token| tokens::lower(token.text))
        // Days and months are compared as such.
        .filter(|name| !is_date(name))
        .map(|name| stem(&name))
        .collect()
}
