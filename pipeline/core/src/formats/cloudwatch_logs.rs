//! The envelope in which CloudWatch Logs sends log lines to Kinesis: gzip, with several lines of several sessions.
//!
//! Shape: CloudWatch Logs user guide, "Real-time processing of log data with subscriptions". A line that cannot be used
//! does not fail the others. `CONTROL_MESSAGE` is a test of the subscription; lines that are no JSON are other programs'.

use std::collections::HashMap;

use aftercall_schemas::ContactKey;
use jiff::Timestamp;
use serde::Deserialize;

use super::detect::{Format, detect_text};
use super::{DecodeContext, Decoded, decode_text, lenient, lex_log, read};
use crate::delivery::Delivery;
use crate::error::Rejected;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Envelope {
    #[serde(deserialize_with = "lenient::text")]
    message_type: Option<String>,
    #[serde(deserialize_with = "lenient::list")]
    log_events: Vec<LogEvent>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LogEvent {
    #[serde(deserialize_with = "lenient::time")]
    timestamp: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::text")]
    message: Option<String>,
}

pub(super) fn decode(text: &str, ctx: &DecodeContext) -> Result<Decoded, Rejected> {
    let envelope: Envelope = read::json(text, "cloudwatch-logs")?;
    if envelope.message_type.as_deref() == Some("CONTROL_MESSAGE") {
        return Ok(Decoded::ignored("CONTROL_MESSAGE"));
    }
    let mut decoded = Decoded::default();
    let mut sessions = Sessions::default();
    let mut foreign = 0_u64;
    for (entry, event) in (0_u64..).zip(envelope.log_events) {
        let message = event.message.unwrap_or_default();
        if !message.trim_start().starts_with('{') {
            foreign += 1;
            continue;
        }
        match line(&message, event.timestamp, ctx, decoded.deliveries.len(), &mut sessions) {
            Ok(line) => {
                decoded.deliveries.extend(line.deliveries);
                decoded.rejected.extend(line.rejected.into_iter().map(|(_, rejected)| (Some(entry), rejected)));
            }
            Err(rejected) => decoded.rejected.push((Some(entry), rejected)),
        }
    }
    sessions.name_contacts(&mut decoded.deliveries);
    if foreign > 0 {
        decoded.ignored = Some(format!("{foreign} log lines that are no JSON"));
    } else if decoded.deliveries.is_empty() && decoded.rejected.is_empty() {
        decoded.ignored = Some("no log lines".to_owned());
    }
    Ok(decoded)
}

fn line(
    message: &str,
    logged: Option<Timestamp>,
    ctx: &DecodeContext,
    position: usize,
    sessions: &mut Sessions,
) -> Result<Decoded, Rejected> {
    match detect_text(message)? {
        Format::LexLog => {
            let logged = lex_log::decode_at(message, logged, ctx)?;
            sessions.note(position, &logged);
            Ok(Decoded::from(logged.delivery))
        }
        // An envelope in an envelope would be a loop that somebody else has built.
        Format::CloudWatchLogs => Ok(Decoded::ignored("an envelope in an envelope")),
        _ => decode_text(message, ctx),
    }
}

/// The sessions of an envelope. A flow may pass `ContactId` only after the first turns of a session: where other lines
/// of the envelope know the contact and agree on it, the first ones belong to it too.
#[derive(Default)]
struct Sessions {
    /// The contact of a session; none if lines disagree.
    contacts: HashMap<String, Option<ContactKey>>,
    /// Positions of deliveries that name no contact, with their session.
    unnamed: Vec<(usize, String)>,
}

impl Sessions {
    fn note(&mut self, position: usize, logged: &lex_log::Logged) {
        let Some(session) = logged.session.clone() else { return };
        if !logged.names_contact {
            self.unnamed.push((position, session));
            return;
        }
        let contact = &logged.delivery.contact;
        let known = self.contacts.entry(session).or_insert_with(|| Some(contact.clone()));
        if known.as_ref() != Some(contact) {
            *known = None;
        }
    }

    fn name_contacts(&self, deliveries: &mut [Delivery]) {
        for (position, session) in &self.unnamed {
            if let (Some(delivery), Some(Some(contact))) = (deliveries.get_mut(*position), self.contacts.get(session)) {
                delivery.contact = contact.clone();
            }
        }
    }
}
