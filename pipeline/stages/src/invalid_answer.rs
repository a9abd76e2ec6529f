//! Answers of a language model that can never be used: without the form, twice, or cut off. Their stage has failed for its
//! revision and says so in its result; what the model has said is put aside, so that somebody sees how often that happens,
//! and can have the model asked again when the prompt or the model has been mended. Of a revision and a stage there is one
//! entry, however often the model is asked.

use aftercall_core::error::{Error, ErrorKind, Reason, Rejected, Result};
use aftercall_schemas::events::ContactRouted;
use aftercall_schemas::results::{Outcome, StageResult};
use aftercall_schemas::{ContactKey, RevisionKey, Stage};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::keys;
use crate::ports::{Contacts, Results};
use crate::quarantine::{Evidence, QuarantinePorts, entry_id, put_aside_as};

/// What is kept of them, as JSON, under the quarantine's prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvalidAnswer {
    /// The contact.
    #[serde(flatten)]
    pub contact: ContactKey,
    /// The revision that the model was asked about.
    pub revision_key: RevisionKey,
    /// The stage that asked.
    pub stage: Stage,
    /// Its version: prompt and model.
    pub stage_version: String,
    /// What the model has said, in its order; made of the redacted conversation.
    pub answers: Vec<String>,
}

/// Puts answers aside. Says where they came from, and why they are there.
pub async fn put_aside(ports: QuarantinePorts<'_>, answer: &InvalidAnswer, why: &str) -> Result<(String, Rejected)> {
    let InvalidAnswer { contact, revision_key, stage, .. } = answer;
    let origin = format!("{}#{}", keys::conversation(contact, revision_key), stage.as_str());
    let rejected = Rejected::new(Reason::InvalidAnswer, why).of(contact.clone());
    let bytes = serde_json::to_vec(answer)
        .map_err(|error| Error::new(ErrorKind::Corrupt, "an answer cannot be written as JSON").because(error))?;
    // Not by what was said: a model that is asked again says it in other words.
    let id = entry_id(&rejected, &origin, Evidence::Bytes(&[]));
    put_aside_as(ports, id, &rejected, &origin, Evidence::Bytes(&bytes)).await?;
    Ok((origin, rejected))
}

/// Has a stage run again: on one machine at once, on AWS by a message to its queue.
#[async_trait]
pub trait RunAgain: Send + Sync {
    /// Runs, or calls, the stages that the message names.
    async fn run_again(&self, call: &ContactRouted) -> Result<()>;
}

/// What asking again needs.
#[derive(Clone, Copy)]
pub struct AskAgainPorts<'a> {
    /// Whether the revision still counts.
    pub contacts: &'a dyn Contacts,
    /// The result that failed.
    pub results: &'a dyn Results,
    /// The stage.
    pub run: &'a dyn RunAgain,
}

/// Has the model asked again: the failed result makes room, and the stage runs as for a contact that was just routed. Says
/// whether the entry is done with: there is a summary, or nobody waits for one because another revision counts. On AWS
/// that can be said of an earlier call only; asked too early, the stage is called twice and asks once.
pub async fn ask_again(ports: AskAgainPorts<'_>, answer: &InvalidAnswer) -> Result<bool> {
    let InvalidAnswer { contact, revision_key, stage, .. } = answer;
    let Some(stored) = ports.contacts.load(contact).await? else { return Ok(true) };
    let analysis = stored.state.analysis.filter(|analysis| analysis.key == *revision_key);
    let Some(analysis) = analysis.filter(|_| stored.state.moved_to.is_none()) else { return Ok(true) };
    let results = results_of(ports.results, answer).await?;
    if results.iter().any(has_found) {
        return Ok(true);
    }
    for failed in &results {
        ports.results.remove_failed(contact, revision_key, *stage, &failed.stage_version).await?;
    }
    let call = ContactRouted {
        contact: contact.clone(),
        revision_key: revision_key.clone(),
        use_cases: analysis.use_cases,
        stages: vec![*stage],
        conversation_key: keys::conversation(contact, revision_key),
    };
    ports.run.run_again(&call).await?;
    Ok(results_of(ports.results, answer).await?.iter().any(has_found))
}

/// The results of the stage, of all its versions.
async fn results_of(results: &dyn Results, answer: &InvalidAnswer) -> Result<Vec<StageResult>> {
    let mut found = results.list(&answer.contact, &answer.revision_key).await?;
    found.retain(|result| result.stage == answer.stage);
    Ok(found)
}

fn has_found(result: &StageResult) -> bool {
    matches!(result.outcome, Outcome::Found(_))
}
