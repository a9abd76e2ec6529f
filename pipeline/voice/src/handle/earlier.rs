//! Earlier calls as a function: what the pipeline has published is noted by customer, and a flow that has verified its caller is
//! told what the latest was about.

use aftercall_core::error::Result;
use aftercall_core::formats::customer_hmac;
use aftercall_core::rows::reference_timestamp;
use aftercall_schemas::events::Insight;
use aftercall_schemas::results::AnalysisState;

use super::{Handled, unreadable};
use crate::agent::EARLIER_CALL;
use crate::dialogue::SealKey;
use crate::earlier::{EarlierCall, EarlierCalls, Note, PublishedContacts};
use crate::lex::connect::{ConnectEvent, StringMap};

/// What looking up may take, ms, each of its steps: a caller waits, and goes on without.
const WITHIN_MS: u64 = 700;
/// The parameter by which a flow says that the caller is who the number says, and its value.
const VERIFIED: (&str, &str) = ("verified", "true");

/// Takes an insight of the pipeline's stream. Twice is as good as once.
///
/// # Errors
/// An insight that cannot be read; the store's and the objects'.
pub async fn take_insight(
    insight: &str,
    notes: &dyn EarlierCalls,
    contacts: &dyn PublishedContacts,
) -> Result<Handled<()>> {
    let insight: Insight = serde_json::from_str(insight).map_err(|_| unreadable("it is no insight"))?;
    let Insight::AnalysisPublished(published) = insight else { return Ok(Handled::new(())) };
    if published.state == AnalysisState::Moved {
        return Ok(Handled::new(()).count("ContactsMoved"));
    }
    let Some(conversation) = contacts.conversation(&published.contact, &published.revision_key).await? else {
        return Ok(Handled::new(()).count("ContactsGone"));
    };
    let conversation = conversation.conversation();
    let customer = conversation.record.as_ref().and_then(|record| record.customer_endpoint_hmac.clone());
    let (Some(customer), Some(at)) = (customer, reference_timestamp(conversation)) else {
        return Ok(Handled::new(()).count("ContactsOfNobody"));
    };
    let note = Note { customer, contact_id: published.contact.contact_id, analysis_key: published.analysis_key, at };
    notes.note(&note).await?;
    Ok(Handled::new(()).count("ContactsNoted"))
}

/// What a caller is looked up with.
pub struct Callers<'a> {
    /// Latest contacts.
    pub notes: &'a dyn EarlierCalls,
    /// Their analyses.
    pub contacts: &'a dyn PublishedContacts,
    /// Keys of the customer hashes, the newest first.
    pub hmac_keys: &'a [[u8; 32]],
    /// Seals what travels through Lex.
    pub key: &'a SealKey,
}

/// Tells a flow what its caller called about before: the field `earlierCall`, for the session's attribute of that name; empty
/// where there is nothing to tell, where the flow has not verified the caller, and where looking up fails.
///
/// # Errors
/// An event that is not Connect's.
pub async fn take_caller(event: &str, callers: &Callers<'_>) -> Result<Handled<StringMap>> {
    let event = ConnectEvent::parse(event).map_err(unreadable)?;
    let contact = &event.details.contact_data;
    let told = |sealed: String| {
        let fields = StringMap::new([(EARLIER_CALL, sealed)]);
        Handled::new(fields.unwrap_or_default())
    };
    if event.parameter(VERIFIED.0) != Some(VERIFIED.1) {
        return Ok(told(String::new()).count("CallersNotVerified"));
    }
    let number = contact.customer_endpoint.as_ref().map(|endpoint| endpoint.address.as_str()).unwrap_or_default();
    if number.is_empty() {
        return Ok(told(String::new()).count("CallersWithoutNumber"));
    }
    match latest(number, &contact.contact_id, callers).await {
        Ok(Some(call)) => Ok(told(call.seal(&contact.contact_id, callers.key)).count("CallersKnown")),
        Ok(None) => Ok(told(String::new()).count("CallersNew")),
        Err(error) => {
            let mut handled = told(String::new()).count("CallersNotLookedUp");
            handled.faults.push(error);
            Ok(handled)
        }
    }
}

/// The latest contact of a number that is not this one. Contacts of before a rotation have the hash of an older key.
async fn latest(number: &str, this: &str, callers: &Callers<'_>) -> Result<Option<EarlierCall>> {
    let mut latest: Option<Note> = None;
    for key in callers.hmac_keys {
        let note = callers.notes.latest(&customer_hmac(key, number), WITHIN_MS).await?;
        let note = note.filter(|note| note.contact_id != this);
        if note.as_ref().map(|note| note.at) > latest.as_ref().map(|note| note.at) {
            latest = note;
        }
    }
    let Some(note) = latest else { return Ok(None) };
    let analysis = callers.contacts.analysis(&note.analysis_key, WITHIN_MS).await?;
    Ok(analysis.and_then(|analysis| EarlierCall::of(&analysis, note.at)))
}
