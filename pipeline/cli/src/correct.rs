//! `aftercall correct`: who speaks, said by a person.

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::roles::Correction;
use aftercall_local::driver::{Progress, Report};
use aftercall_schemas::ParticipantRole;
use aftercall_stages::correct::correct as take_in;
use pollster::block_on;

use crate::machine::{find_contact, open};
use crate::output::print_json;
use crate::run::dump_all;
use aftercall_settings::Settings;

/// Corrects a contact and analyses it anew.
pub fn correct(settings: &Settings, contact_id: &str, swap: bool, roles: &[String], json: bool) -> Result<()> {
    let mut corrections: Vec<Correction> = roles.iter().map(|role| parse(role)).collect::<Result<_>>()?;
    if swap {
        corrections.push(Correction::Swap);
    }
    let opened = open(settings)?;
    let (contact, before) = find_contact(&opened.store, contact_id)?;
    let machine = opened.machine();
    for correction in corrections {
        block_on(take_in(machine.ingest_ports(), &contact, correction))?;
    }
    machine.drain(&Progress::default(), &mut Report::default(), &|_| {})?;
    dump_all(&opened, settings)?;
    let (_, after) = find_contact(&opened.store, &contact.to_string())?;
    let revision =
        |stored: &aftercall_stages::ports::Stored| stored.state.analysis.as_ref().map_or(0, |one| one.revision);
    let (before, after) = (revision(&before), revision(&after));
    if json {
        return print_json(&serde_json::json!({ "contact": contact, "revision_before": before, "revision": after }));
    }
    if before == after {
        anstream::println!("{contact} is as it was, revision {after}: the correction changes nothing.");
    } else {
        anstream::println!("{contact} is now revision {after}; the correction is remembered.");
    }
    Ok(())
}

fn parse(text: &str) -> Result<Correction> {
    let parsed = text.split_once('=').and_then(|(label, role)| {
        Some(Correction::Role { label: label.trim().to_owned(), role: ParticipantRole::parse(role.trim())? })
    });
    parsed.ok_or_else(|| {
        let roles: Vec<_> = ParticipantRole::ALL.iter().map(|role| role.as_str().to_lowercase()).collect();
        Error::new(ErrorKind::Config, format!("--role {text}: expected LABEL=ROLE with one of {}", roles.join(", ")))
    })
}
