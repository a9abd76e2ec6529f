//! Amazon Lex V2 conversation log: one JSON object a turn of the dialogue, from CloudWatch Logs.
//!
//! Shape: Lex V2 developer guide, "Viewing text logs". An entry holds the user's input and the bot's messages and one
//! time; the bot's answer has no time of its own, so it has none here. `messageVersion` is also spelled
//! `message-version`. The contact is the session attribute `ContactId`, which a flow has to pass; else the session
//! stands alone as `lex:<session id>`. There is no end marker, and the order of entries is not guaranteed.

use std::collections::BTreeMap;

use aftercall_schemas::Channel;
use aftercall_schemas::ParticipantRole;
use aftercall_schemas::conversation::RoleSource;
use jiff::Timestamp;
use serde::Deserialize;

use super::cast::Cast;
use super::lenient::Text;
use super::{DecodeContext, lenient, read, words};
use crate::delivery::{Body, Delivery, Leg, LegKind, LegTurn, SourceKind, Zero};
use crate::error::{Reason, Rejected};
use crate::roles::Classified;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Entry {
    #[serde(deserialize_with = "lenient::time")]
    timestamp: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::text")]
    request_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    session_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    input_mode: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    input_transcript: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    raw_input_transcript: Option<String>,
    #[serde(deserialize_with = "lenient::object")]
    bot: Bot,
    #[serde(deserialize_with = "lenient::list")]
    messages: Vec<Message>,
    #[serde(deserialize_with = "lenient::object")]
    session_state: SessionState,
    #[serde(deserialize_with = "lenient::map")]
    request_attributes: BTreeMap<String, Text>,
    #[serde(deserialize_with = "lenient::list")]
    interpretations: Vec<Interpretation>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Bot {
    #[serde(deserialize_with = "lenient::text")]
    locale_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Message {
    #[serde(deserialize_with = "lenient::text")]
    content_type: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    content: Option<String>,
    #[serde(deserialize_with = "lenient::maybe")]
    image_response_card: Option<Card>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Card {
    #[serde(deserialize_with = "lenient::text")]
    title: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    subtitle: Option<String>,
    #[serde(deserialize_with = "lenient::list")]
    buttons_list: Vec<Button>,
    #[serde(deserialize_with = "lenient::list")]
    buttons: Vec<Button>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Button {
    #[serde(deserialize_with = "lenient::text")]
    text: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SessionState {
    #[serde(deserialize_with = "lenient::map")]
    session_attributes: BTreeMap<String, Text>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Interpretation {
    #[serde(deserialize_with = "lenient::object")]
    sentiment_response: SentimentResponse,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SentimentResponse {
    #[serde(deserialize_with = "lenient::text")]
    sentiment: Option<String>,
}

/// A log entry, and what decides whose it is.
pub(super) struct Logged {
    pub delivery: Delivery,
    /// The session.
    pub session: Option<String>,
    /// The entry names its contact, so it need not be found by its session.
    pub names_contact: bool,
}

pub(super) fn decode(text: &str, ctx: &DecodeContext) -> Result<Delivery, Rejected> {
    decode_at(text, None, ctx).map(|logged| logged.delivery)
}

/// An entry whose own time may be missing: then the time of its log line counts.
pub(super) fn decode_at(text: &str, logged: Option<Timestamp>, ctx: &DecodeContext) -> Result<Logged, Rejected> {
    let entry: Entry = read::json(text, "lex-log")?;
    let attributes = &entry.session_state.session_attributes;
    let named = attribute(attributes, &["contactid", "connectcontactid"])
        .or_else(|| attribute(&entry.request_attributes, &["contactid"]));
    let names_contact = named.is_some();
    let contact_id = named.or_else(|| Some(format!("lex:{}", entry.session_id.as_deref()?))).ok_or_else(|| {
        let detail = "lex-log: neither `ContactId` among the session attributes nor `sessionId`";
        Rejected::new(Reason::MissingContactId, detail)
    })?;
    let instance = attribute(attributes, &["instanceid", "instancearn"]);
    let time = entry.timestamp.or(logged);
    let mut cast = Cast::default();
    let leg = Leg {
        part: true,
        language: words::language(entry.bot.locale_id.clone()),
        zero: time.map_or(Zero::Unknown, Zero::At),
        channel: channel(&entry),
        turns: turns(&entry, time, &mut cast),
        participants: cast.into_participants(),
        ..Leg::empty(LegKind::Bot, Channel::Unknown)
    };
    let delivery = Delivery {
        contact: ctx.contact(instance.as_deref(), contact_id),
        source: SourceKind::LexLog,
        masked: false,
        ends: false,
        body: Body::Leg(Box::new(leg)),
    };
    Ok(Logged { delivery, session: entry.session_id, names_contact })
}

/// A value by its name, whatever its letter case and separators. The names are ours, so they are few.
fn attribute(attributes: &BTreeMap<String, Text>, names: &[&str]) -> Option<String> {
    let plain = |name: &str| -> String {
        name.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect()
    };
    let found = attributes.iter().find(|(name, value)| names.contains(&plain(name).as_str()) && value.0.is_some());
    found.and_then(|(_, value)| value.0.clone())
}

fn channel(entry: &Entry) -> Channel {
    let platform =
        entry.request_attributes.get("x-amz-lex:channels:platform").and_then(|platform| platform.0.as_deref());
    match platform {
        Some("Connect") => return Channel::Voice,
        Some("Connect Chat") => return Channel::Chat,
        _ => {}
    }
    let stated = words::channel(attribute(&entry.session_state.session_attributes, &["channel"]).as_deref());
    match (stated, entry.input_mode.as_deref()) {
        (Channel::Unknown, Some("Speech" | "DTMF")) => Channel::Voice,
        (Channel::Unknown, Some("Text")) => Channel::Chat,
        (stated, _) => stated,
    }
}

fn turns(entry: &Entry, time: Option<Timestamp>, cast: &mut Cast) -> Vec<LegTurn> {
    let known = |role: ParticipantRole| Classified { role, source: RoleSource::Service, source_role: None };
    let id = |position: usize| entry.request_id.as_ref().map(|request| format!("{request}/{position}"));
    let mut turns = Vec::new();
    if let Some(said) = entry.input_transcript.as_ref().or(entry.raw_input_transcript.as_ref()) {
        let sentiment = entry.interpretations.first().and_then(|first| first.sentiment_response.sentiment.as_deref());
        turns.push(LegTurn {
            turn_id: id(0),
            participant: cast.enter("CUSTOMER", &known(ParticipantRole::Customer), None),
            content: said.clone(),
            time,
            sentiment: words::sentiment(sentiment),
            ..LegTurn::default()
        });
    }
    for (position, message) in entry.messages.iter().enumerate() {
        let Some(content) = readable(message) else { continue };
        turns.push(LegTurn {
            turn_id: id(position + 1),
            participant: cast.enter("BOT", &known(ParticipantRole::Bot), None),
            content,
            // A greeting without input is as old as its entry; an answer is later, nobody says how much.
            time: time.filter(|_| turns.is_empty()),
            ..LegTurn::default()
        });
    }
    turns
}

/// What the customer hears or sees of a message.
fn readable(message: &Message) -> Option<String> {
    let text = message.content.as_deref().map(|content| match message.content_type.as_deref() {
        Some("SSML") => without_tags(content),
        _ => content.to_owned(),
    });
    let card = message.image_response_card.iter().flat_map(|card| {
        let buttons = card.buttons_list.iter().chain(&card.buttons).filter_map(|button| button.text.clone());
        [card.title.clone(), card.subtitle.clone()].into_iter().flatten().chain(buttons)
    });
    let lines: Vec<String> = text.into_iter().filter(|text| !text.is_empty()).chain(card).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Speech markup without its markup.
fn without_tags(ssml: &str) -> String {
    let mut text = String::with_capacity(ssml.len());
    let mut inside = false;
    for c in ssml.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                text.push(' ');
            }
            _ if inside => {}
            _ => text.push(c),
        }
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&")
}
