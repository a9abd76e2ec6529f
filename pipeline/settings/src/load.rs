//! What settings there are, and their types.
//!
//! A setting is looked for in the flags, in the environment (`AFTERCALL_` and the name in capitals, dots as `__`), in
//! `aftercall.toml`, and else has its default. This file reads no flag itself: a program passes those that were given.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use aftercall_core::redact::Kind;
use aftercall_core::sentiment::Formula;
use aftercall_core::turns::TurnRules;
use aftercall_schemas::ParticipantRole;
use jiff::tz::TimeZone;

use crate::definitions::DEFINITIONS;
use crate::reader::{Reader, Source, kinds, labels, languages, read_file, unknown_names, words};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag of the command.
    Flag,
    /// This environment variable.
    Environment(String),
    /// This file.
    File(PathBuf),
    /// Nobody set it.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment(name) => write!(f, "environment, {name}"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A setting as it stands in `aftercall config`.
#[derive(Debug, Clone)]
pub struct Value {
    /// Name.
    pub name: &'static str,
    /// Value, as text.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
    /// What it is for.
    pub about: &'static str,
}

/// All settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Data folder.
    pub data: PathBuf,
    /// Instance of sources that name none.
    pub instance_id: String,
    /// Zone of `local_date`.
    pub time_zone: TimeZone,
    /// Threads.
    pub workers: usize,
    /// Longest document.
    pub document_bytes: usize,
    /// Ready this long after the contact record.
    pub ready_after_record: Duration,
    /// Ready after this long a silence.
    pub ready_after_silence: Duration,
    /// How long an analysis waits for a stage.
    pub stage_deadline: Duration,
    /// Contact attributes that are kept.
    pub attributes: BTreeSet<String>,
    /// Formula of the scores.
    pub sentiment_formula: Formula,
    /// Whether the offline model labels turns that have no label.
    pub sentiment_offline_model: bool,
    /// Kinds of personal data that are masked.
    pub redaction_kinds: BTreeSet<Kind>,
    /// Languages whose phrases announce it: `en`, `es`, `ja`.
    pub redaction_languages: BTreeSet<String>,
    /// File with the rules of the categories.
    pub rules: Option<PathBuf>,
    /// File with the string map of the entities.
    pub entities: Option<PathBuf>,
    /// Role by channel or speaker label.
    pub speaker_labels: BTreeMap<String, ParticipantRole>,
    /// Names by channel or speaker number.
    pub speaker_names: Vec<String>,
    /// Display names that are bots.
    pub bot_names: BTreeSet<String>,
    /// Whether words become turns by Post Call Analytics' rules.
    pub turn_rules: TurnRules,
    /// Who labels turns that their service did not label, before the offline model is asked.
    pub sentiment_provider: SentimentProvider,
    /// The language model behind an endpoint, if there is one.
    pub model: Option<Model>,
    /// The model on Amazon Bedrock, if there is one (AWS only).
    pub bedrock: Option<Bedrock>,
    /// File with the instructions of the customer summary.
    pub prompt_customer: Option<PathBuf>,
    /// File with the instructions of the agent summary.
    pub prompt_agent: Option<PathBuf>,
    /// Whether documents are kept as they came.
    pub archive: bool,
    /// Days after which the archive's documents are removed.
    pub archive_days: Option<u32>,
    /// US dollars for a million tokens sent and written, where they are known.
    pub model_prices: (Option<f64>, Option<f64>),
    /// A dump leaves out what was published this shortly ago.
    pub dump_lag: Duration,
    /// A dump looks this far back for what earlier ones missed.
    pub dump_look_back: Duration,
    /// The live voice agent (AWS only).
    pub voice: Voice,
    /// Who may be called (AWS only).
    pub outbound: Outbound,
    /// Every value with its origin, in the order of the table.
    pub values: Vec<Value>,
}

impl Settings {
    /// Whether somebody has set a value, rather than nobody.
    pub fn is_set(&self, name: &str) -> bool {
        self.values.iter().any(|value| value.name == name && value.origin != Origin::Default)
    }
}

/// A language model's endpoint.
#[derive(Clone)]
pub struct Model {
    /// Address up to `/v1`.
    pub endpoint: String,
    /// Name.
    pub name: String,
    /// Key, where the endpoint wants one.
    pub api_key: Option<String>,
    /// How long an answer may take.
    pub timeout: Duration,
}

impl fmt::Debug for Model {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("endpoint", &self.endpoint).field("name", &self.name).finish_non_exhaustive()
    }
}

/// Who labels the sentiment of turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentimentProvider {
    /// The contact's own service, where it did.
    Service,
    /// Amazon Comprehend, for turns that the service did not label (AWS only).
    Comprehend,
}

