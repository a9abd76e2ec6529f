//! The suite that every store of latest contacts passes.

use jiff::{SignedDuration, Timestamp};

use crate::earlier::{EarlierCalls, Note};

fn expect(what: &str, well: bool) -> Result<(), String> {
    if well { Ok(()) } else { Err(what.to_owned()) }
}

/// What every store of latest contacts does: the latest stays, whatever comes when; the same contact takes the place of its note.
///
/// # Errors
/// What is not as it should be.
pub async fn earlier_calls_conform(notes: &dyn EarlierCalls, now: Timestamp) -> Result<(), String> {
    // Times of contacts are whole milliseconds.
    let now = Timestamp::from_millisecond(now.as_millisecond()).map_err(|error| error.to_string())?;
    let latest = async |customer: &str| notes.latest(customer, 1_000).await.map_err(|error| error.to_string());
    let put = async |note: &Note| notes.note(note).await.map_err(|error| error.to_string());
    let note = |contact_id: &str, analysis_key: &str, seconds: i64| Note {
        customer: "customer-1".into(),
        contact_id: contact_id.into(),
        analysis_key: analysis_key.into(),
        at: now + SignedDuration::from_secs(seconds),
    };
    expect("nothing is noted", latest("customer-1").await?.is_none())?;
    let first = note("contact-1", "analyses/1/0001", 0);
    put(&first).await?;
    put(&first).await?;
    expect("a note is read as it was written", latest("customer-1").await?.as_ref() == Some(&first))?;
    let revised = note("contact-1", "analyses/1/0002", 0);
    put(&revised).await?;
    expect("a revision takes the place", latest("customer-1").await?.as_ref() == Some(&revised))?;
    let later = note("contact-2", "analyses/2/0001", 60);
    put(&later).await?;
    put(&revised).await?;
    expect("the latest contact stays", latest("customer-1").await?.as_ref() == Some(&later))?;
    expect("another customer's is another", latest("customer-2").await?.is_none())
}
