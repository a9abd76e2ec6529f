//! The second gate: reasons for which a near question may not have a stored answer, each checked on its own, so that a
//! mistake in the synonyms cannot open it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aftercall_core::text::{TokenKind, tokens};

use super::features::{Features, features};

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

static OPPOSITES: LazyLock<Vec<(&'static str, &'static str)>> = LazyLock::new(|| {
    include_str!("../../resources/opposites.en.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .collect()
});

/// Whether the answer to one question serves the other.
///
/// # Errors
/// The first reason why it does not.
pub fn gate(stored: &str, asked: &str) -> Result<(), Refusal> {
    let (left, right) = (features(stored), features(asked));
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
    if opposite(&left, &right) {
        return Err(Refusal::Opposite);
    }
    if left.kind != right.kind {
        return Err(Refusal::Kind);
    }
    if left.content.is_empty() || left.content != right.content {
        return Err(Refusal::Content);
    }
    if names(stored) != names(asked)
        && !(names(stored).is_subset(&words(asked)) && names(asked).is_subset(&words(stored)))
    {
        return Err(Refusal::Names);
    }
    Ok(())
}

fn opposite(left: &Features, right: &Features) -> bool {
    let words = |features: &Features| features.normal.split(' ').map(str::to_owned).collect::<BTreeSet<String>>();
    let (ours, theirs) = (words(left), words(right));
    let one_sided = |set: &BTreeSet<String>, word: &str, other: &str| set.contains(word) && !set.contains(other);
    OPPOSITES.iter().any(|(one, two)| {
        one_sided(&ours, one, two) && one_sided(&theirs, two, one)
            || one_sided(&ours, two, one) && one_sided(&theirs, one, two)
    })
}

fn words(question: &str) -> BTreeSet<String> {
    tokens::words(question).into_iter().collect()
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
        .collect()
}
