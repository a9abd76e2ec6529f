//! Re-runs one stage, as it would run now (new prompt, rules, formula, model), on a contact's published revision. Where the
//! result differs, the contact gets a new revision with it; where it does not, nothing is written.
//!
//! What has been done is concluded from the results and the published analysis, so a backfill that was interrupted is
//! simply started again. A comparison keeps its results under a key of their own: nothing is published by looking, and an
//! answer that cost something is not paid for again when it is accepted.

use aftercall_core::contact::Next;
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::redact::RedactedConversation;
use aftercall_core::rows;
use aftercall_schemas::results::{Analysis, Outcome, Processing, StageResult};
use aftercall_schemas::{ContactKey, RevisionKey, Stage};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::ingest::{MAX_CONFLICTS, too_many_conflicts};
use crate::keys;
use crate::ports::{Clock, Contacts, LabelTurns, Objects, Published, Results, Summarize, Written};
use crate::publish::{PublishPorts, publish};
use crate::run_stage::{StagePorts, StageSettings, load_conversation, run_stage, version};

/// What a backfill needs.
#[derive(Clone, Copy)]
pub struct BackfillPorts<'a> {
    /// The contacts table.
    pub contacts: &'a dyn Contacts,
    /// The results table.
    pub results: &'a dyn Results,
    /// Conversations and analyses.
    pub objects: &'a dyn Objects,
    /// Who writes summaries.
    pub summarize: &'a dyn Summarize,
    /// Who labels turns, if it is not the offline model.
    pub label: Option<&'a dyn LabelTurns>,
    /// The time.
    pub clock: &'a dyn Clock,
}

/// What to re-run.
#[derive(Debug, Clone)]
pub struct Backfill {
    /// The stage.
    pub stage: Stage,
    /// First day (UTC) of the contacts, if any.
    pub from: Option<Date>,
    /// Last day of the contacts, if any.
    pub to: Option<Date>,
}

/// Whether results are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// They are only looked at.
    Compare,
    /// A result that differs makes a new revision.
    Accept,
}

/// What came of one contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is not of this backfill: another day, an older revision, or the stage does not apply.
    Apart,
    /// Its published analysis has the stage's present version.
    Current,
    /// The present version finds the same.
    Same,
    /// The present version finds something else; with [`Mode::Accept`] it is published.
    Changed,
    /// The present version fails on it for good; what is published stays.
    Failed(String),
}

/// What came of one contact, and what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Backfilled {
    /// What came of it.
    pub change: Change,
    /// Model, tokens, cost of this run; empty where nobody was asked.
    pub processing: Processing,
}

/// A revision that a backfill has to do with.
pub struct Target {
    /// The published analysis.
    pub analysis: Analysis,
    /// Version of the stage as it would run now.
    pub stage_version: String,
}

/// Whether a published revision is of the days asked for. Only its conversation says the day, so it is read where days were.
pub async fn is_of_days(objects: &dyn Objects, published: &Published, backfill: &Backfill) -> Result<bool> {
    if backfill.from.is_none() && backfill.to.is_none() {
        return Ok(true);
    }
    let conversation = load_conversation(objects, &published.contact, &published.revision_key).await?;
    let moment = rows::reference_timestamp(conversation.conversation()).unwrap_or(published.published_at);
    let day = moment.to_zoned(TimeZone::UTC).date();
    Ok(backfill.from.is_none_or(|from| day >= from) && backfill.to.is_none_or(|to| day <= to))
}

