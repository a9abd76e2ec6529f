//! The suites that every log of calls and every list of opt-outs passes.

use jiff::{SignedDuration, Timestamp};

use crate::outbound::{CallLog, OptOuts, PhoneNumber};

fn expect(what: &str, well: bool) -> Result<(), String> {
    if well { Ok(()) } else { Err(what.to_owned()) }
}

fn fault(error: aftercall_core::error::Error) -> String {
    error.to_string()
}

/// What every log of calls does: the first note of a trigger stays, and counts in its time. `now` must be later than
/// every note that is there before.
///
/// # Errors
/// What is not as it should be.
pub async fn call_log_conforms(log: &dyn CallLog, now: Timestamp) -> Result<(), String> {
    let later = now + SignedDuration::from_secs(1);
    expect("a call that nobody made", !log.called("conformance/1").await.map_err(fault)?)?;
    expect("the first is noted", log.note("conformance/1", "contact-1", now).await.map_err(fault)?)?;
    expect("the second is not", !log.note("conformance/1", "contact-2", later).await.map_err(fault)?)?;
    expect("it is known", log.called("conformance/1").await.map_err(fault)?)?;
    expect("another is not", !log.called("conformance/2").await.map_err(fault)?)?;
    expect("another is noted", log.note("conformance/2", "contact-3", later).await.map_err(fault)?)?;
    expect("both count", log.since(now).await.map_err(fault)? == 2)?;
    expect("one counts", log.since(later).await.map_err(fault)? == 1)
}

/// What every list of opt-outs does.
///
/// # Errors
/// What is not as it should be.
pub async fn opt_outs_conform(list: &dyn OptOuts) -> Result<(), String> {
    let number = |text: &str| PhoneNumber::parse(text).map_err(|fault| fault.to_string());
    let (one, other) = (number("+14155550100")?, number("+14155550101")?);
    expect("nobody opted out", !list.has(&one).await.map_err(fault)?)?;
    list.add(&one).await.map_err(fault)?;
    list.add(&one).await.map_err(fault)?;
    expect("who opted out is known", list.has(&one).await.map_err(fault)?)?;
    expect("nobody else is", !list.has(&other).await.map_err(fault)?)
}
