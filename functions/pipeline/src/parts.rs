//! The adapters and settings of a function, built once at init. Connections are opened there too, all at the same time:
//! the first event should not wait for handshakes.

use std::sync::Arc;
use std::time::Duration;

use aftercall_aws::announce::Bus;
use aftercall_aws::bedrock::{Converse, ConversePorts, ConverseSettings, Guardrail, Prices};
use aftercall_aws::comprehend::Comprehend;
use aftercall_aws::config::{Deadlines, Warming, shared_config, warm};
use aftercall_aws::dynamodb::{TableSettings, Tables};
use aftercall_aws::s3::{BucketNames, Bucketed, Zone};
use aftercall_aws::secrets;
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::formats::DecodeContext;
use aftercall_settings::{SentimentProvider, Settings, parts};
use aftercall_stages::archive::Archive;
use aftercall_stages::clock::SystemClock;
use aftercall_stages::extractive::Extractive;
use aftercall_stages::handle::advance::AdvancePorts;
use aftercall_stages::ingest::IngestPorts;
use aftercall_stages::ports::{Objects, Spending, Summarize};
use aftercall_stages::quarantine::QuarantinePorts;
use aftercall_stages::route::RouteSettings;
use aws_config::SdkConfig;

use crate::environment::{Environment, buckets, tables};

/// Days that inputs are kept where the deployment does not say (cdk's own default).
const DEFAULT_RAW_DAYS: u32 = 30;

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;
/// How late DynamoDB may remove an item, with a day to spare ("within a few days", typically two).
const REMOVED_LATE: u64 = 3 * DAY;

/// How long inputs stay in their table: so much less than the raw bucket keeps their large bodies that none outlives its body.
fn keep_inputs(raw_days: u32) -> Duration {
    let raw = u64::from(raw_days) * DAY;
    Duration::from_secs(raw - REMOVED_LATE.min(raw / 2))
}

/// What functions are made of.
pub struct Parts {
    /// Of every client.
    pub config: SdkConfig,
    /// The settings.
    pub settings: Settings,
    /// The tables.
    pub tables: Arc<Tables>,
    /// The objects.
    pub objects: Arc<Bucketed>,
    /// The names of the buckets.
    pub buckets: BucketNames,
    /// Days that what is not redacted is kept.
    pub raw_days: u32,
    /// Bus and insights stream.
    pub bus: Bus,
    /// The time.
    pub clock: SystemClock,
}

impl Parts {
    /// Reads the environment and the settings, and makes the clients.
    ///
    /// # Errors
    /// Everything that is wrong with environment and settings, at once.
    pub async fn load() -> Result<Self> {
        let mut environment = Environment::of_process();
        let (names, buckets) = (tables(&mut environment), buckets(&mut environment));
        let bus = environment.needed("AFTERCALL_EVENT_BUS");
        let insights = environment.needed("AFTERCALL_INSIGHTS_STREAM");
        let raw_days = environment.optional("AFTERCALL_RAW_DAYS").unwrap_or_else(|| DEFAULT_RAW_DAYS.to_string());
        environment.finish()?;
        let raw_days: u32 = raw_days.parse().map_err(|error| {
            Error::new(ErrorKind::Config, "AFTERCALL_RAW_DAYS is no number of days; see docs/aws.md").because(error)
        })?;
        let config = shared_config(&Deadlines::default()).await;
        let settings = aftercall_function::settings::load(&config).await?;
        let objects = Arc::new(Bucketed::new(&config, buckets.clone()));
        let table_settings =
            TableSettings { names, rules: parts::ready_rules(&settings), keep_inputs: keep_inputs(raw_days) };
        let tables = Arc::new(Tables::new(&config, table_settings, Arc::clone(&objects) as Arc<dyn Objects>));
        let bus = Bus::new(&config, bus, insights);
        Ok(Self { config, settings, tables, objects, buckets, raw_days, bus, clock: SystemClock })
    }

