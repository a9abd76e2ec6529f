//! Takes in a batch of a Kinesis stream. Records of one partition key are taken in order, keys beside each other. A record
//! that fails for the moment, or for which there is no time, ends its key's turn; AWS goes on at the lowest number that is reported, and what comes twice
//! by that is taken in once.

use std::collections::BTreeMap;

use aftercall_core::error::{Error, Rejected, Result};
use aftercall_core::formats::DecodeContext;
use futures_util::{StreamExt, stream};

use super::batch::Handled;
use super::deadline::Deadline;
use super::envelope::{KinesisRecord, kinesis, records};
use crate::archive::{Archive, take_in};
use crate::ingest::IngestPorts;
use crate::quarantine::{Evidence, QuarantinePorts, put_aside};

/// Keys that are taken in at the same time.
const KEYS_AT_ONCE: usize = 8;

/// Takes in a batch. `context.origin` is the name of the stream; `archive` says whether records are kept as they came.
///
/// # Errors
/// The whole batch has to come again.
pub async fn take_batch(
    ports: IngestPorts<'_>,
    archive: Archive,
    context: &DecodeContext,
    deadline: Deadline<'_>,
    event: &str,
) -> Result<Handled> {
    let mut handled = Handled::default();
    let mut keys: Vec<Vec<KinesisRecord>> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for raw in records(event)? {
        match kinesis(raw) {
            Ok(record) => {
                // Keys are in the order of their first records: where the time is short, the record that AWS would go on at is
                // among those that are begun first, so that every call gets on.
                let place = *places.entry(record.partition_key.clone()).or_insert(keys.len());
                match keys.get_mut(place) {
                    Some(records) => records.push(record),
                    None => keys.push(vec![record]),
                }
            }
            Err(rejected) => {
                aside(ports, &rejected, &context.origin, raw.get().as_bytes()).await?;
                handled.count("Quarantined", 1);
            }
        }
    }
    let parts = stream::iter(keys.into_iter().map(|records| take_in_order(ports, archive, context, deadline, records)));
    let parts: Vec<Handled> = parts.buffer_unordered(KEYS_AT_ONCE).collect().await;
    parts.into_iter().for_each(|part| handled.add(part));
    Ok(handled)
}

async fn take_in_order(
    ports: IngestPorts<'_>,
    archive: Archive,
    context: &DecodeContext,
    deadline: Deadline<'_>,
    records: Vec<KinesisRecord>,
) -> Handled {
    let mut handled = Handled::default();
    for record in records {
        if !deadline.has_time() {
            handled.not_begun(record.sequence_number);
            break;
        }
        handled.count("Records", 1);
        if let Err(error) = take(ports, archive, context, &record, &mut handled).await {
            handled.failed(record.sequence_number, error);
            break;
        }
    }
    handled
}

async fn take(
    ports: IngestPorts<'_>,
    archive: Archive,
    context: &DecodeContext,
    record: &KinesisRecord,
    handled: &mut Handled,
) -> Result<()> {
    // The number makes the origin of each record its own, so that two broken ones with the same bytes are two entries.
    let origin = format!("{}#{}", context.origin, record.sequence_number);
    let data = match &record.data {
        Ok(data) => data,
        Err((rejected, text)) => {
            handled.count("Quarantined", 1);
            return aside(ports, rejected, &origin, text.as_bytes()).await;
        }
    };
    let context = DecodeContext { origin: origin.clone(), ..context.clone() };
    let taken = take_in(ports, archive, data, &context, None).await;
    let taken = taken.map_err(|error: Error| error.with("record", &origin))?;
    handled.count("InputsNew", u64::from(taken.new));
    handled.count("InputsDuplicate", u64::from(taken.duplicates));
    handled.count("Quarantined", taken.quarantined.len() as u64);
    Ok(())
}

async fn aside(ports: IngestPorts<'_>, rejected: &Rejected, origin: &str, bytes: &[u8]) -> Result<()> {
    let ports = QuarantinePorts { quarantine: ports.quarantine, objects: ports.objects, clock: ports.clock };
    put_aside(ports, rejected, origin, Evidence::Bytes(bytes)).await.map(drop)
}
