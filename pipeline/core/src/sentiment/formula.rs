//! From turn labels to scores, −5…+5. Three formulas, chosen by name; none of them is published by AWS for Contact Lens,
//! so each says where it comes from. A formula must not look at words.

use std::collections::BTreeMap;

use aftercall_schemas::results::{QuarterScore, SentimentScores};
use aftercall_schemas::{ParticipantRole, SentimentLabel};
use serde::{Deserialize, Serialize};

/// A versioned formula for scores.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Formula {
    /// Contact Lens and Transcribe Call Analytics: `5·Σ(w·s)/Σw` with `s` −1, 0 or +1 and `w` the position in the current
    /// run of the same non-neutral label of that role; found by fitting published files.
    #[default]
    #[serde(rename = "contact-lens/1")]
    ContactLens,
    /// Post Call Analytics in standard mode: sum of ±5 over all turns; quarters by the turn's middle over the whole call.
    #[serde(rename = "pca-standard/1")]
    PcaStandard,
    /// Live Call Analytics: mean over the turns that are not neutral; quarters by the turn's end.
    #[serde(rename = "lca/1")]
    Lca,
}

impl Formula {
    /// Every formula.
    pub const ALL: &'static [Self] = &[Self::ContactLens, Self::PcaStandard, Self::Lca];

    /// The name as it stands in results and settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ContactLens => "contact-lens/1",
            Self::PcaStandard => "pca-standard/1",
            Self::Lca => "lca/1",
        }
    }

    /// The formula of a name, with or without its version.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|formula| {
            let full = formula.as_str();
            name == full || full.split('/').next() == Some(name)
        })
    }
}

/// What a formula needs of a turn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Labelled {
    /// Who speaks.
    pub role: ParticipantRole,
    /// The label.
    pub label: SentimentLabel,
    /// Begin, milliseconds.
    pub begin: Option<i64>,
    /// End, milliseconds; null in chat.
    pub end: Option<i64>,
}

impl Labelled {
    fn sign(&self) -> f64 {
        match self.label {
            SentimentLabel::Positive => 1.0,
            SentimentLabel::Negative => -1.0,
            SentimentLabel::Neutral | SentimentLabel::Mixed => 0.0,
        }
    }

    fn last_moment(&self) -> Option<i64> {
        self.end.or(self.begin)
    }
}

/// Scores of every role that has a label. `chat` selects the trailing window for the end score of Contact Lens.
pub fn scores(formula: Formula, turns: &[Labelled], chat: bool) -> BTreeMap<ParticipantRole, SentimentScores> {
    let mut by_role: BTreeMap<ParticipantRole, Vec<Labelled>> = BTreeMap::new();
    for turn in turns {
        by_role.entry(turn.role).or_default().push(*turn);
    }
    let call = bounds(turns);
    by_role
        .into_iter()
        .map(|(role, turns)| {
            let scores = match formula {
                Formula::ContactLens => contact_lens(&turns, chat),
                Formula::PcaStandard => pca_standard(&turns, call),
                Formula::Lca => lca(&turns),
            };
            (role, scores)
        })
        .collect()
}

/// First begin and last end of turns; none if any of them has no time.
fn bounds(turns: &[Labelled]) -> Option<(i64, i64)> {
    let mut bounds: Option<(i64, i64)> = None;
    for turn in turns {
        let (begin, end) = (turn.begin?, turn.last_moment()?);
        let (first, last) = bounds.unwrap_or((begin, end));
        bounds = Some((first.min(begin), last.max(end)));
    }
    bounds
}

/// Signs and weights of turns: the weight is the position in the current run of the same non-neutral sign.
fn weights(turns: &[Labelled]) -> Vec<(f64, f64)> {
    let (mut run, mut before) = (0.0, 0.0);
    turns
        .iter()
        .map(|turn| {
            let sign = turn.sign();
            run = if sign != 0.0 && sign == before { run + 1.0 } else { 1.0 };
            before = sign;
            (sign, run)
        })
        .collect()
}

fn mean_of(weights: &[(f64, f64)], neutral: usize) -> Option<f64> {
    let sum: f64 = weights.iter().map(|(sign, weight)| sign * weight).sum();
    let all: f64 = weights.iter().map(|(_, weight)| weight).sum::<f64>() + neutral as f64;
    (all > 0.0).then(|| 5.0 * sum / all)
}

/// Score of the turns of one role by the weights of Contact Lens, not rounded; null without turns.
pub fn weighted(turns: &[Labelled]) -> Option<f64> {
    mean_of(&weights(turns), 0)
}

/// Rounded to one decimal, halves away from zero, as Contact Lens writes the scores of calls. Those of chats are not rounded.
pub fn rounded(score: f64) -> f64 {
    ((score * 10.0) + score.signum() * 1e-9).round() / 10.0
}

