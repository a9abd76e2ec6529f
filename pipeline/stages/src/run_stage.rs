//! Runs one stage on one revision and keeps its result. The result's key is contact, revision, stage and stage version:
//! a second run finds it and does nothing. A failure for good is a result too, with its reason and its cost; a failure
//! that may pass is noted as an attempt and returned, so that whoever called tries again. So is one of a service that we
//! may not ask: it passes when somebody gives the permission, and the contact must get its answer then. What a model has
//! said that can never be used is put aside before its failure is kept: a run that dies in between asks once more.
//!
//! A summary that cost something is kept a second time, under the digest of the text it rests on in place of the
//! revision's: a revision that changes the contact's facts but not its text takes the answer over and asks nobody. Where
//! several workers may run the same stage at once, who asks holds a lease: only a worker that dies between the answer and
//! the first write of it makes another pay again.

use std::sync::Arc;
use std::time::Duration;

use aftercall_core::categories::Rules;
use aftercall_core::entities::EntityMap;
use aftercall_core::error::{Error, ErrorKind, Rejected, Result, Retry};
use aftercall_core::redact::RedactedConversation;
use aftercall_core::sentiment::{GivenLabels, SentimentSettings};
use aftercall_core::{categories, entities, first_response, measures, sentiment};
use aftercall_schemas::results::{Finding, Outcome, Processing, Sentiment, StageResult};
use aftercall_schemas::{ContactKey, RevisionKey, Stage};

use crate::invalid_answer::{self, InvalidAnswer};
use crate::keys;
use crate::ports::{Attempt, Clock, Failed, LabelTurns, Leases, Objects, Quarantine, Results, Summarize};
use crate::quarantine::QuarantinePorts;

/// How the keys begin that are digests of a text. Digests of revisions are hexadecimal.
const TEXT: &str = "text-";

/// What running a stage needs.
#[derive(Clone, Copy)]
pub struct StagePorts<'a> {
    /// Objects, for the conversation.
    pub objects: &'a dyn Objects,
    /// The results table.
    pub results: &'a dyn Results,
    /// Who writes summaries.
    pub summarize: &'a dyn Summarize,
    /// Who labels turns in place of the offline model; `None`: the offline model does.
    pub label: Option<&'a dyn LabelTurns>,
    /// How workers keep out of each other's way; `None` where there is one worker only.
    pub lease: Option<Lease<'a>>,
    /// Where answers go that can never be used; `None` for what a backfill proposes, which tells of its failures itself.
    pub quarantine: Option<&'a dyn Quarantine>,
    /// The time.
    pub clock: &'a dyn Clock,
}

/// How a worker takes leases.
#[derive(Clone, Copy)]
pub struct Lease<'a> {
    /// The leases.
    pub leases: &'a dyn Leases,
    /// The worker: no other has this name at the same time, and a worker that starts again has another.
    pub holder: &'a str,
    /// How long one is held at the most. Longer than an answer may take, so about the worker's own time-out.
    pub lifetime: Duration,
}

/// How stages work.
#[derive(Debug, Clone, Default)]
pub struct StageSettings {
    /// How to score sentiment.
    pub sentiment: SentimentSettings,
    /// Rules of the categories, where there are any.
    pub rules: Option<Arc<Rules>>,
    /// String map of the entities, where there is one, and its version.
    pub entities: Option<(Arc<EntityMap>, String)>,
}

/// The version of a stage as it would run now.
pub fn version(stage: Stage, ports: StagePorts<'_>, settings: &StageSettings) -> String {
    match stage {
        Stage::Measures => measures::VERSION.to_string(),
        Stage::Sentiment => {
            format!("{}+{}{}", sentiment::VERSION, settings.sentiment.formula.as_str(), labelled_by(ports))
        }
        Stage::FirstResponse => first_response::VERSION.to_string(),
        Stage::CustomerSummary | Stage::AgentSummary => ports.summarize.version(stage),
        Stage::Categories => {
            let rules = settings.rules.as_ref().map_or("none", |rules| rules.version.as_str());
            format!("{}+{rules}{}", categories::VERSION, labelled_by(ports))
        }
        Stage::Entities => {
            let map = settings.entities.as_ref().map_or("none", |(_, version)| version.as_str());
            format!("{}+{map}", entities::VERSION)
        }
    }
}

