//! What is said on a call, told to the pipeline while the call goes on, in parts of its canonical form (docs/formats.md).
//!
//! Nobody waits for the end of a call: who hangs up says no goodbye. Every part names its turns and their times, which are
//! the same when it is told again, so a part that comes twice is there once. Not redacted: the pipeline does that. What a
//! caller keys is left out. The prompts of the flow itself are not in it.

use aftercall_core::error::Result;
use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::conversation::Speaker;
use crate::lex::LexEvent;

/// The source of contacts that Connect has not named.
const SOURCE: &str = "aftercall-voice";

/// Whose call it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallName {
    /// Connect's contact id.
    Contact(String),
    /// The session of Lex, where the flow does not pass the contact id on.
    Session(String),
}

impl CallName {
    /// The call of a turn. The contact's id is passed on by the flow.
    pub fn of(event: &LexEvent) -> Self {
        match event.attribute("contactId") {
            Some(id) => Self::Contact(id.to_owned()),
            None => Self::Session(event.session_id.clone()),
        }
    }

    /// The contact id in the pipeline.
    pub fn contact_id(&self) -> String {
        match self {
            Self::Contact(id) => id.clone(),
            Self::Session(id) => format!("{SOURCE}:{id}"),
        }
    }
}

/// Something that was said.
#[derive(Clone, PartialEq, Eq)]
pub struct Utterance {
    /// What tells it from every other of its call.
    pub id: String,
    /// By whom.
    pub speaker: Speaker,
    /// What.
    pub text: String,
    /// When, ms since 1970.
    pub at_ms: u64,
}

impl std::fmt::Debug for Utterance {
    /// Without the words.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Utterance").field("id", &self.id).field("at_ms", &self.at_ms).finish_non_exhaustive()
    }
}

/// A part of a conversation that is going on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The call.
    pub call: CallName,
    /// BCP 47 tag.
    pub locale: String,
    /// What was said, in order.
    pub said: Vec<Utterance>,
    /// Nothing more will be said.
    pub ends: bool,
}

impl Part {
    /// The document.
    pub fn document(&self) -> Value {
        let turns: Vec<Value> = self
            .said
            .iter()
            .map(|one| {
                let role = one.speaker.role();
                json!({ "turn_id": one.id, "role": role, "text": one.text, "time": time(one.at_ms) })
            })
            .collect();
        json!({
            "contact_id": self.call.contact_id(),
            "source": SOURCE,
            "channel": "voice",
            "language": self.locale,
            "leg": "bot",
            "part": true,
            "ends": self.ends,
            "turns": turns,
        })
    }
}

/// RFC 3339; none of a time beyond all calendars.
fn time(at_ms: u64) -> Option<String> {
    let at = i64::try_from(at_ms).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
    at.map(|at| at.to_string())
}

/// Where parts go: the stream that the pipeline takes its inputs from.
#[async_trait]
pub trait Transcripts: Send + Sync {
    /// Tells a part. Telling it twice is as good as once. Ends within so many ms, with an error that can be tried again.
    async fn tell(&self, part: &Part, within_ms: u64) -> Result<()>;
}
