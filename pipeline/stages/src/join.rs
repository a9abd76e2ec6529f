//! Joins a transcript that names no contact to the contact whose record names its recording, whichever of the two comes
//! first. Both sides note what they have before they look for the other, so that one of them finds it, also when they
//! arrive at the same moment. A recording that several contacts own joins nothing: the transcript stands alone.

use std::collections::BTreeSet;

use aftercall_core::delivery::{Body, Delivery};
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::formats::identity::{attach, recording_names};
use aftercall_schemas::ContactKey;

use crate::ingest::{IngestPorts, MAX_CONFLICTS, accept, too_many_conflicts};
use crate::ports::{Claim, Written};

/// Whether a contact is named by its source only and not by Amazon Connect.
fn stands_alone(contact: &ContactKey) -> bool {
    contact.contact_id.contains(':')
}

/// The delivery, as its owner's if it names no contact and the owner of its recording is known.
pub(crate) async fn find_owner(ports: IngestPorts<'_>, delivery: Delivery) -> Result<Delivery> {
    let Body::Leg(leg) = &delivery.body else { return Ok(delivery) };
    if leg.recordings.is_empty() || !stands_alone(&delivery.contact) {
        return Ok(delivery);
    }
    let mut owners = BTreeSet::new();
    for name in &leg.recordings {
        ports.recordings.note(name, Claim::Waits, &delivery.contact).await?;
        owners.extend(ports.recordings.find(name, Claim::Owns).await?);
    }
    match (owners.pop_first(), owners.is_empty()) {
        (Some(owner), true) => Ok(attach(delivery, owner)),
        _ => Ok(delivery),
    }
}

/// Gives a contact whose record has come the transcripts of its recordings that stand alone. Returns the contacts that
/// they stood for.
pub(crate) async fn fetch_waiting(ports: IngestPorts<'_>, delivery: &Delivery) -> Result<Vec<ContactKey>> {
    let Body::Record(record) = &delivery.body else { return Ok(Vec::new()) };
    let owner = &delivery.contact;
    let mut waiting = BTreeSet::new();
    for name in record.facts.recording_locations.iter().flat_map(|location| recording_names(location)) {
        ports.recordings.note(&name, Claim::Owns, owner).await?;
        if ports.recordings.find(&name, Claim::Owns).await?.len() == 1 {
            waiting.extend(ports.recordings.find(&name, Claim::Waits).await?);
        }
    }
    for contact in &waiting {
        move_inputs(ports, contact, owner).await?;
    }
    Ok(waiting.into_iter().collect())
}

/// Gives every input of `from` to `owner` and makes `from` a pointer. Done twice, it is done once.
async fn move_inputs(ports: IngestPorts<'_>, from: &ContactKey, owner: &ContactKey) -> Result<()> {
    for input in ports.inputs.list(from).await? {
        let delivery: Delivery = serde_json::from_slice(&input.body).map_err(|error| {
            Error::new(ErrorKind::Corrupt, "a stored input cannot be read").with("contact", from).because(error)
        })?;
        accept(ports, &attach(delivery, owner.clone()), &input.origin).await?;
    }
    for _ in 0..MAX_CONFLICTS {
        let Some(stored) = ports.contacts.load(from).await? else { return Ok(()) };
        if stored.state.moved_to.is_some() {
            return Ok(());
        }
        let state = stored.state.moved(owner.clone(), ports.clock.now());
        if ports.contacts.save(from, &state, stored.version).await? == Written::Yes {
            return Ok(());
        }
    }
    Err(too_many_conflicts(from))
}
