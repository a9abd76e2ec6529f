//! TextRank (Mihalcea and Tarau 2004) over sentences: the baseline that summaries are measured against. It compares all pairs of
//! sentences, so it looks at the first [`MOST`] only; the summaries themselves do not use it.

use std::collections::BTreeSet;

use crate::text::{sentences, tokens};

/// Most sentences that are compared.
pub const MOST: usize = 120;
const DAMPING: f64 = 0.85;
const ROUNDS: usize = 30;

/// The sentences with the highest rank, in their order.
pub fn best_sentences(texts: &[&str], count: usize) -> Vec<String> {
    let all: Vec<&str> =
        texts.iter().flat_map(|text| sentences(text)).map(|sentence| sentence.text).take(MOST).collect();
    let words: Vec<BTreeSet<String>> =
        all.iter().map(|sentence| tokens::words(sentence).into_iter().collect()).collect();
    let similarity = |left: &BTreeSet<String>, right: &BTreeSet<String>| {
        let scale = (left.len() as f64).ln() + (right.len() as f64).ln();
        if scale > 0.0 { left.intersection(right).count() as f64 / scale } else { 0.0 }
    };
    let table: Vec<Vec<f64>> = words
        .iter()
        .enumerate()
        .map(|(i, left)| {
            words.iter().enumerate().map(|(j, right)| if i == j { 0.0 } else { similarity(left, right) }).collect()
        })
        .collect();
    let sums: Vec<f64> = table.iter().map(|row| row.iter().sum()).collect();
    let mut ranks = vec![1.0; all.len()];
    for _ in 0..ROUNDS {
        ranks = table
            .iter()
            .map(|row| {
                let flow: f64 = row
                    .iter()
                    .zip(&sums)
                    .zip(&ranks)
                    .filter(|((_, sum), _)| **sum > 0.0)
                    .map(|((weight, sum), rank)| weight / sum * rank)
                    .sum();
                1.0 - DAMPING + DAMPING * flow
            })
            .collect();
    }
    let mut order: Vec<(usize, f64)> = ranks.into_iter().enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    order.truncate(count);
    order.sort_by_key(|(index, _)| *index);
    order.into_iter().filter_map(|(index, _)| all.get(index).map(|sentence| (*sentence).to_owned())).collect()
}
