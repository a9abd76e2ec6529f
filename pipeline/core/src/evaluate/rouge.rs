//! ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004), F1.
//!
//! Tokens as Google's `rouge_score` makes them: lower case, runs of a–z and 0–9. Words of more than three letters are stemmed with
//! Snowball's English stemmer (Porter 2), where `rouge_score` has Porter 1: figures differ in the third digit at most.
//! ROUGE-L is over the whole text as one sequence. Of several references the best counts, for each measure.

use std::collections::HashMap;

use rust_stemmers::{Algorithm, Stemmer};

/// Three F1 values, 0–1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Rouge {
    pub one: f64,
    pub two: f64,
    pub l: f64,
}

/// The best of several references.
pub(super) fn rouge(text: &str, references: &[String]) -> Rouge {
    let found = words(text);
    references.iter().map(|reference| against(&found, &words(reference))).fold(Rouge::default(), |best, next| Rouge {
        one: best.one.max(next.one),
        two: best.two.max(next.two),
        l: best.l.max(next.l),
    })
}

fn words(text: &str) -> Vec<String> {
    let stemmer = Stemmer::create(Algorithm::English);
    text.to_lowercase()
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| if word.len() > 3 { stemmer.stem(word).into_owned() } else { word.to_owned() })
        .collect()
}

fn against(found: &[String], wanted: &[String]) -> Rouge {
    Rouge {
        one: grams(found, wanted, 1),
        two: grams(found, wanted, 2),
        l: f1(common(found, wanted), found.len(), wanted.len()),
    }
}

fn f1(both: usize, found: usize, wanted: usize) -> f64 {
    if found + wanted == 0 { 0.0 } else { 2.0 * both as f64 / (found + wanted) as f64 }
}

fn grams(found: &[String], wanted: &[String], length: usize) -> f64 {
    let mut counts: HashMap<&[String], usize> = HashMap::new();
    for gram in wanted.windows(length) {
        *counts.entry(gram).or_default() += 1;
    }
    let mut both = 0;
    for gram in found.windows(length) {
        if let Some(count) = counts.get_mut(gram).filter(|count| **count > 0) {
            *count -= 1;
            both += 1;
        }
    }
    f1(both, found.windows(length).count(), wanted.windows(length).count())
}

/// Length of the longest common subsequence.
fn common(left: &[String], right: &[String]) -> usize {
    let mut row = vec![0usize; right.len() + 1];
    for word in left {
        let mut diagonal = 0;
        for (index, other) in right.iter().enumerate() {
            let above = row.get(index + 1).copied().unwrap_or(0);
            let before = row.get(index).copied().unwrap_or(0);
            let best = if word == other { diagonal + 1 } else { above.max(before) };
            if let Some(cell) = row.get_mut(index + 1) {
                *cell = best;
            }
            diagonal = above;
        }
    }
    row.last().copied().unwrap_or(0)
}
