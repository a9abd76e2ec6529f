//! Figures for the insight: metrics, baselines and the sets they are measured on.
//!
//! Sets are JSON lines that were read already: nothing here does IO. What a set is for is told from its content.

pub mod compare;
mod contacts;
pub mod goals;
mod grounding;
pub mod growth;
mod injections;
mod metrics;
mod published;
mod published_measures;
mod redaction;
mod report;
mod rouge;
mod sentiment;
mod sets;
mod summaries;

pub use published::published;
pub use report::{Baseline, Report, Row};
pub use sets::{SetKind, detect};

/// Figures of one set. A set of an unknown kind has none.
pub fn evaluate(set: &str, lines: &str) -> Report {
    let dialogues = || sets::read::<sets::Dialogue>(lines);
    let rows = match detect(lines) {
        SetKind::Redaction => redaction::rows(set, &dialogues()),
        SetKind::Sentiment => sentiment::sentence_rows(set, &sets::read(lines)),
        SetKind::Grounding => grounding::rows(set, &dialogues()),
        SetKind::Contacts => contacts::rows(set, &dialogues()),
        SetKind::Conversations => {
            let dialogues = dialogues();
            let mut rows = sentiment::conversation_rows(set, &dialogues);
            rows.extend(summaries::rows(set, &dialogues));
            rows
        }
        SetKind::Injections => injections::rows(set, &sets::read(lines)),
        SetKind::Unknown => Vec::new(),
    };
    Report { rows }
}

/// The lines of a set that the figures leave out because they have not the form of its kind, by their place from 0, and why.
pub fn unreadable(lines: &str) -> Vec<(usize, String)> {
    match detect(lines) {
        SetKind::Redaction | SetKind::Grounding | SetKind::Contacts | SetKind::Conversations => {
            sets::unreadable::<sets::Dialogue>(lines)
        }
        SetKind::Sentiment => sets::unreadable::<sets::Sentence>(lines),
        SetKind::Injections => sets::unreadable::<sets::Injection>(lines),
        SetKind::Unknown => Vec::new(),
    }
}

/// What is wrong in a set, for a person.
pub fn mistakes(lines: &str) -> Vec<String> {
    let dialogues = || sets::read::<sets::Dialogue>(lines);
    match detect(lines) {
        SetKind::Redaction => redaction::mistakes(&dialogues()),
        SetKind::Sentiment => sentiment::mistakes(&sets::read(lines)),
        SetKind::Grounding => grounding::mistakes(&dialogues()),
        SetKind::Contacts => contacts::mistakes(&dialogues()),
        _ => Vec::new(),
    }
}
