//! Opens what a command works with: the store and the folder below the data folder, with the settings put where they
//! belong. The only place that turns settings into the parts of other crates.

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
use aftercall_local::clock::SystemClock;
use aftercall_local::driver::{Machine, RunSettings};
use aftercall_local::extractive::Extractive;
use aftercall_local::folder::Folder;
use aftercall_local::language_model::{LanguageModel, ModelSettings};
use aftercall_local::objects::LocalObjects;
use aftercall_local::read::Limits;
use aftercall_local::secret::hmac_key;
use aftercall_local::store::Store;
use aftercall_schemas::{ContactKey, Stage};
use aftercall_stages::ports::{Contacts, Stored, Summarize};
use aftercall_stages::route::RouteSettings;
use aftercall_stages::run_stage::StageSettings;
use pollster::block_on;

use crate::settings::{Model, Settings};

/// The parts that a command works with.
pub struct Opened {
    /// The tables.
    pub store: Store,
    /// The files.
    pub folder: Folder,
    /// Who writes summaries.
    pub summarize: Box<dyn Summarize>,
    /// The time.
    pub clock: SystemClock,
    /// How to run.
    pub run: RunSettings,
}

impl Opened {
    /// The objects.
    pub fn objects(&self) -> LocalObjects<'_> {
        LocalObjects { store: &self.store, folder: &self.folder }
    }

    /// The machine that runs stages over these parts.
    pub fn machine(&self) -> Machine<'_> {
        Machine {
            store: &self.store,
            objects: self.objects(),
            summarize: self.summarize.as_ref(),
            clock: &self.clock,
            settings: &self.run,
        }
    }
}

fn ready_rules(settings: &Settings) -> ReadyRules {
    ReadyRules { after_record: settings.ready_after_record, after_silence: settings.ready_after_silence }
}

fn store_file(data: &Path) -> std::path::PathBuf {
    data.join("aftercall.sqlite")
}

/// Opens the data folder, and makes it if it is not there.
pub fn open_or_make(settings: &Settings) -> Result<Opened> {
    let data = &settings.data;
    let folder = Folder::open(data)?;
    let store = Store::open(&store_file(data), ready_rules(settings))?;
    let decode = DecodeContext {
        instance_id: settings.instance_id.clone(),
        attributes_allowed: settings.attributes.clone(),
        hmac_key: hmac_key(data)?,
        speakers: SpeakerSettings {
            labels: settings.speaker_labels.clone(),
            names: settings.speaker_names.clone(),
            bot_names: settings.bot_names.clone(),
        },
        turn_rules: settings.turn_rules,
        ..DecodeContext::new("")
    };
    let rules = settings.rules.as_deref().map(read_rules).transpose()?;
    let entities = settings.entities.as_deref().map(read_entities).transpose()?;
    let mut optional_stages = BTreeSet::new();
    optional_stages.extend(rules.as_ref().map(|_| Stage::Categories));
    optional_stages.extend(entities.as_ref().map(|_| Stage::Entities));
    let run = RunSettings {
        workers: settings.workers,
        limits: Limits { document_bytes: settings.document_bytes },
        decode,
        route: RouteSettings {
            ready: ready_rules(settings),
            stage_deadline: settings.stage_deadline,
            assemble: AssembleSettings::default(),
            redaction: RedactionSettings { kinds: settings.redaction_kinds.clone(), ..RedactionSettings::default() },
            optional_stages,
        },
        stages: StageSettings {
            sentiment: SentimentSettings {
                formula: settings.sentiment_formula,
                offline_model: settings.sentiment_offline_model,
            },
            rules: rules.map(Arc::new),
            entities,
        },
        archive: settings.archive,
    };
    let summarize: Box<dyn Summarize> = match &settings.model {
        Some(model) => Box::new(language_model(settings, model)?),
        None => Box::new(Extractive),
    };
    Ok(Opened { store, folder, summarize, clock: SystemClock, run })
}

fn read_text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| {
        Error::new(ErrorKind::Config, "a file of the settings cannot be read")
            .with("file", path.display())
            .because(error)
    })
}

fn language_model(settings: &Settings, model: &Model) -> Result<LanguageModel> {
    let mut prompts = Prompts::default();
    let files = [(PromptKind::Customer, &settings.prompt_customer), (PromptKind::Agent, &settings.prompt_agent)];
    for (kind, file) in files {
        if let Some(file) = file {
            prompts = prompts.with(read_prompt(kind, file)?);
        }
    }
    Ok(LanguageModel::new(ModelSettings { prompts, ..model_settings(model) }))
}

/// A model's settings with the shipped prompts.
pub fn model_settings(model: &Model) -> ModelSettings {
    ModelSettings {
        endpoint: model.endpoint.clone(),
        model: model.name.clone(),
        api_key: model.api_key.clone(),
        timeout: model.timeout,
        prompts: Prompts::default(),
    }
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

/// Opens a data folder that must be there.
pub fn open(settings: &Settings) -> Result<Opened> {
    if !store_file(&settings.data).exists() {
        return Err(Error::new(
            ErrorKind::NotFound,
            "there is nothing here yet; begin with `aftercall run PATH`, or say `--data DIR`",
        )
        .with("data", settings.data.display()));
    }
    open_or_make(settings)
}

/// Finds the one contact whose id is or begins with `text`.
pub fn find_contact(store: &Store, text: &str) -> Result<(ContactKey, Stored)> {
    const SHOWN: usize = 8;
    let found = store.contacts_like(text, SHOWN)?;
    let exact = found.iter().filter(|key| key.contact_id == text).count() == 1;
    let found: Vec<_> = found.into_iter().filter(|key| !exact || key.contact_id == text).collect();
    match found.as_slice() {
        [] => Err(Error::new(ErrorKind::NotFound, format!("no contact's id is or begins with {text:?}"))),
        [contact] => match block_on(store.load(contact))? {
            Some(stored) => Ok((contact.clone(), stored)),
            None => Err(Error::new(ErrorKind::NotFound, "the contact has just gone").with("contact", contact)),
        },
        several => {
            let ids: Vec<_> = several.iter().map(ToString::to_string).collect();
            Err(Error::new(ErrorKind::NotFound, format!("several contacts begin so: {}", ids.join(", "))))
        }
    }
}
