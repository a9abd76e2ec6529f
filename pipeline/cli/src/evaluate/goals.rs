//! `aftercall evaluate --goals`: every goal of the insight in one table. It finds the sets and the published samples, and looks at
//! the clock for what is measured in seconds; what a goal is, and whether it is met, the core knows.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use aftercall_core::error::{ErrorKind, Result};
use aftercall_core::evaluate::goals::{Figure, GoalRow, Goals, Measured, measure, sets};
use aftercall_core::evaluate::{self as figures, Report, growth};
use aftercall_core::redact::{RedactionSettings, redact};
use aftercall_settings::Settings;
use aftercall_settings::parts::read_rules;

use super::{code_of, set_of};
use crate::machine::open;
use crate::output::print_json;
use crate::rules;

/// Measures every goal and prints the table.
pub fn goals(settings: &Settings, folder: &Path, samples: Option<&Path>, json: bool) -> Result<ExitCode> {
    let mut reports = Vec::new();
    let mut unread = 0;
    for name in sets() {
        let Some(path) = find(folder, samples, name) else { continue };
        let set = set_of(&path, settings)?;
        unread += set.say(&figures::unreadable(&set.lines));
        reports.push(figures::evaluate(name, &set.lines));
    }
    let mut more = vec![growth_of_time()];
    if let Some(samples) = samples {
        more.extend(figures::published(&|file| std::fs::read_to_string(samples.join(file)).ok()));
    }
    more.extend(categories(settings)?);
    let goals = Goals::of(Report::joined(reports), more);
    if json {
        print_json(&goals.rows.iter().map(row).collect::<Vec<_>>())?;
    } else {
        anstream::print!("{goals}");
    }
    Ok(code_of(unread))
}

/// A set of the project's own, else of the samples.
fn find(folder: &Path, samples: Option<&Path>, name: &str) -> Option<PathBuf> {
    let own = folder.join(format!("{name}.jsonl"));
    let public = samples.map(|samples| samples.join("conversations").join(format!("{name}.open.jsonl.gz")));
    std::iter::once(own).chain(public).find(|path| path.exists())
}

fn row(row: &GoalRow) -> serde_json::Value {
    let measured = row.measured.as_ref();
    let baselines: std::collections::BTreeMap<_, _> = measured
        .iter()
        .flat_map(|measured| &measured.baselines)
        .map(|baseline| (baseline.name.as_str(), baseline.figure))
        .collect();
    serde_json::json!({
        "goal": row.goal, "set": row.set, "met": row.met, "ours": measured.map(|measured| measured.ours.value()),
        "interval": measured.and_then(|measured| measured.interval), "size": measured.map(|measured| measured.size),
        "baselines": baselines, "notes": measured.map(|measured| &measured.notes),
    })
}

/// The longer of two texts is so many times the shorter.
const TIMES: usize = 8;

/// How time grows with the text, at worst over all texts, as one turn and as many.
fn growth_of_time() -> Measured {
    const CHARACTERS: usize = 16_000;
    let mut worst = (0.0, String::new());
    for text in growth::TEXTS {
        for turns in [1, 64] {
            let times = CHARACTERS / text.chars().count().max(1);
            let time = |times: usize| shortest(|| growth::chat(text, times, turns)).as_secs_f64();
            let grown = time(times * TIMES) / (time(times) * TIMES as f64).max(f64::MIN_POSITIVE);
            if grown > worst.0 {
                worst = (grown, format!("the worst is {:?} in {turns} turn(s)", text.trim()));
            }
        }
    }
    let set = format!("texts of {CHARACTERS} characters and {TIMES} times as many");
    let size = growth::TEXTS.len() * 2;
    Measured { notes: vec![worst.1], ..Measured::new(measure::GROWTH, Figure::Times(worst.0), set, size) }
}

/// How long this thread has been at work: its own time where the system tells it (Linux), because what else a machine does at the
/// same time is no figure of ours; elsewhere the time that has passed.
fn at_work(began: Instant) -> Duration {
    // Before a thread gives way, the system brings its account up to date.
    std::thread::yield_now();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = told.split_whitespace().next().and_then(|nanos| nanos.parse().ok()).filter(|nanos| *nanos > 0);
    nanos.map_or_else(|| began.elapsed(), Duration::from_nanos)
}

/// The shortest time of a few in which a chat is redacted.
fn shortest(chat: impl Fn() -> aftercall_schemas::Conversation) -> Duration {
    const RUNS: usize = 5;
    let began = Instant::now();
    let run = |_| {
        let chat = chat();
        let started = at_work(began);
        black_box(redact(chat, &[], &RedactionSettings::default()));
        at_work(began).saturating_sub(started)
    };
    (0..RUNS).map(run).min().unwrap_or_default()
}

/// How many stored contacts the configured rules are applied to in a second: read, parsed, scored and matched, as `rules test`
/// does it. Nothing where there are no contacts or no rules.
fn categories(settings: &Settings) -> Result<Option<Measured>> {
    const AT_LEAST: Duration = Duration::from_secs(2);
    let Some(file) = &settings.rules else { return Ok(None) };
    let opened = match open(settings) {
        Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let (rules, contacts) = (read_rules(file)?, opened.store.all_contacts()?);
    if contacts.is_empty() {
        return Ok(None);
    }
    let began = Instant::now();
    let started = at_work(began);
    let mut rounds = 0;
    let mut time = Duration::ZERO;
    while time < AT_LEAST {
        black_box(rules::apply_all(&opened, &contacts, &rules)?);
        rounds += 1;
        time = at_work(began).saturating_sub(started);
    }
    let speed = (contacts.len() * rounds) as f64 / time.as_secs_f64();
    let set = format!("contacts of this store, {} rules, one core", rules.categories.len());
    Ok(Some(Measured::new(measure::CATEGORIES, Figure::EachSecond(speed), set, contacts.len())))
}
