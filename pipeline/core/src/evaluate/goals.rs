//! The goals of the insight as one table: a row for each goal and each set that counts for it. What is measured comes from
//! elsewhere; a goal whose set was not given is a row that says so, and none is left out.

use std::fmt;

use super::{Baseline, Report, Row};

/// A measured figure, as it is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Figure {
    /// 0 to 1.
    Share(f64),
    /// So many of so many.
    Of(usize, usize),
    /// Contacts a second.
    EachSecond(f64),
    /// Times as much.
    Times(f64),
}

impl Figure {
    /// What is compared with a goal.
    pub fn value(self) -> f64 {
        match self {
            Self::Share(value) | Self::EachSecond(value) | Self::Times(value) => value,
            Self::Of(count, _) => count as f64,
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(value) => write!(f, "{value:.3}"),
            Self::Of(count, all) => write!(f, "{count} of {all}"),
            Self::EachSecond(value) => write!(f, "{value:.0}"),
            Self::Times(value) => write!(f, "{value:.2}"),
        }
    }
}

/// What was measured of a goal on a set.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// What was measured, by the name that the goal knows it by.
    pub measure: String,
    /// Our figure.
    pub ours: Figure,
    /// 95 % interval of our figure.
    pub interval: Option<(f64, f64)>,
    /// Baselines on the same set.
    pub baselines: Vec<Baseline>,
    /// The set, or what else it was measured on.
    pub set: String,
    /// How many things the figure rests on.
    pub size: usize,
    /// What a reader has to know: misses and differences by name.
    pub notes: Vec<String>,
}

impl Measured {
    /// A figure without interval, baselines and notes.
    pub fn new(measure: &str, ours: Figure, set: impl Into<String>, size: usize) -> Self {
        Self {
            measure: measure.to_owned(),
            ours,
            interval: None,
            baselines: Vec::new(),
            set: set.into(),
            size,
            notes: Vec::new(),
        }
    }
}

impl From<Row> for Measured {
    fn from(row: Row) -> Self {
        Self {
            measure: row.measure,
            ours: Figure::Share(row.ours),
            interval: row.interval,
            baselines: row.baselines,
            set: row.set,
            size: row.size,
            notes: Vec::new(),
        }
    }
}

/// What a goal wants of a figure.
#[derive(Debug, Clone, Copy)]
enum Wants {
    AtLeast(f64),
    AtMost(f64),
    /// Better than every baseline.
    Better,
    /// Its whole interval better than every baseline.
    ClearlyBetter,
}

struct Goal {
    name: &'static str,
    wants: Wants,
    /// How the name of the measure begins.
    measure: &'static str,
    /// The sets that count, those first of which nobody read a line. None: whatever it was measured on.
    sets: &'static [&'static str],
}

/// The measures that are no labelled set's.
pub mod measure {
    /// Time for eight times the text, against eight times the time.
    pub const GROWTH: &str = "redaction: growth of time";
    /// Scores of calls as their service published them.
    pub const CALL_SCORES: &str = "published scores of calls";
    /// Progressive scores of chats as their service published them.
    pub const CHAT_SCORES: &str = "published progressive scores of a chat";
    /// Figures of measures that differ from the published ones without a named reason.
    pub const MEASURES: &str = "published measures";
    /// Stored contacts that rules are applied to in a second.
    pub const CATEGORIES: &str = "categories over stored contacts";
}

const fn goal(name: &'static str, wants: Wants, measure: &'static str, sets: &'static [&'static str]) -> Goal {
    Goal { name, wants, measure, sets }
}

use Wants::{AtLeast, AtMost, Better, ClearlyBetter};

