//! A contact in which categories were found: calls its customer where a setting says so.

use std::time::Duration;

use aftercall_core::error::{Result, Retry};
use aftercall_schemas::events::ContactFlagged;
use jiff::Timestamp;
use serde::Deserialize;

use super::{Handled, unreadable};
use crate::outbound::{ContactBook, Flagged, Outbound, Outcome, call_flagged};

/// How long a call waits that would be outside of calling hours or above the rate.
const LATER: Duration = Duration::from_secs(15 * 60);
/// How long one is hidden that failed for the moment.
const SOON: Duration = Duration::from_secs(60);
/// How long one is hidden that will never do: it becomes a dead letter.
const NEVER: Duration = Duration::from_secs(1);

/// An event of the bus (EventBridge user guide, "Event structure").
#[derive(Deserialize)]
struct Event {
    detail: ContactFlagged,
}

/// Takes an event `ContactFlagged`. Where the answer passes, the same event may come again later.
///
/// # Errors
/// An event that is something else, a store's or a service's.
pub async fn take_flagged(
    event: &str,
    contacts: &dyn ContactBook,
    outbound: &Outbound<'_>,
    now: Timestamp,
) -> Result<Handled<Flagged>> {
    let event: Event = serde_json::from_str(event).map_err(|_| unreadable("it is no flagged contact"))?;
    let flagged = call_flagged(&event.detail, contacts, outbound, now).await?;
    let counted = match &flagged {
        Flagged::NoFlag => "CallsWithoutFlag",
        Flagged::NoNumber => "CallsWithoutNumber",
        Flagged::OwnCall => "CallsOfOwnCalls",
        Flagged::TooLate => "CallsTooLate",
        Flagged::Triggered(Outcome::Called { .. }) => "CallsMade",
        Flagged::Triggered(Outcome::Already) => "CallsMadeBefore",
        Flagged::Triggered(Outcome::Refused(refusal)) if refusal.passes() => "CallsAwaited",
        Flagged::Triggered(Outcome::Refused(_)) => "CallsRefused",
    };
    Ok(Handled::new(flagged).count(counted))
}

/// After how long the same event is to come again, where it is.
pub fn flag_comes_again(taken: &Result<Handled<Flagged>>) -> Option<Duration> {
    match taken {
        Ok(handled) => handled.answer.passes().then_some(LATER),
        Err(error) if error.retry == Retry::Never => Some(NEVER),
        Err(_) => Some(SOON),
    }
}
