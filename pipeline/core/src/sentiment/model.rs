//! The offline model: a turn's label from its words, by a linear model over [`super::features`].
//!
//! The weights are trained on the project's own sentences (`tests/sets/sentiment_train.jsonl`) and stored as one signed
//! byte each. It knows nothing of a conversation but the turn itself.

use std::sync::LazyLock;

use aftercall_schemas::SentimentLabel;

use super::features::{BUCKETS, Feature, features};
use crate::text::{Language, sentences, tokens};

/// Name of the model as it stands in results.
pub const NAME: &str = "aftercall-linear/1";

/// Classes in the order of the weights.
pub const CLASSES: [SentimentLabel; 3] = [SentimentLabel::Negative, SentimentLabel::Neutral, SentimentLabel::Positive];

/// Words after which a text without punctuation is cut for the model, which was trained on sentences.
const WORDS: usize = 40;

/// Weights: by class, then by bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// What one step of a stored weight stands for.
    scale: f32,
    steps: Vec<i8>,
}

impl Weights {
    /// Stored form: the scale (four bytes, little endian), then the steps, run lengths of zeros packed.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (scale, packed) = bytes.split_first_chunk::<4>()?;
        let mut steps = Vec::with_capacity(BUCKETS * CLASSES.len());
        let mut rest = packed.iter();
        while let Some(byte) = rest.next() {
            match i8::from_le_bytes([*byte]) {
                0 => steps.resize(steps.len() + usize::from(*rest.next()?), 0),
                step => steps.push(step),
            }
            if steps.len() > BUCKETS * CLASSES.len() {
                return None;
            }
        }
        (steps.len() == BUCKETS * CLASSES.len()).then_some(Self { scale: f32::from_le_bytes(*scale), steps })
    }

    /// The stored form of trained weights.
    pub fn to_bytes(weights: &[f32]) -> Vec<u8> {
        let largest = weights.iter().fold(0f32, |largest, weight| largest.max(weight.abs())).max(1e-6);
        let scale = largest / 127.0;
        let mut bytes = scale.to_le_bytes().to_vec();
        let mut zeros = 0u8;
        for weight in weights {
            let step = (weight / scale).round().clamp(-127.0, 127.0) as i8;
            if step == 0 && zeros < u8::MAX {
                zeros += 1;
                continue;
            }
            if zeros > 0 {
                bytes.extend([0, zeros]);
                zeros = 0;
            }
            if step == 0 {
                zeros = 1;
            } else {
                bytes.extend(step.to_le_bytes());
            }
        }
        if zeros > 0 {
            bytes.extend([0, zeros]);
        }
        bytes
    }

    /// Probability of each class.
    pub fn probabilities(&self, features: &[Feature]) -> [f32; 3] {
        let mut sums = [0f32; 3];
        for (class, sum) in sums.iter_mut().enumerate() {
            let weights = self.steps.get(class * BUCKETS..).unwrap_or_default();
            *sum = features
                .iter()
                .filter_map(|(bucket, strength)| Some(f32::from(*weights.get(*bucket as usize)?) * strength))
                .sum::<f32>()
                * self.scale;
        }
        softmax(sums)
    }
}

/// Probabilities of sums.
pub fn softmax(sums: [f32; 3]) -> [f32; 3] {
    let largest = sums.iter().copied().fold(f32::MIN, f32::max);
    let powers = sums.map(|sum| (sum - largest).exp());
    let total: f32 = powers.iter().sum();
    powers.map(|power| power / total)
}

static WEIGHTS: LazyLock<Option<Weights>> =
    LazyLock::new(|| Weights::from_bytes(include_bytes!("../../resources/sentiment/weights.bin")));

/// Probability of negative, neutral and positive; null for text without words.
pub fn probabilities(content: &str, language: Language) -> Option<[f32; 3]> {
    let weights = WEIGHTS.as_ref()?;
    let mut best: Option<[f32; 3]> = None;
    for piece in pieces(content) {
        let features = features(piece, language);
        if features.is_empty() {
            continue;
        }
        let found = weights.probabilities(&features);
        // Of several sentences the one that says most counts: the least neutral.
        best = Some(match best {
            Some(best) if neutral(best) <= neutral(found) => best,
            _ => found,
        });
    }
    best
}

const fn neutral(probabilities: [f32; 3]) -> f32 {
    let [_, neutral, _] = probabilities;
    neutral
}

/// Sentences, long ones in pieces. A short turn is one piece: its sentences are about one thing.
fn pieces(content: &str) -> Vec<&str> {
    // Fewer bytes than this cannot hold more words, so they need no counting.
    let few = content.len() < WORDS || content.len() <= 240 && tokens::count_words(content) <= WORDS / 2;
    if few {
        return vec![content];
    }
    let mut found = Vec::new();
    for sentence in sentences(content) {
        let mut rest = sentence.text;
        loop {
            let cut = rest.split_whitespace().nth(WORDS).map(|word| word.as_ptr() as usize - rest.as_ptr() as usize);
            match cut.and_then(|cut| rest.split_at_checked(cut)) {
                Some((piece, after)) if !piece.is_empty() => {
                    found.push(piece);
                    rest = after;
                }
                _ => break,
            }
        }
        found.push(rest);
    }
    found
}

/// The label of a text; null for text without words.
pub fn label(content: &str, language: Language) -> Option<SentimentLabel> {
    let probabilities = probabilities(content, language)?;
    CLASSES.iter().zip(probabilities).max_by(|a, b| a.1.total_cmp(&b.1)).map(|(label, _)| *label)
}
