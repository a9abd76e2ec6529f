//! Takes in one document: decodes it, and for each delivery adds the input and moves the contact's state, both or
//! neither. Redelivering a document changes nothing. What cannot be used is put aside, and the rest is taken all the
//! same. It must not analyse anything.

use std::collections::BTreeSet;

use aftercall_core::contact::{Arrival, ContactState};
use aftercall_core::delivery::{Body, Delivery};
use aftercall_core::error::{Error, ErrorKind, Reason, Rejected, Result, Retry};
use aftercall_core::formats::{self, DecodeContext};
use aftercall_schemas::ContactKey;

use crate::join;
use crate::ports::{Accepted, Clock, Contacts, Input, Inputs, Objects, Quarantine, Recordings};
use crate::quarantine::{Evidence, QuarantinePorts, entry_id, put_aside};

/// How often a write that lost against somebody else's is decided again.
pub(crate) const MAX_CONFLICTS: u32 = 10;

/// What taking in needs.
#[derive(Clone, Copy)]
pub struct IngestPorts<'a> {
    /// The contacts table.
    pub contacts: &'a dyn Contacts,
    /// The segments table.
    pub inputs: &'a dyn Inputs,
    /// The index of recordings.
    pub recordings: &'a dyn Recordings,
    /// Objects, for the bytes of what is put aside.
    pub objects: &'a dyn Objects,
    /// Where that is listed.
    pub quarantine: &'a dyn Quarantine,
    /// The time.
    pub clock: &'a dyn Clock,
}

impl<'a> IngestPorts<'a> {
    fn aside(&self) -> QuarantinePorts<'a> {
        QuarantinePorts { quarantine: self.quarantine, objects: self.objects, clock: self.clock }
    }
}

/// What came of a document.
#[derive(Debug, Default)]
pub struct Ingested {
    /// Inputs that were new.
    pub new: u32,
    /// Inputs that were there already.
    pub duplicates: u32,
    /// Inputs of contacts that have been erased; nothing of them was kept.
    pub erased: u32,
    /// The contacts that the document speaks of.
    pub contacts: BTreeSet<ContactKey>,
    /// What could not be used, and why.
    pub quarantined: Vec<Rejected>,
    /// The ids of its entries in the quarantine.
    pub entries: BTreeSet<String>,
    /// Why there was nothing to take, for documents that are rightly without content.
    pub ignored: Option<String>,
}

impl Ingested {
    async fn put_aside(
        &mut self,
        ports: IngestPorts<'_>,
        rejected: Rejected,
        origin: &str,
        document: &[u8],
    ) -> Result<()> {
        let evidence = Evidence::Bytes(document);
        put_aside(ports.aside(), &rejected, origin, evidence).await?;
        self.entries.insert(entry_id(&rejected, origin, evidence));
        self.quarantined.push(rejected);
        Ok(())
    }
}

/// Takes in one document.
pub async fn ingest(ports: IngestPorts<'_>, document: &[u8], context: &DecodeContext) -> Result<Ingested> {
    let mut ingested = Ingested::default();
    let decoded = match formats::decode(document, context) {
        Ok(decoded) => decoded,
        Err(rejected) => {
            ingested.put_aside(ports, rejected, &context.origin, document).await?;
            return Ok(ingested);
        }
    };
    ingested.ignored = decoded.ignored;
    for (entry, rejected) in decoded.rejected {
        let origin = match entry {
            Some(entry) => format!("{}{ENTRY}{entry}", context.origin),
            None => context.origin.clone(),
        };
        ingested.put_aside(ports, rejected, &origin, document).await?;
    }
    for delivery in decoded.deliveries {
        if let Err(rejected) = check_key(&delivery.contact) {
            ingested.put_aside(ports, rejected, &context.origin, document).await?;
            continue;
        }
        let delivery = join::find_owner(ports, delivery).await?;
        match accept(ports, &delivery, &context.origin).await? {
            Taken::New => ingested.new += 1,
            Taken::Known => ingested.duplicates += 1,
            Taken::Erased => {
                ingested.erased += 1;
                continue;
            }
        }
        ingested.contacts.extend(join::fetch_waiting(ports, &delivery).await?);
        ingested.contacts.insert(delivery.contact);
    }
    Ok(ingested)
}

/// Between the origin of a document and the number of its entry that was put aside.
const ENTRY: &str = " entry ";

/// The origin of the document that an entry of the quarantine is of: to be taken in again as it came, so that what is still of
/// no use is the same entry again.
pub(crate) fn document_origin(origin: &str) -> &str {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match origin.rsplit_once(ENTRY) {
        Some((document, entry)) if number(entry) => document,
        _ => origin,
    }
}

/// Longest key of a contact. Tables have limits (DynamoDB: 1,024 bytes a sort key, 2,048 a partition key), and ids of
/// Connect have 36 letters.
const MAX_KEY_BYTES: usize = 512;

fn check_key(contact: &ContactKey) -> std::result::Result<(), Rejected> {
    let bytes = contact.instance_id.len() + contact.contact_id.len();
    if bytes <= MAX_KEY_BYTES {
        return Ok(());
    }
    let detail = format!("the ids of contact and instance have {bytes} bytes, more than {MAX_KEY_BYTES}");
    Err(Rejected::new(Reason::InvalidStructure, detail))
}

/// What came of one delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It was new.
    New,
    /// It was there already.
    Known,
    /// Its contact has been erased, so it was not kept.
    Erased,
}

/// Adds one delivery to its contact. Says what came of it.
pub async fn accept(ports: IngestPorts<'_>, delivery: &Delivery, origin: &str) -> Result<Taken> {
    let contact = &delivery.contact;
    let body = serde_json::to_vec(delivery).map_err(|error| {
        Error::new(ErrorKind::Corrupt, "a delivery cannot be written as JSON").with("contact", contact).because(error)
    })?;
    let digest = blake3::hash(&body).to_hex()[..32].to_string();
    let at = ports.clock.now();
    let arrival = Arrival {
        ends: delivery.ends,
        is_record: matches!(&delivery.body, Body::Record(record) if record.disconnected),
        at,
    };
    let input = Input { digest, origin: origin.to_string(), arrived_at: at, body };
    for _ in 0..MAX_CONFLICTS {
        let (before, expected) = match ports.contacts.load(contact).await? {
            Some(stored) => (Some(stored.state), Some(stored.version)),
            None => (None, None),
        };
        let state = ContactState::arrived(before, arrival);
        match ports.inputs.accept(contact, &input, &state, expected).await? {
            Accepted::New => return Ok(Taken::New),
            Accepted::Duplicate => return Ok(Taken::Known),
            Accepted::Erased => return Ok(Taken::Erased),
            Accepted::Conflict => {}
        }
    }
    Err(too_many_conflicts(contact))
}

/// The error when others kept changing the contact.
pub(crate) fn too_many_conflicts(contact: &ContactKey) -> Error {
    Error::new(ErrorKind::Conflict, format!("the contact changed {MAX_CONFLICTS} times while it was being written"))
        .with("contact", contact)
        .retry(Retry::Later)
}
