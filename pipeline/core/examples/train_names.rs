//! Trains the weights of what speaks for a name and writes them:
//! `cargo run --release -p aftercall-core --example train_names -- [--without NAME] SET.jsonl…`.
//!
//! Logistic regression over all labelled words that may be names, full steps with a rate of its own for every weight; the same
//! input gives the same file. Each set is first left out in turn: sets of other writers tell what the weights are worth on
//! text that nobody trained on. `--without` writes the weights of all sets but one.

use std::io::{Error, Write};
use std::path::Path;

use aftercall_core::redact::RedactionSettings;
use aftercall_core::redact::training::{examples, pieces};
use aftercall_schemas::Turn;
use serde_json::{Value, json};

const STEPS: usize = 400;
const RATE: f64 = 0.3;
/// How strongly weights are drawn to nothing.
const DECAY: f64 = 1.5;
/// Weights below this are left out.
const LEAST: f64 = 0.04;
/// Log odds from which a word counts as a name in the figures.
const ENOUGH: f64 = -0.4;

struct Labelled {
    evidence: Vec<u16>,
    is_name: bool,
}

#[derive(Clone)]
struct Weights {
    bias: f64,
    of: Vec<f64>,
}

impl Weights {
    fn log_odds(&self, evidence: &[u16]) -> f64 {
        self.bias + evidence.iter().filter_map(|piece| self.of.get(usize::from(*piece))).sum::<f64>()
    }
}

/// The labelled words of a set.
fn read(path: &str) -> Result<Vec<Labelled>, Error> {
    let mut all = Vec::new();
    for line in std::fs::read_to_string(path)?.lines() {
        let value: Value = serde_json::from_str(line).map_err(Error::other)?;
        let labelled = value.get("turns").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let turns: Vec<Turn> = labelled.iter().enumerate().filter_map(|(number, turn)| as_turn(number, turn)).collect();
        for example in examples(&turns, &RedactionSettings::default()) {
            let Some((turn, spans)) = turns.get(example.turn).zip(labelled.get(example.turn)) else { continue };
            let at = |byte: usize| turn.content.get(..byte).map_or(0, |before| before.chars().count()) as u64;
            let (start, end) = (at(example.span.start), at(example.span.end));
            let spans = spans.get("spans").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let mut kind = None;
            for span in spans {
                let place = |name: &str| span.get(name).and_then(Value::as_u64).unwrap_or(0);
                if place("start") < end && start < place("end") {
                    kind = span.get("kind").and_then(Value::as_str);
                }
            }
            // A word of an address or a password tells nothing of names.
            if kind.is_none_or(|kind| kind == "NAME") {
                all.push(Labelled { evidence: example.evidence, is_name: kind.is_some() });
            }
        }
    }
    Ok(all)
}

fn as_turn(number: usize, turn: &Value) -> Option<Turn> {
    let role = turn.get("role").and_then(Value::as_str).unwrap_or_default().to_uppercase();
    let turn = json!({ "turn_id": format!("t{number}"), "participant": 0, "role": role, "content": turn.get("text") });
    serde_json::from_value(turn).ok()
}

fn train(sets: &[&[Labelled]]) -> Weights {
    let mut weights = Weights { bias: 0.0, of: vec![0.0; pieces().len()] };
    let mut squares = vec![1e-9f64; weights.of.len()];
    let mut bias_square = 1e-9f64;
    for _ in 0..STEPS {
        let mut steps: Vec<f64> = weights.of.iter().map(|weight| weight * DECAY).collect();
        let mut bias_step = 0.0;
        for example in sets.iter().copied().flatten() {
            let probability = 1.0 / (1.0 + (-weights.log_odds(&example.evidence)).exp());
            let error = probability - if example.is_name { 1.0 } else { 0.0 };
            bias_step += error;
            for piece in &example.evidence {
                if let Some(step) = steps.get_mut(usize::from(*piece)) {
                    *step += error;
                }
            }
        }
        bias_square += bias_step * bias_step;
        weights.bias -= RATE * bias_step / bias_square.sqrt();
        for ((weight, square), step) in weights.of.iter_mut().zip(&mut squares).zip(steps) {
            *square += step * step;
            *weight -= RATE * step / square.sqrt();
        }
    }
    weights
}

/// Recall and precision over the words of a set.
fn figures(weights: &Weights, set: &[Labelled]) -> (f64, f64, usize) {
    let count = |wanted: Option<bool>, found: bool| {
        set.iter()
            .filter(|example| wanted.is_none_or(|wanted| example.is_name == wanted))
            .filter(|example| !found || weights.log_odds(&example.evidence) > ENOUGH)
            .count()
    };
    let right = count(Some(true), true) as f64;
    let names = count(Some(true), false);
    (right / (names.max(1) as f64), right / (count(None, true).max(1) as f64), names)
}

fn main() -> Result<(), Error> {
    let mut paths: Vec<String> = std::env::args().skip(1).collect();
    let without = paths.iter().position(|path| path == "--without").and_then(|at| {
        paths.remove(at);
        (at < paths.len()).then(|| paths.remove(at))
    });
    let name = |path: &str| Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let sets: Vec<Vec<Labelled>> = paths.iter().map(|path| read(path)).collect::<Result<_, _>>()?;
    let all_but = |left_out: Option<usize>| {
        let rest: Vec<&[Labelled]> =
            sets.iter().enumerate().filter(|(at, _)| Some(*at) != left_out).map(|(_, set)| set.as_slice()).collect();
        train(&rest)
    };
    let mut out = std::io::stdout().lock();
    for (at, (path, set)) in paths.iter().zip(&sets).enumerate() {
        let (recall, precision, names) = figures(&all_but(Some(at)), set);
        let (own_recall, own_precision, _) = figures(&all_but(None), set);
        writeln!(
            out,
            "{path}: {names} words of names among {}; left out: recall {recall:.3}, precision {precision:.3}; trained on: {own_recall:.3}, {own_precision:.3}",
            set.len()
        )?;
    }
    let left_out = without.and_then(|without| paths.iter().position(|path| name(path) == Some(without.clone())));
    let weights = all_but(left_out);
    let mut file = String::from(
        "# What speaks for a name and against it: slot, class, shape, weight (log odds). Written by the example `train_names`.\n",
    );
    file.push_str(&format!("bias\t{:.2}\n", weights.bias));
    for (piece, weight) in pieces().iter().zip(&weights.of).filter(|(_, weight)| weight.abs() >= LEAST) {
        file.push_str(&format!("{piece}\t{weight:.2}\n"));
    }
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/resources/redaction/name_evidence.txt");
    std::fs::write(target, &file)?;
    writeln!(out, "{} weights written to {target}", file.lines().count())
}
