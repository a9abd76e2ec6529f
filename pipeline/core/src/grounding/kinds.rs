//! Things of one kind: of a refund and a replacement, or a wrist and an ankle, a statement may not name the one where the
//! turns name the other. Which things are of one kind is a data file.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::words::{Word, alike, lines, stem};
use crate::text::{TokenKind, tokens};

/// A way of saying one thing of a kind.
struct Form {
    /// Stems that follow the first.
    rest: Vec<String>,
    kind: u16,
    member: u16,
    /// Only turns say it so; in a statement it means nothing here.
    loose: bool,
}

struct Kinds {
    /// Forms by their first stem.
    forms: HashMap<String, Vec<Form>>,
    /// By kind: whether a statement may not name a thing of it that the turns do not have.
    particular: Vec<bool>,
}

static KINDS: LazyLock<Kinds> = LazyLock::new(|| {
    let mut kinds = Kinds { forms: HashMap::new(), particular: Vec::new() };
    let all = lines(include_str!("../../resources/grounding/kinds.en.txt")).filter_map(|line| line.split_once(": "));
    for ((name, members), kind) in all.zip(0u16..) {
        kinds.particular.push(name.starts_with('!'));
        for (group, member) in members.split_whitespace().zip(0u16..) {
            let mut loose = false;
            for form in group.split_inclusive(['=', '+']) {
                let said = form.trim_end_matches(['=', '+']).replace('_', " ");
                let mut stems = tokens(&said)
                    .into_iter()
                    .filter(|token| token.kind == TokenKind::Word)
                    .map(|token| stem(token.text))
                    .collect::<Vec<_>>()
                    .into_iter();
                if let Some(first) = stems.next() {
                    let form = Form { rest: stems.collect(), kind, member, loose };
                    kinds.forms.entry(first).or_default().push(form);
                }
                loose = form.ends_with('+');
            }
        }
    }
    kinds
});

/// Groups of stems that are said for the same thing of a kind.
pub(super) fn same_things() -> Vec<Vec<String>> {
    let mut groups: HashMap<(u16, u16), Vec<String>> = HashMap::new();
    for (first, forms) in &KINDS.forms {
        for form in forms.iter().filter(|form| !form.loose && form.rest.is_empty()) {
            groups.entry((form.kind, form.member)).or_default().push(first.clone());
        }
    }
    groups.into_values().filter(|group| group.len() > 1).collect()
}

/// A thing of a kind in a text.
struct Found {
    kind: u16,
    member: u16,
    /// First and last word.
    at: (usize, usize),
    loose: bool,
    denied: bool,
}

/// The things of a text. Where one form covers another ("credit card", "credit"), the longer one counts.
fn found(words: &[Word]) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        for form in KINDS.forms.get(&word.stem).into_iter().flatten() {
            let rest = words.get(at + 1..at + 1 + form.rest.len()).unwrap_or_default();
            if rest.len() == form.rest.len() && rest.iter().zip(&form.rest).all(|(word, stem)| word.stem == *stem) {
                all.push(Found {
                    kind: form.kind,
                    member: form.member,
                    at: (at, at + form.rest.len()),
                    loose: form.loose,
                    denied: super::negation::denied_at(words, at),
                });
            }
        }
    }
    let longer: Vec<(usize, usize)> = all.iter().map(|found| found.at).filter(|(from, to)| to > from).collect();
    all.retain(|found| {
        !longer.iter().any(|(from, to)| *from <= found.at.0 && found.at.1 <= *to && to - from > found.at.1 - found.at.0)
    });
    all
}

/// What the statement names and the turns contradict or, with what was said before them, do not have.
pub(super) fn compare(said: &[Word], known: &[Word], before: &[Word]) -> Option<String> {
    let (ours, theirs, earlier) = (found(said), found(known), found(before));
    let text = |words: &[Word], at: (usize, usize)| {
        words.get(at.0..=at.1).unwrap_or_default().iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    };
    ours.iter().filter(|our| !our.loose && !our.denied).find_map(|our| {
        let same = |their: &&Found| their.kind == our.kind && their.member == our.member;
        if theirs.iter().any(|their| same(&their)) {
            return None;
        }
        let named = |their: &Found| ours.iter().any(|our| our.kind == their.kind && our.member == their.member);
        let other = theirs.iter().find(|their| {
            their.kind == our.kind && their.member != our.member && !their.loose && !their.denied && !named(their)
        });
        if let Some(other) = other {
            return Some(format!(
                "words: the statement says {}, the turns say {}",
                text(said, our.at),
                text(known, other.at)
            ));
        }
        let particular = KINDS.particular.get(usize::from(our.kind)).copied().unwrap_or_default();
        let words = said.get(our.at.0..=our.at.1).unwrap_or_default();
        let elsewhere = earlier.iter().any(|their| same(&their))
            || words.iter().any(|word| known.iter().chain(before).any(|other| alike(&word.stem, &other.stem)));
        (particular && !elsewhere).then(|| format!("words: {} is not in the turns", text(said, our.at)))
    })
}
