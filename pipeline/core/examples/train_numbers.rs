//! Trains the weights of evidence for numbers and for addresses and writes them:
//! `cargo run --release -p aftercall-core --example train_numbers -- [--without NAME] SET.jsonl…`.
//!
//! Softmax regression over all labelled numbers, and over all pieces that may be addresses, full steps with a rate of its own for every weight; the same input gives the
//! same file. Each set is first left out in turn. `--without` writes the weights of all sets but one.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, Write};
use std::path::Path;

use aftercall_core::redact::training::{number_examples, number_piece};
use aftercall_core::redact::{Kind, RedactionSettings};
use aftercall_schemas::Turn;
use serde_json::{Value, json};

const STEPS: usize = 150;
const RATE: f64 = 0.3;
/// How strongly weights are drawn to nothing.
const DECAY: f64 = 0.6;
/// Weights below this are left out.
const LEAST: f64 = 0.05;
/// Share of the personal verdicts from which a number counts as personal in the figures.
const ENOUGH: f64 = 0.6;

const VERDICTS: usize = Kind::ALL.len() + 1;

struct Labelled {
    evidence: Vec<usize>,
    verdict: usize,
    by_rule: bool,
}

type Weights = Vec<[f64; VERDICTS]>;

/// The labelled numbers of a set; `pieces` numbers the evidence that was met.
fn read(path: &str, addresses: bool, pieces: &mut BTreeMap<u16, usize>) -> Result<Vec<Labelled>, Error> {
    let mut all = Vec::new();
    for line in std::fs::read_to_string(path)?.lines() {
        let value: Value = serde_json::from_str(line).map_err(Error::other)?;
        let labelled = value.get("turns").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let turns: Vec<Turn> = labelled.iter().enumerate().filter_map(|(number, turn)| as_turn(number, turn)).collect();
        let [numbers, chunks] = number_examples(&turns, &RedactionSettings::default());
        for example in if addresses { chunks } else { numbers } {
            let Some((turn, spans)) = turns.get(example.turn).zip(labelled.get(example.turn)) else { continue };
            let at = |byte: usize| turn.content.get(..byte).map_or(0, |before| before.chars().count()) as u64;
            let (start, end) = (at(example.span.start), at(example.span.end));
            let spans = spans.get("spans").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let mut verdict = 0;
            for span in spans {
                let place = |name: &str| span.get(name).and_then(Value::as_u64).unwrap_or(0);
                let inside = place("end").min(end).saturating_sub(place("start").max(start));
                let address = span.get("kind").and_then(Value::as_str) == Some("ADDRESS");
                if 2 * inside >= end - start
                    && address >= addresses
                    && let Some(kind) = span.get("kind").and_then(Value::as_str).and_then(Kind::parse)
                {
                    verdict = kind as usize + 1;
                }
            }
            let evidence = example.evidence.iter().map(|piece| {
                let next = pieces.len();
                *pieces.entry(*piece).or_insert(next)
            });
            all.push(Labelled { evidence: evidence.collect(), verdict, by_rule: example.by_rule.is_some() });
        }
    }
    Ok(all)
}

fn as_turn(number: usize, turn: &Value) -> Option<Turn> {
    let role = turn.get("role").and_then(Value::as_str).unwrap_or_default().to_uppercase();
    let turn = json!({ "turn_id": format!("t{number}"), "participant": 0, "role": role, "content": turn.get("text") });
    serde_json::from_value(turn).ok()
}

/// The share of each verdict.
fn shares(weights: &Weights, evidence: &[usize]) -> [f64; VERDICTS] {
    let mut sums = [0.0; VERDICTS];
    for row in evidence.iter().filter_map(|piece| weights.get(*piece)) {
        for (sum, weight) in sums.iter_mut().zip(row) {
            *sum += weight;
        }
    }
    let most = sums.iter().copied().fold(f64::MIN, f64::max);
    let shares = sums.map(|sum| (sum - most).exp());
    let all: f64 = shares.iter().sum();
    shares.map(|share| share / all)
}

fn train(sets: &[&[Labelled]], pieces: usize) -> Weights {
    let mut weights: Weights = vec![[0.0; VERDICTS]; pieces];
    let mut squares = vec![[1e-9f64; VERDICTS]; pieces];
    for _ in 0..STEPS {
        let mut steps: Weights = weights.iter().map(|row| row.map(|weight| weight * DECAY)).collect();
        for example in sets.iter().copied().flatten() {
            let mut errors = shares(&weights, &example.evidence);
            if let Some(error) = errors.get_mut(example.verdict) {
                *error -= 1.0;
            }
            for piece in &example.evidence {
                for (step, error) in steps.get_mut(*piece).into_iter().flatten().zip(errors) {
                    *step += error;
                }
            }
        }
        for ((row, squares), steps) in weights.iter_mut().zip(&mut squares).zip(&steps) {
            for ((weight, square), step) in row.iter_mut().zip(squares).zip(steps) {
                *square += step * step;
                *weight -= RATE * step / square.sqrt();
            }
        }
    }
    weights
}

