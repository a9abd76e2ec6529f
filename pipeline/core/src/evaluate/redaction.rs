//! Redaction against labelled spans.
//!
//! A labelled span is found when every letter and digit of it is masked, whatever the kind; a masked span is right when
//! at least half of its letters and digits lie in labelled spans. The share of found spans with the right kind is a figure of its own.

use std::collections::BTreeMap;

use aftercall_schemas::conversation::{Alignment, Participant, RoleSource};
use aftercall_schemas::{Channel, Conversation, ParticipantRole, Turn};
use serde::Deserialize;

use super::Row;
use crate::redact::{Found, Kind, RedactionSettings, spans};

#[derive(Deserialize)]
struct Example {
    id: String,
    #[serde(default)]
    metadata: BTreeMap<String, serde_json::Value>,
    turns: Vec<Labelled>,
}

#[derive(Deserialize)]
struct Labelled {
    role: String,
    text: String,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    start: usize,
    end: usize,
    kind: String,
}

/// A turn's labelled and found spans, in characters.
struct Compared {
    id: String,
    text: Vec<char>,
    wanted: Vec<(usize, usize, String)>,
    found: Vec<(usize, usize, Kind)>,
}

pub(super) fn role(word: &str) -> ParticipantRole {
    ParticipantRole::parse(word).unwrap_or(ParticipantRole::Unknown)
}

/// A turn without times.
pub(super) fn plain_turn(role: ParticipantRole, content: &str, number: usize) -> Turn {
    Turn {
        turn_id: format!("t{number}"),
        participant: 0,
        role,
        content: content.to_owned(),
        begin_offset_millis: None,
        end_offset_millis: None,
        sentiment: None,
        language: None,
        marks: Vec::new(),
        redactions: Vec::new(),
    }
}

/// A conversation of turns.
pub(super) fn plain_conversation(
    id: &str,
    language: Option<String>,
    channel: Channel,
    turns: Vec<Turn>,
) -> Conversation {
    let mut participants: Vec<Participant> = Vec::new();
    let mut turns = turns;
    for turn in &mut turns {
        let known = participants.iter().position(|known| known.role == turn.role);
        let index = known.unwrap_or_else(|| {
            participants.push(Participant {
                participant_id: turn.role.as_str().to_owned(),
                role: turn.role,
                role_source: RoleSource::Service,
                role_confidence: None,
                source_role: None,
            });
            participants.len() - 1
        });
        turn.participant = u32::try_from(index).unwrap_or(0);
    }
    Conversation {
        format: aftercall_schemas::conversation::FORMAT.to_owned(),
        instance_id: "evaluate".to_owned(),
        contact_id: id.to_owned(),
        channel,
        language,
        sources: Vec::new(),
        alignment: Alignment::Single,
        start_timestamp: None,
        participants,
        turns,
        record: None,
        service: None,
    }
}

fn compared(lines: &str) -> Vec<Compared> {
    let settings = RedactionSettings::default();
    let mut all = Vec::new();
    for example in lines.lines().filter_map(|line| serde_json::from_str::<Example>(line).ok()) {
        let names: Vec<String> =
            example.metadata.values().filter_map(|value| value.as_str()).map(str::to_owned).collect();
        let turns: Vec<Turn> = example
            .turns
            .iter()
            .enumerate()
            .map(|(number, turn)| plain_turn(role(&turn.role), &turn.text, number))
            .collect();
        let found = spans(&turns, &names, &settings);
        for (turn, found) in example.turns.iter().zip(found) {
            let position = |byte: usize| turn.text.char_indices().take_while(|(at, _)| *at < byte).count();
            all.push(Compared {
                id: example.id.clone(),
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

pub(super) fn rows(set: &str, lines: &str) -> Vec<Row> {
    let all = compared(lines);
    let (mut wanted, mut found, mut kinds, mut masked, mut right, mut exact) =
        (0usize, 0usize, 0usize, 0usize, 0usize, 0usize);
    for turn in &all {
        for (start, end, kind) in &turn.wanted {
            wanted += 1;
            found += usize::from(turn.is_found(*start, *end));
            kinds += usize::from(turn.has_kind(*start, *end, kind));
            exact += usize::from(
                turn.found.iter().any(|(from, to, found)| from == start && to == end && found.as_str() == kind),
            );
        }
        for (start, end, _) in &turn.found {
            masked += 1;
            right += usize::from(turn.is_right(*start, *end));
        }
    }
    let share = |part: usize, whole: usize| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    let row = |measure: &str, ours: f64, goal: Option<f64>, size: usize| Row {
        measure: measure.to_owned(),
        ours,
        interval: None,
        baseline: None,
        goal,
        set: set.to_owned(),
        size,
    };
    vec![
        row("redaction recall", share(found, wanted), Some(0.98), wanted),
        row("redaction precision", share(right, masked), Some(0.95), masked),
        row("redaction kind", share(kinds, wanted), None, wanted),
        row("redaction exact span and kind", share(exact, wanted), None, wanted),
    ]
}

pub(super) fn mistakes(lines: &str) -> Vec<String> {
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
    for turn in compared(lines) {
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
