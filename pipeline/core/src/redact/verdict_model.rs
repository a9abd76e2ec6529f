//! A second opinion about numbers and addresses that no rule knows: what the evidence of labelled conversations says that
//! they are.
//!
//! A softmax regression trained by `cargo run --release -p aftercall-core --example train_numbers`; its weights are a text file
//! that can be read: slot, values, verdict, weight.

use std::sync::LazyLock;

use super::settings::Kind;
use super::verdict_evidence::{VERDICTS, piece};

type Row = [f32; VERDICTS];

/// The weights of each piece of evidence, by its number.
#[derive(Debug)]
pub(super) struct Model(Vec<(u16, Row)>);

pub(super) static NUMBERS: LazyLock<Model> =
    LazyLock::new(|| Model::read(include_str!("../../resources/redaction/number_evidence.txt")));

pub(super) static ADDRESSES: LazyLock<Model> =
    LazyLock::new(|| Model::read(include_str!("../../resources/redaction/address_evidence.txt")));

impl Model {
    fn read(file: &str) -> Self {
        let mut rows: Vec<(u16, Row)> = Vec::new();
        for line in file.lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split('\t');
            let (Some(slot), Some(first), Some(second)) = (fields.next(), fields.next(), fields.next()) else {
                continue;
            };
            let Some(piece) = piece(slot, first, second) else { continue };
            let mut row = [0.0; VERDICTS];
            for field in fields {
                let Some((kind, weight)) = field.split_once('=') else { continue };
                let verdict = Kind::parse(kind).map_or(0, |kind| kind as usize + 1);
                if let Some(place) = row.get_mut(verdict) {
                    *place = weight.parse().unwrap_or(0.0);
                }
            }
            rows.push((piece, row));
        }
        rows.sort_by_key(|(piece, _)| *piece);
        Self(rows)
    }

    /// The likeliest kind and the share of all verdicts that say it is personal.
    pub(super) fn opinion(&self, evidence: &[u16]) -> Option<(Kind, f32)> {
        let mut sums = [0.0f32; VERDICTS];
        for piece in evidence {
            let row = self.0.binary_search_by_key(piece, |(piece, _)| *piece).ok().and_then(|at| self.0.get(at));
            for (sum, weight) in sums.iter_mut().zip(row.map_or(&[][..], |(_, row)| row)) {
                *sum += weight;
            }
        }
        let most = sums.iter().copied().fold(f32::MIN, f32::max);
        let shares = sums.map(|sum| (sum - most).exp());
        let all: f32 = shares.iter().sum();
        let harmless = shares.first().copied().unwrap_or(0.0) / all;
        let best = (1..VERDICTS)
            .max_by(|left, right| sums.get(*left).unwrap_or(&0.0).total_cmp(sums.get(*right).unwrap_or(&0.0)))?;
        Some((Kind::ALL.get(best - 1).copied()?, 1.0 - harmless))
    }
}
