//! Finds a customer's contacts by the keyed hash of the endpoint or the id: in the Parquet files, among what was published since the
//! last window or is in none yet, and among what is still being collected. Nothing here knows a phone number.

use std::collections::{BTreeMap, BTreeSet};

use aftercall_core::delivery::{Body, Delivery};
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::redact::RedactedConversation;
use aftercall_schemas::ContactKey;
use aftercall_schemas::conversation::ContactFacts;
use aftercall_stages::keys;
use aftercall_stages::ports::{Inputs, Objects, OpenContacts, Published, PublishedIndex};
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::dump::{PAGE, read_all, read_object};
use crate::manifest::{MANIFESTS, Manifest, Window};
use crate::plan::{self, Content, Plan, digest_of, number_of};
use crate::rewrite::or_note;
use crate::tables::Table;

/// Where contacts are looked for.
#[derive(Clone, Copy)]
pub struct CustomerPorts<'a> {
    /// What has been published.
    pub index: &'a dyn PublishedIndex,
    /// What is still open.
    pub open: &'a dyn OpenContacts,
    /// The inputs of that.
    pub inputs: &'a dyn Inputs,
    /// Parquet files and conversations.
    pub objects: &'a dyn Objects,
}

/// How far back the index is compared with what windows hold: longer than a dump looks back (`dump.look_back_seconds`), so
/// that what it has not carried yet is among it.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Parquet files that are read at a time.
const FILES_AT_ONCE: usize = 8;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The contacts.
    pub contacts: BTreeSet<ContactKey>,
    /// What could not be read, and why, by key: it may be of a contact that was not found.
    pub unreadable: BTreeMap<String, String>,
}

impl<'a> IntoIterator for &'a Found {
    type Item = &'a ContactKey;
    type IntoIter = std::collections::btree_set::Iter<'a, ContactKey>;

    fn into_iter(self) -> Self::IntoIter {
        self.contacts.iter()
    }
}

/// The contacts whose endpoint or customer id has one of these hashes: one a key, where keys were changed. What cannot be read
/// is noted and holds up nobody.
pub async fn contacts_of(ports: CustomerPorts<'_>, hashes: &[String]) -> Result<Found> {
    let mut found = Found::default();
    let (manifests, mut unread_windows) = manifests(ports, &mut found).await?;
    let files = manifests.iter().flat_map(|manifest| {
        let of_contacts = manifest.files.iter().filter(|file| file.table == Table::Contacts.name());
        of_contacts.map(|file| (manifest.window, &file.key))
    });
    let reads = files.map(async |(window, key)| (window, key, ports.objects.get(key).await));
    let mut reads = stream::iter(reads).buffered(FILES_AT_ONCE);
    while let Some((window, key, read)) = reads.next().await {
        let Some(bytes) = read? else { continue };
        if let Err(error) = in_file(key, bytes, hashes, &mut found.contacts) {
            found.unreadable.insert(key.clone(), error.to_string());
            unread_windows.push(window);
        }
    }
    // A file that cannot be read does not say whose rows it has; the conversations that they were made of do.
    unread_windows.dedup();
    for window in unread_windows {
        for head in plan_of(ports, window.number).await?.into_iter().map(|plan| plan.head) {
            for entry in head.late.iter().chain(head.waiting.iter().map(|waiting| &waiting.entry)) {
                of_published(ports, &entry.published(), hashes, &mut found).await?;
            }
        }
        in_index(ports, window.from, window.to, &[], hashes, &mut found).await?;
    }
    // Revisions that could not be read when their window was written are in no file.
    for waiting in manifests.last().into_iter().flat_map(|last| &last.waiting) {
        of_published(ports, &waiting.entry.published(), hashes, &mut found).await?;
    }
    let dumped_until = manifests.last().map_or(Timestamp::MIN, |last| last.window.to);
    let since = dumped_until.saturating_sub(LOOK_BACK).unwrap_or(Timestamp::MIN);
    let mut dumped = Vec::new();
    for manifest in manifests.iter().filter(|manifest| manifest.window.to > since) {
        dumped.extend(plan_of(ports, manifest.window.number).await?.map(|plan| plan.content));
    }
    in_index(ports, since, Timestamp::MAX, &dumped, hashes, &mut found).await?;
    in_open_contacts(ports, hashes, &mut found.contacts).await?;
    Ok(found)
}

/// The manifests; and the windows of those that cannot be read, as their plans have them.
async fn manifests(ports: CustomerPorts<'_>, found: &mut Found) -> Result<(Vec<Manifest>, Vec<Window>)> {
    let (mut manifests, mut unread_windows) = (Vec::new(), Vec::new());
    let mut reads = read_all::<Manifest>(ports.objects, ports.objects.list(MANIFESTS).await?);
    while let Some((key, read)) = reads.next().await {
        match or_note(read, &key, &mut found.unreadable)? {
            Some(read) => manifests.extend(read),
            None => {
                let plan = match number_of(&key) {
                    Some(number) => plan_of(ports, number).await?,
                    None => None,
                };
                unread_windows.extend(plan.map(|plan| plan.head.window));
            }
        }
    }
    Ok((manifests, unread_windows))
}

