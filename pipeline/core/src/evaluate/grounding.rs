//! The grounding check against statements of which half were altered.

use std::collections::BTreeMap;

use aftercall_schemas::Turn;
use aftercall_schemas::results::Verdict;

use super::metrics::{interval, share};
use super::sets::{Dialogue, role};
use super::{Baseline, Row};
use crate::grounding;

fn verdict(dialogue: &Dialogue) -> Verdict {
    let turns = dialogue.turns();
    let supporting: Vec<&Turn> = dialogue.supporting_turns.iter().filter_map(|at| turns.get(*at)).collect();
    grounding::check_within(&dialogue.statement, dialogue.speaker.as_deref().map(role), &supporting, &turns)
}

/// Caught when the altered statement is marked.
fn marked(dialogue: &Dialogue) -> bool {
    verdict(dialogue) != Verdict::Supported
}

/// The baseline: a number or more than half of the words of the statement are not in its turns.
fn overlap(dialogue: &Dialogue) -> bool {
    let turns = dialogue.turns();
    let known: Vec<String> = dialogue
        .supporting_turns
        .iter()
        .filter_map(|at| turns.get(*at))
        .flat_map(|turn| crate::text::tokens::words(&turn.content))
        .collect();
    let said = crate::text::tokens::words(&dialogue.statement);
    let missing = said.iter().filter(|word| !known.contains(word)).count();
    let number = said.iter().any(|word| word.chars().all(|c| c.is_ascii_digit()) && !known.contains(word));
    number || missing * 2 > said.len()
}

pub(super) fn rows(set: &str, dialogues: &[Dialogue]) -> Vec<Row> {
    let row = |measure: String, chosen: &[&Dialogue], goal: Option<f64>| {
        let of: Vec<bool> = chosen.iter().map(|dialogue| marked(dialogue)).collect();
        Row {
            measure,
            ours: share(of.iter().copied()),
            interval: interval(of.len(), |drawn| share(drawn.iter().filter_map(|at| of.get(*at)).copied())),
            baselines: vec![Baseline::new("word overlap", share(chosen.iter().map(|dialogue| overlap(dialogue))))],
            goal,
            set: set.to_owned(),
            size: of.len(),
        }
    };
    let (altered, faithful): (Vec<&Dialogue>, Vec<&Dialogue>) =
        dialogues.iter().partition(|dialogue| dialogue.altered.is_some());
    let mut rows = vec![
        row("grounding: altered statements caught".to_owned(), &altered, Some(0.95)),
        row("grounding: faithful statements marked (at most)".to_owned(), &faithful, Some(0.10)),
    ];
    let mut kinds: BTreeMap<&str, Vec<&Dialogue>> = BTreeMap::new();
    for dialogue in &altered {
        kinds.entry(dialogue.altered.as_deref().unwrap_or_default()).or_default().push(dialogue);
    }
    rows.extend(
        kinds.into_iter().map(|(kind, chosen)| row(format!("grounding: caught, altered {kind}"), &chosen, None)),
    );
    rows
}

pub(super) fn mistakes(dialogues: &[Dialogue]) -> Vec<String> {
    dialogues
        .iter()
        .filter(|dialogue| marked(dialogue) != dialogue.altered.is_some())
        .map(|dialogue| {
            let turns: Vec<String> = dialogue
                .supporting_turns
                .iter()
                .filter_map(|at| dialogue.turns.get(*at))
                .map(|turn| format!("     {}: {}", turn.role, turn.text))
                .collect();
            format!(
                "{} altered {:?} found {:?}\n   {}\n{}",
                dialogue.id,
                dialogue.altered,
                verdict(dialogue),
                dialogue.statement,
                turns.join("\n")
            )
        })
        .collect()
}
