//! What the weights of names are trained on: the words of labelled turns that may be names, with their evidence.

use aftercall_schemas::Turn;

use super::detect;
use super::evidence::candidates;
use super::evidence_kinds::{Class, Shape, Slot, evidence};
use super::known_names::possessed;
use super::settings::{Kind, RedactionSettings};
use super::{opinions, verdict_evidence};

/// A word that may be a name.
#[derive(Debug, Clone)]
pub struct Example {
    /// Number of its turn.
    pub turn: usize,
    /// Its bytes in the turn's text.
    pub span: std::ops::Range<usize>,
    /// What speaks for a name and against it.
    pub evidence: Vec<u16>,
}

/// Every word of a conversation that may be a name and is no part of anything else that is masked.
pub fn examples(turns: &[Turn], settings: &RedactionSettings) -> Vec<Example> {
    let mut pages = detect::pages(turns, settings);
    detect::detected(&mut pages, &[], settings);
    let mut all = Vec::new();
    for (turn, page) in pages.iter().enumerate() {
        for candidate in candidates(&page.view, page.name_asked) {
            let Some(tok) = page.view.tok(candidate.token) else { continue };
            let (start, end) = (tok.start, tok.start + possessed(page.view.text(tok)).len());
            let other = page.spans.iter().any(|span| span.kind != Kind::Name && span.start < end && start < span.end);
            if !other {
                let span = page.view.folded.origin(start)..page.view.folded.origin(end);
                all.push(Example { turn, span, evidence: candidate.evidence });
            }
        }
    }
    all
}

/// A number of a conversation.
#[derive(Debug, Clone)]
pub struct NumberExample {
    /// Number of its turn.
    pub turn: usize,
    /// Its bytes in the turn's text.
    pub span: std::ops::Range<usize>,
    /// What speaks for each verdict.
    pub evidence: Vec<u16>,
    /// What the rules say that it is.
    pub by_rule: Option<Kind>,
}

/// Every number of a conversation with what surrounds it, and every piece that may be an address.
pub fn number_examples(turns: &[Turn], settings: &RedactionSettings) -> [Vec<NumberExample>; 2] {
    let mut pages = detect::pages(turns, settings);
    let found = detect::numbers(&mut pages);
    let example = |number: opinions::Collected| {
        let page = pages.get(number.page)?;
        let span = page.view.folded.origin(number.start)..page.view.folded.origin(number.end);
        Some(NumberExample { turn: number.page, span, evidence: number.evidence, by_rule: number.kind })
    };
    found.map(|found| found.into_iter().filter_map(example).collect())
}

/// The name of a piece of evidence about a number in the file of weights.
pub fn number_piece(piece: u16) -> String {
    verdict_evidence::name(piece)
}

/// The pieces of evidence by name, in the order of their numbers.
pub fn pieces() -> Vec<String> {
    let mut all: Vec<(u16, String)> = Vec::new();
    for (slot_name, slot) in Slot::ALL {
        for (class_name, class) in Class::ALL {
            for (shape_name, shape) in Shape::ALL {
                all.push((evidence(*slot, *class, *shape), format!("{slot_name}\t{class_name}\t{shape_name}")));
            }
        }
    }
    all.sort();
    all.into_iter().map(|(_, name)| name).collect()
}
