//! Things of one kind: of a refund and a replacement, or a wrist and an ankle, a statement may not name the one where the
//! turns name the other. Which things are of one kind is a data file; another has things so concrete that a statement may
//! name none that nobody spoke of.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::words::{Word, alike, lines, same, stem};
use crate::text::{TokenKind, tokens};

/// A way of saying one thing of a kind.
struct Form {
    /// Keys that follow the first.
    rest: Vec<String>,
    kind: u16,
    member: u16,
    /// Only turns say it so; in a statement it means nothing here.
    loose: bool,
}

/// Stands for each thing of its kind.
const ANY: u16 = u16::MAX;

struct Kinds {
    /// Forms by their first key.
    forms: HashMap<String, Vec<Form>>,
    /// By kind: whether a statement may not name a thing of it that the turns do not have.
    particular: Vec<bool>,
    /// By kind: whether its things are people.
    people: Vec<bool>,
    /// What words are looked up by.
    key: fn(&Word) -> String,
    /// Whether a word of the conversation may stand for one of the statement.
    close: fn(&str, &str) -> bool,
}

impl Kinds {
    fn new(key: fn(&Word) -> String, close: fn(&str, &str) -> bool) -> Self {
        Self { forms: HashMap::new(), particular: Vec::new(), people: Vec::new(), key, close }
    }

    fn read(&mut self, file: &'static str, particular: bool, of_text: fn(&str) -> String) {
        let all = lines(file).filter_map(|line| line.split_once(": "));
        for ((name, members), kind) in all.zip(0u16..) {
            let (name, people) = name.strip_prefix('@').map_or((name, false), |name| (name, true));
            self.people.push(people);
            self.particular.push(particular || name.starts_with('!'));
            let wider = name.split_once('/').map_or("", |(_, wider)| wider);
            for word in wider.split(',').filter(|word| !word.is_empty()) {
                self.add(word, of_text, (kind, ANY), true);
            }
            for (group, member) in members.split_whitespace().zip(0u16..) {
                let mut loose = false;
                for form in group.split_inclusive(['=', '+']) {
                    self.add(form.trim_end_matches(['=', '+']), of_text, (kind, member), loose);
                    loose = form.ends_with('+');
                }
            }
        }
    }

    fn add(&mut self, form: &str, of_text: fn(&str) -> String, (kind, member): (u16, u16), loose: bool) {
        let said = form.replace('_', " ");
        let keys = tokens(&said).into_iter().filter(|token| token.kind == TokenKind::Word);
        let mut keys = keys.map(|token| of_text(token.text)).collect::<Vec<_>>().into_iter();
        if let Some(first) = keys.next() {
            self.forms.entry(first).or_default().push(Form { rest: keys.collect(), kind, member, loose });
        }
    }

    /// Whether a statement says by a thing whom it is about: "The tenant said …".
    fn is_subject(&self, our: &Found, said: &[Word]) -> bool {
        our.at.0 == 1
            && said.first().is_some_and(|word| matches!(word.text.as_str(), "the" | "a" | "an"))
            && self.people.get(usize::from(our.kind)).copied().unwrap_or_default()
    }

    fn is_particular(&self, kind: u16) -> bool {
        self.particular.get(usize::from(kind)).copied().unwrap_or_default()
    }
}

static KINDS: LazyLock<Kinds> = LazyLock::new(|| {
    let mut kinds = Kinds::new(|word| word.stem.clone(), alike);
    kinds.read(include_str!("../../resources/grounding/kinds.en.txt"), false, stem);
    kinds
});

static THINGS: LazyLock<Kinds> = LazyLock::new(|| {
    let mut things = Kinds::new(|word| singular(&word.text), same);
    things.read(include_str!("../../resources/grounding/things.en.txt"), true, singular);
    things
});

/// A noun without the ending of its plural. Stems would take an accountant for an account.
fn singular(noun: &str) -> String {
    let noun = noun.strip_suffix("'s").unwrap_or(noun);
    let long = |stem: &&str| stem.len() > 2;
    if let Some(stem) = noun.strip_suffix("ies").filter(long) {
        return format!("{stem}y");
    }
    let sibilant = ["ches", "shes", "sses", "xes"].iter().any(|end| noun.ends_with(end));
    let singular = if sibilant {
        noun.strip_suffix("es")
    } else {
        noun.strip_suffix('s').filter(|stem| !stem.ends_with(['s', 'u', 'i']))
    };
    singular.filter(long).unwrap_or(noun).to_owned()
}

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

impl Found {
    fn is_for(&self, our: &Self) -> bool {
        self.kind == our.kind && (self.member == our.member || self.member == ANY)
    }
}

/// The things of a text. Where one form covers another ("credit card", "credit"), the longer one counts.
fn found(kinds: &Kinds, words: &[Word]) -> Vec<Found> {
    let keys: Vec<String> = words.iter().map(kinds.key).collect();
    let mut all: Vec<Found> = Vec::new();
    for (at, key) in keys.iter().enumerate() {
        for form in kinds.forms.get(key).into_iter().flatten() {
            let rest = keys.get(at + 1..at + 1 + form.rest.len()).unwrap_or_default();
            if rest == form.rest {
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

/// What the statement names and the turns contradict or nobody spoke of there or near it.
pub(super) fn compare(said: &[Word], known: &[Word], near: &[Word]) -> Option<String> {
    compare_in(&KINDS, said, known, near).or_else(|| compare_in(&THINGS, said, known, near))
}

fn compare_in(kinds: &Kinds, said: &[Word], known: &[Word], near: &[Word]) -> Option<String> {
    let (ours, theirs, earlier) = (found(kinds, said), found(kinds, known), found(kinds, near));
    let text = |words: &[Word], at: (usize, usize)| {
        words.get(at.0..=at.1).unwrap_or_default().iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    };
    // One word may be a thing of several kinds: then it is enough that one of them is spoken of.
    let spoken = |our: &Found| {
        ours.iter().filter(|other| other.at == our.at).any(|other| theirs.iter().any(|their| their.is_for(other)))
    };
    ours.iter().filter(|our| !our.loose && !our.denied && !kinds.is_subject(our, said) && !spoken(our)).find_map(
        |our| {
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
            let words = said.get(our.at.0..=our.at.1).unwrap_or_default();
            let elsewhere = earlier.iter().any(|their| their.is_for(our))
                || words
                    .iter()
                    .any(|word| known.iter().chain(near).any(|other| (kinds.close)(&word.stem, &other.stem)));
            (kinds.is_particular(our.kind) && !elsewhere)
                .then(|| format!("words: {} is not in the turns", text(said, our.at)))
        },
    )
}