/// The plan of a window; `None` where it cannot be read, so that more is looked at than need be.
async fn plan_of(ports: CustomerPorts<'_>, number: u32) -> Result<Option<Plan>> {
    match plan::get(ports.objects, number).await {
        Ok(plan) => Ok(Some(plan)),
        Err(error) if matches!(error.kind, ErrorKind::Corrupt | ErrorKind::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Looks at what was published from one moment to another and is not among what was dumped.
async fn in_index(
    ports: CustomerPorts<'_>,
    from: Timestamp,
    to: Timestamp,
    dumped: &[Content],
    hashes: &[String],
    found: &mut Found,
) -> Result<()> {
    let mut after: Option<Published> = None;
    loop {
        let page = ports.index.published(from, to, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.clone());
        for published in &page {
            let digest = digest_of(published);
            if !dumped.iter().any(|content| content.has(&digest)) {
                of_published(ports, published, hashes, found).await?;
            }
        }
    }
}

/// Looks at a published revision. The conversation says whose it is, whatever is wrong with the analysis; where it cannot be
/// read, the inputs that it was made of do.
async fn of_published(
    ports: CustomerPorts<'_>,
    published: &Published,
    hashes: &[String],
    found: &mut Found,
) -> Result<()> {
    let contact = &published.contact;
    let key = keys::conversation(contact, &published.revision_key);
    let of_it = match read_object::<RedactedConversation>(ports.objects, &key).await {
        Ok(Some(read)) => {
            read.conversation().record.as_ref().map(|record| hashes_in(record).cloned().collect()).unwrap_or_default()
        }
        Err(error) if error.kind != ErrorKind::Corrupt => return Err(error),
        unread => {
            let of_inputs = of_inputs(ports, contact).await?;
            if of_inputs.is_empty() {
                let why = unread.err().map_or_else(|| "it is missing".to_owned(), |error| error.to_string());
                found.unreadable.insert(key, why);
            }
            of_inputs
        }
    };
    if of_it.iter().any(|hash| hashes.contains(hash)) {
        found.contacts.insert(contact.clone());
    }
    Ok(())
}

/// The hashes that a contact's records have: several where the key was changed between them.
async fn of_inputs(ports: CustomerPorts<'_>, contact: &ContactKey) -> Result<Vec<String>> {
    let mut hashes = Vec::new();
    for input in ports.inputs.list(contact).await? {
        let Ok(delivery) = serde_json::from_slice::<Delivery>(&input.body) else { continue };
        let Body::Record(record) = delivery.body else { continue };
        hashes.extend(hashes_in(&record.facts).cloned());
    }
    Ok(hashes)
}

/// The hashes that a record has of its customer.
fn hashes_in(record: &ContactFacts) -> impl Iterator<Item = &String> {
    record.customer_endpoint_hmac.iter().chain(&record.customer_id_hmac)
}

fn in_file(key: &str, bytes: Vec<u8>, hashes: &[String], found: &mut BTreeSet<ContactKey>) -> Result<()> {
    const CONTACT: [&str; 2] = ["instance_id", "contact_id"];
    // Files of before a column was added do not have it.
    const CUSTOMER: [&str; 2] = ["customer_endpoint_hmac", "customer_id_hmac"];
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        Error::new(ErrorKind::Corrupt, "a Parquet file cannot be read").with("key", key).because(error)
    };
    let builder = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes)).map_err(|error| failed(error.into()))?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), CONTACT.into_iter().chain(CUSTOMER));
    let reader = builder.with_projection(mask).build().map_err(|error| failed(error.into()))?;
    for batch in reader {
        let batch: RecordBatch = batch.map_err(|error| failed(error.into()))?;
        let column = |name: &str| batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
        let [Some(instances), Some(ids)] = CONTACT.map(column) else { continue };
        for customers in CUSTOMER.into_iter().filter_map(column) {
            for ((instance, id), customer) in instances.iter().zip(ids.iter()).zip(customers.iter()) {
                if let (Some(instance), Some(id), Some(customer)) = (instance, id, customer)
                    && hashes.iter().any(|hash| hash == customer)
                {
                    found.insert(ContactKey::new(instance, id));
                }
            }
        }
    }
    Ok(())
}

async fn in_open_contacts(ports: CustomerPorts<'_>, hashes: &[String], found: &mut BTreeSet<ContactKey>) -> Result<()> {
    let mut after: Option<ContactKey> = None;
    loop {
        let page = ports.open.open(Timestamp::MAX, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.clone());
        for contact in page {
            if of_inputs(ports, &contact).await?.iter().any(|hash| hashes.contains(hash)) {
                found.insert(contact);
            }
        }
    }
}
