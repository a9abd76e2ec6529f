//! `aftercall run`: takes files and folders all the way, writes the Parquet, and says what it found. `aftercall dump` does
//! the last step alone.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use aftercall_core::contact::Phase;
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_local::driver::{Finished, Progress, Report};
use aftercall_local::read;
use aftercall_schemas::results::{Finding, Outcome};
use aftercall_schemas::{ParticipantRole, SentimentLabel};
use aftercall_stages::archive;
use aftercall_stages::ports::Clock;
use aftercall_warehouse::dump::{DumpPorts, DumpSettings, Manifest, dump};
use jiff::tz::TimeZone;
use pollster::block_on;

use crate::machine::{Opened, open, open_or_make};
use crate::output::{bold, count, dim, green, plural, print_json, red, score, sentiment, shortened, table, yellow};
use crate::progress::{self, Phase as Shown};
use aftercall_settings::Settings;

/// Contacts that are listed one by one; of more only the totals are shown.
const LISTED: usize = 30;
/// Rejected inputs that are listed one by one.
const LISTED_REJECTED: usize = 10;

/// Totals of the contacts that a run analysed.
#[derive(Debug, Default)]
struct Totals {
    complete: u64,
    partial: u64,
    quarantined: u64,
    turns: u64,
    use_cases: BTreeMap<String, u64>,
    customer: BTreeMap<&'static str, u64>,
    contacts: Vec<Line>,
}

/// A contact in the list.
#[derive(Debug)]
struct Line {
    contact_id: String,
    channel: String,
    use_cases: String,
    turns: usize,
    customer: Option<f64>,
    resolution: String,
    reason: String,
}

impl Totals {
    fn add(&mut self, finished: &Finished<'_>) {
        match finished.state.phase() {
            Phase::Complete => self.complete += 1,
            Phase::Partial => self.partial += 1,
            _ => self.quarantined += 1,
        }
        self.turns += finished.conversation.turns.len() as u64;
        let progress = finished.state.analysis.as_ref();
        let use_cases: Vec<_> = progress.iter().flat_map(|one| &one.use_cases).map(ToString::to_string).collect();
        let use_cases = if use_cases.is_empty() { "none".to_string() } else { use_cases.join("+") };
        *self.use_cases.entry(use_cases.clone()).or_default() += 1;
        let mut line = Line {
            contact_id: finished.contact.contact_id.clone(),
            channel: finished.conversation.channel.to_string(),
            use_cases,
            turns: finished.conversation.turns.len(),
            customer: None,
            resolution: String::new(),
            reason: String::new(),
        };
        let findings = finished.results.iter().filter_map(|result| match &result.outcome {
            Outcome::Found(finding) => Some(finding.as_ref()),
            Outcome::Failed { .. } => None,
        });
        for finding in findings {
            let (reason, resolution) = match finding {
                Finding::Sentiment(found) => {
                    line.customer = found.by_role.get(&ParticipantRole::Customer).and_then(|scores| scores.overall);
                    continue;
                }
                Finding::CustomerSummary(found) => (&found.reason, found.resolution),
                Finding::AgentSummary(found) => (&found.reason, found.resolution),
                _ => continue,
            };
            if line.reason.is_empty() {
                line.reason = reason.as_ref().map(|reason| reason.text.clone()).unwrap_or_default();
            }
            if let Some(resolution) = resolution {
                line.resolution = resolution.to_string();
            }
        }
        *self.customer.entry(mood(line.customer)).or_default() += 1;
        // The list is shown in order only while it is short, so no more is kept than that.
        if self.contacts.len() <= LISTED {
            self.contacts.push(line);
        }
    }
}

/// The customer's mood in a word. The border is half a point of the scale from −5 to +5.
fn mood(score: Option<f64>) -> &'static str {
    match score {
        Some(score) if score >= 0.5 => "positive",
        Some(score) if score <= -0.5 => "negative",
        Some(_) => "neutral",
        None => "unknown",
    }
}