fn labelled_by(ports: StagePorts<'_>) -> String {
    ports.label.map_or_else(String::new, |label| format!("+{}", label.name()))
}

/// Loads a revision's conversation.
pub async fn load_conversation(
    objects: &dyn Objects,
    contact: &ContactKey,
    revision: &RevisionKey,
) -> Result<RedactedConversation> {
    let key = keys::conversation(contact, revision);
    let bytes = objects.get(&key).await?.ok_or_else(|| {
        Error::new(ErrorKind::NotFound, "the conversation object is missing").with("contact", contact).with("key", &key)
    })?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Error::new(ErrorKind::Corrupt, "the conversation object cannot be read")
            .with("contact", contact)
            .with("key", &key)
            .because(error)
    })
}

/// What is run: the key of its result.
#[derive(Clone, Copy)]
struct Task<'a> {
    contact: &'a ContactKey,
    revision: &'a RevisionKey,
    stage: Stage,
    version: &'a str,
}

/// What running a stage came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Ran {
    /// The result that is kept.
    pub result: StageResult,
    /// What this run took; empty where the result was there already.
    pub processing: Processing,
    /// What this run has put aside: where it came from, and why.
    pub quarantined: Option<(String, Rejected)>,
}

impl Ran {
    /// A result that was there already.
    fn known(result: StageResult) -> Self {
        Self { result, processing: Processing::default(), quarantined: None }
    }

    /// The run has come to something, but this failed after it.
    fn but(self, error: Error) -> Failed {
        Failed { error, processing: Box::new(self.processing), answers: Vec::new() }
    }
}

/// Runs a stage on a revision, unless its result is there. The conversation may be given where the caller has it.
///
/// # Errors
/// With `Retry::After` if another worker is asking for the same answer; else as a port fails, and with what was paid.
pub async fn run_stage(
    ports: StagePorts<'_>,
    contact: &ContactKey,
    revision: &RevisionKey,
    stage: Stage,
    conversation: &RedactedConversation,
    settings: &StageSettings,
) -> std::result::Result<Ran, Failed> {
    let version = version(stage, ports, settings);
    let task = Task { contact, revision, stage, version: &version };
    if let Some(result) = ports.results.get(contact, revision, stage, &version).await? {
        return Ok(Ran::known(result));
    }
    let Some(text) = text_digest(stage, conversation, ports.summarize) else {
        return keep(ports, attempt(ports, task, conversation, settings).await?).await;
    };
    if let Some(known) = take_over(ports, task, &text).await? {
        return keep(ports, Ran::known(known)).await;
    }
    let Some(lease) = ports.lease else {
        return ask(ports, task, &text, conversation, settings).await;
    };
    let name = format!("{stage}/{contact}/{text}/{version}", stage = stage.as_str());
    let now = ports.clock.now();
    let until = now.checked_add(lease.lifetime).unwrap_or(jiff::Timestamp::MAX);
    if !lease.leases.take(&name, lease.holder, now, until).await? {
        let busy = Error::new(ErrorKind::Conflict, "another worker is asking for the same answer");
        let busy = busy.with("contact", contact).with("stage", stage.as_str());
        return Err(busy.retry(Retry::After(lease.lifetime / 10)).into());
    }
    // Who had the lease before may have kept its answer since we looked.
    let done = match take_over(ports, task, &text).await {
        Ok(Some(known)) => keep(ports, Ran::known(known)).await,
        Ok(None) => ask(ports, task, &text, conversation, settings).await,
        Err(error) => Err(error.into()),
    };
    let given_back = lease.leases.give_back(&name, lease.holder).await;
    let ran = done?;
    match given_back {
        Ok(()) => Ok(ran),
        Err(error) => Err(ran.but(error)),
    }
}

/// The answer that is kept for the same text, as the result of this revision.
async fn take_over(ports: StagePorts<'_>, task: Task<'_>, text: &RevisionKey) -> Result<Option<StageResult>> {
    let known = ports.results.get(task.contact, text, task.stage, task.version).await?;
    Ok(known.map(|known| {
        // What it cost stands with the revision that paid for it.
        let processing = Processing { model: known.processing.model.clone(), ..Processing::default() };
        StageResult { revision_key: task.revision.clone(), processing, ..known }
    }))
}

