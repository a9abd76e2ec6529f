//! Reads a conversation that was stored, as far as rows need it. Turns are most of it and are always written in the same
//! form, so a turn of that form is taken apart where it stands, without a look at what every name could be; serde reads
//! every other. It must not read anything that serde would not, or otherwise.

use std::borrow::Cow;

use aftercall_schemas::{Conversation, ParticipantRole};
use memchr::memchr;
use serde::Deserialize;

use super::RowTurn;

/// What stands before the turns and after them.
const BEGIN: &str = ",\"turns\":[";
const END: &str = "]";
/// What is put in the place of the turns: no turn looks like it, so that where it is found the turns were.
const PLACE: u8 = 0;
/// Digits that every number of 64 bits has room for.
const LONGEST: usize = 18;

/// A stored turn as far as rows need it. Its text stays in the object that it is read from.
#[derive(Debug, PartialEq, Deserialize)]
pub struct StoredTurn<'a> {
    #[serde(borrow)]
    turn_id: Cow<'a, str>,
    participant: u32,
    role: ParticipantRole,
    #[serde(borrow)]
    content: Cow<'a, str>,
    begin_offset_millis: Option<i64>,
    end_offset_millis: Option<i64>,
    language: Option<String>,
    #[serde(borrow, default)]
    redactions: Vec<StoredRedaction<'a>>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct StoredRedaction<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
}

impl RowTurn for StoredTurn<'_> {
    fn turn_id(&self) -> &str {
        &self.turn_id
    }
    fn participant(&self) -> u32 {
        self.participant
    }
    fn role(&self) -> ParticipantRole {
        self.role
    }
    fn content(&self) -> &str {
        &self.content
    }
    fn begin_offset_millis(&self) -> Option<i64> {
        self.begin_offset_millis
    }
    fn end_offset_millis(&self) -> Option<i64> {
        self.end_offset_millis
    }
    fn language(&self) -> Option<&str> {
        self.language.as_deref()
    }
    fn redaction_kinds(&self) -> impl Iterator<Item = &str> {
        self.redactions.iter().map(|redaction| redaction.kind.as_ref())
    }
}

/// Reads a stored conversation.
pub(crate) fn conversation(text: &str) -> serde_json::Result<Conversation<StoredTurn<'_>>> {
    match in_two(text) {
        Some(read) => Ok(read),
        None => serde_json::from_str(text),
    }
}

/// The turns, and then the rest without them. `None`: not written as we write.
fn in_two(text: &str) -> Option<Conversation<StoredTurn<'_>>> {
    let (before, turns) = text.split_once(BEGIN)?;
    let mut turns = Turns { rest: turns };
    let read = turns.all()?;
    let rest = [before, BEGIN, &PLACE.to_string(), END, turns.rest].concat();
    let rest: Conversation<u8> = serde_json::from_str(&rest).ok()?;
    (rest.turns == [PLACE]).then(|| rest.with_turns(read))
}

/// The text of turns that are not read yet.
struct Turns<'a> {
    rest: &'a str,
}

impl<'a> Turns<'a> {
    fn all(&mut self) -> Option<Vec<StoredTurn<'a>>> {
        let mut read = Vec::with_capacity(32);
        if self.goes_on(END) {
            return Some(read);
        }
        loop {
            let begin = self.rest;
            let turn = self.usual().or_else(|| {
                self.rest = begin;
                self.any()
            });
            read.push(turn?);
            if self.goes_on(END) {
                return Some(read);
            }
            self.skip(",")?;
        }
    }

    /// A turn in the form in which nearly all are written.
    fn usual(&mut self) -> Option<StoredTurn<'a>> {
        self.skip("{\"turn_id\":")?;
        let turn_id = Cow::Borrowed(self.string()?);
        self.skip(",\"participant\":")?;
        let participant = self.integer()?.try_into().ok()?;
        self.skip(",\"role\":")?;
        let word = self.string()?;
        let role = *ParticipantRole::ALL.iter().find(|role| role.as_str() == word)?;
        self.skip(",\"content\":")?;
        let content = Cow::Borrowed(self.string()?);
        self.skip(",\"begin_offset_millis\":")?;
        let begin_offset_millis = self.integer_or_null()?;
        self.skip(",\"end_offset_millis\":")?;
        let end_offset_millis = self.integer_or_null()?;
        if self.goes_on(",\"sentiment\":") {
            self.string()?;
        }
        self.skip("}")?;
        Some(StoredTurn {
            turn_id,
            participant,
            role,
            content,
            begin_offset_millis,
            end_offset_millis,
            language: None,
            redactions: Vec::new(),
        })
    }

    /// A turn in any form.
    fn any(&mut self) -> Option<StoredTurn<'a>> {
        let mut turns = serde_json::Deserializer::from_str(self.rest).into_iter();
        let turn = turns.next()?.ok()?;
        self.rest = self.rest.get(turns.byte_offset()..)?;
        Some(turn)
    }

    fn goes_on(&mut self, with: &str) -> bool {
        self.skip(with).is_some()
    }

    fn skip(&mut self, what: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(what)?;
        Some(())
    }

    /// A string in which nothing is escaped.
    fn string(&mut self) -> Option<&'a str> {
        let begun = self.rest.strip_prefix('"')?;
        let (string, rest) = begun.split_at_checked(memchr(b'"', begun.as_bytes())?)?;
        // One pass for both, without a way out before the end: that is quicker.
        let plain = string.bytes().fold(true, |plain, byte| plain & (byte >= b' ') & (byte != b'\\'));
        self.rest = rest.strip_prefix('"')?;
        plain.then_some(string)
    }

    fn integer_or_null(&mut self) -> Option<Option<i64>> {
        if self.goes_on("null") { Some(None) } else { self.integer().map(Some) }
    }

    /// A whole number as it is written: no zero before others, no minus before a zero alone, not so long that it could be
    /// too large.
    fn integer(&mut self) -> Option<i64> {
        let digits = self.rest.strip_prefix('-');
        let (is_negative, digits) = (digits.is_some(), digits.unwrap_or(self.rest));
        let (mut number, mut length) = (0, 0);
        for digit in digits.bytes().take_while(u8::is_ascii_digit) {
            if length == LONGEST || (length > 0 && number == 0) {
                return None;
            }
            number = number * 10 + i64::from(digit - b'0');
            length += 1;
        }
        if length == 0 || (is_negative && number == 0) {
            return None;
        }
        self.rest = digits.get(length..)?;
        Some(if is_negative { -number } else { number })
    }
}

