//! What Lex V2 sends to a code hook. Reads; never repairs and never invents a value that is not there.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::or_default;

/// Input of a code hook (message version 1.0).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LexEvent {
    /// `1.0`.
    #[serde(deserialize_with = "or_default")]
    pub message_version: String,
    /// Which hook calls.
    #[serde(deserialize_with = "or_default")]
    pub invocation_source: InvocationSource,
    /// How the caller said it.
    #[serde(deserialize_with = "or_default")]
    pub input_mode: InputMode,
    /// Id of the Lex session. Not the contact id: Connect does not promise that.
    #[serde(deserialize_with = "or_default")]
    pub session_id: String,
    /// What was heard; empty when nothing was said.
    #[serde(deserialize_with = "or_default")]
    pub input_transcript: String,
    /// The bot.
    #[serde(deserialize_with = "or_default")]
    pub bot: Bot,
    /// At most five readings, the best first.
    #[serde(deserialize_with = "or_default")]
    pub interpretations: Vec<Interpretation>,
    /// Facts about the channel.
    #[serde(deserialize_with = "or_default")]
    pub request_attributes: BTreeMap<String, Option<String>>,
    /// The session.
    #[serde(deserialize_with = "or_default")]
    pub session_state: SessionState,
    /// What speech recognition heard, the best first.
    #[serde(deserialize_with = "or_default")]
    pub transcriptions: Vec<Transcription>,
}

/// Which hook calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvocationSource {
    /// Before and between slots.
    DialogCodeHook,
    /// When all slots are there.
    FulfillmentCodeHook,
    /// Something newer than this code, or nothing.
    #[default]
    #[serde(other)]
    Unknown,
}

/// How the caller said it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum InputMode {
    /// Keys of the telephone.
    #[serde(rename = "DTMF")]
    Dtmf,
    /// Speech.
    Speech,
    /// Written.
    Text,
    /// Something newer than this code, or nothing.
    #[default]
    #[serde(other)]
    Unknown,
}

/// The bot that was spoken to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Bot {
    /// Id.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// Name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// Id of the alias.
    #[serde(deserialize_with = "or_default")]
    pub alias_id: String,
    /// Locale as Lex writes it: `en_US`.
    #[serde(deserialize_with = "or_default")]
    pub locale_id: String,
    /// `DRAFT` or a number.
    #[serde(deserialize_with = "or_default")]
    pub version: String,
}

/// One reading of what was said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Interpretation {
    /// The intent.
    #[serde(deserialize_with = "or_default")]
    pub intent: Intent,
    /// How sure Lex is; none for the fallback intent.
    pub nlu_confidence: Option<NluConfidence>,
    /// Sentiment, where it is switched on for the alias.
    pub sentiment_response: Option<SentimentResponse>,
}

/// Confidence of 0 to 1. On the wire a number, an object with `score`, or a string.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NluConfidence(pub f64);

impl<'de> Deserialize<'de> for NluConfidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Number(f64),
            Object { score: f64 },
            Text(String),
        }
        match Form::deserialize(deserializer)? {
            Form::Number(score) | Form::Object { score } => Ok(Self(score)),
            Form::Text(text) => {
                text.trim().parse().map(Self).map_err(|_| D::Error::custom("nluConfidence is no number"))
            }
        }
    }
}

impl Serialize for NluConfidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

/// An intent with its slots.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Intent {
    /// Name; case matters.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// How far it is.
    #[serde(deserialize_with = "or_default")]
    pub state: IntentState,
    /// `Confirmed`, `Denied` or `None`.
    #[serde(deserialize_with = "or_default")]
    pub confirmation_state: String,
    /// Slots; null until they are filled.
    #[serde(deserialize_with = "or_default")]
    pub slots: BTreeMap<String, Option<Slot>>,
}

/// How far an intent is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum IntentState {
    /// Ended without success.
    Failed,
    /// Done.
    Fulfilled,
    /// Fulfilment updates are running.
    FulfillmentInProgress,
    /// Slots are being asked for.
    InProgress,
    /// All slots are there.
    ReadyForFulfillment,
    /// Waits for something.
    Waiting,
    /// Something newer than this code, or nothing.
    #[default]
    #[serde(other)]
    Unknown,
}

/// A slot.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Slot {
    /// The value of a scalar slot.
    pub value: Option<SlotValue>,
    /// The values of a list slot.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Slot>,
}

/// The value of a slot.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SlotValue {
    /// As it was said.
    pub original_value: Option<String>,
    /// As Lex understood it; absent when it did not.
    pub interpreted_value: Option<String>,
    /// Other readings.
    #[serde(deserialize_with = "or_default")]
    pub resolved_values: Vec<String>,
}

/// Sentiment of an utterance.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SentimentResponse {
    /// `MIXED`, `NEGATIVE`, `NEUTRAL` or `POSITIVE`.
    #[serde(deserialize_with = "or_default")]
    pub sentiment: String,
    /// Scores of 0 to 1.
    #[serde(deserialize_with = "or_default")]
    pub sentiment_score: SentimentScore,
}

/// Scores of 0 to 1; none where the event does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SentimentScore {
    /// Mixed.
    pub mixed: Option<f64>,
    /// Negative.
    pub negative: Option<f64>,
    /// Neutral.
    pub neutral: Option<f64>,
    /// Positive.
    pub positive: Option<f64>,
}

/// The session as Lex hands it over.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionState {
    /// Attributes; all values are strings. Whoever can open a session can set them: not to be trusted.
    #[serde(deserialize_with = "or_default")]
    pub session_attributes: BTreeMap<String, Option<String>>,
    /// The intent that is open.
    pub intent: Option<Intent>,
}

/// One hearing of what was said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Transcription {
    /// The words.
    #[serde(deserialize_with = "or_default")]
    pub transcription: String,
    /// 0 to 1.
    pub transcription_confidence: Option<f64>,
}

/// What a turn needs of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// What was said or keyed; empty for silence.
    pub words: String,
    /// How.
    pub mode: InputMode,
    /// Confidence of speech recognition, 0 to 1, where it is given.
    pub heard: Option<f64>,
    /// Negative sentiment, 0 to 1, where it is given.
    pub negative: Option<f64>,
    /// BCP 47 tag, such as `en-US`.
    pub locale: String,
}

impl LexEvent {
    /// Reads an event. The error says which field is wrong.
    pub fn parse(json: &str) -> Result<Self, String> {
        let mut reader = serde_json::Deserializer::from_str(json);
        // The reader's own message quotes the value, which may be what somebody said.
        serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| format!("Lex event: the field {} is wrong", error.path()))
    }

    /// The intent that this event is about: the session's, or that of the best reading.
    pub fn intent(&self) -> Intent {
        let best = || self.interpretations.first().map(|first| first.intent.clone());
        self.session_state.intent.clone().or_else(best).unwrap_or_default()
    }

    /// A session attribute that is not empty.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.session_state.session_attributes.get(name)?.as_deref().filter(|value| !value.is_empty())
    }

    /// What a turn needs.
    pub fn input(&self) -> Input {
        let best = self.transcriptions.first();
        let sentiment = self.interpretations.iter().find_map(|one| one.sentiment_response.as_ref());
        Input {
            words: self.input_transcript.clone(),
            mode: self.input_mode,
            heard: best.and_then(|best| best.transcription_confidence),
            negative: sentiment.and_then(|found| found.sentiment_score.negative),
            locale: self.bot.locale_id.replace('_', "-"),
        }
    }
}