const REDACTION: &[&str] = &["redaction_heldout_2", "redaction"];
const GROUNDING: &[&str] = &["grounding_heldout_2", "grounding"];
const SERVICE: &[&str] = &["service_own_words_heldout", "service_heldout"];
const CONTACTS: &[&str] = &["contacts_heldout", "contacts"];
const SENTENCES: &[&str] = &["sentiment"];
const LABELLED_CALLS: &[&str] = &["aws_tca_example", "hvb_sample"];
const ENGLISH: &str = "sentiment macro-F1, English";
const CALLS: &str = "sentiment macro-F1, customers' turns";

const GOALS: &[Goal] = &[
    goal("redaction recall", AtLeast(0.98), "redaction recall", REDACTION),
    goal("redaction precision", AtLeast(0.95), "redaction precision", REDACTION),
    goal(
        "redaction in linear time: eight times the text, time / eight times the time",
        // Quadratic time would be 8; a longer text has less of itself in the caches.
        AtMost(2.0),
        measure::GROWTH,
        &[],
    ),
    goal("sentiment of customers' turns, macro-F1", AtLeast(0.55), ENGLISH, SENTENCES),
    goal("the same, clearly better than VADER", ClearlyBetter, ENGLISH, SENTENCES),
    goal("sentiment, macro-F1, a machine's labels", AtLeast(0.55), CALLS, LABELLED_CALLS),
    goal("sentiment in Spanish, macro-F1", AtLeast(0.55), "sentiment macro-F1, Spanish", SENTENCES),
    goal("sentiment in Japanese, macro-F1", AtLeast(0.55), "sentiment macro-F1, Japanese", SENTENCES),
    goal("call scores as published", AtLeast(39.0), measure::CALL_SCORES, &[]),
    goal("progressive chat scores as published", AtLeast(26.0), measure::CHAT_SCORES, &[]),
    goal("summary of the customer's side, ROUGE-L", AtLeast(0.43), "summary, customer: ROUGE-L", SERVICE),
    goal("summary of the agent's side, ROUGE-L", AtLeast(0.36), "summary, agent: ROUGE-L", SERVICE),
    goal("resolution, accuracy", Better, "resolution accuracy", CONTACTS),
    goal("resolution, macro-F1", Better, "resolution macro-F1", CONTACTS),
    goal("reason: the turn that states it", Better, "reason: ", CONTACTS),
    goal("commitments, F1", Better, "commitments F1", CONTACTS),
    goal("grounding: altered statements caught", AtLeast(0.95), "grounding: altered statements caught", GROUNDING),
    goal("grounding: faithful statements marked", AtMost(0.10), "grounding: faithful statements marked", GROUNDING),
    goal(
        "planted instructions of a dozen kinds that change form or destination",
        AtMost(0.0),
        "injections",
        &["injections"],
    ),
    goal("categories over stored contacts, contacts a second", AtLeast(10_000.0), measure::CATEGORIES, &[]),
    goal("measures that differ from the samples' own without a named reason", AtMost(0.0), measure::MEASURES, &[]),
];

/// The sets that count for a goal, each once.
pub fn sets() -> Vec<&'static str> {
    let mut sets = Vec::new();
    for set in GOALS.iter().flat_map(|goal| goal.sets) {
        if !sets.contains(set) {
            sets.push(*set);
        }
    }
    sets
}

/// A goal on a set.
#[derive(Debug, Clone, PartialEq)]
pub struct GoalRow {
    /// The goal in words, with what it wants.
    pub goal: String,
    /// What was measured; null where the set was not given.
    pub measured: Option<Measured>,
    /// The best of the baselines on the same set.
    pub baseline: Option<Baseline>,
    /// The set that counts.
    pub set: String,
    /// Whether the goal is met; null where it was not measured.
    pub met: Option<bool>,
}

/// Every goal, in the order of the table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Goals {
    /// The rows.
    pub rows: Vec<GoalRow>,
}