/// A model on Amazon Bedrock. A value that is not set is not sent: newer models refuse some of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Bedrock {
    /// Id of the model or inference profile. It is never parsed.
    pub model_id: String,
    /// Longest answer, tokens.
    pub max_tokens: i32,
    /// Temperature.
    pub temperature: Option<f32>,
    /// Guardrail: id and version.
    pub guardrail: Option<(String, String)>,
    /// Prices, US dollars a million tokens.
    pub prices: Prices,
    /// What may be spent a day (UTC), US dollars.
    pub daily_budget_usd: Option<f64>,
}

/// How the voice agent answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Voice {
    /// Who answers.
    pub answerer: VoiceAnswerer,
    /// Model that words answers, where it is not that of the summaries.
    pub model_id: Option<String>,
    /// Longest answer, tokens.
    pub max_tokens: i32,
    /// Guardrail: id and version; that of the summaries, also where those have no model.
    pub guardrail: Option<(String, String)>,
    /// From what was heard until the turn ends, with or without an answer.
    pub turn: Duration,
    /// How long an answer is kept for the next who asks.
    pub keep_answers: Duration,
    /// Prices of [`Self::model_id`], US dollars a million tokens sent and written, where they are known.
    pub prices: Option<(f64, f64)>,
    /// What summaries and answers together may cost a day (UTC), US dollars.
    pub daily_budget_usd: Option<f64>,
}

/// Who answers what callers ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VoiceAnswerer {
    /// The knowledge base, worded by a model.
    KnowledgeBase,
    /// An agent of Amazon Bedrock.
    Agent {
        /// Its id.
        id: String,
        /// Id of its alias.
        alias: String,
    },
}

/// Who may be called when, as it is written; who calls reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbound {
    /// Prefixes and the zones of their hours.
    pub countries: String,
    /// From and to.
    pub hours: String,
    /// Calls a minute.
    pub calls_a_minute: String,
    /// Categories that call, as JSON.
    pub flags: String,
}

/// Prices of a model, US dollars a million tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prices {
    /// Tokens sent.
    pub input: f64,
    /// Tokens written.
    pub output: f64,
    /// Tokens read from the prompt cache.
    pub cache_read: f64,
    /// Tokens written to the prompt cache.
    pub cache_write: f64,
}

/// Values given as flags, by the name of the setting.
pub type Flags = BTreeMap<&'static str, String>;

