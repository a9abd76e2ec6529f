//! Figures for the insight: metrics, baselines and the sets they are measured on.
//!
//! Sets are JSON lines that were read already: nothing here does IO. What a set is for is told from its content.

mod redaction;

/// A figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What is measured.
    pub measure: String,
    /// Our figure.
    pub ours: f64,
    /// 95 % interval of our figure.
    pub interval: Option<(f64, f64)>,
    /// Name of the baseline and its figure.
    pub baseline: Option<(String, f64)>,
    /// The goal.
    pub goal: Option<f64>,
    /// Name of the set.
    pub set: String,
    /// How many labelled things it has.
    pub size: usize,
}

/// Figures of one set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// The figures.
    pub rows: Vec<Row>,
}

/// Figures of a set.
pub fn evaluate(set: &str, lines: &str) -> Report {
    Report { rows: redaction::rows(set, lines) }
}

/// What is wrong in a set, for a person.
pub fn mistakes(lines: &str) -> Vec<String> {
    redaction::mistakes(lines)
}