/// Asks for an answer that costs something and keeps it under its text as well.
async fn ask(
    ports: StagePorts<'_>,
    task: Task<'_>,
    text: &RevisionKey,
    conversation: &RedactedConversation,
    settings: &StageSettings,
) -> std::result::Result<Ran, Failed> {
    let ran = attempt(ports, task, conversation, settings).await?;
    if matches!(ran.result.outcome, Outcome::Found(_)) {
        let by_text = StageResult { revision_key: text.clone(), ..ran.result.clone() };
        if let Err(error) = ports.results.put_if_absent(&by_text).await {
            return Err(ran.but(error));
        }
    }
    keep(ports, ran).await
}

/// Runs the stage. A failure that may pass, by itself or by hands, is noted and returned.
async fn attempt(
    ports: StagePorts<'_>,
    task: Task<'_>,
    conversation: &RedactedConversation,
    settings: &StageSettings,
) -> std::result::Result<Ran, Failed> {
    let started = ports.clock.now();
    let mut quarantined = None;
    let (outcome, mut processing) = match find(ports, task, conversation, settings).await {
        Ok((finding, processing)) => (Outcome::Found(Box::new(finding)), processing),
        Err(failed) if failed.error.retry == Retry::Never && failed.error.kind != ErrorKind::Config => {
            let Failed { error, processing, answers } = failed;
            quarantined = match put_answers_aside(ports, task, &error, answers).await {
                Ok(quarantined) => quarantined,
                Err(error) => return Err(Failed { error, processing, answers: Vec::new() }),
            };
            (Outcome::Failed { reason: error.to_string() }, *processing)
        }
        Err(Failed { error, processing, answers }) => {
            let attempt = Attempt {
                contact: task.contact.clone(),
                revision_key: task.revision.clone(),
                stage: task.stage,
                at: ports.clock.now(),
                error: error.to_string(),
            };
            let error = ports.results.note_attempt(&attempt).await.err().unwrap_or(error);
            return Err(Failed { error, processing, answers });
        }
    };
    let took = ports.clock.now().as_millisecond().saturating_sub(started.as_millisecond());
    processing.duration_millis = Some(took);
    let result = StageResult {
        contact: task.contact.clone(),
        revision_key: task.revision.clone(),
        stage: task.stage,
        stage_version: task.version.to_owned(),
        outcome,
        processing: processing.clone(),
    };
    Ok(Ran { result, processing, quarantined })
}

/// Puts aside what a model has said in vain, where somebody is to see it.
async fn put_answers_aside(
    ports: StagePorts<'_>,
    task: Task<'_>,
    error: &Error,
    answers: Vec<String>,
) -> Result<Option<(String, Rejected)>> {
    let Some(quarantine) = ports.quarantine.filter(|_| !answers.is_empty()) else { return Ok(None) };
    let ports = QuarantinePorts { quarantine, objects: ports.objects, clock: ports.clock };
    let answer = InvalidAnswer {
        contact: task.contact.clone(),
        revision_key: task.revision.clone(),
        stage: task.stage,
        stage_version: task.version.to_owned(),
        answers,
    };
    invalid_answer::put_aside(ports, &answer, &error.to_string()).await.map(Some)
}

/// Writes what a run has come to unless there is a result, and returns the one that is there.
async fn keep(ports: StagePorts<'_>, ran: Ran) -> std::result::Result<Ran, Failed> {
    let Ran { mut result, processing, quarantined } = ran;
    result.processing.finished_at = Some(ports.clock.now());
    match stored(ports.results, result).await {
        Ok(result) => Ok(Ran { result, processing, quarantined }),
        Err(error) => Err(Failed { error, processing: Box::new(processing), answers: Vec::new() }),
    }
}

/// Writes a result; returns the other worker's where that one was first, because it is what will be published.
async fn stored(results: &dyn Results, result: StageResult) -> Result<StageResult> {
    if results.put_if_absent(&result).await? {
        return Ok(result);
    }
    let first = results.get(&result.contact, &result.revision_key, result.stage, &result.stage_version).await?;
    Ok(first.unwrap_or(result))
}

