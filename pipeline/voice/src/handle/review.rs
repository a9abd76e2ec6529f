//! What a person asks about what conversations may teach: propose, list, approve, reject.

use aftercall_core::error::{Error, ErrorKind, Result};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Handled, unreadable};
use crate::learning::{
    Conversations, Decision, Entry, KnowledgeDocuments, Proposals, Refusal, Status, decide, propose,
};

/// Proposals in one answer at the most: a function's answer may have 6 MB.
const LISTED: usize = 2_000;

/// What a review works with.
pub struct Review<'a> {
    /// Finished conversations.
    pub conversations: &'a dyn Conversations,
    /// What was proposed.
    pub proposals: &'a dyn Proposals,
    /// The knowledge base's documents.
    pub documents: &'a dyn KnowledgeDocuments,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum Asked {
    /// The conversations that were published on a day (UTC), `2026-11-25`.
    Propose(Date),
    /// What waits, or all.
    List(Which),
    /// An id.
    Approve(String),
    /// An id.
    Reject(String),
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
enum Which {
    Open,
    All,
}

/// Takes `{"propose": "2026-11-25"}`, `{"list": "open"}` (or `all`), `{"approve": id}` or `{"reject": id}`.
///
/// # Errors
/// An event that is something else, and a store's; asking again is safe.
pub async fn take_review(event: &str, review: &Review<'_>) -> Result<Handled<Value>> {
    let needed = "a review is one of propose (a day), list (open or all), approve and reject (an id)";
    match serde_json::from_str(event).map_err(|_| unreadable(needed))? {
        Asked::Propose(day) => proposed(day, review).await,
        Asked::List(which) => listed(&which, review).await,
        Asked::Approve(id) => decided(&id, Decision::Approve, review).await,
        Asked::Reject(id) => decided(&id, Decision::Reject, review).await,
    }
}

async fn proposed(day: Date, review: &Review<'_>) -> Result<Handled<Value>> {
    let begins = |day: Date| day.to_zoned(TimeZone::UTC).map(|day| day.timestamp());
    let from = begins(day).map_err(|_| unreadable("no such day"))?;
    let to = day.tomorrow().and_then(begins).unwrap_or(Timestamp::MAX);
    let (mut waiting, mut quarantined, mut known, mut conversations) = (0u64, 0u64, 0u64, 0u64);
    let mut after: Option<String> = None;
    loop {
        let page = review.conversations.published(from, to, after.as_deref()).await?;
        for conversation in &page.conversations {
            conversations = conversations.saturating_add(1);
            for entry in propose(conversation) {
                let counted = match (review.proposals.put_if_absent(&entry).await?, &entry.status) {
                    (false, _) => &mut known,
                    (true, Status::Waiting) => &mut waiting,
                    (true, _) => &mut quarantined,
                };
                *counted = counted.saturating_add(1);
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    let answer = json!({
        "outcome": "proposed", "conversations": conversations, "waiting": waiting, "quarantined": quarantined,
        "known": known,
    });
    let mut handled = Handled::new(answer);
    handled.counts.extend([("ProposalsWaiting", waiting), ("ProposalsQuarantined", quarantined)]);
    Ok(handled)
}

async fn listed(which: &Which, review: &Review<'_>) -> Result<Handled<Value>> {
    let mut entries = review.proposals.list().await?;
    entries.retain(|entry| *which == Which::All || !matches!(entry.status, Status::Approved | Status::Rejected));
    let more = entries.len().saturating_sub(LISTED);
    entries.truncate(LISTED);
    let proposals = serde_json::to_value(entries)
        .map_err(|error| Error::new(ErrorKind::Corrupt, "the proposals cannot be written").because(error))?;
    Ok(Handled::new(json!({ "outcome": "listed", "proposals": proposals, "more": more })))
}

async fn decided(id: &str, decision: Decision, review: &Review<'_>) -> Result<Handled<Value>> {
    let refused = |why: String| Handled::new(json!({ "outcome": "refused", "id": id, "why": why }));
    let Some(entry) = review.proposals.get(id).await? else { return Ok(refused("no proposal has this id".to_owned())) };
    let status = match decide(&entry.status, decision) {
        Ok(status) => status,
        Err(refusal @ (Refusal::Quarantined(_) | Refusal::Decided(_))) => return Ok(refused(refusal.to_string())),
    };
    if !review.proposals.change(id, &entry.status, &status).await? {
        return Ok(refused("somebody else has just decided; list the proposals again".to_owned()));
    }
    // The decision first, then the document: approving it again writes it again.
    match (Entry { status, ..entry }).document() {
        Some(document) => {
            let address = review.documents.put(&document).await?;
            let answer = json!({ "outcome": "approved", "id": id, "document": address });
            Ok(Handled::new(answer).count("ProposalsApproved"))
        }
        None => Ok(Handled::new(json!({ "outcome": "rejected", "id": id })).count("ProposalsRejected")),
    }
}
