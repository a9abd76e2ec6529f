//! Trains the offline sentiment model and writes its weights:
//! `cargo run --release -p aftercall-core --example train_sentiment -- tests/sets/sentiment_train.jsonl [test.jsonl]`.
//!
//! Multinomial logistic regression, stochastic gradient descent over shuffled passes with averaged weights; the same
//! input gives the same bytes. With a second file it prints the macro-F1 on that file as well.

use std::io::{Error, Write};

use aftercall_core::sentiment::features::{BUCKETS, Feature, features};
use aftercall_core::sentiment::model::{CLASSES, Weights, softmax};
use aftercall_core::text::Language;
use aftercall_schemas::SentimentLabel;

const PASSES: usize = 30;
const RATE: f32 = 0.25;
const DECAY: f32 = 2e-5;

struct Example {
    features: Vec<Feature>,
    class: usize,
}

fn read(path: &str) -> Result<Vec<Example>, Error> {
    let mut examples = Vec::new();
    for line in std::fs::read_to_string(path)?.lines() {
        let value: serde_json::Value = serde_json::from_str(line).map_err(Error::other)?;
        let word = |name: &str| value.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        let label = SentimentLabel::parse(word("label"));
        let class = CLASSES.iter().position(|class| Some(*class) == label);
        if let (Some(class), Some(language)) = (class, Language::of_tag(word("language"))) {
            examples.push(Example { features: features(word("text"), language), class });
        }
    }
    Ok(examples)
}

fn train(examples: &[Example]) -> Vec<f32> {
    let mut weights = vec![0f32; BUCKETS * CLASSES.len()];
    let mut sums = vec![0f64; weights.len()];
    let counts = CLASSES
        .iter()
        .enumerate()
        .map(|(class, _)| examples.iter().filter(|example| example.class == class).count())
        .collect::<Vec<_>>();
    // Rare classes weigh more: the goal is the mean over classes.
    let importance: Vec<f32> =
        counts.iter().map(|count| (examples.len() as f32 / (3.0 * (*count).max(1) as f32)).sqrt()).collect();
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut random = 0x2545_f491_4f6c_dd1du64;
    for pass in 0..PASSES {
        for index in (1..order.len()).rev() {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            order.swap(index, (random % (index as u64 + 1)) as usize);
        }
        let rate = RATE / (1.0 + pass as f32 * 0.15);
        for index in &order {
            let Some(example) = examples.get(*index) else { continue };
            let mut scores = [0f32; 3];
            for (class, score) in scores.iter_mut().enumerate() {
                *score = example
                    .features
                    .iter()
                    .map(|(bucket, strength)| {
                        weights.get(class * BUCKETS + *bucket as usize).copied().unwrap_or(0.0) * strength
                    })
                    .sum();
            }
            let importance = importance.get(example.class).copied().unwrap_or(1.0);
            for (class, probability) in softmax(scores).into_iter().enumerate() {
                let wanted = if class == example.class { 1.0 } else { 0.0 };
                let step = rate * importance * (wanted - probability);
                for (bucket, strength) in &example.features {
                    if let Some(weight) = weights.get_mut(class * BUCKETS + *bucket as usize) {
                        *weight += step * strength - rate * DECAY * 50.0 * *weight;
                    }
                }
            }
        }
        if pass >= PASSES / 3 {
            for (sum, weight) in sums.iter_mut().zip(&weights) {
                *sum += f64::from(*weight);
            }
        }
    }
    let passes = (PASSES - PASSES / 3) as f64;
    sums.into_iter().map(|sum| (sum / passes) as f32).collect()
}

fn macro_f1(weights: &Weights, examples: &[Example]) -> f64 {
    let mut table = [[0u32; 3]; 3];
    for example in examples {
        let found = weights
            .probabilities(&example.features)
            .into_iter()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .map_or(1, |(class, _)| class);
        if let Some(cell) = table.get_mut(example.class).and_then(|row| row.get_mut(found)) {
            *cell += 1;
        }
    }
    let cell =
        |wanted: usize, found: usize| table.get(wanted).and_then(|row| row.get(found)).copied().map_or(0.0, f64::from);
    let f1 = |class: usize| {
        let wanted: f64 = (0..3).map(|other| cell(class, other)).sum();
        let found: f64 = (0..3).map(|other| cell(other, class)).sum();
        2.0 * cell(class, class) / (wanted + found).max(1.0)
    };
    (f1(0) + f1(1) + f1(2)) / 3.0
}

fn main() -> Result<(), Error> {
    let mut paths = std::env::args().skip(1);
    let path = paths.next().unwrap_or_else(|| "tests/sets/sentiment_train.jsonl".to_owned());
    let examples = read(&path)?;
    let mut out = std::io::stdout().lock();
    // Five-fold cross-validation first: an honest figure without the test set.
    let mut figures = Vec::new();
    for fold in 0..5 {
        let (mut rest, mut held) = (Vec::new(), Vec::new());
        for (index, example) in examples.iter().enumerate() {
            let example = Example { features: example.features.clone(), class: example.class };
            if index % 5 == fold { held.push(example) } else { rest.push(example) }
        }
        if let Some(weights) = Weights::from_bytes(&Weights::to_bytes(&train(&rest))) {
            figures.push(macro_f1(&weights, &held));
        }
    }
    writeln!(
        out,
        "cross-validation macro-F1 {:.3} over {} sentences",
        figures.iter().sum::<f64>() / 5.0,
        examples.len()
    )?;
    let bytes = Weights::to_bytes(&train(&examples));
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/resources/sentiment/weights.bin");
    std::fs::write(target, &bytes)?;
    writeln!(out, "{} bytes written to {target}", bytes.len())?;
    if let (Some(test), Some(weights)) = (paths.next(), Weights::from_bytes(&bytes)) {
        writeln!(out, "test macro-F1 {:.3}", macro_f1(&weights, &read(&test)?))?;
    }
    Ok(())
}
