//! `aftercall erase`: removes a contact, or all contacts of a customer, and says what was removed and what is out of reach.

use std::collections::{BTreeMap, BTreeSet};

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::formats::endpoint_hmac;
use aftercall_local::secret::hmac_keys;
use aftercall_schemas::ContactKey;
use aftercall_stages::ports::Quarantine;
use aftercall_warehouse::customers::{CustomerPorts, contacts_of};
use aftercall_warehouse::erase::{ErasePorts, Erased, Mode, erase as erase_contact};
use clap::Args;
use pollster::block_on;

use crate::machine::{Opened, find_contact, open};
use crate::output::{bold, count, plural, print_json, yellow};
use aftercall_settings::Settings;

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
pub fn erase(settings: &Settings, arguments: &EraseArguments, json: bool) -> Result<()> {
    let opened = open(settings)?;
    let contacts = match (&arguments.contact, &arguments.customer) {
        (Some(contact), _) => BTreeSet::from([whole(&opened, settings, contact)?]),
        (None, Some(customer)) => of_customer(&opened, settings, customer)?,
        (None, None) => BTreeSet::new(),
    };
    let mode = if arguments.dry_run { Mode::DryRun } else { Mode::Erase };
    let mut erased = BTreeMap::new();
    for contact in &contacts {
        let objects = opened.objects();
        let store = &opened.store;
        let ports =
            ErasePorts { tables: store, inputs: store, quarantine: store, objects: &objects, clock: &opened.clock };
        erased.extend(block_on(erase_contact(ports, contact, mode))?);
    }
    if mode == Mode::Erase {
        opened.store.scrub()?;
    }
    let nameless = block_on(Quarantine::list(&opened.store))?.iter().filter(|entry| entry.contact_id.is_none()).count();
    if json {
        return print_json(&serde_json::json!({
            "dry_run": arguments.dry_run, "erased": erased, "out_of_reach": out_of_reach(&erased, nameless),
        }));
    }
    print(arguments, &erased, nameless);
    Ok(())
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

fn of_customer(opened: &Opened, settings: &Settings, customer: &str) -> Result<BTreeSet<ContactKey>> {
    // People write numbers with spaces and brackets, records without.
    let bare: String = customer.chars().filter(|letter| !matches!(letter, ' ' | '-' | '(' | ')' | '.')).collect();
    let keys = hmac_keys(&settings.data)?;
    let hashes: Vec<String> = keys
        .iter()
        .flat_map(|key| [endpoint_hmac(key, customer), endpoint_hmac(key, &bare)])
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let objects = opened.objects();
    let store = &opened.store;
    block_on(contacts_of(CustomerPorts { index: store, open: store, inputs: store, objects: &objects }, &hashes))
}

/// What an erasure cannot reach, in sentences.
fn out_of_reach(erased: &BTreeMap<String, Erased>, nameless: usize) -> Vec<String> {
    let mut sentences =
        vec!["Backups and copies of the data folder, and versions that its file system keeps.".to_string()];
    let windows: BTreeSet<u32> = erased.values().flat_map(|one| one.windows.iter().copied()).collect();
    if !windows.is_empty() {
        let windows: Vec<_> = windows.iter().map(ToString::to_string).collect();
        sentences.push(format!(
            "Data delivered before: whoever loaded the windows {} has the rows still; their manifests have changed.",
            windows.join(", ")
        ));
    }
    for origin in erased.values().flat_map(|one| &one.origins) {
        sentences.push(format!("The document it came from: {origin}"));
    }
    if nameless > 0 {
        sentences.push(format!(
            "{nameless} quarantine entries that name no contact; nobody can tell whose they are. See `aftercall quarantine list`."
        ));
    }
    sentences
}

fn print(arguments: &EraseArguments, erased: &BTreeMap<String, Erased>, nameless: usize) {
    if erased.is_empty() {
        anstream::println!("No contact of that customer is known.");
    }
    let would = if arguments.dry_run { "would be removed" } else { "removed" };
    for (contact, one) in erased {
        anstream::println!("{}", bold(contact));
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
        if !arguments.dry_run {
            anstream::println!(
                "  {} of the index and {} of the tables removed; a tombstone keeps redeliveries away",
                plural(one.published, "revision"),
                plural(tables, "row")
            );
        }
    }
    anstream::println!("\n{}", yellow("Out of reach:"));
    for sentence in out_of_reach(erased, nameless) {
        anstream::println!("  {sentence}");
    }
}