#[cfg(test)]
mod tests {
    use aftercall_schemas::Turn;
    use aftercall_schemas::conversation::{Mark, MarkKind, Redaction};
    use proptest::prelude::*;

    use super::*;

    fn turn() -> impl Strategy<Value = Turn> {
        let text = prop_oneof!["[a-z \"\\\\\n{}\\[\\],:é🙂]{0,20}", Just(",\"turns\":[".to_owned())];
        let offset = prop_oneof![Just(None), any::<i64>().prop_map(Some), (0..9_000_000i64).prop_map(Some)];
        let role = proptest::sample::select(ParticipantRole::ALL);
        let parts = (text.clone(), 0..3u32, role, text, offset.clone(), offset, any::<u8>());
        parts.prop_map(|(turn_id, participant, role, content, begin_offset_millis, end_offset_millis, kind)| Turn {
            turn_id,
            participant,
            role,
            content,
            begin_offset_millis,
            end_offset_millis,
            sentiment: (kind & 1 > 0).then_some(aftercall_schemas::SentimentLabel::Mixed),
            language: (kind % 16 == 2).then(|| "es-ES".into()),
            language_confidence: (kind % 16 == 4).then_some(0.5),
            marks: Vec::from_iter((kind % 16 == 6).then_some(Mark {
                kind: MarkKind::Issue,
                begin_char: 0,
                end_char: 1,
            })),
            redactions: Vec::from_iter((kind % 16 == 8).then(|| Redaction {
                kind: "NAME".into(),
                begin_char: 0,
                end_char: 1,
            })),
        })
    }

    fn conversation_of(turns: Vec<Turn>) -> Conversation {
        let empty = serde_json::json!({
            "format": "aftercall.conversation/1", "instance_id": "i", "contact_id": "c", "channel": "CHAT", "language": null,
            "sources": [], "alignment": "single", "start_timestamp": null, "participants": [], "turns": [],
            "record": { "attributes": { "turns": ",\"turns\":[" } },
        });
        serde_json::from_value::<Conversation>(empty).unwrap().with_turns(turns)
    }

    fn same(text: &str) {
        let by_serde = serde_json::from_str::<Conversation<StoredTurn<'_>>>(text);
        match (conversation(text), by_serde) {
            (Ok(read), Ok(expected)) => assert_eq!(read, expected, "{text}"),
            (Err(error), Err(expected)) => assert_eq!(error.to_string(), expected.to_string(), "{text}"),
            (read, expected) => panic!("{read:?} is not {expected:?}: {text}"),
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_serde_reads(turns in proptest::collection::vec(turn(), 0..5)) {
            let text = serde_json::to_string(&conversation_of(turns)).unwrap();
            prop_assert!(in_two(&text).is_some(), "{}", text);
            same(&text);
        }

        #[test]
        fn nothing_is_read_that_serde_would_not(
            turns in proptest::collection::vec(turn(), 0..3),
            at in any::<proptest::sample::Index>(),
            with in proptest::sample::select(&["", "\"", "\\", "0", "-", ",", "]", "}", " ", "\u{1}", "null", "1.5", ",\"turns\":[", "é"][..]),
            takes in 0..2usize,
        ) {
            let text = serde_json::to_string(&conversation_of(turns)).unwrap();
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let at = places[at.index(places.len())];
            let (before, after) = text.split_at(at);
            let after: String = after.chars().skip(takes).collect();
            same(&format!("{before}{with}{after}"));
        }
    }

    #[test]
    fn numbers_are_those_of_json() {
        for number in [
            "0",
            "-1",
            "01",
            "-0",
            "-",
            "",
            "1e3",
            "1.0",
            "9223372036854775807",
            "9223372036854775808",
            "٣",
            "-00",
            "999999999999999999",
            "-999999999999999999",
            "1000000000000000000",
        ] {
            let turn = r#"{"turn_id":"t","participant":0,"role":"AGENT","content":"","begin_offset_millis":N,"end_offset_millis":null}"#;
            let text = serde_json::to_string(&conversation_of(Vec::new())).unwrap();
            same(&text.replacen("\"turns\":[]", &format!("\"turns\":[{}]", turn.replace('N', number)), 1));
        }
    }
}
