//! A batch of the stream of the contacts table: contacts that have become ready are routed.

use aftercall_core::error::{Reason, Rejected, Result};

use super::advance::{AdvancePorts, advance};
use super::batch::Handled;
use super::deadline::Deadline;
use super::envelope::{ItemChange, item_change, records};
use crate::quarantine::{Evidence, QuarantinePorts, put_aside};
use crate::route::RouteSettings;

/// Routes the contacts of a batch, in order, up to the first that fails for the moment or for which there is no time.
///
/// # Errors
/// The whole batch has to come again.
pub async fn route_batch(
    ports: AdvancePorts<'_>,
    settings: &RouteSettings,
    deadline: Deadline<'_>,
    event: &str,
) -> Result<Handled> {
    let mut handled = Handled::default();
    for raw in records(event)? {
        handled.count("Records", 1);
        let (sequence_number, contact) = match item_change(raw) {
            Ok(ItemChange { sequence_number, contact: Ok(contact) }) => (sequence_number, contact),
            Ok(ItemChange { contact: Err(rejected), .. }) | Err(rejected) => {
                aside(ports, rejected, raw.get()).await?;
                handled.count("Quarantined", 1);
                continue;
            }
        };
        if !deadline.has_time() {
            handled.not_begun(sequence_number);
            break;
        }
        if let Err(error) = advance(ports, settings, &contact, &mut handled).await {
            handled.failed(sequence_number, error.with("contact", &contact));
            break;
        }
    }
    Ok(handled)
}

async fn aside(ports: AdvancePorts<'_>, rejected: Rejected, record: &str) -> Result<()> {
    let ports = QuarantinePorts { quarantine: ports.quarantine, objects: ports.objects, clock: ports.clock };
    let rejected = Rejected { reason: Reason::InvalidStructure, ..rejected };
    put_aside(ports, &rejected, "stream of contacts", Evidence::Bytes(record.as_bytes())).await.map(drop)
}
