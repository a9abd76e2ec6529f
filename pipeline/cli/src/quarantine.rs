//! `aftercall quarantine`: what could not be used, why, and trying it again.

use std::collections::BTreeSet;
use std::process::ExitCode;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_local::again::Again;
use aftercall_local::driver::Report;
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_stages::handle::Deadline;
use aftercall_stages::handle::redrive::{Redriven, from_quarantine};
use aftercall_stages::keys;
use aftercall_stages::ports::{Objects, Quarantine};
use pollster::block_on;

use crate::machine::{Opened, open};
use crate::output::{bold, dim, plural, print_json, table, yellow};
use crate::run::{dump_after, print_failures};
use aftercall_settings::Settings;

/// Lists the entries.
pub fn list(settings: &Settings, json: bool) -> Result<()> {
    let opened = open(settings)?;
    let entries = block_on(Quarantine::list(&opened.store))?;
    if json {
        return print_json(&entries);
    }
    if entries.is_empty() {
        anstream::println!("The quarantine is empty.");
        return Ok(());
    }
    let mut rows = table(["id", "reason", "from", "bytes", "tried", "detail"]);
    for entry in &entries {
        rows.add_row([
            entry.quarantine_id.chars().take(8).collect(),
            yellow(&entry.reason),
            entry.origin.clone(),
            entry.size_bytes.to_string(),
            entry.attempts.to_string(),
            entry.detail.clone(),
        ]);
    }
    anstream::println!("{rows}");
    Ok(())
}

/// Shows one entry.
pub fn show(settings: &Settings, id: &str, content: bool, json: bool) -> Result<()> {
    let opened = open(settings)?;
    let entry = find(&opened, id)?;
    if json && !content {
        return print_json(&entry);
    }
    if !content {
        for (name, value) in [
            ("id", entry.quarantine_id.clone()),
            ("reason", yellow(&entry.reason)),
            ("detail", entry.detail.clone()),
            ("from", entry.origin.clone()),
            ("contact", entry.contact_id.clone().unwrap_or_else(|| "not known".into())),
            ("bytes", entry.size_bytes.to_string()),
            ("since", entry.quarantined_at.to_string()),
            ("tried again", entry.attempts.to_string()),
        ] {
            anstream::println!("{:>12}  {value}", bold(name));
        }
        anstream::println!("{}", dim("Its content may hold personal data; --content prints it as it came."));
        return Ok(());
    }
    let bytes = bytes_of(&opened, &entry)?;
    std::io::Write::write_all(&mut std::io::stdout(), &bytes)
        .map_err(|error| Error::new(ErrorKind::Storage, "the content cannot be printed").because(error))
}

/// Tries entries again; a model whose answers could not be used is asked again. What can be used now leaves the quarantine, is analysed and dumped, as `aftercall run` does it.
pub fn retry(settings: &Settings, ids: &[String], json: bool) -> Result<ExitCode> {
    let opened = open(settings)?;
    let entries = match ids {
        [] => block_on(Quarantine::list(&opened.store))?,
        ids => ids.iter().map(|id| find(&opened, id)).collect::<Result<Vec<_>>>()?,
    };
    let machine = opened.machine();
    let wanted: BTreeSet<String> = entries.into_iter().map(|entry| entry.quarantine_id).collect();
    let asking = Again::new(&machine);
    let redriven = block_on(from_quarantine(
        machine.ingest_ports(),
        asking.ports(),
        &opened.run.decode,
        Deadline::never(&opened.clock),
        |entry| wanted.contains(&entry.quarantine_id),
        usize::MAX,
    ))?;
    let Redriven { used, left, .. } = redriven;
    let mut report = Report { published: asking.published(), ..Report::default() };
    if used > 0 {
        machine.drain(&Default::default(), &mut report, &|_| {})?;
        dump_after(&report, &opened, settings)?;
    }
    if json {
        print_json(&serde_json::json!({
            "used": used, "left": left, "revisions_published": report.published,
            "failed": report.failed.iter().map(|(contact, error)| {
                serde_json::json!({ "contact": contact, "error": error.to_string() })
            }).collect::<Vec<_>>(),
            "unreadable": report.unreadable.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "not_written": report.not_written.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }))?;
    } else {
        anstream::println!("{} can be used now, {left} cannot.", plural(used, "input"));
        if used > 0 {
            anstream::println!("{} published.", plural(report.published, "revision"));
        }
        print_failures(&report);
    }
    Ok(if left == 0 && !report.is_unfinished() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn find(opened: &Opened, id: &str) -> Result<QuarantineEntry> {
    let entries = block_on(Quarantine::list(&opened.store))?;
    let mut found = entries.into_iter().filter(|entry| entry.quarantine_id.starts_with(id));
    match (found.next(), found.next()) {
        (Some(entry), None) => Ok(entry),
        (None, _) => Err(Error::new(ErrorKind::NotFound, format!("no entry's id begins with {id:?}"))),
        (Some(_), Some(_)) => Err(Error::new(ErrorKind::NotFound, format!("several entries begin with {id:?}"))),
    }
}

fn bytes_of(opened: &Opened, entry: &QuarantineEntry) -> Result<Vec<u8>> {
    block_on(opened.objects().get(&keys::quarantine(&entry.quarantine_id)))?.ok_or_else(|| {
        Error::new(ErrorKind::NotFound, "the content was too large to keep; it is where it came from")
            .with("from", &entry.origin)
    })
}
