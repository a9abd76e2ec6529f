//! A request to erase: one contact, or all contacts of a customer; and the report, with what is out of reach. The command and
//! the function on AWS answer with it. It must not show a phone number: who asked knows it.

use std::collections::{BTreeMap, BTreeSet};

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::formats::customer_hmac;
use aftercall_schemas::ContactKey;
use serde::{Deserialize, Serialize};

use crate::customers::{CustomerPorts, Found, contacts_of};
use crate::erase::{ErasePorts, Erased, Mode, erase};

/// What is asked for, as the function's event has it: `{"contact": "<instance>/<contact>"}` or `{"customer": "<phone or id>"}`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// A contact: `INSTANCE/CONTACT`, or the contact's id in the instance of the settings.
    #[serde(default)]
    contact: Option<String>,
    /// Phone number or address of a customer, as contact records have it.
    #[serde(default)]
    customer: Option<String>,
    /// Only list what would be removed.
    #[serde(default)]
    dry_run: bool,
}

/// Who is to be erased.
#[derive(Clone, PartialEq, Eq)]
pub enum Who {
    /// A contact.
    Contact(ContactKey),
    /// All contacts of a customer: phone number or address.
    Customer(String),
}

impl Request {
    /// Reads the event. `instance_id`: of contacts that are named without one.
    ///
    /// # Errors
    /// `Config` if it does not say whom. What it says is not repeated.
    pub fn parse(event: &str, instance_id: &str) -> Result<(Who, Mode)> {
        let wrong = || Error::new(ErrorKind::Config, "the event has to name a contact or a customer; see docs/aws.md");
        let request: Self = serde_json::from_str(event).map_err(|_| wrong())?;
        let mode = if request.dry_run { Mode::DryRun } else { Mode::Erase };
        let who = match (request.contact, request.customer) {
            (Some(contact), None) if !contact.is_empty() => {
                let (instance, id) = contact.split_once('/').unwrap_or((instance_id, &contact));
                Who::Contact(ContactKey::new(instance, id))
            }
            (None, Some(customer)) if !customer.is_empty() => Who::Customer(customer),
            _ => return Err(wrong()),
        };
        Ok((who, mode))
    }
}

/// What came of a request.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Nothing was removed: it says what would be.
    pub dry_run: bool,
    /// Contacts, and what was removed of each. Empty: no contact of that customer is known.
    pub erased: BTreeMap<String, Erased>,
    /// What could not be read, by key, and why: it may hold more of who was to be erased.
    pub unreadable: BTreeMap<String, String>,
    /// What an erasure cannot reach, in sentences.
    pub out_of_reach: Vec<String>,
}

/// The contacts that are meant. `keys` are those of the customer hashes.
pub async fn find(ports: CustomerPorts<'_>, keys: &[[u8; 32]], who: &Who) -> Result<Found> {
    match who {
        Who::Contact(contact) => Ok(Found { contacts: BTreeSet::from([contact.clone()]), ..Found::default() }),
        Who::Customer(customer) => contacts_of(ports, &hashes_of(customer, keys)).await,
    }
}

/// Erases these contacts. `elsewhere` says in sentences what this place keeps besides.
pub async fn erase_all(ports: ErasePorts<'_>, found: &Found, mode: Mode, elsewhere: &[&str]) -> Result<Report> {
    let mut erased = BTreeMap::new();
    for contact in found {
        erased.extend(erase(ports, contact, mode).await?);
    }
    let mut unreadable = found.unreadable.clone();
    unreadable.extend(erased.values().flat_map(|one| one.unreadable.clone()));
    let nameless = ports.quarantine.list().await?.iter().filter(|entry| entry.contact_id.is_none()).count();
    let mut out_of_reach = out_of_reach(&erased, nameless, elsewhere);
    out_of_reach.extend(unread(&unreadable, &erased));
    Ok(Report { dry_run: mode == Mode::DryRun, erased, unreadable, out_of_reach })
}

/// The hashes of a customer, one a key. People write numbers with spaces and brackets, records without.
pub fn hashes_of(customer: &str, keys: &[[u8; 32]]) -> Vec<String> {
    let bare: String = customer.chars().filter(|letter| !matches!(letter, ' ' | '-' | '(' | ')' | '.')).collect();
    let of_both = keys.iter().flat_map(|key| [customer_hmac(key, customer), customer_hmac(key, &bare)]);
    of_both.collect::<BTreeSet<_>>().into_iter().collect()
}

fn out_of_reach(erased: &BTreeMap<String, Erased>, nameless: usize, elsewhere: &[&str]) -> Vec<String> {
    let mut sentences: Vec<String> = elsewhere.iter().map(ToString::to_string).collect();
    let windows: BTreeSet<u32> = erased.values().flat_map(|one| one.windows.iter().copied()).collect();
    if !windows.is_empty() {
        let windows: Vec<_> = windows.iter().map(ToString::to_string).collect();
        sentences.push(format!(
            "Data delivered before: whoever loaded the windows {} has the rows still; their manifests have changed.",
            windows.join(", ")
        ));
    }
    if !erased.is_empty() {
        sentences.push("Contacts of the same journey: they keep its id, as the one before or after them.".to_owned());
    }
    for origin in erased.values().flat_map(|one| &one.origins) {
        sentences.push(format!("The document it came from: {origin}"));
    }
    if nameless > 0 {
        sentences.push(format!(
            "{nameless} quarantine entries that name no contact and do not have the id in them; nobody can tell whose they are."
        ));
    }
    sentences
}

/// What to do about what could not be read.
fn unread(unreadable: &BTreeMap<String, String>, erased: &BTreeMap<String, Erased>) -> Vec<String> {
    let mut sentences: Vec<_> =
        unreadable.iter().map(|(key, why)| format!("{key} could not be read ({why}).")).collect();
    if !sentences.is_empty() {
        let ids: Vec<_> = erased.keys().map(String::as_str).collect();
        let again = match ids.as_slice() {
            [] => "the same again".to_owned(),
            // What was found by the customer is gone, so the customer would not find it again.
            ids => format!("each of these contacts again by its id, and the customer: {}", ids.join(", ")),
        };
        sentences.push(format!("Restore what could not be read, or remove it, and then erase {again}."));
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_one_contact_or_one_customer() {
        let check = |event: &str, expected: Option<(Who, Mode)>| {
            assert!(Request::parse(event, "i-0").ok() == expected, "{event}");
        };
        let contact = |instance: &str| Who::Contact(ContactKey::new(instance, "c-1"));
        check(r#"{"contact":"i-1/c-1"}"#, Some((contact("i-1"), Mode::Erase)));
        check(r#"{"contact":"c-1","dry_run":true}"#, Some((contact("i-0"), Mode::DryRun)));
        check(r#"{"customer":"+15550100"}"#, Some((Who::Customer("+15550100".into()), Mode::Erase)));
        check(r#"{"contact":"c-1","customer":"+15550100"}"#, None);
        check(r#"{"contact":""}"#, None);
        check("{}", None);
        check(r#"{"Contact":"c-1"}"#, None);
    }

    #[test]
    fn a_customer_is_found_however_the_number_is_written_and_with_every_key() {
        let keys = [[1; 32], [2; 32]];
        let bare: BTreeSet<_> = hashes_of("+15550100", &keys).into_iter().collect();
        assert_eq!(bare.len(), 2);
        assert!(bare.is_subset(&hashes_of("+1 (555) 0100", &keys).into_iter().collect()));
    }
}