impl Goals {
    /// The table of what was measured on labelled sets and elsewhere.
    pub fn of(report: Report, more: Vec<Measured>) -> Self {
        let all: Vec<Measured> = report.rows.into_iter().map(Measured::from).chain(more).collect();
        let rows = GOALS.iter().flat_map(|goal| {
            let of_goal = all.iter().filter(|one| one.measure.starts_with(goal.measure)).collect::<Vec<_>>();
            if goal.sets.is_empty() {
                return vec![goal.row(of_goal.first().copied(), "")];
            }
            let row = |set: &&str| goal.row(of_goal.iter().copied().find(|one| one.set == *set), set);
            goal.sets.iter().map(row).collect()
        });
        Self { rows: rows.collect() }
    }
}

impl Goal {
    fn row(&self, measured: Option<&Measured>, set: &str) -> GoalRow {
        let wanted = match self.wants {
            AtLeast(least) if least > 1.0 => format!(" ≥ {least:.0}"),
            AtLeast(least) => format!(" ≥ {least:.2}"),
            AtMost(most) if most > 0.0 => format!(" ≤ {most:.2}"),
            AtMost(_) => ": none".to_owned(),
            Better => ", better than the baselines".to_owned(),
            ClearlyBetter => String::new(),
        };
        GoalRow {
            goal: format!("{}{wanted}", self.name),
            baseline: measured.and_then(|measured| self.best_baseline(measured)).cloned(),
            measured: measured.cloned(),
            set: measured.map_or_else(|| set.to_owned(), |measured| measured.set.clone()),
            met: measured.and_then(|measured| self.met(measured)),
        }
    }

    fn met(&self, measured: &Measured) -> Option<bool> {
        let ours = measured.ours.value();
        let best = self.best_baseline(measured).map(|baseline| baseline.figure);
        match self.wants {
            AtLeast(least) => Some(ours >= least),
            AtMost(most) => Some(ours <= most),
            Better => Some(ours > best?),
            ClearlyBetter => Some(measured.interval?.0 > best?),
        }
    }

    fn best_baseline<'a>(&self, measured: &'a Measured) -> Option<&'a Baseline> {
        let order = |a: &&Baseline, b: &&Baseline| a.figure.total_cmp(&b.figure);
        match self.wants {
            AtMost(_) => measured.baselines.iter().min_by(order),
            _ => measured.baselines.iter().max_by(order),
        }
    }
}

/// A Markdown table, as in `docs/evaluation.md`, and below it what has to be known of single rows.
impl fmt::Display for Goals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| Goal | Ours | 95 % interval | Best baseline | Set | Size | Met |")?;
        writeln!(f, "|---|---|---|---|---|---|---|")?;
        for row in &self.rows {
            let Some(measured) = &row.measured else {
                let set =
                    if row.set.is_empty() { "not measured".to_owned() } else { format!("{}: not given", row.set) };
                writeln!(f, "| {} | – | – | – | {set} | – | – |", row.goal)?;
                continue;
            };
            let interval =
                measured.interval.map_or_else(|| "–".to_owned(), |(low, high)| format!("{low:.3}–{high:.3}"));
            let met = match row.met {
                Some(true) => "yes",
                Some(false) => "**no**",
                None => "–",
            };
            let best = row.baseline.as_ref();
            let baseline = best.map_or_else(|| "–".to_owned(), |best| format!("{} {:.3}", best.name, best.figure));
            writeln!(
                f,
                "| {} | {} | {interval} | {baseline} | {} | {} | {met} |",
                row.goal, measured.ours, row.set, measured.size
            )?;
        }
        let missed: Vec<String> = self
            .rows
            .iter()
            .filter(|row| row.met == Some(false))
            .filter_map(|row| Some(format!("{} ({}: {})", row.goal, row.set, row.measured.as_ref()?.ours)))
            .collect();
        if !missed.is_empty() {
            writeln!(f, "\nNot met: {}.", missed.join("; "))?;
        }
        for measured in self.rows.iter().filter_map(|row| row.measured.as_ref()).filter(|one| !one.notes.is_empty()) {
            writeln!(f, "\n{}: {}.", measured.measure, measured.notes.join("; "))?;
        }
        Ok(())
    }
}
