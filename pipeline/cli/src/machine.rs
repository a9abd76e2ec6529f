//! Opens what a command works with: the store and the folder below the data folder, with the settings put where they
//! belong.

use std::path::Path;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::summary::prompts::Prompts;
use aftercall_local::backfill::Prices;
use aftercall_local::driver::{Machine, RunSettings};
use aftercall_local::folder::Folder;
use aftercall_local::language_model::{LanguageModel, ModelSettings};
use aftercall_local::objects::LocalObjects;
use aftercall_local::read::Limits;
use aftercall_local::secret::hmac_key;
use aftercall_local::store::Store;
use aftercall_schemas::ContactKey;
use aftercall_settings::{Model, Settings, parts};
use aftercall_stages::archive::Archive;
use aftercall_stages::clock::SystemClock;
use aftercall_stages::extractive::Extractive;
use aftercall_stages::ports::{Contacts, Stored, Summarize};
use pollster::block_on;

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

fn store_file(data: &Path) -> std::path::PathBuf {
    data.join("aftercall.sqlite")
}

/// Opens the data folder, and makes it if it is not there.
pub fn open_or_make(settings: &Settings) -> Result<Opened> {
    let data = &settings.data;
    let folder = Folder::open(data)?;
    let store = Store::open(&store_file(data), parts::ready_rules(settings))?;
    let run = RunSettings {
        workers: settings.workers,
        limits: Limits { document_bytes: settings.document_bytes },
        decode: parts::decode_context(settings, hmac_key(data)?),
        route: parts::route_settings(settings),
        stages: parts::stage_settings(settings)?,
        archive: if settings.archive { Archive::On } else { Archive::Off },
    };
    let summarize: Box<dyn Summarize> = match &settings.model {
        Some(model) => {
            let prices = Prices { input: settings.model_prices.0, output: settings.model_prices.1 };
            let prompts = parts::prompts(settings)?;
            Box::new(LanguageModel::new(ModelSettings { prompts, prices, ..model_settings(model) }))
        }
        None => Box::new(Extractive),
    };
    Ok(Opened { store, folder, summarize, clock: SystemClock, run })
}

/// A model's settings with the shipped prompts and without prices.
pub fn model_settings(model: &Model) -> ModelSettings {
    ModelSettings {
        endpoint: model.endpoint.clone(),
        model: model.name.clone(),
        api_key: model.api_key.clone(),
        timeout: model.timeout,
        prompts: Prompts::default(),
        prices: Prices::default(),
    }
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
