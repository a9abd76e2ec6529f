//! An answer as it can be said: no markup, no links, no source marks; within the channel's limits, cut between sentences.

use std::sync::LazyLock;

use aftercall_core::text::sentences;
use regex::Regex;

use crate::lex::{LIMITS, Message};

/// Where an answer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Heard.
    Voice,
    /// Read in a chat.
    Chat,
    /// Read on a telephone.
    Sms,
}

/// Limits of a channel, in characters and messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelLimits {
    /// The channel.
    pub channel: Channel,
    /// Of the whole answer.
    pub answer_chars: usize,
    /// Of one message.
    pub message_chars: usize,
    /// Messages.
    pub messages: usize,
}

/// Voice: Polly speaks 3,000 billed characters. SMS: ten parts of 153 characters.
const TABLE: [ChannelLimits; 3] = [
    ChannelLimits {
        channel: Channel::Voice,
        answer_chars: 3_000,
        message_chars: LIMITS.message_chars,
        messages: LIMITS.messages,
    },
    ChannelLimits {
        channel: Channel::Chat,
        answer_chars: 8_000,
        message_chars: LIMITS.message_chars,
        messages: LIMITS.messages,
    },
    ChannelLimits { channel: Channel::Sms, answer_chars: 1_530, message_chars: LIMITS.message_chars, messages: 2 },
];

/// The limits of a channel.
pub const fn limits(channel: Channel) -> ChannelLimits {
    let [voice, chat, sms] = TABLE;
    match channel {
        Channel::Voice => voice,
        Channel::Chat => chat,
        Channel::Sms => sms,
    }
}

/// What is not said, and what is said in its place.
static RULES: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        (r"(?s)<(?:script|style)\b.*?</(?:script|style)>", " "),
        (r"</?[A-Za-z][^<>]{0,200}>", " "),
        (r"!?\[([^\[\]]{0,200})\]\([^()]{0,500}\)", "$1"),
        (r"(?i)\bhttps?://\S+", ""),
        (r"\[\d{1,3}(?:,\s*\d{1,3})*\]|【[^】]{0,40}】", ""),
        (r"(?m)^\s{0,3}(?:#{1,6}|[-*•+]|\d{1,2}[.)])\s+", ""),
        // Emphasis goes where it is a pair around words. A star, a hash or a sign that stands for itself ("dial *72#", "< 5 GB") is
        // said: every voice has a word for it.
        (r"(?:\*\*|__|~~)([^*_~\n]{1,400})(?:\*\*|__|~~)", "$1"),
        (r"(^|[\s(\x22'„“])[*_](\p{L}[^*_\n]{0,400})[*_]($|[\s.,;:!?)\x22'“”])", "$1$2$3"),
        (r"`+|\s*\|+\s*", " "),
        (r"(?m)^\s*>+\s+([^\d\s])", "$1"),
        (r"(^|\s)(?:\*{2,}|_{2,}|~{2,}|#{2,})(\s|$)", "$1$2"),
        (r"\s+([.,;:!?])", "$1"),
        (r"\s+", " "),
    ]
    .into_iter()
    .filter_map(|(pattern, instead)| Some((Regex::new(pattern).ok()?, instead)))
    .collect()
});

/// A text without what cannot be said.
pub fn clean(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, instead) in RULES.iter() {
        text = pattern.replace_all(&text, *instead).into_owned();
    }
    text.trim().to_owned()
}

/// A clean text as messages of a channel: cut between sentences, or between words where one sentence is too long. What
/// does not fit is left out whole, never cut inside a word.
pub fn messages(text: &str, channel: Channel) -> Vec<Message> {
    let limits = limits(channel);
    let mut pieces: Vec<String> = Vec::new();
    let mut total = 0;
    for sentence in sentences(text) {
        for part in parts(sentence.text, limits.message_chars) {
            let chars = part.chars().count();
            if total + chars > limits.answer_chars {
                return made(pieces);
            }
            total += chars + 1;
            let full = pieces.len() == limits.messages;
            match pieces.last_mut() {
                Some(last) if last.chars().count() + 1 + chars <= limits.message_chars => {
                    last.push(' ');
                    last.push_str(&part);
                }
                _ if full => return made(pieces),
                _ => pieces.push(part),
            }
        }
    }
    made(pieces)
}

fn made(pieces: Vec<String>) -> Vec<Message> {
    pieces.into_iter().filter_map(|piece| Message::new(piece).ok()).collect()
}

/// A sentence in parts of at most so many characters.
fn parts(sentence: &str, most: usize) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut current = String::new();
    for word in sentence.split_whitespace() {
        let mut word: String = word.to_owned();
        while word.chars().count() > most {
            parts.extend((!current.is_empty()).then(|| std::mem::take(&mut current)));
            parts.push(word.chars().take(most).collect());
            word = word.chars().skip(most).collect();
        }
        if !current.is_empty() && current.chars().count() + 1 + word.chars().count() > most {
            parts.push(std::mem::take(&mut current));
        }
        if !current.is_empty() && !word.is_empty() {
            current.push(' ');
        }
        current.push_str(&word);
    }
    parts.extend((!current.is_empty()).then_some(current));
    parts
}
