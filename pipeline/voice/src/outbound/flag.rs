//! Calls because of a flag in analysed data: a category for which a setting says what is said. The pipeline keeps no number, so it
//! is asked of whoever knows the contact.

use aftercall_core::error::Result;
use aftercall_schemas::events::ContactFlagged;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::number::PhoneNumber;
use super::ports::{ContactBook, KnownContact};
use super::trigger::Trigger;
use super::{Outbound, Outcome, call};

/// A contact that began longer ago calls nobody: an old flag, found by new rules, is no reason to call today.
const MOST_AGE: SignedDuration = SignedDuration::from_hours(48);

/// A category that calls.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flag {
    /// Name of the category.
    pub category: String,
    /// What is said first.
    pub opening_message: String,
    /// What the call is about.
    pub purpose: String,
}

/// Reads the setting: a JSON list of flags; none where it is empty.
pub(super) fn flags(text: &str) -> Option<Vec<Flag>> {
    if text.trim().is_empty() {
        return Some(Vec::new());
    }
    let flags: Vec<Flag> = serde_json::from_str(text).ok()?;
    let filled =
        |flag: &Flag| [&flag.category, &flag.opening_message, &flag.purpose].iter().all(|text| !text.trim().is_empty());
    flags.iter().all(filled).then_some(flags)
}

/// What came of a flagged contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flagged {
    /// None of its categories calls.
    NoFlag,
    /// Nobody knows its number: withheld, forgotten, or a contact that had none.
    NoNumber,
    /// It was a call of ours. One that is flagged would else call for ever.
    OwnCall,
    /// It began too long ago.
    TooLate,
    /// As of every trigger.
    Triggered(Outcome),
}

impl Flagged {
    /// Whether the same contact may call at another time.
    pub const fn passes(&self) -> bool {
        matches!(self, Self::Triggered(Outcome::Refused(refusal)) if refusal.passes())
    }
}

/// Calls because of a flag, once a contact: of several categories that call the first of the settings does.
///
/// # Errors
/// A store's or a service's. The same contact can come again.
pub async fn call_flagged(
    flagged: &ContactFlagged,
    contacts: &dyn ContactBook,
    outbound: &Outbound<'_>,
    now: Timestamp,
) -> Result<Flagged> {
    let flags = &outbound.settings.flags;
    let Some(flag) = flags.iter().find(|flag| flagged.categories.contains(&flag.category)) else {
        return Ok(Flagged::NoFlag);
    };
    for other in flags {
        if outbound.log.called(&Trigger::id_of(&flagged.contact, &other.category)).await? {
            return Ok(Flagged::Triggered(Outcome::Already));
        }
    }
    let Some(known) = contacts.find(&flagged.contact.contact_id).await? else { return Ok(Flagged::NoNumber) };
    let KnownContact { number, called_out, began_at } = known;
    if called_out {
        return Ok(Flagged::OwnCall);
    }
    if began_at.is_none_or(|began_at| now.duration_since(began_at) > MOST_AGE) {
        return Ok(Flagged::TooLate);
    }
    let Some(number) = number.filter(|number| PhoneNumber::parse(number).is_ok()) else { return Ok(Flagged::NoNumber) };
    let trigger = Trigger {
        id: Trigger::id_of(&flagged.contact, &flag.category),
        destination: number,
        opening_message: flag.opening_message.clone(),
        purpose: flag.purpose.clone(),
    };
    call(&trigger, outbound, now).await.map(Flagged::Triggered)
}
