//! What a code hook answers. A [`LexResponse`] can only be made within Lex's limits, so it cannot be refused there.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::event::{Intent, LexEvent, Slot};

/// Limits of a response (Lex V2 developer guide: lambda-response-format, quotas).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Characters of one message.
    pub message_chars: usize,
    /// Messages of one response.
    pub messages: usize,
    /// Bytes of all session attributes together.
    pub attribute_bytes: usize,
}

/// Lex's limits.
pub const LIMITS: Limits = Limits { message_chars: 1024, messages: 10, attribute_bytes: 12 * 1024 };

/// Why a response cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Nothing to say, or blanks only.
    EmptyMessage,
    /// A message of so many characters.
    LongMessage(usize),
    /// So many messages.
    ManyMessages(usize),
    /// `ElicitIntent` without a message.
    NothingAsked,
    /// Session attributes of so many bytes.
    LargeAttributes(usize),
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::EmptyMessage => f.write_str("a message is empty"),
            Self::LongMessage(chars) => {
                write!(f, "a message has {chars} characters, Lex takes {}", LIMITS.message_chars)
            }
            Self::ManyMessages(count) => write!(f, "{count} messages, Lex takes {}", LIMITS.messages),
            Self::NothingAsked => f.write_str("ElicitIntent needs a message"),
            Self::LargeAttributes(bytes) => {
                write!(f, "session attributes of {bytes} bytes, Lex takes {}", LIMITS.attribute_bytes)
            }
        }
    }
}

impl std::error::Error for Refused {}

/// A message of 1 to 1,024 characters of plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message(String);

impl Message {
    /// A message, if it is within the limits.
    pub fn new(text: impl Into<String>) -> Result<Self, Refused> {
        let text = text.into();
        let chars = text.chars().count();
        if text.trim().is_empty() {
            Err(Refused::EmptyMessage)
        } else if chars > LIMITS.message_chars {
            Err(Refused::LongMessage(chars))
        } else {
            Ok(Self(text))
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// How a closed intent ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseState {
    /// Well.
    Fulfilled,
    /// Not.
    Failed,
}

/// What Lex does next. Each form holds exactly what Lex requires for it.
#[derive(Debug, Clone, PartialEq)]
pub enum DialogAction {
    /// Back to the flow.
    Close(CloseState),
    /// Stay in Lex and listen for anything.
    ElicitIntent,
    /// Ask for this slot.
    ElicitSlot(String),
    /// Ask whether that is right.
    ConfirmIntent,
    /// As the bot is built.
    Delegate,
}

/// What is to be answered, before the limits are checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// What Lex does next.
    pub action: DialogAction,
    /// What is said, in order.
    pub messages: Vec<Message>,
    /// Session attributes to set; the event's others are kept.
    pub set: BTreeMap<String, String>,
}

/// A response within Lex's limits.
#[derive(Debug, Clone, PartialEq)]
pub struct LexResponse {
    action: DialogAction,
    intent: Intent,
    messages: Vec<Message>,
    attributes: BTreeMap<String, String>,
}

impl LexResponse {
    /// The response to an event. Lex forgets what is not sent back, so all session attributes of the event are kept.
    pub fn to(event: &LexEvent, reply: Reply) -> Result<Self, Refused> {
        if reply.messages.len() > LIMITS.messages {
            return Err(Refused::ManyMessages(reply.messages.len()));
        }
        if reply.action == DialogAction::ElicitIntent && reply.messages.is_empty() {
            return Err(Refused::NothingAsked);
        }
        let mut attributes: BTreeMap<String, String> = event
            .session_state
            .session_attributes
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.clone()?)))
            .collect();
        attributes.extend(reply.set);
        let bytes: usize = attributes.iter().map(|(name, value)| name.len() + value.len()).sum();
        if bytes > LIMITS.attribute_bytes {
            return Err(Refused::LargeAttributes(bytes));
        }
        Ok(Self { action: reply.action, intent: event.intent(), messages: reply.messages, attributes })
    }

    /// What is said.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The session attributes after this turn.
    pub const fn attributes(&self) -> &BTreeMap<String, String> {
        &self.attributes
    }

    /// What Lex does next.
    pub const fn action(&self) -> &DialogAction {
        &self.action
    }
}

impl Serialize for LexResponse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (action, state) = match &self.action {
            DialogAction::Close(CloseState::Fulfilled) => (json!({"type": "Close"}), Some("Fulfilled")),
            DialogAction::Close(CloseState::Failed) => (json!({"type": "Close"}), Some("Failed")),
            DialogAction::ElicitIntent => (json!({"type": "ElicitIntent"}), None),
            DialogAction::ElicitSlot(slot) => (json!({"type": "ElicitSlot", "slotToElicit": slot}), None),
            DialogAction::ConfirmIntent => (json!({"type": "ConfirmIntent"}), None),
            DialogAction::Delegate => (json!({"type": "Delegate"}), None),
        };
        let slots: &BTreeMap<String, Option<Slot>> = &self.intent.slots;
        let mut intent = json!({"name": self.intent.name, "slots": slots});
        if let (Some(state), Value::Object(fields)) = (state, &mut intent) {
            fields.insert("state".to_owned(), json!(state));
        }
        let messages: Vec<Value> = self
            .messages
            .iter()
            .map(|message| json!({"contentType": "PlainText", "content": message.text()}))
            .collect();
        json!({
            "sessionState": {"dialogAction": action, "intent": intent, "sessionAttributes": self.attributes},
            "messages": messages,
        })
        .serialize(serializer)
    }
}
