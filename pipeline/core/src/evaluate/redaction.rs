//! Redaction against labelled spans.
//!
//! A labelled span is found when every letter and digit of it is masked, whatever the kind; a masked span is right when
//! at least half of its letters and digits lie in labelled spans. The share of found spans with the right kind is a figure of its own.

use super::metrics::{interval, share};
use super::sets::Dialogue;
use super::{Baseline, Row};
use crate::redact::{Found, Kind, RedactionSettings, spans};

/// A turn's labelled and found spans, in characters.
struct Compared {
    id: String,
    text: Vec<char>,
    wanted: Vec<(usize, usize, String)>,
    found: Vec<(usize, usize, Kind)>,
}

fn compared(dialogues: &[Dialogue]) -> Vec<Compared> {
    let settings = RedactionSettings::default();
    let mut all = Vec::new();
    for dialogue in dialogues {
        let found = spans(&dialogue.turns(), &dialogue.names(), &settings);
        for (turn, found) in dialogue.turns.iter().zip(found) {
            let position = |byte: usize| turn.text.char_indices().take_while(|(at, _)| *at < byte).count();
            all.push(Compared {
                id: dialogue.id.clone(),
                text: turn.text.chars().collect(),
                wanted: turn.spans.iter().map(|span| (span.start, span.end, span.kind.clone())).collect(),
                found: found
                    .iter()
                    .map(|Found { kind, start, end }| (position(*start), position(*end), *kind))
                    .collect(),
            });
        }
    }
    all
}

impl Compared {
    fn share(&self, start: usize, end: usize, others: impl Fn(usize) -> bool) -> f64 {
        let characters: Vec<usize> = (start..end.min(self.text.len()))
            .filter(|at| self.text.get(*at).is_some_and(|c| c.is_alphanumeric()))
            .collect();
        if characters.is_empty() {
            return 1.0;
        }
        characters.iter().filter(|at| others(**at)).count() as f64 / characters.len() as f64
    }

    fn is_found(&self, start: usize, end: usize) -> bool {
        self.share(start, end, |at| self.found.iter().any(|(from, to, _)| (*from..*to).contains(&at))) >= 0.999
    }

    fn is_right(&self, start: usize, end: usize) -> bool {
        self.share(start, end, |at| self.wanted.iter().any(|(from, to, _)| (*from..*to).contains(&at))) >= 0.5
    }

    fn has_kind(&self, start: usize, end: usize, kind: &str) -> bool {
        self.found.iter().any(|(from, to, found)| found.as_str() == kind && *from < end && start < *to)
    }
}

pub(super) fn rows(set: &str, dialogues: &[Dialogue]) -> Vec<Row> {
    let all = compared(dialogues);
    let (mut found, mut kinds, mut exact, mut right) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for turn in &all {
        for (start, end, kind) in &turn.wanted {
            found.push(turn.is_found(*start, *end));
            kinds.push(turn.has_kind(*start, *end, kind));
            exact.push(turn.found.iter().any(|(from, to, found)| from == start && to == end && found.as_str() == kind));
        }
        right.extend(turn.found.iter().map(|(start, end, _)| turn.is_right(*start, *end)));
    }
    let baseline = baseline(&all);
    let row = |measure: &str, of: &[bool], goal: Option<f64>, baseline: Option<f64>| Row {
        measure: measure.to_owned(),
        ours: share(of.iter().copied()),
        interval: interval(of.len(), |drawn| share(drawn.iter().filter_map(|at| of.get(*at)).copied())),
        baselines: baseline.map(|figure| Baseline::new("patterns", figure)).into_iter().collect(),
        goal,
        set: set.to_owned(),
        size: of.len(),
    };
    vec![
        row("redaction recall", &found, Some(0.98), Some(baseline.0)),
        row("redaction precision", &right, Some(0.95), Some(baseline.1)),
        row("redaction, right kind", &kinds, None, None),
        row("redaction, exact span and kind", &exact, None, None),
    ]
}

/// Recall and precision of the usual patterns (thirteen digits or more, e-mail, ten-digit phone, SSN), turn by turn.
fn baseline(all: &[Compared]) -> (f64, f64) {
    let patterns = r"\d(?:[ -]?\d){12,18}|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:\+?1[ -])?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}|\d{3}-\d{2}-\d{4}|[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}";
    let Ok(patterns) = regex::Regex::new(patterns) else { return (0.0, 0.0) };
    let (mut found, mut right) = (Vec::new(), Vec::new());
    for turn in all {
        let text: String = turn.text.iter().collect();
        let position = |byte: usize| text.char_indices().take_while(|(at, _)| *at < byte).count();
        let hits =
            patterns.find_iter(&text).map(|hit| (position(hit.start()), position(hit.end()), Kind::Card)).collect();
        let theirs = Compared { id: String::new(), text: turn.text.clone(), wanted: turn.wanted.clone(), found: hits };
        found.extend(theirs.wanted.iter().map(|(start, end, _)| theirs.is_found(*start, *end)));
        right.extend(theirs.found.iter().map(|(start, end, _)| theirs.is_right(*start, *end)));
    }
    (share(found.into_iter()), share(right.into_iter()))
}

pub(super) fn mistakes(dialogues: &[Dialogue]) -> Vec<String> {
    let mut mistakes = Vec::new();
    let show = |turn: &Compared, spans: &[(usize, usize, String)]| {
        let mut shown = String::new();
        for (at, character) in turn.text.iter().enumerate() {
            for (start, end, kind) in spans {
                if *start == at {
                    shown.push_str(&format!("<{}:", kind.get(..4).unwrap_or(kind)));
                }
                if *end == at {
                    shown.push('>');
                }
            }
            shown.push(*character);
        }
        if spans.iter().any(|(_, end, _)| *end >= turn.text.len()) {
            shown.push('>');
        }
        shown
    };
    for turn in compared(dialogues) {
        let missed = turn.wanted.iter().any(|(start, end, _)| !turn.is_found(*start, *end));
        let wrong = turn.found.iter().any(|(start, end, _)| !turn.is_right(*start, *end));
        let kind = turn.wanted.iter().any(|(start, end, kind)| !turn.has_kind(*start, *end, kind));
        if missed || wrong || kind {
            let label = match (missed, wrong) {
                (true, _) => "MISS ",
                (_, true) => "FALSE",
                _ => "kind ",
            };
            let found: Vec<(usize, usize, String)> =
                turn.found.iter().map(|(start, end, kind)| (*start, *end, kind.as_str().to_owned())).collect();
            mistakes.push(format!(
                "{label} {}\n   want {}\n   have {}",
                turn.id,
                show(&turn, &turn.wanted),
                show(&turn, &found)
            ));
        }
    }
    mistakes
}
