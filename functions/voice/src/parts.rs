//! The adapters and settings of a function, built once at init. Connections are opened there too, all at the same time:
//! a caller should not wait for handshakes.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use aftercall_aws::config::{Deadlines, Warming, shared_config, warm};
use aftercall_aws::secrets;
use aftercall_aws::voice::AnswersTable;
use aftercall_aws::voice::transcripts::InputStream;
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_function::environment::Environment;
use aftercall_settings::Settings;
use aftercall_voice::dialogue::{OwnDeadline, SealKey, Settings as DialogueSettings};
use aftercall_voice::knowledge::KnowledgeVersion;
use aftercall_voice::long_answer::Clock;
use async_trait::async_trait;
use aws_config::SdkConfig;
use jiff::Timestamp;

/// How long the version of the knowledge is taken for the same without looking.
const VERSION_LASTS: Duration = Duration::from_secs(30);
/// What looking at it may take: a caller waits.
const VERSION_WITHIN: Duration = Duration::from_millis(300);
/// The version where no document has ever changed.
const NO_VERSION: &str = "first";

/// What functions are made of.
pub struct Parts {
    /// Of every client but those that ask models.
    pub config: SdkConfig,
    /// The settings.
    pub settings: Settings,
    /// Jobs, stored answers, the version of the knowledge.
    pub table: AnswersTable,
    /// Where the pipeline hears what was said.
    pub transcripts: InputStream,
    /// The time.
    pub clock: SystemClock,
    version: Mutex<Option<(Instant, String)>>,
}

impl Parts {
    /// Reads the environment and the settings, and makes the clients.
    ///
    /// # Errors
    /// Everything that is wrong with environment and settings, at once.
    pub async fn load() -> Result<Self> {
        let mut environment = Environment::of_process();
        let table = environment.needed("AFTERCALL_ANSWERS_TABLE");
        let stream = environment.needed("AFTERCALL_EVENTS_STREAM");
        environment.finish()?;
        let config = shared_config(&Deadlines::default()).await;
        let settings = aftercall_function::settings::load(&config).await?;
        let table = AnswersTable::new(&config, &table, settings.voice.keep_answers);
        let transcripts = InputStream::new(&config, &stream);
        Ok(Self { config, settings, table, transcripts, clock: SystemClock, version: Mutex::default() })
    }

    /// Opens the connection that every function uses, and these.
    pub async fn warm<'a>(&'a self, more: Vec<Warming<'a>>) {
        let mut calls = vec![self.table.warm()];
        calls.extend(more);
        warm(calls).await;
    }

    /// The key that seals what is remembered between turns.
    pub async fn seal_key(&self) -> Result<SealKey> {
        let mut environment = Environment::of_process();
        let id = environment.needed("AFTERCALL_SESSION_SECRET");
        environment.finish()?;
        Ok(SealKey::from_secret(&secrets::secret(&self.config, &id).await?))
    }

    /// How a turn is decided.
    pub fn dialogue(&self) -> Result<DialogueSettings> {
        let ms = u64::try_from(self.settings.voice.turn.as_millis()).unwrap_or(u64::MAX);
        let deadline = OwnDeadline::from_ms(ms)
            .ok_or_else(|| Error::new(ErrorKind::Config, "voice.turn_seconds is beyond what Lex waits for"))?;
        Ok(DialogueSettings { deadline, ..DialogueSettings::default() })
    }

    /// The version of the knowledge. Where it cannot be read, one that no stored answer is of: then answers are found anew.
    pub async fn knowledge_version(&self) -> String {
        let known = self.version.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((read_at, version)) = &known
            && read_at.elapsed() < VERSION_LASTS
        {
            return version.clone();
        }
        match tokio::time::timeout(VERSION_WITHIN, self.table.current()).await {
            Ok(Ok(version)) => {
                let version = version.unwrap_or_else(|| NO_VERSION.to_owned());
                let now = Instant::now();
                *self.version.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, version.clone()));
                version
            }
            Ok(Err(_)) | Err(_) => {
                known.map_or_else(|| format!("unread-{}", self.clock.now_ms()), |(_, version)| version)
            }
        }
    }
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        u64::try_from(Timestamp::now().as_millisecond()).unwrap_or_default()
    }

    async fn sleep(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}
