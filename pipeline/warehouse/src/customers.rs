//! Finds a customer's contacts by the keyed hash of the endpoint: in the Parquet files, among what was published since the
//! last window, and among what is still being collected. Nothing here knows a phone number.

use std::collections::BTreeSet;

use aftercall_core::delivery::{Body, Delivery};
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_schemas::ContactKey;
use aftercall_stages::ports::{Inputs, Objects, OpenContacts, Published, PublishedIndex};
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use bytes::Bytes;
use jiff::Timestamp;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::dump::{PAGE, manifests};
use crate::revision::load;
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

/// The contacts whose endpoint has one of these hashes: one a key, where keys were changed.
pub async fn contacts_of(ports: CustomerPorts<'_>, hashes: &[String]) -> Result<BTreeSet<ContactKey>> {
    let mut found = BTreeSet::new();
    let mut dumped_until = Timestamp::MIN;
    for manifest in manifests(ports.objects).await? {
        dumped_until = manifest.window.to;
        for file in manifest.files.iter().filter(|file| file.table == Table::Contacts.name()) {
            if let Some(bytes) = ports.objects.get(&file.key).await? {
                in_file(&file.key, bytes, hashes, &mut found)?;
            }
        }
    }
    let mut after: Option<Published> = None;
    loop {
        let page = ports.index.published(dumped_until, Timestamp::MAX, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        for published in page {
            let Ok(loaded) = load(ports.objects, &published).await? else { continue };
            let record = loaded.conversation.conversation().record.as_ref();
            if record
                .and_then(|record| record.customer_endpoint_hmac.as_ref())
                .is_some_and(|hash| hashes.contains(hash))
            {
                found.insert(published.contact);
            }
        }
    }
    in_open_contacts(ports, hashes, &mut found).await?;
    Ok(found)
}

fn in_file(key: &str, bytes: Vec<u8>, hashes: &[String], found: &mut BTreeSet<ContactKey>) -> Result<()> {
    const COLUMNS: [&str; 3] = ["instance_id", "contact_id", "customer_endpoint_hmac"];
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        Error::new(ErrorKind::Corrupt, "a Parquet file cannot be read").with("key", key).because(error)
    };
    let builder = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes)).map_err(|error| failed(error.into()))?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), COLUMNS);
    let reader = builder.with_projection(mask).build().map_err(|error| failed(error.into()))?;
    for batch in reader {
        let batch: RecordBatch = batch.map_err(|error| failed(error.into()))?;
        let column = |name: &str| batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
        let [Some(instances), Some(ids), Some(customers)] = COLUMNS.map(column) else { continue };
        for ((instance, id), customer) in instances.iter().zip(ids.iter()).zip(customers.iter()) {
            if let (Some(instance), Some(id), Some(customer)) = (instance, id, customer)
                && hashes.iter().any(|hash| hash == customer)
            {
                found.insert(ContactKey::new(instance, id));
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
            for input in ports.inputs.list(&contact).await? {
                let Ok(delivery) = serde_json::from_slice::<Delivery>(&input.body) else { continue };
                let Body::Record(record) = &delivery.body else { continue };
                if record.facts.customer_endpoint_hmac.as_ref().is_some_and(|hash| hashes.contains(hash)) {
                    found.insert(contact.clone());
                }
            }
        }
    }
}
