//! `aftercall replay`: takes the documents of the archive in again, as they came, into this data folder or a fresh one.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_local::backfill::{Outcome, Prices};
use aftercall_local::driver::{Progress, Report};
use aftercall_schemas::{ContactKey, Stage};
use aftercall_stages::archive::{self, Kept};
use aftercall_stages::backfill::{Backfill, Mode};
use aftercall_stages::ingest::IngestPorts;
use clap::Args;
use jiff::civil::Date;
use pollster::block_on;

use crate::backfill::{machine_form, prices, print_outcome};
use crate::machine::{Opened, open, open_or_make};
use crate::output::{plural, print_json};
use crate::progress::{Phase, during};
use crate::run::{dump_after, print_failures};
use aftercall_settings::Settings;

/// What to take in again.
#[derive(Args)]
pub struct ReplayArguments {
    /// First day of arrival, UTC
    #[arg(long, value_name = "DAY")]
    from: Option<Date>,
    /// Last day of arrival, UTC
    #[arg(long, value_name = "DAY")]
    to: Option<Date>,
    /// Re-run this stage over the contacts of these documents afterwards
    #[arg(long, value_parser = stage)]
    stage: Option<Stage>,
    /// Stop re-running before a call that could make it cost more than this many US dollars
    #[arg(long, value_name = "USD", requires = "stage")]
    budget: Option<f64>,
    /// A data folder to take them into, made if it is not there [default: this one]
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

fn stage(text: &str) -> std::result::Result<Stage, String> {
    Stage::parse(text).ok_or_else(|| "expected the name of a stage".to_string())
}

/// Takes the archive in again.
pub fn replay(settings: &Settings, arguments: &ReplayArguments, json: bool) -> Result<ExitCode> {
    let from = open(settings)?;
    let documents = block_on(archive::documents(&from.objects(), arguments.from, arguments.to))?;
    let other = match &arguments.into {
        Some(folder) => {
            copy_key(settings, folder)?;
            Some(open_or_make(&Settings { data: folder.clone(), ..settings.clone() })?)
        }
        None => None,
    };
    let into = other.as_ref().unwrap_or(&from);
    let prices = prices(into, settings, arguments.budget)?;
    let mut report = Report::default();
    let progress = Progress::default();
    let taken = into.store.batched(|| {
        for kept in &documents {
            if let Err(error) = take(&from, into, kept, &mut report) {
                report.not_taken_in(error.with("origin", &kept.origin));
            }
            progress.documents.fetch_add(1, Ordering::Relaxed);
        }
    });
    taken?;
    let machine = into.machine();
    let contacts = report.contacts.len() as u64;
    during(Phase::Analysing(contacts), &progress, json, || machine.drain(&progress, &mut report, &|_| {}))?;
    let rerun = match arguments.stage {
        Some(stage) => Some((stage, run_again(into, stage, &report.contacts, arguments.budget, prices, json)?)),
        None => None,
    };
    let data = arguments.into.clone().unwrap_or_else(|| settings.data.clone());
    dump_after(&report, into, &Settings { data, ..settings.clone() })?;
    let not_done = rerun.as_ref().is_some_and(|(_, outcome)| !outcome.errors.is_empty());
    let failed = report.is_unfinished() || not_done;
    let code = if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    if json {
        print_json(&serde_json::json!({
            "documents": report.documents, "inputs_new": report.new_inputs, "inputs_known": report.duplicates,
            "revisions_published": report.published,
            "backfill": rerun.as_ref().map(|(stage, outcome)| machine_form(*stage, outcome)),
            "failed": report.failed.iter().map(|(contact, error)| {
                serde_json::json!({ "contact": contact, "error": error.to_string() })
            }).collect::<Vec<_>>(),
            "unreadable": report.unreadable.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "not_written": report.not_written.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }))?;
        return Ok(code);
    }
    print_failures(&report);
    if documents.is_empty() {
        anstream::println!(
            "The archive has no document of these days; it keeps them with the setting archive.documents."
        );
        return Ok(code);
    }
    anstream::println!(
        "{} taken in again: {} new, {} known; {} published.",
        plural(report.documents, "document"),
        plural(report.new_inputs, "input"),
        report.duplicates,
        plural(report.published, "revision")
    );
    if let Some((stage, outcome)) = &rerun {
        print_outcome(*stage, outcome, "changed");
    }
    Ok(code)
}

/// Re-runs a stage on the contacts that the documents speak of. The days of a replay are those on which documents came, so
/// the days of the contacts say nothing here.
fn run_again(
    into: &Opened,
    stage: Stage,
    contacts: &BTreeSet<ContactKey>,
    budget: Option<f64>,
    prices: Prices,
    json: bool,
) -> Result<Outcome> {
    let machine = into.machine();
    let backfill = Backfill { stage, from: None, to: None };
    let mut targets = machine.of_days(&backfill)?;
    targets.retain(|published| contacts.contains(&published.contact));
    let progress = Progress::default();
    during(Phase::Analysing(targets.len() as u64), &progress, json, || {
        machine.backfill(&targets, &backfill, Mode::Accept, budget, prices, &progress)
    })
}

fn take(from: &Opened, into: &Opened, kept: &Kept, report: &mut Report) -> Result<()> {
    let objects = into.objects();
    let machine = into.machine();
    let ports = IngestPorts { objects: &objects, ..machine.ingest_ports() };
    let taken = block_on(archive::take_again(&from.objects(), ports, &into.run.decode, kept))?;
    report.documents += 1;
    report.new_inputs += u64::from(taken.new);
    report.duplicates += u64::from(taken.duplicates);
    report.contacts.extend(taken.contacts);
    Ok(())
}

/// The same customers have the same hashes in the other folder.
fn copy_key(settings: &Settings, folder: &std::path::Path) -> Result<()> {
    let failed = |error: std::io::Error| {
        Error::new(ErrorKind::Storage, "the key of customer hashes cannot be copied")
            .with("into", folder.display())
            .because(error)
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let (from, to) = (settings.data.join("hmac.key"), folder.join("hmac.key"));
    if !to.exists() {
        std::fs::copy(from, to).map_err(failed)?;
    }
    Ok(())
}