/// The analysis of a published revision if the backfill has to do with it: it is its contact's newest, of the days asked
/// for, the stage applies, and its result is of another version.
pub async fn target(
    ports: BackfillPorts<'_>,
    published: &Published,
    backfill: &Backfill,
    settings: &StageSettings,
) -> Result<std::result::Result<Target, Change>> {
    let contact = &published.contact;
    if !is_of_days(ports.objects, published, backfill).await? {
        return Ok(Err(Change::Apart));
    }
    let Some(stored) = ports.contacts.load(contact).await? else { return Ok(Err(Change::Apart)) };
    let newest = stored.state.analysis.as_ref().is_some_and(|analysis| analysis.revision == published.revision);
    if !newest || stored.state.moved_to.is_some() {
        return Ok(Err(Change::Apart));
    }
    let key = keys::analysis(contact, &published.revision_key, published.revision);
    let unreadable = |what: &str| Error::new(ErrorKind::Corrupt, what.to_string()).with("key", &key);
    let bytes = ports.objects.get(&key).await?.ok_or_else(|| unreadable("the analysis object is missing"))?;
    let mut analysis: Analysis =
        serde_json::from_slice(&bytes).map_err(|error| unreadable("the analysis cannot be read").because(error))?;
    let expected =
        stored.state.analysis.as_ref().is_some_and(|progress| progress.expected.contains_key(&backfill.stage));
    if !expected && !applies_to_all(backfill.stage, settings) {
        return Ok(Err(Change::Apart));
    }
    let stage_version = version(backfill.stage, stage_ports(ports), settings);
    // A failure is no result that anybody could want to keep: what has made it fail may have been mended.
    let is_current =
        |result: &StageResult| result.stage_version == stage_version && matches!(result.outcome, Outcome::Found(_));
    if analysis.results.get(&backfill.stage).is_some_and(is_current) {
        return Ok(Err(Change::Current));
    }
    if let Some(present) = analysis.results.get_mut(&backfill.stage)
        && present.processing.model.is_some()
        && let Some(stored) =
            ports.results.get(contact, &published.revision_key, backfill.stage, &present.stage_version).await?
    {
        // A later revision does not tell what the result has cost (`publish`); the result does.
        present.processing = stored.processing;
    }
    Ok(Ok(Target { analysis, stage_version }))
}

/// Stages that a contact may get although it was routed without them.
fn applies_to_all(stage: Stage, settings: &StageSettings) -> bool {
    match stage {
        Stage::Measures | Stage::Sentiment => true,
        Stage::Categories => settings.rules.is_some(),
        Stage::Entities => settings.entities.is_some(),
        Stage::CustomerSummary | Stage::AgentSummary | Stage::FirstResponse => false,
    }
}

/// A contact that a backfill has to do with, looked at as far as nobody has to be asked for it.
pub struct Prepared {
    /// What is published of it, and the version that is to be run.
    pub target: Target,
    /// The conversation of the revision.
    pub conversation: RedactedConversation,
    /// The result of that version, where it has been worked out before.
    pub known: Option<StageResult>,
    /// The most US dollars that working it out can cost; `None` where nobody can tell.
    pub most_usd: Option<f64>,
}

/// Looks at a published revision: whether the backfill has to do with it, and what is known already. Writes nothing.
pub async fn prepare(
    ports: BackfillPorts<'_>,
    published: &Published,
    backfill: &Backfill,
    settings: &StageSettings,
) -> Result<std::result::Result<Prepared, Change>> {
    let target = match target(ports, published, backfill, settings).await? {
        Ok(target) => target,
        Err(change) => return Ok(Err(change)),
    };
    let contact = &published.contact;
    let conversation = load_conversation(ports.objects, contact, &published.revision_key).await?;
    let proposed = proposed(&published.revision_key);
    let known = ports.results.get(contact, &proposed, backfill.stage, &target.stage_version).await?;
    let most_usd = match backfill.stage {
        _ if known.is_some() => Some(0.0),
        Stage::CustomerSummary | Stage::AgentSummary => ports.summarize.most_usd(backfill.stage, &conversation),
        _ => Some(0.0),
    };
    Ok(Ok(Prepared { target, conversation, known, most_usd }))
}

/// What came of a result beside what is published; with [`Mode::Accept`] a result that differs is published.
pub async fn settle(
    ports: BackfillPorts<'_>,
    published: &Published,
    mode: Mode,
    target: &Target,
    result: StageResult,
) -> Result<Change> {
    let change = match (&result.outcome, target.analysis.results.get(&result.stage)) {
        (Outcome::Failed { reason }, _) => Change::Failed(reason.clone()),
        (found, Some(before)) if *found == before.outcome => Change::Same,
        _ => Change::Changed,
    };
    if change == Change::Changed && mode == Mode::Accept {
        accept(ports, published, result).await?;
    }
    Ok(change)
}

