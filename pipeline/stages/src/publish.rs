//! Completes an analysis: looks at the results that are there, lets the state machine decide whether it is finished, and
//! if so writes the analysis object and then, in one step, marks it published and puts it into the index that the dump
//! reads. A crash between the two writes the same object again.

use std::collections::{BTreeMap, BTreeSet};

use aftercall_core::contact::{AnalysisProgress, ContactState, StageOutcome, Status};
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_schemas::results::{ANALYSIS_FORMAT, Analysis, AnalysisState, Finding, Outcome, Processing, StageResult};
use aftercall_schemas::{ContactKey, Stage};

use crate::ingest::{MAX_CONFLICTS, too_many_conflicts};
use crate::keys;
use crate::ports::{Clock, Contacts, Objects, Results, Written};

/// What publishing needs.
#[derive(Clone, Copy)]
pub struct PublishPorts<'a> {
    /// The contacts table.
    pub contacts: &'a dyn Contacts,
    /// The results table.
    pub results: &'a dyn Results,
    /// Objects, for the analysis.
    pub objects: &'a dyn Objects,
    /// The time.
    pub clock: &'a dyn Clock,
}

/// A contact after it was looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Its state now.
    pub state: ContactState,
    /// Whether this run published a revision; else there was nothing to do, or another run did it.
    pub just_now: bool,
    /// Names of the categories of the rules that were found in its newest revision, each once, in the order of names. A
    /// contact that is part of another has none.
    pub categories: Vec<String>,
}

/// Publishes a contact's newest revision if it is finished. None for a contact that nobody has seen.
pub async fn publish(ports: PublishPorts<'_>, contact: &ContactKey) -> Result<Option<Published>> {
    for _ in 0..MAX_CONFLICTS {
        let Some(stored) = ports.contacts.load(contact).await? else { return Ok(None) };
        let Some(analysis) = &stored.state.analysis else {
            return Ok(Some(Published { state: stored.state, just_now: false, categories: Vec::new() }));
        };
        let results = chosen(ports.results.list(contact, &analysis.key).await?, &analysis.accepted);
        let categories = if stored.state.moved_to.is_some() { Vec::new() } else { found_categories(&results) };
        let at = ports.clock.now();
        let key = analysis.key.clone();
        let mut just_now = false;
        let mut state = stored.state.clone().results_seen(&key, &outcomes(&results), at);
        if let Some(progress) = &state.analysis
            && let Status::Finished { missing, published_at: None } = &progress.status
        {
            let state_of_it = match (&state.moved_to, missing.is_empty()) {
                (Some(_), _) => AnalysisState::Moved,
                (None, true) => AnalysisState::Complete,
                (None, false) => AnalysisState::Partial,
            };
            write_analysis(ports.objects, contact, progress, state_of_it, missing, results).await?;
            let revision = progress.revision;
            state = state.published(revision, at);
            just_now = true;
        }
        if state == stored.state {
            return Ok(Some(Published { state, just_now: false, categories }));
        }
        match ports.contacts.save(contact, &state, stored.version).await? {
            Written::Yes => return Ok(Some(Published { state, just_now, categories })),
            Written::Conflict => {}
        }
    }
    Err(too_many_conflicts(contact))
}

/// One result a stage: of several versions the accepted one, else the one that finished last.
fn chosen(results: Vec<StageResult>, accepted: &BTreeMap<Stage, String>) -> BTreeMap<Stage, StageResult> {
    let mut by_stage: BTreeMap<Stage, StageResult> = BTreeMap::new();
    for result in results {
        let rank = |result: &StageResult| {
            let is_accepted = accepted.get(&result.stage) == Some(&result.stage_version);
            (is_accepted, result.processing.finished_at, result.stage_version.clone())
        };
        match by_stage.get(&result.stage) {
            Some(kept) if rank(kept) >= rank(&result) => {}
            _ => drop(by_stage.insert(result.stage, result)),
        }
    }
    by_stage
}

fn outcomes(results: &BTreeMap<Stage, StageResult>) -> BTreeMap<Stage, StageOutcome> {
    let outcome = |result: &StageResult| match &result.outcome {
        Outcome::Found(_) => StageOutcome::Found,
        Outcome::Failed { reason } => StageOutcome::Failed(reason.clone()),
    };
    results.iter().map(|(stage, result)| (*stage, outcome(result))).collect()
}

fn found_categories(results: &BTreeMap<Stage, StageResult>) -> Vec<String> {
    let matched = results.get(&Stage::Categories).and_then(|result| match &result.outcome {
        Outcome::Found(finding) => match &**finding {
            Finding::Categories(categories) => Some(&categories.matched),
            _ => None,
        },
        Outcome::Failed { .. } => None,
    });
    let names: BTreeSet<&String> = matched.into_iter().flatten().map(|one| &one.category).collect();
    names.into_iter().cloned().collect()
}

/// A revision tells what it has taken itself. What an earlier revision of the same conversation has taken stands there, and
/// would count twice in a sum over revisions; of such a result only the model is told, as of an answer that is used again.
async fn leave_to_earlier(
    objects: &dyn Objects,
    contact: &ContactKey,
    progress: &AnalysisProgress,
    results: &mut BTreeMap<Stage, StageResult>,
) -> Result<()> {
    if progress.revision <= 1 || results.is_empty() {
        return Ok(());
    }
    let keys = objects.list(&keys::analyses_of(contact)).await?;
    for key in keys::earlier_analyses(keys, contact, &progress.key, progress.revision) {
        let Some(bytes) = objects.get(&key).await? else { continue };
        // One that cannot be read has no row either, so nothing of it counts.
        let Ok(earlier) = serde_json::from_slice::<Analysis>(&bytes) else { continue };
        for (stage, result) in results.iter_mut() {
            if earlier.results.get(stage).is_some_and(|before| before.stage_version == result.stage_version) {
                let Processing { finished_at, model, .. } = std::mem::take(&mut result.processing);
                result.processing = Processing { finished_at, model, ..Processing::default() };
            }
        }
    }
    Ok(())
}

async fn write_analysis(
    objects: &dyn Objects,
    contact: &ContactKey,
    progress: &AnalysisProgress,
    state: AnalysisState,
    missing: &BTreeMap<Stage, String>,
    results: BTreeMap<Stage, StageResult>,
) -> Result<()> {
    // Nothing of a contact that is part of another counts.
    let mut results = if state == AnalysisState::Moved { BTreeMap::new() } else { results };
    leave_to_earlier(objects, contact, progress, &mut results).await?;
    let analysis = Analysis {
        format: ANALYSIS_FORMAT.to_string(),
        contact: contact.clone(),
        revision_key: progress.key.clone(),
        use_cases: progress.use_cases.clone(),
        state,
        missing: missing.clone(),
        results,
    };
    let bytes = serde_json::to_vec(&analysis).map_err(|error| {
        Error::new(ErrorKind::Corrupt, "an analysis cannot be written as JSON").with("contact", contact).because(error)
    })?;
    objects.put(&keys::analysis(contact, &progress.key, progress.revision), &bytes).await
}
