//! `aftercall backfill`: re-runs a stage over what is stored, compared before it is accepted.

use std::process::ExitCode;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_local::backfill::{Outcome, Prices};
use aftercall_local::driver::Progress;
use aftercall_schemas::Stage;
use aftercall_stages::backfill::{Backfill, Mode};
use clap::Args;
use jiff::civil::Date;

use crate::machine::{Opened, open};
use crate::output::{bold, count, plural, print_json, red, yellow};
use crate::progress::{Phase, during};
use crate::run::dump_all;
use aftercall_settings::Settings;

/// Failures that are shown one by one.
const SHOWN: usize = 10;

/// What to re-run.
#[derive(Args)]
pub struct BackfillArguments {
    /// The stage: measures, sentiment, customer-summary, agent-summary, first-response, categories or entities
    #[arg(long, value_parser = stage)]
    stage: Stage,
    /// First day of the contacts, UTC
    #[arg(long, value_name = "DAY")]
    from: Option<Date>,
    /// Last day of the contacts, UTC
    #[arg(long, value_name = "DAY")]
    to: Option<Date>,
    /// Only count what there is to do and estimate what it costs
    #[arg(long)]
    dry_run: bool,
    /// Run the stage and say how many results would change; publish nothing
    #[arg(long, conflicts_with = "dry_run")]
    compare: bool,
    /// Stop before a call that could make it cost more than this many US dollars; started again it goes on
    #[arg(long, value_name = "USD")]
    budget: Option<f64>,
}

fn stage(text: &str) -> std::result::Result<Stage, String> {
    let all: Vec<_> = Stage::ALL.iter().map(|stage| stage.as_str()).collect();
    Stage::parse(text).ok_or_else(|| format!("expected one of {}", all.join(", ")))
}

/// Re-runs a stage.
pub fn backfill(settings: &Settings, arguments: &BackfillArguments, json: bool) -> Result<ExitCode> {
    let opened = open(settings)?;
    let machine = opened.machine();
    let prices = prices(&opened, settings, arguments.budget)?;
    let backfill = Backfill { stage: arguments.stage, from: arguments.from, to: arguments.to };
    if arguments.dry_run {
        let outcome = machine.estimate(&backfill, prices)?;
        return show(arguments, &outcome, json);
    }
    let mode = if arguments.compare { Mode::Compare } else { Mode::Accept };
    let progress = Progress::default();
    let targets = machine.of_days(&backfill)?;
    let outcome = during(Phase::Analysing(targets.len() as u64), &progress, json, || {
        machine.backfill(&targets, &backfill, mode, arguments.budget, prices, &progress)
    })?;
    if mode == Mode::Accept {
        dump_all(&opened, settings)?;
    }
    show(arguments, &outcome, json)
}

/// The prices of the settings. A budget without them would end nothing.
pub fn prices(opened: &Opened, settings: &Settings, budget: Option<f64>) -> Result<Prices> {
    let prices = Prices { input: settings.model_prices.0, output: settings.model_prices.1 };
    if budget.is_some() && opened.summarize.is_costly() && prices.input.is_none() {
        return Err(Error::new(
            ErrorKind::Config,
            "a budget needs to know what the model costs: set model.input_usd_per_million and model.output_usd_per_million",
        ));
    }
    Ok(prices)
}

/// What a backfill did, for machines.
pub fn machine_form(stage: Stage, outcome: &Outcome) -> serde_json::Value {
    let errors: Vec<_> = outcome
        .errors
        .iter()
        .map(|(contact, error)| serde_json::json!({ "contact": contact, "error": error.to_string() }))
        .collect();
    serde_json::json!({
        "stage": stage, "contacts": outcome.targets, "current": outcome.current, "same": outcome.same,
        "changed": outcome.changed, "failed": outcome.failed, "errors": errors, "cost_usd": outcome.cost_usd,
        "over_budget": outcome.over_budget, "estimate_usd": outcome.estimate_usd,
    })
}

/// Says what could not be done, and why; of many the first.
fn print_errors(outcome: &Outcome) {
    for (contact, error) in outcome.errors.iter().take(SHOWN) {
        anstream::eprintln!("{} {contact}: {error}", red("not done"));
    }
    let more = outcome.errors.len().saturating_sub(SHOWN);
    if more > 0 {
        anstream::eprintln!("{}", red(format!("and {} more", count(more as u64))));
    }
}

/// Says what a backfill did. `would`: how the number of results that differ goes on.
pub fn print_outcome(stage: Stage, outcome: &Outcome, would: &str) {
    anstream::println!(
        "{}: of {} {} {would}, {} are the same, {} were up to date.",
        bold(stage),
        plural(outcome.targets, "contact"),
        count(outcome.changed),
        count(outcome.same),
        count(outcome.current)
    );
    if outcome.cost_usd > 0.0 {
        anstream::println!("Cost: {:.4} US dollars.", outcome.cost_usd);
    }
    if outcome.over_budget {
        anstream::println!(
            "{}",
            yellow("The budget has no room for the next call; start it again with another to go on.")
        );
    }
    for (reason, number) in outcome.failed.iter().take(SHOWN) {
        anstream::println!("{} {}: {reason}", red("failed"), count(*number));
    }
    print_errors(outcome);
}

fn show(arguments: &BackfillArguments, outcome: &Outcome, json: bool) -> Result<ExitCode> {
    let code = if outcome.errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if json {
        print_json(&machine_form(arguments.stage, outcome))?;
        return Ok(code);
    }
    if arguments.dry_run {
        anstream::println!(
            "{}: {} to do, {} up to date.",
            bold(arguments.stage),
            plural(outcome.targets, "contact"),
            count(outcome.current)
        );
        match outcome.estimate_usd {
            Some(usd) => anstream::println!("Estimated cost: {usd:.4} US dollars, as the present results cost."),
            None => anstream::println!("Estimated cost: unknown, because no present result says what it cost."),
        }
        print_errors(outcome);
        return Ok(code);
    }
    print_outcome(arguments.stage, outcome, if arguments.compare { "would change" } else { "changed" });
    if arguments.compare && outcome.changed > 0 {
        anstream::println!(
            "Nothing was published. Without --compare these results are accepted; none is paid for again."
        );
    }
    Ok(code)
}