/// Processes files and folders. The exit code says failure only if something could not be done that another run can do;
/// bad inputs are in quarantine, which is where they belong.
pub fn run(settings: &Settings, paths: &[PathBuf], json: bool) -> Result<ExitCode> {
    let started = Instant::now();
    let opened = open_or_make(settings)?;
    let found = read::find(paths, &settings.data)?;
    let machine = opened.machine();
    let counters = Progress::default();
    let mut report = Report::default();
    progress::during(Shown::Reading, &counters, json, || machine.take_in(&found, &counters, &mut report));
    report.quarantined.sort_by(|a, b| a.0.cmp(&b.0));
    let totals = Mutex::new(Totals::default());
    let to_do = report.contacts.len() as u64;
    progress::during(Shown::Analysing(to_do), &counters, json, || {
        machine.drain(&counters, &mut report, &|finished| {
            totals.lock().unwrap_or_else(PoisonError::into_inner).add(&finished);
        })
    })?;
    let manifests = dump_after(&report, &opened, settings)?;
    let expired = expire_archive(&opened, settings)?;
    let totals = totals.into_inner().unwrap_or_else(PoisonError::into_inner);
    let seconds = started.elapsed().as_secs_f64();
    if json {
        print_json(&machine_form(&report, &totals, &manifests, expired, seconds))?;
    } else {
        print(settings, &report, totals, &manifests, seconds, found.skipped.len());
        if expired > 0 {
            anstream::println!("Archive   {} too old, removed", plural(expired, "document"));
        }
    }
    Ok(if report.is_unfinished() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Dumps what is new.
pub fn dump_now(settings: &Settings, json: bool) -> Result<()> {
    let opened = open(settings)?;
    let manifests = dump_all(&opened, settings)?;
    if json {
        return print_json(&manifests);
    }
    if manifests.is_empty() {
        anstream::println!("Nothing was published since the last dump.");
    }
    for manifest in &manifests {
        anstream::println!("window {}: {}", manifest.window.name(), plural(manifest.revisions, "revision"));
        for waiting in &manifest.waiting {
            anstream::eprintln!("{} {}: {}", red("not dumped yet"), waiting.entry.contact, waiting.problem);
        }
        for file in &manifest.files {
            anstream::println!("  {}  {} rows, {} bytes", file.key, count(file.rows), count(file.bytes));
        }
    }
    Ok(())
}

/// Dumps what is new and returns what was written.
pub fn dump_all(opened: &Opened, settings: &Settings) -> Result<Vec<Manifest>> {
    let ports = DumpPorts { index: &opened.store, quarantine: &opened.store, objects: &opened.objects() };
    let dump_settings = DumpSettings {
        zone: settings.time_zone.clone(),
        lag: settings.dump_lag,
        look_back: settings.dump_look_back,
        ..DumpSettings::default()
    };
    // One millisecond on, so that what was published in this very millisecond is part of the window.
    let now = opened.clock.now();
    let until = now.checked_add(jiff::SignedDuration::from_millis(1)).unwrap_or(now);
    block_on(dump(ports, &dump_settings, until))
}

/// Dumps what is new after a run with this report. Where writing failed it would fail again, and only that would be said.
pub fn dump_after(report: &Report, opened: &Opened, settings: &Settings) -> Result<Vec<Manifest>> {
    if report.not_written.is_empty() { dump_all(opened, settings) } else { Ok(Vec::new()) }
}

/// Removes from the archive what is older than it keeps documents, and says how many documents.
fn expire_archive(opened: &Opened, settings: &Settings) -> Result<u64> {
    let Some(days) = settings.archive_days else { return Ok(0) };
    let today = opened.clock.now().to_zoned(TimeZone::UTC).date();
    let before = today.checked_sub(jiff::Span::new().days(i64::from(days))).map_err(|error| {
        Error::new(ErrorKind::Config, "archive.days reaches back before there were days").because(error)
    })?;
    block_on(archive::expire(&opened.objects(), before))
}

fn by_reason(report: &Report) -> BTreeMap<&'static str, u64> {
    let mut reasons = BTreeMap::new();
    for (_, rejected) in &report.quarantined {
        *reasons.entry(rejected.reason.as_str()).or_default() += 1;
    }
    reasons
}

fn machine_form(
    report: &Report,
    totals: &Totals,
    manifests: &[Manifest],
    expired: u64,
    seconds: f64,
) -> serde_json::Value {
    let quarantined = report.quarantined.iter().map(|(origin, rejected)| {
        serde_json::json!({ "origin": origin, "reason": rejected.reason.as_str(), "detail": rejected.detail })
    });
    let quarantined: Vec<_> = quarantined.collect();
    serde_json::json!({
        "documents": report.documents, "inputs_new": report.new_inputs, "inputs_known": report.duplicates,
        "inputs_erased": report.erased,
        "contacts": report.contacts.len(), "revisions_published": report.published,
        "complete": totals.complete, "partial": totals.partial, "turns": totals.turns,
        "use_cases": totals.use_cases, "customer_sentiment": totals.customer,
        "quarantined": quarantined, "ignored": report.ignored,
        "failed": report.failed.iter().map(|(contact, error)| {
            serde_json::json!({ "contact": contact, "error": error.to_string() })
        }).collect::<Vec<_>>(),
        "unreadable": report.unreadable.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "not_written": report.not_written.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "files": manifests.iter().flat_map(|manifest| &manifest.files).collect::<Vec<_>>(),
        "archive_expired": expired,
        "seconds": seconds,
    })
}

fn print(
    settings: &Settings,
    report: &Report,
    mut totals: Totals,
    manifests: &[Manifest],
    seconds: f64,
    skipped: usize,
) {
    if totals.contacts.len() <= LISTED && !totals.contacts.is_empty() {
        list_contacts(&mut totals);
    }
    list_quarantined(report);
    print_failures(report);
    if !report.not_written.is_empty() {
        return;
    }
    let contacts = report.contacts.len() as u64;
    if report.new_inputs == 0 && report.published == 0 {
        let known = plural(report.duplicates, "input");
        anstream::println!(
            "{} all {known} of {} were there already.",
            bold("Nothing new:"),
            plural(contacts, "contact")
        );
    } else {
        summary(report, &totals, seconds);
    }
    if skipped > 0 {
        anstream::println!(
            "{}",
            dim(format!("passed over: {} with a beginning unlike JSON", plural(skipped as u64, "file")))
        );
    }
    what_next(settings, &totals, manifests);
}

/// Says which contacts could not be taken as far as they go and what could not be read, and why.
pub fn print_failures(report: &Report) {
    for (contact, error) in &report.failed {
        anstream::eprintln!("{} {contact}: {error}", red("not finished"));
    }
    for error in &report.unreadable {
        anstream::eprintln!("{} {error}", red("not read"));
    }
    for error in report.not_written.iter().take(LISTED_REJECTED) {
        anstream::eprintln!("{} {error}", red("not written"));
    }
    let more = report.not_written.len().saturating_sub(LISTED_REJECTED);
    if more > 0 {
        anstream::eprintln!("{}", red(format!("and {more} more")));
    }
    if !report.not_written.is_empty() {
        anstream::eprintln!("Not everything could be written. When it can be, run the same again: nothing is lost.");
    }
}

fn list_contacts(totals: &mut Totals) {
    totals.contacts.sort_by(|a, b| a.contact_id.cmp(&b.contact_id));
    let mut rows = table(["contact", "channel", "use case", "turns", "customer", "resolution", "reason"]);
    for line in &totals.contacts {
        let colour = match mood(line.customer) {
            "positive" => Some(SentimentLabel::Positive),
            "negative" => Some(SentimentLabel::Negative),
            "neutral" => Some(SentimentLabel::Neutral),
            _ => None,
        };
        rows.add_row([
            shortened(&line.contact_id, 24),
            line.channel.clone(),
            line.use_cases.clone(),
            line.turns.to_string(),
            sentiment(colour, score(line.customer)),
            line.resolution.clone(),
            shortened(&line.reason, 60),
        ]);
    }
    anstream::println!("{rows}\n");
}

fn list_quarantined(report: &Report) {
    for (origin, rejected) in report.quarantined.iter().take(LISTED_REJECTED) {
        anstream::println!("{} {origin}\n  {}: {}", yellow("quarantined"), rejected.reason, rejected.detail);
    }
    let more = report.quarantined.len().saturating_sub(LISTED_REJECTED);
    if more > 0 {
        anstream::println!("{}", yellow(format!("and {more} more; see `aftercall quarantine list`")));
    }
    if !report.quarantined.is_empty() {
        anstream::println!();
    }
}

fn summary(report: &Report, totals: &Totals, seconds: f64) {
    let pairs = |counts: &BTreeMap<String, u64>| {
        counts.iter().map(|(name, number)| format!("{name} {}", count(*number))).collect::<Vec<_>>().join(" · ")
    };
    let customer = totals.customer.iter().map(|(name, number)| ((*name).to_string(), *number)).collect();
    let reasons = by_reason(report).into_iter().map(|(name, number)| (name.to_string(), number)).collect();
    let rate = report.published as f64 / seconds.max(0.001);
    let partial =
        if totals.partial > 0 { yellow(format!(" · {} partial", count(totals.partial))) } else { String::new() };
    let quarantined = report.quarantined.len() as u64;
    let mut rows = table([]);
    rows.add_row(["contacts", &format!("{}{partial}", green(count(totals.complete + totals.partial)))]);
    rows.add_row(["revisions", &count(report.published)]);
    rows.add_row(["turns", &count(totals.turns)]);
    rows.add_row(["use cases", &pairs(&totals.use_cases)]);
    rows.add_row(["customers", &pairs(&customer)]);
    let reasons = if quarantined == 0 { String::new() } else { format!(" ({})", pairs(&reasons)) };
    rows.add_row(["quarantined", &format!("{}{reasons}", count(quarantined))]);
    let known =
        if report.duplicates == 0 { String::new() } else { format!(", {} known already", count(report.duplicates)) };
    rows.add_row(["inputs", &format!("{} new{known}", count(report.new_inputs))]);
    rows.add_row(["time", &format!("{seconds:.1} s, {} contacts a second", count(rate as u64))]);
    anstream::println!("{rows}\n");
}

fn what_next(settings: &Settings, totals: &Totals, manifests: &[Manifest]) {
    let data = settings.data.display();
    let files: usize = manifests.iter().map(|manifest| manifest.files.len()).sum();
    if files > 0 {
        anstream::println!("Parquet   {data}/warehouse/  ({} new)", plural(files as u64, "file"));
    } else {
        anstream::println!("Parquet   {data}/warehouse/");
    }
    anstream::println!("Store     {data}/aftercall.sqlite");
    // The most telling contact to look at: the unhappiest customer.
    let first = totals.contacts.iter().min_by(|a, b| {
        a.customer.unwrap_or(9.0).total_cmp(&b.customer.unwrap_or(9.0)).then(a.contact_id.cmp(&b.contact_id))
    });
    if let Some(line) = first {
        // The program as it was called, so that the line can be copied.
        let program = std::env::args().next().unwrap_or_else(|| "aftercall".into());
        anstream::println!("Next      {}", bold(format!("{program} show {}", line.contact_id)));
    }
}
