//! Turns settings into the parts of other crates: how to decode, route and run stages. The only place that does.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use aftercall_core::assemble::AssembleSettings;
use aftercall_core::categories::{self, Rules};
use aftercall_core::contact::ReadyRules;
use aftercall_core::entities::EntityMap;
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::formats::DecodeContext;
use aftercall_core::redact::RedactionSettings;
use aftercall_core::roles::SpeakerSettings;
use aftercall_core::sentiment::SentimentSettings;
use aftercall_core::summary::prompts::{Prompt, PromptKind, Prompts};
use aftercall_schemas::Stage;
use aftercall_stages::route::RouteSettings;
use aftercall_stages::run_stage::StageSettings;

use crate::Settings;

/// When a contact is ready.
pub fn ready_rules(settings: &Settings) -> ReadyRules {
    ReadyRules {
        after_record: settings.ready_after_record,
        after_silence: settings.ready_after_silence,
        ..ReadyRules::default()
    }
}

/// How documents are decoded; the origin is to be filled in.
pub fn decode_context(settings: &Settings, hmac_key: [u8; 32]) -> DecodeContext {
    DecodeContext {
        instance_id: settings.instance_id.clone(),
        attributes_allowed: settings.attributes.clone(),
        hmac_key,
        speakers: SpeakerSettings {
            labels: settings.speaker_labels.clone(),
            names: settings.speaker_names.clone(),
            bot_names: settings.bot_names.clone(),
        },
        turn_rules: settings.turn_rules,
        ..DecodeContext::new("")
    }
}

/// How contacts are routed. Categories and entities are wanted where there are rules and a map for them.
pub fn route_settings(settings: &Settings) -> RouteSettings {
    let mut optional_stages = BTreeSet::new();
    optional_stages.extend(settings.rules.as_ref().map(|_| Stage::Categories));
    optional_stages.extend(settings.entities.as_ref().map(|_| Stage::Entities));
    RouteSettings {
        ready: ready_rules(settings),
        stage_deadline: settings.stage_deadline,
        assemble: AssembleSettings::default(),
        redaction: RedactionSettings {
            kinds: settings.redaction_kinds.clone(),
            languages: settings.redaction_languages.clone(),
        },
        optional_stages,
    }
}

/// How stages work. Reads the files of rules and entities.
pub fn stage_settings(settings: &Settings) -> Result<StageSettings> {
    Ok(StageSettings {
        sentiment: SentimentSettings {
            formula: settings.sentiment_formula,
            offline_model: settings.sentiment_offline_model,
        },
        rules: settings.rules.as_deref().map(read_rules).transpose()?.map(Arc::new),
        entities: settings.entities.as_deref().map(read_entities).transpose()?,
    })
}

/// The shipped prompts, with the files of the settings in their place.
pub fn prompts(settings: &Settings) -> Result<Prompts> {
    let mut prompts = Prompts::default();
    let files = [(PromptKind::Customer, &settings.prompt_customer), (PromptKind::Agent, &settings.prompt_agent)];
    for (kind, file) in files {
        if let Some(file) = file {
            prompts = prompts.with(read_prompt(kind, file)?);
        }
    }
    Ok(prompts)
}

/// Reads a prompt file.
pub fn read_prompt(kind: PromptKind, file: &Path) -> Result<Prompt> {
    Prompt::parse(kind, &read_text(file)?).map_err(|error| {
        Error::new(ErrorKind::Config, format!("the prompt cannot be used: {error}")).with("file", file.display())
    })
}

/// Reads a rules file; all its mistakes at once.
pub fn read_rules(path: &Path) -> Result<Rules> {
    categories::parse(&read_text(path)?).map_err(|mistakes| {
        let mistakes: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        Error::new(ErrorKind::Config, format!("the rules mean nothing: {}", mistakes.join("; ")))
            .with("file", path.display())
    })
}

/// Reads a string map. Its version is its digest: a changed map finds anew.
fn read_entities(path: &Path) -> Result<(Arc<EntityMap>, String)> {
    let text = read_text(path)?;
    let map = EntityMap::from_csv(&text).map_err(|error| {
        Error::new(ErrorKind::Config, format!("the string map cannot be read: {error}")).with("file", path.display())
    })?;
    Ok((Arc::new(map), blake3::hash(text.as_bytes()).to_hex()[..8].to_string()))
}

fn read_text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| {
        Error::new(ErrorKind::Config, "a file of the settings cannot be read")
            .with("file", path.display())
            .because(error)
    })
}
