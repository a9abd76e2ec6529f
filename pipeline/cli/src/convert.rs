//! `aftercall convert`: any format to the canonical form, one conversation a line on standard output. Deliveries of one
//! contact are put together, so a folder of segments, files and records comes out as its conversations. Nothing is stored.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use aftercall_core::assemble::{AssembleSettings, assemble};
use aftercall_core::delivery::Delivery;
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::formats::{self, DecodeContext};
use aftercall_core::redact::{RedactionSettings, redact};
use aftercall_local::read::{self, Limits, Piece};
use aftercall_schemas::ContactKey;
use clap::ValueEnum;

use crate::output::yellow;
use aftercall_settings::Settings;

/// What can be converted to.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// The canonical conversation.
    Canonical,
}

/// Converts to the canonical form. What cannot be read is named on standard error, and the exit code says so.
pub fn canonical(settings: &Settings, paths: &[PathBuf], unredacted: bool) -> Result<ExitCode> {
    let found = read::find(paths, &settings.data)?;
    let mut contacts: BTreeMap<ContactKey, Vec<Delivery>> = BTreeMap::new();
    let mut rejected = 0_u32;
    let mut reject = |origin: &str, why: &dyn std::fmt::Display| {
        anstream::eprintln!("{} {origin}: {why}", yellow("not converted"));
        rejected += 1;
    };
    for source in &found.sources {
        read::documents(source, Limits { document_bytes: settings.document_bytes }, |piece| {
            match piece {
                Piece::Document { origin, bytes } => {
                    let context =
                        DecodeContext { instance_id: settings.instance_id.clone(), ..DecodeContext::new(&origin) };
                    match formats::decode(&bytes, &context) {
                        Ok(decoded) => {
                            decoded.rejected.iter().for_each(|(_, why)| reject(&origin, why));
                            for delivery in decoded.deliveries {
                                contacts.entry(delivery.contact.clone()).or_default().push(delivery);
                            }
                        }
                        Err(why) => reject(&origin, &why),
                    }
                }
                Piece::Unreadable { origin, rejected: why, .. } => reject(&origin, &why),
            }
            true
        })?;
    }
    for (contact, deliveries) in contacts {
        let assembled = assemble(&contact, &deliveries, &AssembleSettings::default());
        let line = if unredacted {
            serde_json::to_string(&assembled.conversation)
        } else {
            let redaction =
                RedactionSettings { kinds: settings.redaction_kinds.clone(), ..RedactionSettings::default() };
            serde_json::to_string(&redact(assembled.conversation, &assembled.names, &redaction))
        };
        let line = line.map_err(|error| {
            Error::new(ErrorKind::Corrupt, "a conversation cannot be written as JSON")
                .with("contact", &contact)
                .because(error)
        })?;
        anstream::println!("{line}");
    }
    Ok(if rejected == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
