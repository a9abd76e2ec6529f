//! `aftercall knowledge`: what finished conversations may teach the voice agent. Proposed by a program, decided by a person.

use std::path::{Path, PathBuf};

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_local::proposals::ObjectProposals;
use aftercall_stages::ports::Contacts;
use aftercall_stages::run_stage::load_conversation;
use aftercall_voice::learning::{Decision, Entry, Proposals, Status, decide, propose};
use clap::Subcommand;
use pollster::block_on;
use serde_json::json;

use crate::machine::{Opened, find_contact, open};
use crate::output::{dim, green, plural, print_json, red, shortened, table, yellow};
use aftercall_settings::Settings;

/// What can be done with proposals.
#[derive(Subcommand)]
pub enum KnowledgeCommand {
    /// Take questions and answers out of finished conversations; nothing is used before somebody approves it
    Propose {
        /// Contact ids, or beginnings of them; all finished contacts if none is given
        contacts: Vec<String>,
    },
    /// List the proposals that wait, and those in quarantine
    List {
        /// The decided ones too
        #[arg(long)]
        all: bool,
    },
    /// Make a proposal a document, which `aftercall agent --docs DIR` answers from
    Approve {
        /// Id of the proposal, or the beginning of one
        id: String,
        /// Folder of the documents
        #[arg(long, value_name = "DIR")]
        docs: PathBuf,
    },
    /// Keep a proposal out, also if it comes again
    Reject {
        /// Id of the proposal, or the beginning of one
        id: String,
    },
}

/// Does what is asked.
pub fn knowledge(settings: &Settings, command: &KnowledgeCommand, json: bool) -> Result<()> {
    let opened = open(settings)?;
    match command {
        KnowledgeCommand::Propose { contacts } => take(&opened, contacts, json),
        KnowledgeCommand::List { all } => list(&opened, *all, json),
        KnowledgeCommand::Approve { id, docs } => approve(&opened, id, docs, json),
        KnowledgeCommand::Reject { id } => change(&opened, id, Decision::Reject).map(|entry| {
            anstream::println!("{} {}", red("rejected"), entry.proposal.id);
        }),
    }
}

fn take(opened: &Opened, contacts: &[String], json: bool) -> Result<()> {
    let contacts = match contacts {
        [] => opened.store.all_contacts()?,
        some => some.iter().map(|text| Ok(find_contact(&opened.store, text)?.0)).collect::<Result<Vec<_>>>()?,
    };
    let objects = opened.objects();
    let proposals = ObjectProposals(&objects);
    let (mut waiting, mut quarantined, mut known) = (0u64, 0u64, 0u64);
    for contact in &contacts {
        let Some(stored) = block_on(opened.store.load(contact))? else { continue };
        let Some(analysis) = stored.state.analysis else { continue };
        let conversation = block_on(load_conversation(&objects, contact, &analysis.key))?;
        for entry in propose(&conversation) {
            if !block_on(proposals.put_if_absent(&entry))? {
                known += 1;
            } else if entry.status == Status::Waiting {
                waiting += 1;
            } else {
                quarantined += 1;
            }
        }
    }
    if json {
        return print_json(&json!({ "waiting": waiting, "quarantined": quarantined, "known": known }));
    }
    anstream::println!(
        "{} of {}: {waiting} wait for a decision, {quarantined} in quarantine, {known} known before",
        plural(waiting + quarantined + known, "proposal"),
        plural(contacts.len() as u64, "contact")
    );
    Ok(())
}

fn list(opened: &Opened, all: bool, json: bool) -> Result<()> {
    let objects = opened.objects();
    let mut entries = block_on(ObjectProposals(&objects).list())?;
    entries.retain(|entry| all || !matches!(entry.status, Status::Approved | Status::Rejected));
    if json {
        return print_json(&entries);
    }
    if entries.is_empty() {
        anstream::println!("Nothing waits for a decision.");
        return Ok(());
    }
    let mut rows = table(["id", "status", "question", "answer", "from"]);
    for entry in &entries {
        let status = match &entry.status {
            Status::Waiting => yellow("waiting"),
            Status::Quarantined { reason } => red(format!("quarantined: {reason}")),
            Status::Approved => green("approved"),
            Status::Rejected => dim("rejected"),
        };
        rows.add_row([
            entry.proposal.id.clone(),
            status,
            shortened(&entry.proposal.question, 80),
            shortened(&entry.proposal.answer, 120),
            entry.proposal.contact.clone(),
        ]);
    }
    anstream::println!("{rows}");
    Ok(())
}

fn approve(opened: &Opened, id: &str, docs: &Path, json: bool) -> Result<()> {
    let entry = change(opened, id, Decision::Approve)?;
    let Some(document) = entry.document() else {
        return Err(Error::new(ErrorKind::Corrupt, "an approved proposal has no document"));
    };
    let file = docs.join(&document.name);
    let written = std::fs::create_dir_all(docs).and_then(|()| std::fs::write(&file, &document.text));
    // Approving it again writes it again.
    written.map_err(|error| {
        Error::new(ErrorKind::Storage, "cannot be written").with("file", file.display()).because(error)
    })?;
    if json {
        return print_json(&json!({ "id": entry.proposal.id, "document": file.display().to_string() }));
    }
    anstream::println!("{} {}: {}", green("approved"), entry.proposal.id, file.display());
    Ok(())
}

fn change(opened: &Opened, id: &str, decision: Decision) -> Result<Entry> {
    let objects = opened.objects();
    let proposals = ObjectProposals(&objects);
    let found: Vec<Entry> =
        block_on(proposals.list())?.into_iter().filter(|entry| entry.proposal.id.starts_with(id)).collect();
    let entry = match <[Entry; 1]>::try_from(found) {
        Ok([entry]) => entry,
        Err(several) if several.is_empty() => {
            return Err(Error::new(ErrorKind::NotFound, format!("no proposal's id begins with {id:?}")));
        }
        Err(_) => return Err(Error::new(ErrorKind::NotFound, format!("several proposals begin with {id:?}"))),
    };
    let status = decide(&entry.status, decision)
        .map_err(|refusal| Error::new(ErrorKind::Conflict, format!("{}: {refusal}", entry.proposal.id)))?;
    if !block_on(proposals.change(&entry.proposal.id, &entry.status, &status))? {
        return Err(Error::new(ErrorKind::Conflict, "somebody else has just decided; list the proposals again"));
    }
    Ok(Entry { status, ..entry })
}
