//! Resolution, reason and commitments against contacts labelled by the project.

use std::collections::BTreeMap;

use aftercall_schemas::{ParticipantRole, Resolution};
use serde_json::Value;

use super::metrics::{interval, macro_f1, share};
use super::sets::{Dialogue, resolution, role};
use super::{Baseline, Row};
use crate::summary;

const CLASSES: [Resolution; 4] =
    [Resolution::Resolved, Resolution::Unresolved, Resolution::Escalated, Resolution::Abandoned];

/// What we say of a contact: of the agent leg where there is one.
struct Said {
    resolution: Option<Resolution>,
    reason_turns: Vec<u32>,
    commitments: Vec<(ParticipantRole, Vec<u32>, Option<String>)>,
}

fn said(dialogue: &Dialogue) -> Said {
    let conversation = dialogue.conversation();
    let has_agent = dialogue.turns.iter().any(|turn| role(&turn.role) == ParticipantRole::Agent);
    let agent = summary::agent_summary(&conversation);
    let customer = summary::customer_summary(&conversation);
    let has_bot = dialogue.turns.iter().any(|turn| role(&turn.role) == ParticipantRole::Bot);
    let reason = if has_bot && customer.reason.is_some() { customer.reason.as_ref() } else { agent.reason.as_ref() };
    Said {
        resolution: if has_agent { agent.resolution } else { customer.resolution },
        reason_turns: reason.map(|reason| reason.turns.clone()).unwrap_or_default(),
        commitments: agent
            .commitments
            .iter()
            .map(|commitment| (commitment.who, commitment.what.turns.clone(), commitment.when.clone()))
            .collect(),
    }
}

/// The keyword rule: the last turns decide by words that anyone would think of first.
fn keyword(dialogue: &Dialogue) -> Resolution {
    let last: String =
        dialogue.turns.iter().rev().take(4).map(|turn| turn.text.to_lowercase()).collect::<Vec<_>>().join(" ");
    if ["transfer", "connect you", "supervisor", "specialist", "escalat"].iter().any(|word| last.contains(word)) {
        Resolution::Escalated
    } else if ["thank", "great", "perfect", "that's all", "bye"].iter().any(|word| last.contains(word)) {
        Resolution::Resolved
    } else if ["still", "can't", "cannot", "sorry", "unfortunately"].iter().any(|word| last.contains(word)) {
        Resolution::Unresolved
    } else {
        Resolution::Abandoned
    }
}

type Pair = (Resolution, Option<Resolution>);

pub(super) fn rows(set: &str, dialogues: &[Dialogue]) -> Vec<Row> {
    let all: Vec<(&Dialogue, Said)> = dialogues.iter().map(|dialogue| (dialogue, said(dialogue))).collect();
    let wanted = |dialogue: &Dialogue| resolution(dialogue.labels.get("resolution").unwrap_or(&Value::Null));
    let ours: Vec<Pair> =
        all.iter().filter_map(|(dialogue, said)| Some((wanted(dialogue)?, said.resolution))).collect();
    let mut counts: BTreeMap<Resolution, usize> = BTreeMap::new();
    for (wanted, _) in &ours {
        *counts.entry(*wanted).or_default() += 1;
    }
    let majority = counts.iter().max_by_key(|(_, count)| **count).map(|(class, _)| *class);
    let by_majority: Vec<Pair> = ours.iter().map(|(wanted, _)| (*wanted, majority)).collect();
    let by_keyword: Vec<Pair> =
        all.iter().filter_map(|(dialogue, _)| Some((wanted(dialogue)?, Some(keyword(dialogue))))).collect();
    let accuracy = |pairs: &[Pair]| share(pairs.iter().map(|(wanted, found)| Some(*wanted) == *found));
    let f1 = |pairs: &[Pair]| macro_f1(&CLASSES, pairs.iter().copied());
    let figure = |measure: &str, figure: &dyn Fn(&[Pair]) -> f64| Row {
        measure: measure.to_owned(),
        ours: figure(&ours),
        interval: interval(ours.len(), |drawn| {
            figure(&drawn.iter().filter_map(|at| ours.get(*at)).copied().collect::<Vec<_>>())
        }),
        baselines: vec![
            Baseline::new("majority", figure(&by_majority)),
            Baseline::new("keywords", figure(&by_keyword)),
        ],
        goal: None,
        set: set.to_owned(),
        size: ours.len(),
    };
    let mut rows = vec![figure("resolution accuracy", &accuracy), figure("resolution macro-F1", &f1)];
    let reasons: Vec<(bool, bool)> = all
        .iter()
        .filter_map(|(dialogue, said)| {
            let wanted = dialogue.labels.get("reason_turn").and_then(Value::as_u64)?;
            let first = dialogue.turns.iter().position(|turn| role(&turn.role) == ParticipantRole::Customer)?;
            Some((said.reason_turns.iter().any(|turn| u64::from(*turn) == wanted), first as u64 == wanted))
        })
        .collect();
    rows.push(Row {
        measure: "reason: the turn that states it".to_owned(),
        ours: share(reasons.iter().map(|(ours, _)| *ours)),
        interval: interval(reasons.len(), |drawn| {
            share(drawn.iter().filter_map(|at| reasons.get(*at)).map(|(ours, _)| *ours))
        }),
        baselines: vec![Baseline::new("first customer turn", share(reasons.iter().map(|(_, first)| *first)))],
        goal: None,
        set: set.to_owned(),
        size: reasons.len(),
    });
    rows.extend(commitments(set, &all));
    rows
}

