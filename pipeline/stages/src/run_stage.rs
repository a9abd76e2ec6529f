//! Runs one stage on one revision and keeps its result. The result's key is contact, revision, stage and stage version:
//! a second run finds it and does nothing. A failure for good is a result too, with its reason; a failure that may pass
//! is noted as an attempt and returned, so that whoever called tries again.
//!
//! A summary that cost something is kept a second time, under the digest of the text it rests on in place of the
//! revision's: a revision that changes the contact's facts but not its text takes the answer over and asks nobody.

use std::sync::Arc;

use aftercall_core::categories::Rules;
use aftercall_core::entities::EntityMap;
use aftercall_core::error::{Error, ErrorKind, Result, Retry};
use aftercall_core::redact::RedactedConversation;
use aftercall_core::sentiment::SentimentSettings;
use aftercall_core::{categories, entities, first_response, measures, sentiment};
use aftercall_schemas::results::{Finding, Outcome, Processing, StageResult};
use aftercall_schemas::{ContactKey, RevisionKey, Stage};

use crate::keys;
use crate::ports::{Attempt, Clock, Objects, Results, Summarize};

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
    /// The time.
    pub clock: &'a dyn Clock,
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
pub fn version(stage: Stage, summarize: &dyn Summarize, settings: &StageSettings) -> String {
    match stage {
        Stage::Measures => measures::VERSION.to_string(),
        Stage::Sentiment => format!("{}+{}", sentiment::VERSION, settings.sentiment.formula.as_str()),
        Stage::FirstResponse => first_response::VERSION.to_string(),
        Stage::CustomerSummary | Stage::AgentSummary => summarize.version(stage),
        Stage::Categories => {
            let rules = settings.rules.as_ref().map_or("none", |rules| rules.version.as_str());
            format!("{}+{rules}", categories::VERSION)
        }
        Stage::Entities => {
            let map = settings.entities.as_ref().map_or("none", |(_, version)| version.as_str());
            format!("{}+{map}", entities::VERSION)
        }
    }
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

/// Runs a stage on a revision, unless its result is there. The conversation may be given where the caller has it.
pub async fn run_stage(
    ports: StagePorts<'_>,
    contact: &ContactKey,
    revision: &RevisionKey,
    stage: Stage,
    conversation: &RedactedConversation,
    settings: &StageSettings,
) -> Result<StageResult> {
    let stage_version = version(stage, ports.summarize, settings);
    if let Some(result) = ports.results.get(contact, revision, stage, &stage_version).await? {
        return Ok(result);
    }
    let text = text_digest(stage, conversation, ports.summarize);
    if let Some(text) = &text
        && let Some(known) = ports.results.get(contact, text, stage, &stage_version).await?
    {
        // What it cost stands with the revision that paid for it.
        let processing = Processing { model: known.processing.model.clone(), ..Processing::default() };
        let result = StageResult { revision_key: revision.clone(), processing, ..known };
        return keep(ports, result).await;
    }
    let started = ports.clock.now();
    let (outcome, mut processing) = match find(ports, stage, conversation, settings).await {
        Ok((finding, processing)) => (Outcome::Found(Box::new(finding)), processing),
        Err(error) if error.retry == Retry::Never => {
            (Outcome::Failed { reason: error.to_string() }, Processing::default())
        }
        Err(error) => {
            let attempt = Attempt {
                contact: contact.clone(),
                revision_key: revision.clone(),
                stage,
                at: ports.clock.now(),
                error: error.to_string(),
            };
            ports.results.note_attempt(&attempt).await?;
            return Err(error);
        }
    };
    let took = ports.clock.now().as_millisecond().saturating_sub(started.as_millisecond());
    processing.duration_millis = Some(took);
    let result = StageResult {
        contact: contact.clone(),
        revision_key: revision.clone(),
        stage,
        stage_version,
        outcome,
        processing,
    };
    if let (Some(text), Outcome::Found(_)) = (text, &result.outcome) {
        ports.results.put_if_absent(&StageResult { revision_key: text, ..result.clone() }).await?;
    }
    keep(ports, result).await
}

/// Writes a result unless there is one, and returns it.
async fn keep(ports: StagePorts<'_>, mut result: StageResult) -> Result<StageResult> {
    result.processing.finished_at = Some(ports.clock.now());
    ports.results.put_if_absent(&result).await?;
    Ok(result)
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

/// Whether a key is the digest of a text and not of a revision: what is kept under it is there to be taken over.
pub fn is_text_key(key: &RevisionKey) -> bool {
    key.0.starts_with(TEXT)
}

async fn find(
    ports: StagePorts<'_>,
    stage: Stage,
    conversation: &RedactedConversation,
    settings: &StageSettings,
) -> Result<(Finding, Processing)> {
    let offline = |finding| Ok((finding, Processing::default()));
    match stage {
        Stage::Measures => offline(Finding::Measures(measures::measure(conversation))),
        Stage::Sentiment => offline(Finding::Sentiment(sentiment::score(conversation, &settings.sentiment))),
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
                let sentiment = sentiment::score(conversation, &settings.sentiment);
                offline(Finding::Categories(categories::apply(conversation, &sentiment, rules)))
            }
            None => Err(Error::new(ErrorKind::Config, "there are no rules any more: set categories.rules")),
        },
        Stage::Entities => match &settings.entities {
            Some((map, _)) => offline(Finding::Entities(entities::find(conversation, map))),
            None => Err(Error::new(ErrorKind::Config, "there is no string map any more: set entities.map")),
        },
    }
}
