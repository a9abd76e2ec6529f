//! `aftercall rules`: checking a rules file, and trying it on stored contacts.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use aftercall_core::categories::{self, Rules};
use aftercall_core::error::Result;
use aftercall_core::sentiment;
use aftercall_schemas::ContactKey;
use aftercall_stages::ports::Contacts;
use aftercall_stages::run_stage::load_conversation;
use pollster::block_on;

use crate::machine::{Opened, find_contact, open};
use crate::output::{count, dim, green, plural, print_json, table, yellow};
use aftercall_settings::Settings;
use aftercall_settings::parts::read_rules;

/// Names mistakes and warnings. The exit code says failure if there is anything.
pub fn lint(file: &Path, json: bool) -> Result<ExitCode> {
    let rules = read_rules(file)?;
    let warnings = categories::lint(&rules);
    if json {
        print_json(&warnings.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    } else if warnings.is_empty() {
        anstream::println!(
            "{} {} of version {}",
            green("sound:"),
            plural(rules.categories.len() as u64, "rule"),
            rules.version
        );
    }
    for warning in warnings.iter().filter(|_| !json) {
        anstream::println!("{} {warning}", yellow("warning"));
    }
    Ok(if warnings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Applies rules to one contact or to all, and says what matches.
pub fn test(settings: &Settings, file: &Path, contact: Option<&str>, json: bool) -> Result<()> {
    let rules = read_rules(file)?;
    let opened = open(settings)?;
    let started = Instant::now();
    let contacts = match contact {
        Some(text) => vec![find_contact(&opened.store, text)?.0],
        None => opened.store.all_contacts()?,
    };
    let mut matched: BTreeMap<String, Vec<(ContactKey, Vec<u32>)>> = BTreeMap::new();
    for rule in &rules.categories {
        matched.insert(rule.name.clone(), Vec::new());
    }
    for (contact, found) in contacts.iter().zip(apply_all(&opened, &contacts, &rules)?) {
        for (category, turns) in found {
            matched.entry(category).or_default().push((contact.clone(), turns));
        }
    }
    if json {
        return print_json(&matched);
    }
    let mut rows = table(["category", "contacts", "for example"]);
    for (category, found) in &matched {
        let example = found.first().map_or(String::new(), |(contact, turns)| {
            let turns: Vec<_> = turns.iter().map(|turn| format!("#{turn}")).collect();
            format!("{} {}", contact.contact_id, turns.join(" "))
        });
        rows.add_row([category.clone(), count(found.len() as u64), example]);
    }
    anstream::println!("{rows}");
    let seconds = started.elapsed().as_secs_f64();
    anstream::println!(
        "{}",
        dim(format!(
            "{} in {seconds:.1} s, {:.0} a second; nothing was kept",
            plural(contacts.len() as u64, "contact"),
            contacts.len() as f64 / seconds.max(f64::MIN_POSITIVE)
        ))
    );
    Ok(())
}

/// A category that matches, and the turns that show it.
type Match = (String, Vec<u32>);

/// What matches each of these contacts.
pub fn apply_all(opened: &Opened, contacts: &[ContactKey], rules: &Rules) -> Result<Vec<Vec<Match>>> {
    contacts.iter().map(|contact| apply(opened, contact, rules)).collect()
}

fn apply(opened: &Opened, contact: &ContactKey, rules: &Rules) -> Result<Vec<Match>> {
    let Some(stored) = block_on(opened.store.load(contact))? else { return Ok(Vec::new()) };
    let Some(analysis) = stored.state.analysis else { return Ok(Vec::new()) };
    let conversation = block_on(load_conversation(&opened.objects(), contact, &analysis.key))?;
    let scored = sentiment::score(&conversation, &opened.run.stages.sentiment);
    let found = categories::apply(&conversation, &scored, rules);
    Ok(found.matched.into_iter().map(|one| (one.category, one.turns)).collect())
}