/// The digest of all that a costly summary rests on: the stage, and who says what. `None` where nothing is to be kept.
fn text_digest(stage: Stage, conversation: &RedactedConversation, summarize: &dyn Summarize) -> Option<RevisionKey> {
    if !matches!(stage, Stage::CustomerSummary | Stage::AgentSummary) || !summarize.is_costly() {
        return None;
    }
    let conversation = conversation.conversation();
    let mut hasher = blake3::Hasher::new();
    for part in [stage.as_str(), conversation.channel.as_str(), conversation.language.as_deref().unwrap_or("")] {
        hasher.update(part.as_bytes()).update(&[0]);
    }
    for turn in &conversation.turns {
        hasher.update(turn.role.as_str().as_bytes()).update(&[0]).update(turn.content.as_bytes()).update(&[0]);
    }
    Some(RevisionKey(format!("{TEXT}{}", &hasher.finalize().to_hex()[..32])))
}

async fn find(
    ports: StagePorts<'_>,
    task: Task<'_>,
    conversation: &RedactedConversation,
    settings: &StageSettings,
) -> std::result::Result<(Finding, Processing), Failed> {
    let offline = |finding| Ok((finding, Processing::default()));
    match task.stage {
        Stage::Measures => offline(Finding::Measures(measures::measure(conversation))),
        Stage::Sentiment => offline(Finding::Sentiment(sentiment_of(ports, conversation, settings).await?)),
        Stage::FirstResponse => offline(Finding::FirstResponse(first_response::first_response(conversation))),
        Stage::CustomerSummary => {
            let made = ports.summarize.customer(conversation).await?;
            Ok((Finding::CustomerSummary(made.summary), made.processing))
        }
        Stage::AgentSummary => {
            let made = ports.summarize.agent(conversation).await?;
            Ok((Finding::AgentSummary(made.summary), made.processing))
        }
        Stage::Categories => match &settings.rules {
            Some(rules) => {
                let sentiment = same_sentiment(ports, task, conversation, settings).await?;
                offline(Finding::Categories(categories::apply(conversation, &sentiment, rules)))
            }
            None => Err(gone("there are no rules any more: set categories.rules")),
        },
        Stage::Entities => match &settings.entities {
            Some((map, _)) => offline(Finding::Entities(entities::find(conversation, map))),
            None => Err(gone("there is no string map any more: set entities.map")),
        },
    }
}

/// What a contact was to be looked at with has been taken out of the settings: a failure for good, because nobody wants
/// an answer any more.
fn gone(what: &str) -> Failed {
    Error::new(ErrorKind::NotFound, what).into()
}

/// The sentiment that the contact's own stage has found, so that a rule about sentiment says what its row says, and a
/// service that labels is paid once; made here where that stage has not run.
async fn same_sentiment(
    ports: StagePorts<'_>,
    task: Task<'_>,
    conversation: &RedactedConversation,
    settings: &StageSettings,
) -> Result<Sentiment> {
    if ports.label.is_some() {
        let version = version(Stage::Sentiment, ports, settings);
        let known = ports.results.get(task.contact, task.revision, Stage::Sentiment, &version).await?;
        if let Some(Outcome::Found(finding)) = known.map(|known| known.outcome)
            && let Finding::Sentiment(sentiment) = *finding
        {
            return Ok(sentiment);
        }
    }
    sentiment_of(ports, conversation, settings).await
}

/// The sentiment, with labels of the service that is to give them, if one is.
async fn sentiment_of(
    ports: StagePorts<'_>,
    conversation: &RedactedConversation,
    settings: &StageSettings,
) -> Result<Sentiment> {
    let Some(service) = ports.label else { return Ok(sentiment::score(conversation, &settings.sentiment)) };
    let turns = &conversation.conversation().turns;
    let mut labels = vec![None; turns.len()];
    for (language, positions) in sentiment::unlabelled(conversation) {
        let texts: Vec<&str> =
            positions.iter().map(|position| turns.get(*position).map_or("", |turn| turn.content.as_str())).collect();
        let given = service.label(&texts, &language).await?;
        for (position, label) in positions.into_iter().zip(given) {
            if let Some(slot) = labels.get_mut(position) {
                *slot = label;
            }
        }
    }
    let given = GivenLabels { by: service.name().to_owned(), turns: labels };
    Ok(sentiment::score_with(conversation, &settings.sentiment, &given))
}
