//! Words and spans that several formats share: channels, sentiment labels, language tags, masks, character offsets.

use aftercall_schemas::conversation::{Mark, MarkKind, Redaction};
use aftercall_schemas::{Channel, SentimentLabel};

/// A channel. `IVR` is a call; agent events write `TASKS`.
pub fn channel(word: Option<&str>) -> Channel {
    match word.map(str::trim) {
        None => Channel::Unknown,
        Some(word) if word.eq_ignore_ascii_case("IVR") => Channel::Voice,
        Some(word) if word.eq_ignore_ascii_case("TASKS") => Channel::Task,
        Some(word) => Channel::parse(word).unwrap_or(Channel::Unknown),
    }
}

/// A sentiment label; words that are not known are none.
pub fn sentiment(word: Option<&str>) -> Option<SentimentLabel> {
    SentimentLabel::parse(word?.trim())
}

/// A language tag as BCP 47 writes it: Lex's `en_US` is `en-US`.
pub fn language(tag: Option<String>) -> Option<String> {
    let tag = tag?;
    let tag = tag.trim();
    let plausible = !tag.is_empty()
        && tag.len() <= 35
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    plausible.then(|| tag.replace('_', "-"))
}

/// A span of characters that lies in the text: offsets of the services can run past its end.
pub fn span(content: &str, begin: Option<i64>, end: Option<i64>) -> Option<(u32, u32)> {
    let length = content.chars().count() as i64;
    let begin = begin?.clamp(0, length);
    let end = end?.clamp(0, length);
    (begin < end).then_some((u32::try_from(begin).ok()?, u32::try_from(end).ok()?))
}

/// A mark of a turn, if it lies in the text.
pub fn mark(kind: MarkKind, content: &str, begin: Option<i64>, end: Option<i64>) -> Option<Mark> {
    span(content, begin, end).map(|(begin_char, end_char)| Mark { kind, begin_char, end_char })
}

/// The masks in a text that a service has redacted: `[PII]`, `[NAME]`, `[CREDIT_DEBIT_NUMBER]`.
pub fn masks(content: &str) -> Vec<Redaction> {
    let mut found = Vec::new();
    let mut open: Option<(u32, String)> = None;
    for (at, c) in content.chars().enumerate() {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        match (c, &mut open) {
            ('[', _) => open = Some((at, String::new())),
            (']', Some((begin_char, kind))) => {
                if !kind.is_empty() {
                    found.push(Redaction {
                        kind: kind.clone(),
                        begin_char: *begin_char,
                        end_char: at.saturating_add(1),
                    });
                }
                open = None;
            }
            ('A'..='Z' | '0'..='9' | '_' | '-', Some((_, kind))) => kind.push(c),
            _ => open = None,
        }
    }
    found
}
