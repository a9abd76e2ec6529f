//! Japanese questions: there are no spaces to part words by, so only the ending, which says how a question asks, is taken away, and
//! what is left of it must be the same.

use std::sync::LazyLock;

use super::features::{Kind, Reading};
use super::rules::lines;

struct Knowledge {
    instead: Vec<(&'static str, &'static str)>,
    endings: Vec<(&'static str, Kind)>,
}

static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(|| {
    let file = include_str!("../../resources/questions.ja.txt");
    let instead =
        lines(file).filter_map(|line| line.split_once(" =")).map(|(left, right)| (left, right.trim())).collect();
    let endings = lines(file)
        .filter_map(|line| line.split_once(": "))
        .filter_map(|(ending, kind)| Some((ending, kind_of(kind)?)));
    Knowledge { instead, endings: endings.collect() }
});

fn kind_of(name: &str) -> Option<Kind> {
    [Kind::Do, Kind::Can, Kind::Must, Kind::Cost, Kind::Whether, Kind::What]
        .into_iter()
        .find(|kind| kind.as_str() == name)
}

/// What it asks; none where nothing of it is known.
pub(super) fn reading(normal: &str) -> Option<Reading> {
    let mut text: String = normal.chars().filter(|character| !" 、。？?！".contains(*character)).collect();
    for (left, right) in &KNOWLEDGE.instead {
        text = text.replace(left, right);
    }
    let (rest, kind) = KNOWLEDGE.endings.iter().find_map(|(ending, kind)| Some((text.strip_suffix(ending)?, *kind)))?;
    // "変更する", "変更し" and "変更の" are the same before an ending; "パスワードを変更" and "パスワードの変更" too.
    let mut rest = rest;
    for tail in ["の", "する", "し"] {
        rest = rest.strip_suffix(tail).unwrap_or(rest);
    }
    (!rest.is_empty()).then(|| Reading { kind, content: vec![object_of(rest)] })
}

/// "領収書を発行" is "領収書の発行": what is done to a thing, as a verb or as a noun of two characters at the end.
fn object_of(rest: &str) -> String {
    let noun: String = rest.chars().rev().take(2).collect::<Vec<char>>().into_iter().rev().collect();
    let ideographs = noun.chars().all(|character| ('\u{4e00}'..='\u{9fff}').contains(&character));
    match rest.strip_suffix(&noun).and_then(|before| before.strip_suffix('を')) {
        Some(thing) if ideographs => format!("{thing}の{noun}"),
        _ => rest.to_owned(),
    }
}