/// Of the numbers of a set: personal, found by the model, masked by it in vain, right in kind, missed by rules and found by it,
/// left by rules and masked by it in vain.
fn figures(weights: &Weights, set: &[Labelled]) -> [usize; 7] {
    let mut counts = [0; 7];
    for example in set {
        let shares = shares(weights, &example.evidence);
        let masked = 1.0 - shares.first().copied().unwrap_or(0.0) >= ENOUGH;
        let best = (1..VERDICTS)
            .max_by(|left, right| shares.get(*left).unwrap_or(&0.0).total_cmp(shares.get(*right).unwrap_or(&0.0)));
        let personal = example.verdict > 0;
        let checks = [
            personal,
            personal && masked,
            !personal && masked,
            personal && masked && best == Some(example.verdict),
            personal && !example.by_rule,
            personal && !example.by_rule && masked,
            !personal && !example.by_rule && masked,
        ];
        for (count, holds) in counts.iter_mut().zip(checks) {
            *count += usize::from(holds);
        }
    }
    counts
}

fn main() -> Result<(), Error> {
    let mut paths: Vec<String> = std::env::args().skip(1).collect();
    let without = paths.iter().position(|path| path == "--without").and_then(|at| {
        paths.remove(at);
        (at < paths.len()).then(|| paths.remove(at))
    });
    for addresses in [false, true] {
        model(&paths, without.as_deref(), addresses)?;
    }
    Ok(())
}

/// Trains and writes the weights for numbers or for addresses.
fn model(paths: &[String], without: Option<&str>, addresses: bool) -> Result<(), Error> {
    let mut pieces = BTreeMap::new();
    let sets: Vec<Vec<Labelled>> =
        paths.iter().map(|path| read(path, addresses, &mut pieces)).collect::<Result<_, _>>()?;
    let all_but = |left_out: Option<usize>| {
        let rest: Vec<&[Labelled]> =
            sets.iter().enumerate().filter(|(at, _)| Some(*at) != left_out).map(|(_, set)| set.as_slice()).collect();
        train(&rest, pieces.len())
    };
    let stem = |path: &str| Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let left_out = without.and_then(|without| paths.iter().position(|path| stem(path).as_deref() == Some(without)));
    let mut out = std::io::stdout().lock();
    if left_out.is_none() {
        for (at, (path, set)) in paths.iter().zip(&sets).enumerate() {
            let weights = all_but(Some(at));
            let [personal, found, vain, right, missed, gained, lost] = figures(&weights, set);
            writeln!(
                out,
                "{path}: {personal} personal of {}; left out: {found} found ({right} of the right kind), {vain} in vain; of {missed} that the rules miss {gained}, of those they leave {lost} in vain",
                set.len()
            )?;
        }
    }
    let weights = all_but(left_out);
    let mut file = String::from(
        "# What speaks for each verdict about a number: slot, values, weights (none for harmless). Written by the example `train_numbers`.\n",
    );
    let mut lines = BTreeSet::new();
    for (piece, at) in &pieces {
        let row = weights.get(*at).copied().unwrap_or([0.0; VERDICTS]);
        let mut line = number_piece(*piece);
        let mut any = false;
        for (verdict, weight) in row.iter().enumerate().filter(|(_, weight)| weight.abs() >= LEAST) {
            let kind = verdict.checked_sub(1).and_then(|at| Kind::ALL.get(at)).map_or("none", |kind| kind.as_str());
            line.push_str(&format!("\t{kind}={weight:.2}"));
            any = true;
        }
        if any {
            lines.insert((*piece, line));
        }
    }
    for (_, line) in &lines {
        file.push_str(line);
        file.push('\n');
    }
    let target = if addresses {
        concat!(env!("CARGO_MANIFEST_DIR"), "/resources/redaction/address_evidence.txt")
    } else {
        concat!(env!("CARGO_MANIFEST_DIR"), "/resources/redaction/number_evidence.txt")
    };
    std::fs::write(target, &file)?;
    writeln!(out, "{} lines of weights written to {target}", lines.len())
}
