//! Takes in a person's correction of a contact. It becomes an input like any other, so the contact gets a new revision if
//! it changes anything, and every later assembly repeats it, whatever is redelivered.

use aftercall_core::delivery::{Body, Delivery, NumberedCorrection, SourceKind};
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::roles::Correction;
use aftercall_schemas::ContactKey;

use crate::ingest::{IngestPorts, accept};

/// Adds a correction after those that the contact has.
pub async fn correct(ports: IngestPorts<'_>, contact: &ContactKey, correction: Correction) -> Result<()> {
    let mut number: u32 = 1;
    for input in ports.inputs.list(contact).await? {
        let delivery: Delivery = serde_json::from_slice(&input.body).map_err(|error| {
            Error::new(ErrorKind::Corrupt, "a stored input cannot be read").with("contact", contact).because(error)
        })?;
        if let Body::Correction(known) = delivery.body {
            number = number.max(known.number.saturating_add(1));
        }
    }
    let delivery = Delivery {
        contact: contact.clone(),
        source: SourceKind::Correction,
        masked: false,
        ends: true,
        body: Body::Correction(NumberedCorrection { number, correction }),
    };
    accept(ports, &delivery, "aftercall correct").await.map(drop)
}
