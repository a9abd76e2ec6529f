//! Two prompts on one sample: before a new version is accepted, its answers are compared with the old one's.
//!
//! Answers come from whoever asked the model; nothing is asked here.

use std::collections::BTreeMap;

use aftercall_schemas::results::{Statement, Verdict};

use super::metrics::{interval, share};
use super::rouge::rouge;
use super::sets::{self, Dialogue};
use super::{Baseline, Report, Row};
use crate::summary::answer;
use crate::summary::prompts::PromptKind;

/// A prompt's answers, by the id of the conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PromptAnswers {
    /// Version of the prompt.
    pub version: String,
    /// What the model answered.
    pub answers: BTreeMap<String, String>,
}

/// What an answer is worth.
struct Judged {
    /// It has the form that was asked for.
    formed: bool,
    /// Whether each of its statements is supported.
    supported: Vec<bool>,
    /// ROUGE-L of the reason against the customer's reference, where there is one.
    rouge: Option<f64>,
}

/// A figure of an answer; nothing where the answer does not have it.
type Figure<'a> = &'a dyn Fn(&Judged) -> Vec<f64>;

fn judged(kind: PromptKind, dialogue: &Dialogue, given: &str) -> Judged {
    let conversation = dialogue.conversation();
    let read: Option<(Option<String>, Vec<Statement>)> = match kind {
        PromptKind::Customer => answer::customer(given, &conversation).ok().map(|found| {
            let reason = found.reason.as_ref().map(|reason| reason.text.clone());
            (
                reason,
                found
                    .reason
                    .into_iter()
                    .chain(found.what_happened)
                    .chain(found.follow_up)
                    .chain(found.bot_failures)
                    .collect(),
            )
        }),
        PromptKind::Agent => answer::agent(given, &conversation).ok().map(|found| {
            let reason = found.reason.as_ref().map(|reason| reason.text.clone());
            let promised = found.commitments.into_iter().map(|commitment| commitment.what);
            (
                reason,
                found
                    .reason
                    .into_iter()
                    .chain(found.agent_actions)
                    .chain(found.outcome)
                    .chain(found.notes)
                    .chain(promised)
                    .collect(),
            )
        }),
    };
    let references = dialogue.references("customer");
    let Some((reason, statements)) = read else {
        return Judged { formed: false, supported: Vec::new(), rouge: (!references.is_empty()).then_some(0.0) };
    };
    Judged {
        formed: true,
        supported: statements.iter().map(|statement| statement.verdict == Verdict::Supported).collect(),
        rouge: (!references.is_empty()).then(|| rouge(&reason.unwrap_or_default(), &references).l),
    }
}

/// The figures of the new prompt with the old one's as baseline, on the conversations that both answered.
pub fn compare_prompts(set: &str, lines: &str, kind: PromptKind, old: &PromptAnswers, new: &PromptAnswers) -> Report {
    let dialogues: Vec<Dialogue> = sets::read(lines);
    let pairs: Vec<(Judged, Judged)> = dialogues
        .iter()
        .filter_map(|dialogue| {
            let (before, after) = (old.answers.get(&dialogue.id)?, new.answers.get(&dialogue.id)?);
            Some((judged(kind, dialogue, before), judged(kind, dialogue, after)))
        })
        .collect();
    let formed = |judged: &Judged| vec![if judged.formed { 1.0 } else { 0.0 }];
    let supported = |judged: &Judged| vec![share(judged.supported.iter().copied())];
    let rouge = |judged: &Judged| judged.rouge.into_iter().collect::<Vec<f64>>();
    let figures: [(&str, Figure<'_>); 3] = [
        ("answers of the asked form", &formed),
        ("statements supported, mean of contacts", &supported),
        ("ROUGE-L of the reason", &rouge),
    ];
    let rows = figures
        .into_iter()
        .filter_map(|(measure, figure)| {
            let before: Vec<f64> = pairs.iter().flat_map(|(before, _)| figure(before)).collect();
            let after: Vec<f64> = pairs.iter().flat_map(|(_, after)| figure(after)).collect();
            (!after.is_empty()).then(|| Row {
                measure: format!("{}: {measure}", new.version),
                ours: mean(after.iter().copied()),
                interval: interval(after.len(), |drawn| mean(drawn.iter().filter_map(|at| after.get(*at)).copied())),
                baselines: vec![Baseline::new(&old.version, mean(before.iter().copied()))],
                goal: None,
                set: set.to_owned(),
                size: after.len(),
            })
        })
        .collect();
    Report { rows }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value;
        count += 1.0;
    }
    if count > 0.0 { sum / count } else { 0.0 }
}
