//! Weighs what speaks for a name and against it, and takes the words that are probably one.
//!
//! A logistic regression trained by `cargo run --release -p aftercall-core --example train_names`; its weights are a text file
//! that can be read: slot, class, shape, weight.

use std::sync::LazyLock;

use super::evidence::{Candidate, candidates};
use super::evidence_kinds::{Class, PIECES, Shape, Slot, evidence};
use super::known_names::{Named, possessed};
use super::view::View;

/// Log odds above which a word is masked as a name: below even, as a name that is seen costs more than a word that is not.
const ENOUGH: f32 = -0.4;

/// The same for everyday words in small letters, of which hardly any is a name.
const ENOUGH_EVERYDAY: f32 = 0.7;

/// Log odds above which the same word is a name wherever it stands in the conversation.
const SURE: f32 = 1.0;

struct Model {
    bias: f32,
    weights: Vec<f32>,
}

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let mut model = Model { bias: 0.0, weights: vec![0.0; PIECES] };
    for line in include_str!("../../resources/redaction/name_evidence.txt").lines() {
        let mut fields = line.split_whitespace();
        match (fields.next(), fields.next(), fields.next(), fields.next()) {
            (Some("bias"), Some(weight), None, None) => model.bias = weight.parse().unwrap_or(0.0),
            (Some(slot), Some(class), Some(shape), Some(weight)) => {
                let piece = Slot::of_name(slot).zip(Class::of_name(class)).zip(Shape::of_name(shape));
                if let Some(((slot, class), shape)) = piece
                    && let Some(place) = model.weights.get_mut(usize::from(evidence(slot, class, shape)))
                {
                    *place = weight.parse().unwrap_or(0.0);
                }
            }
            _ => {}
        }
    }
    model
});

fn log_odds(candidate: &Candidate) -> f32 {
    let weight = |piece: &u16| MODEL.weights.get(usize::from(*piece)).copied().unwrap_or(0.0);
    MODEL.bias + candidate.evidence.iter().map(weight).sum::<f32>()
}

/// A name that evidence shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    pub named: Named,
    /// So sure that the same word is a name in the whole conversation.
    pub sure: bool,
}

/// The names of a turn that enough speaks for. `asked` says that a name was asked for.
pub(super) fn shown(view: &View<'_>, asked: bool) -> Vec<Shown> {
    let mut found: Vec<Shown> = Vec::new();
    let mut last: Option<(usize, usize)> = None;
    for candidate in candidates(view, asked) {
        let odds = log_odds(&candidate);
        // A capitalised word goes on with a name and begins none.
        let before = candidate.token.checked_sub(1).map(|before| (candidate.run, before));
        let begins = candidate.shape != Shape::WordCapital || last == before;
        // "Dawn Page": beside another part of the name it needs no more than that.
        let enough = if candidate.everyday && (last.is_none() || last != before) { ENOUGH_EVERYDAY } else { ENOUGH };
        let Some(tok) = view.tok(candidate.token).filter(|_| odds > enough && begins) else { continue };
        let end = tok.start + possessed(view.text(tok)).len();
        // What stands between two names of one run is part of the name: an initial, a particle.
        let continues = last.is_some_and(|(run, token)| run == candidate.run && candidate.token - token <= 2);
        match found.last_mut().filter(|_| continues) {
            Some(before) => {
                before.named.end = end;
                before.sure &= odds > SURE;
            }
            None => found.push(Shown { named: Named { start: tok.start, end }, sure: odds > SURE }),
        }
        last = Some((candidate.run, candidate.token));
    }
    found
}
