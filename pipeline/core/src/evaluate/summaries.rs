//! Summaries against people's, by ROUGE, with the simplest extracts beside ours.

use aftercall_schemas::ParticipantRole;
use aftercall_schemas::results::{AgentSummary, CustomerSummary};

use super::metrics::interval;
use super::rouge::{Rouge, rouge};
use super::sets::{Dialogue, role};
use super::{Baseline, Row};
use crate::summary::{self, textrank};

/// What our summaries say of a side.
fn side(dialogue: &Dialogue, name: &str) -> String {
    let conversation = dialogue.conversation();
    let has_agent = dialogue.turns.iter().any(|turn| role(&turn.role) == ParticipantRole::Agent);
    match name {
        "customer" if has_agent => customer_side(&summary::agent_summary(&conversation)),
        "customer" => summary::customer_summary(&conversation).reason.map(|reason| reason.text).unwrap_or_default(),
        "agent" if has_agent => agent_side(&summary::agent_summary(&conversation)),
        "agent" => bot_side(&summary::customer_summary(&conversation)),
        _ => overall(&summary::agent_summary(&conversation)),
    }
}

fn customer_side(found: &AgentSummary) -> String {
    found.reason.as_ref().map(|reason| reason.text.clone()).unwrap_or_default()
}

fn agent_side(found: &AgentSummary) -> String {
    found.agent_actions.iter().map(|action| action.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn bot_side(found: &CustomerSummary) -> String {
    found.what_happened.iter().map(|action| action.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn overall(found: &AgentSummary) -> String {
    let mut parts: Vec<&str> = Vec::new();
    parts.extend(found.reason.as_ref().map(|reason| reason.text.as_str()));
    parts.extend(found.notes.iter().map(|note| note.text.as_str()));
    parts.extend(found.agent_actions.iter().map(|action| action.text.as_str()));
    parts.join(" ")
}

fn first_turn(dialogue: &Dialogue, wanted: ParticipantRole) -> String {
    dialogue.turns.iter().find(|turn| role(&turn.role) == wanted).map(|turn| turn.text.clone()).unwrap_or_default()
}

fn of_role(dialogue: &Dialogue, wanted: Option<ParticipantRole>) -> Vec<&str> {
    dialogue
        .turns
        .iter()
        .filter(|turn| wanted.is_none_or(|wanted| role(&turn.role) == wanted))
        .map(|turn| turn.text.as_str())
        .collect()
}

pub(super) fn rows(set: &str, dialogues: &[Dialogue]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, goal) in [("customer", Some(0.43)), ("agent", Some(0.36)), ("overall", None)] {
        let (mut ours, mut first, mut ranked): (Vec<Rouge>, Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new(), Vec::new());
        for dialogue in dialogues {
            let references = dialogue.references(name);
            if references.is_empty() {
                continue;
            }
            let wanted = match name {
                "customer" => Some(ParticipantRole::Customer),
                "agent" => Some(ParticipantRole::Agent),
                _ => None,
            };
            ours.push(rouge(&side(dialogue, name), &references));
            first.push(rouge(&first_turn(dialogue, wanted.unwrap_or(ParticipantRole::Customer)), &references).l);
            ranked.push(
                rouge(
                    &textrank::best_sentences(&of_role(dialogue, wanted), if wanted.is_some() { 1 } else { 3 })
                        .join(" "),
                    &references,
                )
                .l,
            );
        }
        if ours.is_empty() {
            continue;
        }
        let mean = |values: &mut dyn Iterator<Item = f64>| {
            let (mut sum, mut count) = (0.0, 0.0);
            for value in values {
                sum += value;
                count += 1.0;
            }
            if count > 0.0 { sum / count } else { 0.0 }
        };
        for (measure, value) in [
            ("ROUGE-L", Box::new(|rouge: &Rouge| rouge.l) as Box<dyn Fn(&Rouge) -> f64>),
            ("ROUGE-1", Box::new(|rouge: &Rouge| rouge.one)),
            ("ROUGE-2", Box::new(|rouge: &Rouge| rouge.two)),
        ] {
            let is_l = measure == "ROUGE-L";
            rows.push(Row {
                measure: format!("summary, {name}: {measure}"),
                ours: mean(&mut ours.iter().map(&value)),
                interval: interval(ours.len(), |drawn| {
                    mean(&mut drawn.iter().filter_map(|at| ours.get(*at)).map(&value))
                }),
                baselines: if is_l {
                    vec![
                        Baseline::new("first turn", mean(&mut first.iter().copied())),
                        Baseline::new("TextRank", mean(&mut ranked.iter().copied())),
                    ]
                } else {
                    Vec::new()
                },
                goal: goal.filter(|_| is_l),
                set: set.to_owned(),
                size: ours.len(),
            });
        }
    }
    rows
}