/// A commitment is found when one of ours rests on its turn and has its speaker.
fn commitments(set: &str, all: &[(&Dialogue, Said)]) -> Vec<Row> {
    // For each contact: wanted, wanted and found, ours, ours and right, by us and by the keyword "will".
    let mut counts: Vec<[f64; 4]> = Vec::new();
    let mut naive: Vec<[f64; 4]> = Vec::new();
    let mut whens: Vec<bool> = Vec::new();
    for (dialogue, said) in all {
        let wanted: Vec<(ParticipantRole, u64, Option<&str>)> = dialogue
            .labels
            .get("commitments")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|one| {
                Some((
                    role(one.get("who")?.as_str()?),
                    one.get("turn")?.as_u64()?,
                    one.get("when").and_then(Value::as_str),
                ))
            })
            .collect();
        let ours: Vec<(ParticipantRole, u64, Option<&str>)> = said
            .commitments
            .iter()
            .filter_map(|(who, turns, when)| Some((*who, u64::from(*turns.first()?), when.as_deref())))
            .collect();
        let rule: Vec<(ParticipantRole, u64, Option<&str>)> = dialogue
            .turns
            .iter()
            .zip(0u64..)
            .filter(|(turn, _)| [" will ", "'ll "].iter().any(|word| turn.text.to_lowercase().contains(word)))
            .map(|(turn, at)| (role(&turn.role), at, None))
            .collect();
        counts.push(matched(&wanted, &ours));
        naive.push(matched(&wanted, &rule));
        for (who, turn, when) in &wanted {
            if let Some((_, _, found)) = ours.iter().find(|(role, at, _)| role == who && at == turn) {
                whens.push(same_time(*when, *found));
            }
        }
    }
    let f1 = |counts: &[[f64; 4]]| {
        let sum = |at: usize| counts.iter().filter_map(|count| count.get(at)).sum::<f64>();
        let (recall, precision) = (sum(1) / sum(0).max(1.0), sum(3) / sum(2).max(1.0));
        if recall + precision > 0.0 { 2.0 * recall * precision / (recall + precision) } else { 0.0 }
    };
    let wanted: f64 = counts.iter().map(|[wanted, ..]| wanted).sum();
    vec![
        Row {
            measure: "commitments F1 (who and turn)".to_owned(),
            ours: f1(&counts),
            interval: interval(counts.len(), |drawn| {
                f1(&drawn.iter().filter_map(|at| counts.get(*at)).copied().collect::<Vec<_>>())
            }),
            baselines: vec![Baseline::new("\"will\"", f1(&naive))],
            goal: None,
            set: set.to_owned(),
            size: wanted as usize,
        },
        Row {
            measure: "commitments: time of those found".to_owned(),
            ours: share(whens.iter().copied()),
            interval: interval(whens.len(), |drawn| share(drawn.iter().filter_map(|at| whens.get(*at)).copied())),
            baselines: Vec::new(),
            goal: None,
            set: set.to_owned(),
            size: whens.len(),
        },
    ]
}

