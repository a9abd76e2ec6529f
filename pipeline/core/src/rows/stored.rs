//! A turn of a conversation that was stored, as far as rows need it: its text stays in the object that it is read from.

use std::borrow::Cow;

use aftercall_schemas::ParticipantRole;
use serde::Deserialize;

use super::RowTurn;

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
