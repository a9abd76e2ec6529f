//! Calls out: whether somebody may be called now, and the request that does it. One trigger is one call, however often it
//! comes; the request itself is sent by an adapter.
//!
//! No SDK, no clock of its own. Numbers are personal data: no error, log or `Debug` of this module holds one.

mod decide;
mod flag;
mod number;
mod ports;
mod request;
mod settings;
mod trigger;

pub use decide::{Decided, Refusal, decide};
pub use flag::{Flag, Flagged, call_flagged};
pub use number::{BadNumber, PhoneNumber};
pub use ports::{CallLog, ContactBook, Dialer, KnownContact, OptOuts};
pub use request::{CallRequest, request};
pub use settings::{Country, Hours, MissingSettings, OutboundSettings, Raw};
pub use trigger::{Trigger, flagged};

use aftercall_core::error::Result;
use jiff::Timestamp;

/// What calling out works with.
pub struct Outbound<'a> {
    /// Settings.
    pub settings: &'a OutboundSettings,
    /// Who must not be called.
    pub opt_outs: &'a dyn OptOuts,
    /// What was called.
    pub log: &'a dyn CallLog,
    /// Who calls.
    pub dialer: &'a dyn Dialer,
}

/// What came of a trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A call was started.
    Called {
        /// The contact's id.
        contact_id: String,
    },
    /// The trigger has called before.
    Already,
    /// Nobody was called.
    Refused(Refusal),
}

/// Calls because of a trigger, once.
///
/// # Errors
/// A store's or the service's. The trigger can come again: the client token makes the second request the same call, and
/// what is refused is refused before anything is written.
pub async fn call(trigger: &Trigger, outbound: &Outbound<'_>, now: Timestamp) -> Result<Outcome> {
    let Outbound { settings, opt_outs, log, dialer } = outbound;
    if log.called(&trigger.id).await? {
        return Ok(Outcome::Already);
    }
    let recent = log.since(now - settings.rate_window).await?;
    let opted_out = match PhoneNumber::parse(&trigger.destination) {
        Ok(number) => opt_outs.has(&number).await?,
        Err(_) => false,
    };
    let number = match decide(trigger, settings, now, opted_out, recent) {
        Decided::Call(number) => number,
        Decided::Refuse(refusal) => return Ok(Outcome::Refused(refusal)),
    };
    let request = request(trigger, &number, settings);
    // The call first, then the note: a crash between them calls again with the same token, which Connect answers with the
    // same contact; the other way round nobody would ever be called.
    let contact_id = dialer.dial(&request).await?;
    Ok(if log.note(&trigger.id, &contact_id, now).await? { Outcome::Called { contact_id } } else { Outcome::Already })
}
