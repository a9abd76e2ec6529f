//! The table of figures.

use std::fmt;

/// A baseline's figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// Its name.
    pub name: String,
    /// Its figure.
    pub figure: f64,
}

impl Baseline {
    pub(super) fn new(name: &str, figure: f64) -> Self {
        Self { name: name.to_owned(), figure }
    }
}

/// A figure, 0–1.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What is measured. Ends in "(at most)" where less is better.
    pub measure: String,
    /// Our figure.
    pub ours: f64,
    /// 95 % interval of our figure.
    pub interval: Option<(f64, f64)>,
    /// Baselines on the same set.
    pub baselines: Vec<Baseline>,
    /// The goal.
    pub goal: Option<f64>,
    /// Name of the set.
    pub set: String,
    /// How many labelled things the figure rests on.
    pub size: usize,
}

impl Row {
    /// Whether the goal is met; null without a goal.
    pub fn met(&self) -> Option<bool> {
        let goal = self.goal?;
        Some(if self.measure.ends_with("(at most)") { self.ours <= goal } else { self.ours >= goal })
    }
}

/// Figures of one set or of several.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// The figures.
    pub rows: Vec<Row>,
}

impl Report {
    /// Several reports as one.
    pub fn joined(reports: impl IntoIterator<Item = Self>) -> Self {
        Self { rows: reports.into_iter().flat_map(|report| report.rows).collect() }
    }
}

/// A Markdown table, as in `docs/evaluation.md`.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| Measure | Goal | Ours | 95 % interval | Baselines | Set | Size | Met |")?;
        writeln!(f, "|---|---|---|---|---|---|---|---|")?;
        for row in &self.rows {
            let goal = row.goal.map_or_else(|| "–".to_owned(), |goal| format!("{goal:.2}"));
            let interval = row.interval.map_or_else(|| "–".to_owned(), |(low, high)| format!("{low:.3}–{high:.3}"));
            let baselines: Vec<String> =
                row.baselines.iter().map(|baseline| format!("{} {:.3}", baseline.name, baseline.figure)).collect();
            let baselines = if baselines.is_empty() { "–".to_owned() } else { baselines.join(", ") };
            let met = match row.met() {
                Some(true) => "yes",
                Some(false) => "**no**",
                None => "–",
            };
            writeln!(
                f,
                "| {} | {goal} | {:.3} | {interval} | {baselines} | {} | {} | {met} |",
                row.measure, row.ours, row.set, row.size
            )?;
        }
        Ok(())
    }
}