    /// Opens connections to the tables, to the buckets that the function uses, and these.
    pub async fn warm<'a>(&'a self, zones: &[Zone], more: Vec<Warming<'a>>) {
        let mut calls = vec![self.tables.warm()];
        calls.extend(zones.iter().map(|zone| self.objects.warm_at(*zone)));
        calls.extend(more);
        warm(calls).await;
    }

    /// How documents are decoded, with the key of the customer hashes from the secret store.
    pub async fn decode_context(&self, origin: &str) -> Result<DecodeContext> {
        let key = secrets::hmac_key(&self.config, &hmac_secret()?).await?;
        let context = parts::decode_context(&self.settings, key);
        Ok(DecodeContext { origin: origin.to_string(), ..context })
    }

    /// The keys of the customer hashes, the newest first: contacts of before a rotation have hashes of the old one.
    pub async fn hmac_keys(&self) -> Result<Vec<[u8; 32]>> {
        secrets::hmac_keys(&self.config, &hmac_secret()?).await
    }

    /// How contacts are routed.
    pub fn route_settings(&self) -> RouteSettings {
        parts::route_settings(&self.settings)
    }

    /// Whether documents are kept as they come: if there is a bucket for them.
    pub fn archive(&self) -> Archive {
        if self.buckets.archive.is_some() { Archive::On } else { Archive::Off }
    }

    /// What taking in needs.
    pub fn ingest(&self) -> IngestPorts<'_> {
        IngestPorts {
            contacts: &*self.tables,
            inputs: &*self.tables,
            recordings: &*self.tables,
            objects: &*self.objects,
            quarantine: &*self.tables,
            clock: &self.clock,
        }
    }

    /// What taking contacts further needs.
    pub fn advance(&self) -> AdvancePorts<'_> {
        AdvancePorts {
            contacts: &*self.tables,
            inputs: &*self.tables,
            results: &*self.tables,
            objects: &*self.objects,
            quarantine: &*self.tables,
            announce: &self.bus,
            clock: &self.clock,
        }
    }

    /// Who writes summaries: the model of the settings, else extraction. `time_out` is the function's.
    pub async fn summarize(&self, time_out: Duration) -> Result<Summaries> {
        let Some(bedrock) = &self.settings.bedrock else { return Ok(Summaries::Extracted(Extractive)) };
        let prices = Prices {
            input: bedrock.prices.input,
            output: bedrock.prices.output,
            cache_read: bedrock.prices.cache_read,
            cache_write: bedrock.prices.cache_write,
        };
        let settings = ConverseSettings {
            model_id: bedrock.model_id.clone(),
            max_tokens: bedrock.max_tokens,
            temperature: bedrock.temperature,
            guardrail: bedrock.guardrail.clone().map(|(id, version)| Guardrail { id, version }),
            prices,
            daily_budget_usd: bedrock.daily_budget_usd,
            prompts: parts::prompts(&self.settings)?,
        };
        let ports = ConversePorts {
            spending: Arc::clone(&self.tables) as Arc<dyn Spending>,
            objects: Arc::clone(&self.objects) as Arc<dyn Objects>,
            clock: Arc::new(self.clock),
        };
        let config = shared_config(&Deadlines::of_long_call(time_out)).await;
        Converse::new(&config, settings, ports).map(|model| Summaries::Asked(Box::new(model)))
    }

    /// Who labels turns, where it is not the offline model.
    pub fn label(&self) -> Option<Comprehend> {
        (self.settings.sentiment_provider == SentimentProvider::Comprehend).then(|| Comprehend::new(&self.config))
    }

    /// What putting aside needs.
    pub fn aside(&self) -> QuarantinePorts<'_> {
        QuarantinePorts { quarantine: &*self.tables, objects: &*self.objects, clock: &self.clock }
    }
}

/// Who writes summaries.
pub enum Summaries {
    /// Nobody: they are taken from the conversation.
    Extracted(Extractive),
    /// A model on Bedrock.
    Asked(Box<Converse>),
}

impl Summaries {
    /// As the port.
    pub fn port(&self) -> &dyn Summarize {
        match self {
            Self::Extracted(extractive) => extractive,
            Self::Asked(model) => &**model,
        }
    }

    /// Opens a connection where there is one.
    pub fn warm(&self) -> Option<Warming<'_>> {
        match self {
            Self::Extracted(_) => None,
            Self::Asked(model) => Some(model.warm()),
        }
    }
}

fn hmac_secret() -> Result<String> {
    let mut environment = Environment::of_process();
    let id = environment.needed("AFTERCALL_HMAC_SECRET");
    environment.finish()?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_input_outlives_its_body() {
        let check = |raw_days: u32, hours: u64| assert_eq!(keep_inputs(raw_days), Duration::from_secs(hours * 3600));
        check(30, 27 * 24);
        check(4, 2 * 24);
        check(1, 12);
    }
}