fn matched(wanted: &[(ParticipantRole, u64, Option<&str>)], ours: &[(ParticipantRole, u64, Option<&str>)]) -> [f64; 4] {
    let in_other = |one: &(ParticipantRole, u64, Option<&str>), others: &[(ParticipantRole, u64, Option<&str>)]| {
        others.iter().any(|other| other.0 == one.0 && other.1 == one.1)
    };
    [
        wanted.len() as f64,
        wanted.iter().filter(|one| in_other(one, ours)).count() as f64,
        ours.len() as f64,
        ours.iter().filter(|one| in_other(one, wanted)).count() as f64,
    ]
}

/// Both null, or at least half of the words in common.
fn same_time(wanted: Option<&str>, found: Option<&str>) -> bool {
    let (Some(wanted), Some(found)) = (wanted, found) else { return wanted.is_none() && found.is_none() };
    let (wanted, found) = (crate::text::tokens::words(wanted), crate::text::tokens::words(found));
    let both = wanted.iter().filter(|word| found.contains(word)).count();
    2 * both >= wanted.len().min(found.len())
}

pub(super) fn mistakes(dialogues: &[Dialogue]) -> Vec<String> {
    let mut mistakes = Vec::new();
    for dialogue in dialogues {
        let said = said(dialogue);
        let wanted = resolution(dialogue.labels.get("resolution").unwrap_or(&Value::Null));
        let last: Vec<String> = dialogue
            .turns
            .iter()
            .rev()
            .take(5)
            .rev()
            .map(|turn| format!("     {}: {}", turn.role, turn.text))
            .collect();
        if wanted != said.resolution {
            mistakes.push(format!(
                "RESOLUTION {} want {wanted:?} have {:?}\n{}",
                dialogue.id,
                said.resolution,
                last.join("\n")
            ));
        }
        let reason = dialogue.labels.get("reason_turn").and_then(Value::as_u64);
        if reason.is_some_and(|reason| !said.reason_turns.iter().any(|turn| u64::from(*turn) == reason)) {
            let first: Vec<String> =
                dialogue.turns.iter().take(6).map(|turn| format!("     {}: {}", turn.role, turn.text)).collect();
            mistakes.push(format!(
                "REASON {} want {reason:?} have {:?}\n{}",
                dialogue.id,
                said.reason_turns,
                first.join("\n")
            ));
        }
        let text = |turn: u64| {
            dialogue.turns.get(usize::try_from(turn).unwrap_or(usize::MAX)).map_or("", |turn| turn.text.as_str())
        };
        let wanted: Vec<&Value> =
            dialogue.labels.get("commitments").and_then(Value::as_array).into_iter().flatten().collect();
        for one in &wanted {
            let turn = one.get("turn").and_then(Value::as_u64).unwrap_or(u64::MAX);
            let ours =
                said.commitments.iter().find(|(_, turns, _)| turns.first().is_some_and(|at| u64::from(*at) == turn));
            match ours {
                None => mistakes.push(format!("COMMIT missed {} {one} in: {}", dialogue.id, text(turn))),
                Some((_, _, when)) if !same_time(one.get("when").and_then(Value::as_str), when.as_deref()) => {
                    mistakes.push(format!("COMMIT when {} {one} have {when:?} in: {}", dialogue.id, text(turn)))
                }
                Some(_) => {}
            }
        }
        for (_, turns, _) in &said.commitments {
            let turn = turns.first().map_or(u64::MAX, |turn| u64::from(*turn));
            if !wanted.iter().any(|one| one.get("turn").and_then(Value::as_u64) == Some(turn)) {
                mistakes.push(format!("COMMIT false {} in: {}", dialogue.id, text(turn)));
            }
        }
    }
    mistakes
}
