//! `aftercall erase`: removes a contact, or all contacts of a customer, and says what was removed and what is out of reach.

use std::process::ExitCode;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_local::proposals::ObjectProposals;
use aftercall_local::secret::hmac_keys;
use aftercall_schemas::ContactKey;
use aftercall_stages::letters::NoLetterBoxes;
use aftercall_warehouse::customers::CustomerPorts;
use aftercall_warehouse::erase::{ErasePorts, Erased, Mode};
use aftercall_warehouse::request::{Report, Who, erase_all, find};
use clap::Args;
use pollster::block_on;

use crate::machine::{Opened, find_contact, open};
use crate::output::{bold, count, plural, print_json, yellow};
use aftercall_settings::Settings;

/// What a data folder cannot know of.
const ELSEWHERE: &[&str] = &["Backups and copies of the data folder, and versions that its file system keeps."];

/// Whom to erase.
#[derive(Args)]
pub struct EraseArguments {
    /// Contact id, whole: `CONTACT` or `INSTANCE/CONTACT`
    #[arg(long, value_name = "ID", required_unless_present = "customer", conflicts_with = "customer")]
    contact: Option<String>,
    /// Phone number or address of the customer, as the contact record has it
    #[arg(long, value_name = "PHONE_OR_ID")]
    customer: Option<String>,
    /// Only list what would be removed
    #[arg(long)]
    dry_run: bool,
}

/// Erases.
pub fn erase(settings: &Settings, arguments: &EraseArguments, json: bool) -> Result<ExitCode> {
    let opened = open(settings)?;
    let who = match (&arguments.contact, &arguments.customer) {
        (Some(contact), _) => Who::Contact(whole(&opened, settings, contact)?),
        (None, customer) => Who::Customer(customer.clone().unwrap_or_default()),
    };
    let mode = if arguments.dry_run { Mode::DryRun } else { Mode::Erase };
    let (objects, store) = (opened.objects(), &opened.store);
    let proposals = ObjectProposals(&objects);
    let ports = ErasePorts {
        tables: store,
        inputs: store,
        quarantine: store,
        objects: &objects,
        letters: &NoLetterBoxes,
        elsewhere: Some(&proposals),
        own_documents: None,
        clock: &opened.clock,
    };
    let customers = CustomerPorts { index: store, open: store, inputs: store, objects: &objects };
    let found = block_on(find(customers, &hmac_keys(&settings.data)?, &who))?;
    let report = block_on(erase_all(ports, &found, mode, ELSEWHERE))?;
    if mode == Mode::Erase {
        opened.store.scrub()?;
    }
    // All is done that can be done; what could not be read is for somebody to mend.
    let code = if report.unreadable.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if json {
        print_json(&report)?;
    } else {
        print(&report);
    }
    Ok(code)
}

/// An erasure cannot be taken back, so a beginning of an id is not enough. An id that no table knows is erased all the
/// same: a tombstone keeps it away, and Parquet files may hold it.
fn whole(opened: &Opened, settings: &Settings, text: &str) -> Result<ContactKey> {
    if let Ok((contact, _)) = find_contact(&opened.store, text) {
        if contact.contact_id != text && contact.to_string() != text {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("{text:?} is only the beginning of {contact}; give it whole"),
            ));
        }
        return Ok(contact);
    }
    let (instance, contact) = text.split_once('/').unwrap_or((&settings.instance_id, text));
    Ok(ContactKey::new(instance, contact))
}

fn print(report: &Report) {
    if report.erased.is_empty() {
        anstream::println!("No contact of that customer is known.");
    }
    for (contact, erased) in &report.erased {
        anstream::println!("{}", bold(contact));
        print_contact(erased, report.dry_run);
    }
    anstream::println!("\n{}", yellow("Out of reach:"));
    for sentence in &report.out_of_reach {
        anstream::println!("  {sentence}");
    }
}

fn print_contact(one: &Erased, dry_run: bool) {
    let would = if dry_run { "would be removed" } else { "removed" };
    let rows: u64 = one.parquet_rows.values().sum();
    let by_table: Vec<_> = one.parquet_rows.iter().map(|(table, rows)| format!("{table} {rows}")).collect();
    let tables = one.rows.inputs + one.rows.results + one.rows.attempts + one.rows.recordings + one.rows.states;
    anstream::println!("  {} {would}", plural(one.objects.len() as u64, "object"));
    anstream::println!("  {} of Parquet {would} ({})", plural(rows, "row"), by_table.join(", "));
    anstream::println!(
        "  {} written anew, {} removed",
        plural(one.rewritten.len() as u64, "Parquet file"),
        count(one.removed.len() as u64)
    );
    anstream::println!("  {} quarantined {would}", plural(one.quarantined.len() as u64, "input"));
    if !dry_run {
        anstream::println!(
            "  {} of the index and {} of the tables removed; a tombstone keeps redeliveries away",
            plural(one.published, "revision"),
            plural(tables, "row")
        );
    }
}
