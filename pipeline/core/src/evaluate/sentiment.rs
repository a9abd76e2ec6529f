//! Sentiment: labelled sentences, labelled turns of conversations, and contacts whose customer was annoyed.

use aftercall_schemas::{ParticipantRole, SentimentLabel};
use serde_json::Value;

use super::metrics::{auc, interval, macro_f1};
use super::sets::{Dialogue, Sentence, label, role};
use super::{Baseline, Row};
use crate::sentiment::{self, SentimentSettings};
use crate::text::Language;

const CLASSES: [SentimentLabel; 3] = [SentimentLabel::Negative, SentimentLabel::Neutral, SentimentLabel::Positive];

type Pair = (SentimentLabel, Option<SentimentLabel>);

fn f1(pairs: &[Pair]) -> f64 {
    macro_f1(&CLASSES, pairs.iter().copied())
}

fn row(measure: &str, set: &str, ours: &[Pair], vader: Option<Vec<Pair>>, goal: Option<f64>) -> Row {
    Row {
        measure: measure.to_owned(),
        ours: f1(ours),
        interval: interval(ours.len(), |drawn| {
            macro_f1(&CLASSES, drawn.iter().filter_map(|at| ours.get(*at)).copied())
        }),
        baselines: vader.map(|pairs| Baseline::new("VADER", f1(&pairs))).into_iter().collect(),
        goal,
        set: set.to_owned(),
        size: ours.len(),
    }
}

/// Macro-F1 on sentences, by language.
pub(super) fn sentence_rows(set: &str, sentences: &[Sentence]) -> Vec<Row> {
    let mut rows = Vec::new();
    let of = |language: Option<Language>| -> Vec<&Sentence> {
        sentences
            .iter()
            .filter(|sentence| language.is_none() || Language::of_tag(&sentence.language) == language)
            .collect()
    };
    for (name, language, goal) in [
        ("sentiment macro-F1, all", None, Some(0.55)),
        ("sentiment macro-F1, English", Some(Language::English), Some(0.55)),
        ("sentiment macro-F1, Spanish", Some(Language::Spanish), None),
        ("sentiment macro-F1, Japanese", Some(Language::Japanese), None),
    ] {
        let chosen = of(language);
        let pair = |sentence: &Sentence, found: Option<SentimentLabel>| {
            label(Some(&sentence.label)).map(|wanted| (wanted, found))
        };
        let ours: Vec<Pair> = chosen
            .iter()
            .filter_map(|sentence| {
                pair(
                    sentence,
                    Language::of_tag(&sentence.language)
                        .and_then(|language| sentiment::label(&sentence.text, language)),
                )
            })
            .collect();
        let english = language == Some(Language::English);
        let vader = english
            .then(|| {
                chosen.iter().filter_map(|sentence| pair(sentence, Some(vader(&sentence.text)?))).collect::<Vec<Pair>>()
            })
            .filter(|pairs| !pairs.is_empty());
        if !ours.is_empty() {
            rows.push(row(name, set, &ours, vader, goal));
        }
    }
    rows
}

/// VADER's label by its published thresholds (compound ±0.05), where the feature `baselines` is on.
#[cfg(feature = "baselines")]
fn vader(text: &str) -> Option<SentimentLabel> {
    // Reading its lexicon takes milliseconds, so once is enough.
    static ANALYZER: std::sync::LazyLock<vader_sentiment::SentimentIntensityAnalyzer<'static>> =
        std::sync::LazyLock::new(vader_sentiment::SentimentIntensityAnalyzer::new);
    let scores = ANALYZER.polarity_scores(text);
    let compound = scores.get("compound").copied().unwrap_or(0.0);
    Some(if compound >= 0.05 {
        SentimentLabel::Positive
    } else if compound <= -0.05 {
        SentimentLabel::Negative
    } else {
        SentimentLabel::Neutral
    })
}

#[cfg(not(feature = "baselines"))]
const fn vader(_text: &str) -> Option<SentimentLabel> {
    None
}

/// Macro-F1 on turns that have a label, and how well the customer's score tells annoyed customers.
pub(super) fn conversation_rows(set: &str, dialogues: &[Dialogue]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, wanted_role) in [
        ("sentiment macro-F1, customers' turns", ParticipantRole::Customer),
        ("sentiment macro-F1, agents' turns", ParticipantRole::Agent),
    ] {
        let (mut ours, mut theirs): (Vec<Pair>, Vec<Pair>) = (Vec::new(), Vec::new());
        for dialogue in dialogues.iter().filter(|dialogue| dialogue.turns.iter().any(|turn| turn.sentiment.is_some())) {
            let found = sentiment::score(&dialogue.conversation(), &SentimentSettings::default());
            for (turn, found) in dialogue.turns.iter().zip(found.turns) {
                if role(&turn.role) == wanted_role
                    && let Some(wanted) = label(turn.sentiment.as_deref())
                {
                    ours.push((wanted, found));
                    theirs.extend(vader(&turn.text).map(|label| (wanted, Some(label))));
                }
            }
        }
        if !ours.is_empty() {
            rows.push(row(
                name,
                set,
                &ours,
                Some(theirs).filter(|pairs| !pairs.is_empty()),
                (wanted_role == ParticipantRole::Customer).then_some(0.55),
            ));
        }
    }
    let mut annoyed: Vec<(f64, bool)> = Vec::new();
    let mut vaders: Vec<(f64, bool)> = Vec::new();
    for dialogue in dialogues {
        let Some(is_annoyed) = dialogue.labels.get("customer_annoyed").and_then(Value::as_bool) else { continue };
        let found = sentiment::score(&dialogue.conversation(), &SentimentSettings::default());
        let score = found.by_role.get(&ParticipantRole::Customer).and_then(|scores| scores.overall).unwrap_or(0.0);
        annoyed.push((-score, is_annoyed));
        let labels: Vec<SentimentLabel> = dialogue
            .turns
            .iter()
            .filter(|turn| role(&turn.role) == ParticipantRole::Customer)
            .filter_map(|turn| vader(&turn.text))
            .collect();
        if !labels.is_empty() {
            let sum: f64 = labels
                .iter()
                .map(|label| match label {
                    SentimentLabel::Positive => 1.0,
                    SentimentLabel::Negative => -1.0,
                    _ => 0.0,
                })
                .sum();
            vaders.push((-sum / labels.len() as f64, is_annoyed));
        }
    }
    if annoyed.iter().any(|(_, annoyed)| *annoyed) {
        rows.push(Row {
            measure: "annoyed customers told by their score (AUC)".to_owned(),
            ours: auc(&annoyed),
            interval: interval(annoyed.len(), |drawn| {
                auc(&drawn.iter().filter_map(|at| annoyed.get(*at)).copied().collect::<Vec<_>>())
            }),
            baselines: if vaders.is_empty() { Vec::new() } else { vec![Baseline::new("VADER", auc(&vaders))] },
            goal: None,
            set: set.to_owned(),
            size: annoyed.len(),
        });
    }
    rows
}

/// Sentences with a wrong label.
pub(super) fn mistakes(sentences: &[Sentence]) -> Vec<String> {
    sentences
        .iter()
        .filter_map(|sentence| {
            let found =
                Language::of_tag(&sentence.language).and_then(|language| sentiment::label(&sentence.text, language));
            (found != label(Some(&sentence.label)))
                .then(|| format!("{} want {} have {found:?}: {}", sentence.id, sentence.label, sentence.text))
        })
        .collect()
}