/// Finds all settings. On mistakes: all of them, a line each.
pub fn load(
    flags: &Flags,
    environment: &dyn Fn(&str) -> Option<String>,
    file: Source<'_>,
) -> Result<Settings, Vec<String>> {
    let mut mistakes = Vec::new();
    let (file_path, in_file) = read_file(file, &mut mistakes);
    mistakes.extend(unknown_names(&file_path, &in_file, DEFINITIONS.iter().map(|(name, ..)| *name)));
    let mut values = Vec::new();
    for (name, default, about) in DEFINITIONS.iter().copied() {
        let variable = format!("AFTERCALL_{}", name.to_uppercase().replace('.', "__"));
        let (value, origin) = if let Some(value) = flags.get(name) {
            (value.clone(), Origin::Flag)
        } else if let Some(value) = environment(&variable) {
            (value, Origin::Environment(variable))
        } else if let Some(value) = in_file.get(name) {
            (value.clone(), Origin::File(file_path.clone()))
        } else {
            (default.to_string(), Origin::Default)
        };
        values.push(Value { name, value, origin, about });
    }
    if let Some(workers) = values.iter_mut().find(|value| value.name == "workers" && value.value.is_empty()) {
        workers.value = std::thread::available_parallelism().map_or(1, usize::from).to_string();
    }
    let in_function = environment("AWS_LAMBDA_FUNCTION_NAME").is_some();
    // Lambda's name for the folder that the program was unpacked to: files of one's own lie beside it.
    let own_files = environment("LAMBDA_TASK_ROOT").map(PathBuf::from);
    let mut read = Reader { values: &values, mistakes, own_files };
    let settings = Settings {
        data: PathBuf::from(read.text("data")),
        instance_id: read.text("instance_id"),
        time_zone: read.parsed("time_zone", "the name of an IANA zone such as Europe/Dublin", TimeZone::UTC, |text| {
            TimeZone::get(text).ok()
        }),
        workers: read.parsed("workers", "a number of threads from 1 to 256", 1, |text| {
            usize::from_str(text).ok().filter(|workers| (1..=256).contains(workers))
        }),
        document_bytes: read.parsed("limits.document_bytes", "a number of bytes from 1024", 1024, |text| {
            usize::from_str(text).ok().filter(|bytes| *bytes >= 1024)
        }),
        ready_after_record: read.seconds("ready.after_record_seconds"),
        ready_after_silence: read.seconds("ready.after_silence_seconds"),
        stage_deadline: read.seconds("stages.deadline_seconds"),
        attributes: words(&read.text("attributes.allowed")).map(str::to_owned).collect(),
        sentiment_formula: read.parsed(
            "sentiment.formula",
            "contact-lens/1, pca-standard/1 or lca/1",
            Formula::default(),
            Formula::parse,
        ),
        sentiment_offline_model: read
            .parsed("sentiment.offline_model", "true or false", true, |text| text.parse().ok()),
        redaction_kinds: read.parsed(
            "redaction.kinds",
            "all, or kinds as in the masks, such as NAME,PHONE",
            BTreeSet::new(),
            kinds,
        ),
        redaction_languages: read.parsed(
            "redaction.languages",
            "all, or languages of en, es, ja",
            BTreeSet::new(),
            languages,
        ),
        rules: read.path("categories.rules"),
        entities: read.path("entities.map"),
        speaker_labels: read.parsed("speakers.labels", "LABEL=ROLE,…", BTreeMap::new(), labels),
        speaker_names: words(&read.text("speakers.names")).map(str::to_owned).collect(),
        bot_names: words(&read.text("speakers.bots")).map(str::to_owned).collect(),
        turn_rules: read.parsed("turns.rules", "default or pca", TurnRules::default(), |text| match text {
            "default" => Some(TurnRules::default()),
            "pca" => Some(TurnRules::Pca),
            _ => None,
        }),
        sentiment_provider: read.parsed(
            "sentiment.provider",
            "service or comprehend",
            SentimentProvider::Service,
            |text| match text {
                "service" => Some(SentimentProvider::Service),
                "comprehend" => Some(SentimentProvider::Comprehend),
                _ => None,
            },
        ),
        model: read.model(),
        bedrock: read.bedrock(),
        prompt_customer: read.path("prompts.customer"),
        prompt_agent: read.path("prompts.agent"),
        archive: read.parsed(
            "archive.documents",
            "true or false; on AWS the deployment says so (cdk -c archiveDays=…), because an archive is a bucket",
            false,
            |text| text.parse().ok().filter(|keep| !(*keep && in_function)),
        ),
        archive_days: read.optional(
            "archive.days",
            "a number of days from 1 to 36500, or nothing; on AWS the deployment says so (cdk -c archiveDays=…)",
            |text| text.parse().ok().filter(|days| (1..=36_500).contains(days) && !in_function),
        ),
        model_prices: (read.price("model.input_usd_per_million"), read.price("model.output_usd_per_million")),
        dump_lag: read.seconds("dump.lag_seconds"),
        dump_look_back: read.seconds("dump.look_back_seconds"),
        voice: read.voice(),
        outbound: read.outbound(),
        values: values.clone(),
    };
    let mistakes = read.mistakes;
    let mut settings = settings;
    for value in settings.values.iter_mut().filter(|value| value.name == "model.api_key" && !value.value.is_empty()) {
        value.value = "(set)".into();
    }
    if mistakes.is_empty() { Ok(settings) } else { Err(mistakes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        flags: &[(&'static str, &str)],
        environment: &[(&str, &str)],
        file: &str,
        expected: Result<&str, &[&str]>,
    ) {
        let folder = std::env::temp_dir().join(format!(
            "aftercall-settings-{}-{:?}",
            std::process::id(),
            std::thread::current().id()
        ));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("aftercall.toml");
        std::fs::write(&path, file).unwrap();
        let flags = flags.iter().map(|(name, value)| (*name, (*value).to_string())).collect();
        let variable =
            |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_string());
        let loaded = load(&flags, &variable, Source::File(&path));
        std::fs::remove_dir_all(&folder).unwrap();
        match (loaded, expected) {
            (Ok(settings), Ok(expected)) => {
                let shown: Vec<_> =
                    settings.values.iter().map(|value| format!("{}={}", value.name, value.value)).collect();
                assert!(shown.iter().any(|value| value == expected), "{expected} is not among {shown:?}");
            }
            (Err(mistakes), Err(expected)) => {
                assert_eq!(mistakes.len(), expected.len(), "{mistakes:?}");
                for (mistake, expected) in mistakes.iter().zip(expected) {
                    assert!(mistake.contains(expected), "{mistake:?} does not say {expected:?}");
                }
            }
            (loaded, _) => panic!("{loaded:?}"),
        }
    }

    #[test]
    fn flags_come_before_the_environment_before_the_file_before_the_default() {
        check(&[], &[], "", Ok("instance_id=local"));
        check(&[], &[], "instance_id = \"file\"", Ok("instance_id=file"));
        check(&[], &[("AFTERCALL_INSTANCE_ID", "env")], "instance_id = \"file\"", Ok("instance_id=env"));
        check(&[("instance_id", "flag")], &[("AFTERCALL_INSTANCE_ID", "env")], "", Ok("instance_id=flag"));
        check(&[], &[("AFTERCALL_READY__AFTER_RECORD_SECONDS", "5")], "", Ok("ready.after_record_seconds=5"));
        check(&[], &[], "[attributes]\nallowed = [\"tier\", \"line\"]", Ok("attributes.allowed=tier,line"));
    }

    #[test]
    fn all_mistakes_are_named_at_once() {
        check(
            &[("workers", "many")],
            &[("AFTERCALL_TIME_ZONE", "Mars/Olympus")],
            "redaktion.kinds = \"NAME\"\nsentiment.formula = \"mine\"",
            Err(&[
                "there is no setting redaktion.kinds; did you mean redaction.kinds?",
                "time_zone",
                "workers",
                "sentiment.formula",
            ]),
        );
        check(&[], &[], "data = [", Err(&["aftercall.toml"]));
    }

    #[test]
    fn a_function_finds_files_beside_its_program() {
        let check = |environment: &[(&str, &str)], file: &str, expected: &str| {
            let rules = [("AFTERCALL_CATEGORIES__RULES", file)];
            let all = || environment.iter().chain(&rules);
            let variable = |name: &str| all().find(|(one, _)| *one == name).map(|(_, value)| (*value).to_owned());
            let settings = load(&Flags::new(), &variable, Source::Usual).unwrap();
            assert_eq!(settings.rules, Some(PathBuf::from(expected)), "{file} with {environment:?}");
        };
        let unpacked = [("LAMBDA_TASK_ROOT", "/var/task")];
        check(&unpacked, "rules.toml", "/var/task/rules.toml");
        check(&unpacked, "/opt/rules.toml", "/opt/rules.toml");
        check(&[], "rules.toml", "rules.toml");
    }

    #[test]
    fn a_function_does_not_pretend_to_keep_an_archive() {
        let function = ("AWS_LAMBDA_FUNCTION_NAME", "import");
        check(&[], &[], "archive.documents = true", Ok("archive.documents=true"));
        check(&[], &[function], "archive.documents = false", Ok("archive.documents=false"));
        check(&[], &[function], "archive.documents = true", Err(&["archiveDays"]));
        check(&[], &[], "archive.days = 30", Ok("archive.days=30"));
        check(&[], &[], "archive.days = 0", Err(&["archive.days = \"0\""]));
        check(&[], &[function], "archive.days = 30", Err(&["archiveDays"]));
    }

    #[test]
    fn mistakes_of_the_voice_agent_are_named_like_all_others() {
        let agent = "[voice]\nanswerer = \"agent\"\nagent_id = \"A\"";
        check(&[], &[], agent, Err(&["voice.agent_id and voice.agent_alias_id"]));
        check(&[], &[], &format!("{agent}\nagent_alias_id = \"B\""), Ok("voice.answerer=agent"));
        let guarded = load(&Flags::new(), &|name| name.contains("__GUARDRAIL_").then(|| "g".into()), Source::Usual);
        assert_eq!(
            guarded.unwrap().voice.guardrail,
            Some(("g".into(), "g".into())),
            "also without a model for summaries"
        );
        let flags = r#"[{"category": "cancels", "opening_message": "Hello.", "purpose": "They want to leave"}]"#;
        check(&[], &[("AFTERCALL_OUTBOUND__FLAGS", flags)], "", Ok(&format!("outbound.flags={flags}")));
        check(&[], &[("AFTERCALL_OUTBOUND__FLAGS", r#"[{"category": "a"}]"#)], "", Err(&["outbound.flags"]));
        let countries = "+1=America/New_York, +44=Europe/London";
        check(&[], &[("AFTERCALL_OUTBOUND__COUNTRIES", countries)], "", Ok(&format!("outbound.countries={countries}")));
        check(
            &[],
            &[("AFTERCALL_OUTBOUND__COUNTRIES", "+1=Mars"), ("AFTERCALL_OUTBOUND__HOURS", "20:00-09:00")],
            "voice.turn_seconds = 29\nvoice.answerer = \"oracle\"\noutbound.calls_a_minute = 0",
            Err(&[
                "voice.answerer",
                "voice.turn_seconds",
                "outbound.countries",
                "outbound.hours",
                "outbound.calls_a_minute",
            ]),
        );
    }
}
