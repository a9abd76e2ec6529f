//! A script of calls: who calls, what is said when, how slow things are, and what is expected. YAML.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::SimulationError;

/// A script.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// What it is about.
    pub name: String,
    /// BCP 47 tag of bot and caller.
    #[serde(default = "english")]
    pub locale: String,
    /// Wants the shipped flow in the form whose long answers can be spoken over.
    #[serde(default)]
    pub barge_in: bool,
    /// What the stand-in for Lex understands.
    #[serde(default)]
    pub bot: BTreeMap<String, IntentScript>,
    /// What the stand-in for the model says; the first that fits a question.
    #[serde(default)]
    pub model: Vec<ModelScript>,
    /// The calls, one after another.
    pub calls: Vec<CallScript>,
    /// What must come of it.
    #[serde(default)]
    pub expect: Expect,
}

fn english() -> String {
    "en-US".to_owned()
}

/// An intent: what is said for it, with slots in braces, and the values of the slots.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntentScript {
    /// Such as `book a demo on {day}`.
    pub samples: Vec<String>,
    /// Values by slot.
    #[serde(default)]
    pub slots: BTreeMap<String, Vec<String>>,
}

/// What the model says to a question that has these words.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelScript {
    /// Part of the question, lower case.
    pub about: String,
    /// The answer; none for "I don't know".
    pub answer: Option<String>,
    /// Seconds it takes.
    #[serde(default)]
    pub takes_s: f64,
    /// The worker dies over it.
    #[serde(default)]
    pub dies: bool,
    /// It refuses.
    #[serde(default)]
    pub refuses: bool,
    /// A customer's data goes into the answer.
    #[serde(default)]
    pub customer_data: bool,
}

/// A call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallScript {
    /// Number of the caller; withheld where there is none.
    pub caller: Option<String>,
    /// Seconds after the call before.
    #[serde(default = "minute")]
    pub after_s: f64,
    /// Contact attributes, such as `direction`.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// What the caller does, in turn. When nothing is left, the caller hangs up.
    pub turns: Vec<TurnScript>,
    /// Seconds after which the caller hangs up whatever happens.
    pub hang_up_s: Option<f64>,
    /// Which tries of the Producer fail, from 1; Connect tries three times.
    #[serde(default)]
    pub producer_fails: Vec<u32>,
    /// Which tries of the Consumer fail, from 1.
    #[serde(default)]
    pub consumer_fails: Vec<u32>,
    /// The queue is full.
    #[serde(default)]
    pub queue_full: bool,
}

fn minute() -> f64 {
    60.0
}

/// One turn of the caller. Without `say` and `keys` it is silence.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnScript {
    /// What is said.
    pub say: Option<String>,
    /// What is keyed.
    pub keys: Option<String>,
    /// Nothing is said; only to be readable.
    #[serde(default)]
    pub silence: bool,
    /// Speaks over the prompt, so many seconds into it.
    pub interrupt_s: Option<f64>,
    /// Pins the intent.
    pub intent: Option<String>,
    /// Pins slots.
    #[serde(default)]
    pub slots: BTreeMap<String, String>,
    /// Negative sentiment, 0 to 1.
    pub negative: Option<f64>,
    /// Confidence of speech recognition, 0 to 1.
    pub heard: Option<f64>,
}

/// What must come of a script. What is not named is not checked.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    /// How the calls end: `disconnected`, `queue`, `hung up`.
    pub ends: Vec<String>,
    /// Parts of what is said, in this order.
    pub order: Vec<String>,
    /// How often a part is said.
    pub count: BTreeMap<String, usize>,
    /// What is never said.
    pub never: Vec<String>,
    /// Blocks that are passed, in this order.
    pub blocks: Vec<String>,
    /// Answers that the model gave.
    pub model_calls: Option<usize>,
    /// Jobs that were started.
    pub jobs: Option<usize>,
    /// Most ms between an answer being there and the flow having it.
    pub late_ms: Option<u64>,
    /// Most ms between the caller's last words and the last answer.
    pub answer_ms: Option<u64>,
    /// Part of what the model was told the call is about.
    pub purpose: Option<String>,
    /// Parts of the summary for the colleague.
    pub handover: Vec<String>,
}

pub(super) fn ms(seconds: f64) -> u64 {
    // Out of range or no number: saturates, which a script cannot harm anything with.
    (seconds * 1_000.0).round().clamp(0.0, 86_400_000.0) as u64
}

impl CallScript {
    pub(super) fn after_ms(&self) -> u64 {
        ms(self.after_s)
    }
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// Says what is wrong and where.
    pub fn parse(yaml: &str) -> Result<Self, SimulationError> {
        serde_saphyr::from_str(yaml).map_err(|error| SimulationError { block: None, message: error.to_string() })
    }
}
