//! The items of a chat, which chat transcripts and Contact Lens chat files share.
//!
//! Shape: Amazon Connect participant service, "Item"; admin guide, "Example Contact Lens output files for a chat".
//! Only messages are said; events (`participant.joined`, `chat.ended`, …) and attachments are not. Interactive messages
//! hold a JSON document as a string: what a person sees of it is taken.

use aftercall_schemas::conversation::Redaction;
use jiff::Timestamp;
use serde::Deserialize;

use super::cast::Cast;
use super::contact_lens::CharacterOffsets;
use super::{DecodeContext, lenient, words};
use crate::delivery::LegTurn;
use crate::roles;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Item {
    #[serde(deserialize_with = "lenient::text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "lenient::time")]
    pub absolute_time: Option<Timestamp>,
    /// Chat segments nest the time.
    #[serde(deserialize_with = "lenient::object")]
    pub time: ItemTime,
    #[serde(deserialize_with = "lenient::text")]
    pub r#type: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub content_type: Option<String>,
    /// Kind of an event, in chat segments.
    #[serde(deserialize_with = "lenient::text")]
    pub event_type: Option<String>,
    #[serde(deserialize_with = "lenient::content")]
    pub content: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub participant_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub participant_role: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub display_name: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub sentiment: Option<String>,
    #[serde(deserialize_with = "lenient::object")]
    pub redaction: ItemRedaction,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct ItemTime {
    #[serde(deserialize_with = "lenient::time")]
    pub absolute_time: Option<Timestamp>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct ItemRedaction {
    #[serde(deserialize_with = "lenient::list")]
    pub character_offsets: Vec<CharacterOffsets>,
}

impl Item {
    /// When it was sent.
    pub fn at(&self) -> Option<Timestamp> {
        self.absolute_time.or(self.time.absolute_time)
    }

    /// Something was said: a message with text.
    pub fn is_message(&self) -> bool {
        let is = |word: &str| self.r#type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case(word));
        let event = self.content_type.as_deref().is_some_and(|kind| kind.contains("connect.event."));
        self.content.is_some() && !event && (self.r#type.is_none() || is("MESSAGE"))
    }

    /// Adds its participant to the cast. `chat.ended` has none.
    pub fn enter(&self, cast: &mut Cast, ctx: &DecodeContext) -> Option<u32> {
        let name = self.display_name.as_deref();
        let id = self.participant_id.as_deref().or(self.participant_role.as_deref())?;
        let classified = roles::classify(self.participant_role.as_deref(), name, &ctx.speakers);
        Some(cast.enter(id, &classified, name))
    }

    /// Adds its participant to the cast, and is a turn if it is a message.
    pub fn take(self, cast: &mut Cast, masked: bool, ctx: &DecodeContext) -> Option<LegTurn> {
        let participant = self.enter(cast, ctx);
        if !self.is_message() {
            return None;
        }
        let nobody = || cast.enter("UNKNOWN", &roles::classify(None, None, &ctx.speakers), None);
        let participant = participant.unwrap_or_else(nobody);
        let time = self.at();
        let content = readable(self.content_type.as_deref(), self.content.unwrap_or_default());
        Some(LegTurn {
            turn_id: self.id,
            participant,
            redactions: redactions(&content, &self.redaction, masked),
            content,
            time,
            sentiment: words::sentiment(self.sentiment.as_deref()),
            ..LegTurn::default()
        })
    }
}

/// The masked spans: those the service names, else those that look like masks.
fn redactions(content: &str, redaction: &ItemRedaction, masked: bool) -> Vec<Redaction> {
    if !masked {
        return Vec::new();
    }
    let found = words::masks(content);
    if !found.is_empty() {
        return found;
    }
    let spans = redaction.character_offsets.iter();
    spans
        .filter_map(|at| words::span(content, at.begin_offset_char, at.end_offset_char))
        .map(|(begin_char, end_char)| Redaction { kind: "PII".to_owned(), begin_char, end_char })
        .collect()
}

/// What a person sees of a message.
fn readable(content_type: Option<&str>, content: String) -> String {
    let interactive = content_type.is_some_and(|kind| kind.contains("connect.message.interactive"));
    if !interactive {
        return content;
    }
    match serde_json::from_str::<Interactive>(&content) {
        Ok(message) => message.lines().unwrap_or(content),
        Err(_) => content,
    }
}

/// An interactive message: a list picker, panel, time picker, carousel or quick reply, or the answer to one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Interactive {
    #[serde(deserialize_with = "lenient::object")]
    data: InteractiveData,
    #[serde(deserialize_with = "lenient::text")]
    action: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct InteractiveData {
    #[serde(deserialize_with = "lenient::object")]
    content: InteractiveContent,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct InteractiveContent {
    #[serde(deserialize_with = "lenient::text")]
    title: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    subtitle: Option<String>,
    #[serde(deserialize_with = "lenient::list")]
    elements: Vec<InteractiveElement>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct InteractiveElement {
    #[serde(deserialize_with = "lenient::text")]
    title: Option<String>,
}

impl Interactive {
    fn lines(self) -> Option<String> {
        let content = self.data.content;
        let elements = content.elements.into_iter().filter_map(|element| element.title);
        let lines: Vec<String> =
            [content.title, content.subtitle, self.action].into_iter().flatten().chain(elements).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}