fn contact_lens(turns: &[Labelled], chat: bool) -> SentimentScores {
    let written = |score: f64| if chat { score } else { rounded(score) };
    let overall = weighted(turns).map(written);
    let end_of_role = turns.iter().filter_map(Labelled::last_moment).max();
    let timed = turns.iter().all(|turn| turn.begin.is_some());
    let quarters = match end_of_role.filter(|end| timed && *end > 0) {
        Some(end) => quarters(0, end, turns, |turn| turn.begin, |part| weighted(part).map(written)),
        None => Vec::new(),
    };
    let (begin_score, end_score) = if chat { window_ends(turns) } else { ends(&quarters) };
    SentimentScores { overall, shift: shift(begin_score, end_score), end: end_score, quarters }
}

fn shift(begin: Option<f64>, end: Option<f64>) -> Option<f64> {
    begin.zip(end).map(|(begin, end)| ((end - begin) * 10.0).round() / 10.0)
}

/// First and last score that a quarter has.
fn ends(quarters: &[QuarterScore]) -> (Option<f64>, Option<f64>) {
    (quarters.iter().find_map(|quarter| quarter.score), quarters.iter().rev().find_map(|quarter| quarter.score))
}

/// Groups that a progressive score of a chat looks back on.
const WINDOW: usize = 3;

/// Progressive scores of a chat: for each group of turns of a role the mean over the last three, by the weights that they have in
/// the whole chat; missing ones count as neutral.
pub fn progressive(turns: &[Labelled]) -> Vec<f64> {
    let weights = weights(turns);
    (1..=weights.len())
        .map(|end| {
            let window = weights.get(end.saturating_sub(WINDOW)..end).unwrap_or_default();
            mean_of(window, WINDOW - window.len()).unwrap_or(0.0)
        })
        .collect()
}

/// Scores at begin and end of a chat: of the first and the last three groups.
fn window_ends(turns: &[Labelled]) -> (Option<f64>, Option<f64>) {
    let scores = progressive(turns);
    (scores.get(WINDOW - 1).or(scores.last()).copied(), scores.last().copied())
}

/// Splits `[from, to]` in four equal parts and scores the turns of each.
fn quarters(
    from: i64,
    to: i64,
    turns: &[Labelled],
    moment: impl Fn(&Labelled) -> Option<i64>,
    score: impl Fn(&[Labelled]) -> Option<f64>,
) -> Vec<QuarterScore> {
    let length = i128::from(to) - i128::from(from);
    let bound = |k: i128| i64::try_from(i128::from(from) + length * k / 4).unwrap_or(to);
    let mut parts: [Vec<Labelled>; 4] = Default::default();
    for turn in turns {
        let Some(at) = moment(turn) else { continue };
        let mut index = 0usize;
        while index < 3 && i128::from(at) * 4 >= i128::from(from) * 4 + length * (index as i128 + 1) {
            index += 1;
        }
        if let Some(part) = parts.get_mut(index) {
            part.push(*turn);
        }
    }
    parts
        .iter()
        .zip(0u8..)
        .map(|(part, index)| QuarterScore {
            quarter: index + 1,
            begin_offset_millis: bound(i128::from(index)),
            end_offset_millis: bound(i128::from(index) + 1),
            score: score(part),
        })
        .collect()
}

fn pca_standard(turns: &[Labelled], call: Option<(i64, i64)>) -> SentimentScores {
    let mean = |part: &[Labelled]| mean(part.iter().map(|turn| 5.0 * turn.sign()));
    let middle = |turn: &Labelled| Some(turn.begin?.midpoint(turn.last_moment()?));
    let quarters = call.map(|(_, end)| quarters(0, end, turns, middle, mean)).unwrap_or_default();
    // A silent quarter counts as 0 in PCA's change, and so it does here.
    let change = match (quarters.first(), quarters.last()) {
        (Some(first), Some(last)) => Some(last.score.unwrap_or(0.0) - first.score.unwrap_or(0.0)),
        _ => None,
    };
    SentimentScores { overall: mean(turns), end: ends(&quarters).1, shift: change, quarters }
}

fn lca(turns: &[Labelled]) -> SentimentScores {
    let mean = |part: &[Labelled]| mean(part.iter().filter(|turn| turn.sign() != 0.0).map(|turn| 5.0 * turn.sign()));
    let quarters = bounds(turns)
        .map(|(first, last)| quarters(first, last, turns, Labelled::last_moment, mean))
        .unwrap_or_default();
    let (begin_score, end_score) = ends(&quarters);
    SentimentScores { overall: mean(turns), shift: shift(begin_score, end_score), end: end_score, quarters }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value;
        count += 1.0;
    }
    (count > 0.0).then(|| sum / count)
}
