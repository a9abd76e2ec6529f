//! What is left of a call when it is over: a canonical conversation document, which the pipeline takes like any other
//! transcript. It is not redacted: the pipeline redacts it, as it does everything that comes in.
//!
//! What a caller keys is left out here: nobody needs a PIN to understand a conversation. Format: docs/formats.md.

use serde_json::{Value, json};

use crate::simulate::{Line, Transcript, Who, speech_ms};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The person who calls or is called.
    Caller,
    /// The voice agent.
    Agent,
}

impl Speaker {
    /// The role in the canonical form.
    pub(crate) const fn role(self) -> &'static str {
        match self {
            Self::Caller => "customer",
            Self::Agent => "bot",
        }
    }
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// By whom.
    pub speaker: Speaker,
    /// What.
    pub text: String,
    /// When it began, ms since the beginning of the call.
    pub start_ms: u64,
    /// When it ended.
    pub end_ms: u64,
}

/// A conversation that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// What tells it from every other of its source: the contact id is `aftercall-voice:<id>`.
    pub id: String,
    /// BCP 47 tag.
    pub locale: String,
    /// When it began, RFC 3339; none for a simulation, which happens at no time.
    pub started: Option<String>,
    /// What was said, in order.
    pub spoken: Vec<Spoken>,
}

impl Conversation {
    /// The document, in the short canonical form.
    pub fn document(&self) -> Value {
        let turns: Vec<Value> = self
            .spoken
            .iter()
            .map(|spoken| {
                let role = spoken.speaker.role();
                json!({ "role": role, "text": spoken.text, "start_ms": spoken.start_ms, "end_ms": spoken.end_ms })
            })
            .collect();
        json!({
            "id": self.id,
            "source": "aftercall-voice",
            "channel": "voice",
            "language": self.locale,
            "start_timestamp": self.started,
            "turns": turns,
        })
    }

    /// A name for its file: letters and digits of the id, the rest as hyphens.
    pub fn file_name(&self) -> String {
        format!("{}.json", slug(&self.id))
    }
}

fn slug(text: &str) -> String {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

/// The calls of a simulation. The same script has the same conversations with the same ids.
pub fn of_simulation(transcript: &Transcript, name: &str, locale: &str) -> Vec<Conversation> {
    (0..transcript.ends.len())
        .map(|call| Conversation {
            id: format!("{}-call-{}", slug(name), call + 1),
            locale: locale.to_owned(),
            started: None,
            spoken: transcript.lines.iter().filter(|line| line.call == call).filter_map(spoken).collect(),
        })
        .collect()
}

fn spoken(line: &Line) -> Option<Spoken> {
    let speaker = match line.who {
        Who::Agent => Speaker::Agent,
        Who::Caller => Speaker::Caller,
        Who::Call => return None,
    };
    let (text, takes_ms) = match line.text.as_str() {
        "(silence)" => return None,
        keys if speaker == Speaker::Caller && keys.starts_with("[keys ") => ("[keys]".to_owned(), 0),
        words => (words.to_owned(), speech_ms(words)),
    };
    Some(Spoken { speaker, text, start_ms: line.at_ms, end_ms: line.at_ms + takes_ms })
}
