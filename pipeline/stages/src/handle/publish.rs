//! A batch of the stream of the results table: analyses whose results are all there are published.

use std::collections::BTreeSet;

use aftercall_core::error::Result;

use super::advance::publish_and_tell;
use super::batch::Handled;
use super::deadline::Deadline;
use super::envelope::{ItemChange, item_change, records};
use crate::ports::Announce;
use crate::publish::PublishPorts;

/// Publishes the contacts of a batch, in order, each once, up to the first that fails for the moment or for which there is
/// no time.
///
/// # Errors
/// The whole batch has to come again.
pub async fn publish_batch(
    ports: PublishPorts<'_>,
    announce: &dyn Announce,
    deadline: Deadline<'_>,
    event: &str,
) -> Result<Handled> {
    let mut handled = Handled::default();
    let mut seen = BTreeSet::new();
    for raw in records(event)? {
        handled.count("Records", 1);
        let (sequence_number, contact) = match item_change(raw) {
            Ok(ItemChange { sequence_number, contact: Ok(contact) }) => (sequence_number, contact),
            // A record that names no contact says nothing that `reconcile` would not find.
            Ok(ItemChange { contact: Err(_), .. }) | Err(_) => {
                handled.count("Unreadable", 1);
                continue;
            }
        };
        // Results of one contact come together; what is published is worked out from all that are there.
        if !seen.insert(contact.clone()) {
            continue;
        }
        if !deadline.has_time() {
            handled.not_begun(sequence_number);
            break;
        }
        if let Err(error) = publish_and_tell(ports, announce, &contact, &mut handled).await {
            handled.failed(sequence_number, error.with("contact", &contact));
            break;
        }
    }
    Ok(handled)
}