/// Re-runs the stage on a contact that was looked at. Doing it twice is doing it once.
pub async fn backfill_prepared(
    ports: BackfillPorts<'_>,
    published: &Published,
    prepared: Prepared,
    backfill: &Backfill,
    mode: Mode,
    settings: &StageSettings,
) -> Result<Backfilled> {
    let Prepared { target, conversation, known, .. } = prepared;
    let mut processing = Processing::default();
    let result = match known {
        Some(result) => result,
        None => {
            let (contact, proposed) = (&published.contact, proposed(&published.revision_key));
            let ran =
                run_stage(stage_ports(ports), contact, &proposed, backfill.stage, &conversation, settings).await?;
            processing = ran.processing;
            ran.result
        }
    };
    let change = settle(ports, published, mode, &target, result).await?;
    Ok(Backfilled { change, processing })
}

/// Looks at a published revision and re-runs the stage on it.
pub async fn backfill_contact(
    ports: BackfillPorts<'_>,
    published: &Published,
    backfill: &Backfill,
    mode: Mode,
    settings: &StageSettings,
) -> Result<Backfilled> {
    match prepare(ports, published, backfill, settings).await? {
        Ok(prepared) => backfill_prepared(ports, published, prepared, backfill, mode, settings).await,
        Err(change) => Ok(Backfilled { change, processing: Processing::default() }),
    }
}

/// A contact is one worker's where stages are run by this file, so there is no lease.
fn stage_ports(ports: BackfillPorts<'_>) -> StagePorts<'_> {
    StagePorts {
        objects: ports.objects,
        results: ports.results,
        summarize: ports.summarize,
        label: ports.label,
        lease: None,
        quarantine: None,
        clock: ports.clock,
    }
}

/// Before the digest of a revision in the key of its proposed results.
const PROPOSED: &str = "proposed-";

/// The key under which a revision's proposed results are kept.
pub fn proposed(revision: &RevisionKey) -> RevisionKey {
    RevisionKey(format!("{PROPOSED}{revision}"))
}

/// The revision that a key is of, and whether it is the key of its proposed results.
pub fn revision_of(key: &RevisionKey) -> (RevisionKey, bool) {
    match key.0.strip_prefix(PROPOSED) {
        Some(revision) => (RevisionKey(revision.to_owned()), true),
        None => (key.clone(), false),
    }
}

/// Puts a result in place and publishes the revision with it.
async fn accept(ports: BackfillPorts<'_>, published: &Published, result: StageResult) -> Result<()> {
    let contact = &published.contact;
    let key = &published.revision_key;
    let (stage, stage_version) = (result.stage, result.stage_version.clone());
    let result = StageResult { revision_key: key.clone(), ..result };
    if !ports.results.put_if_absent(&result).await? {
        // The same version may have failed before.
        ports.results.replace_failed(&result).await?;
    }
    for _ in 0..MAX_CONFLICTS {
        let Some(stored) = ports.contacts.load(contact).await? else { return Ok(()) };
        let at = ports.clock.now();
        let state = stored.state.clone().reanalysed(key, stage, &stage_version, at);
        if state == stored.state || ports.contacts.save(contact, &state, stored.version).await? == Written::Yes {
            return publish_again(ports, contact).await;
        }
    }
    Err(too_many_conflicts(contact))
}

async fn publish_again(ports: BackfillPorts<'_>, contact: &ContactKey) -> Result<()> {
    let publish_ports =
        PublishPorts { contacts: ports.contacts, results: ports.results, objects: ports.objects, clock: ports.clock };
    publish(publish_ports, contact).await.map(drop)
}

/// Publishes a contact that an interrupted backfill left finished and not published. Says whether there was something to do.
pub async fn finish_interrupted(ports: BackfillPorts<'_>, contact: &ContactKey) -> Result<bool> {
    let Some(stored) = ports.contacts.load(contact).await? else { return Ok(false) };
    let rules = aftercall_core::contact::ReadyRules::default();
    if stored.state.next(ports.clock.now(), rules) != Next::Publish {
        return Ok(false);
    }
    publish_again(ports, contact).await.map(|()| true)
}
