//! The rows of the table `turns`, without a copy of any text: turns are most of all rows, and whoever writes them to columns
//! needs to look at each only once.

use aftercall_schemas::results::AnalysisState;
use aftercall_schemas::rows::TurnRow;
use aftercall_schemas::{ParticipantRole, SentimentLabel, Turn};
use jiff::Timestamp;

use super::{Findings, Revision, role_source};

/// What rows need of a turn.
pub trait RowTurn {
    /// Id within the contact.
    fn turn_id(&self) -> &str;
    /// Index into the participants.
    fn participant(&self) -> u32;
    /// Role of the speaker.
    fn role(&self) -> ParticipantRole;
    /// What was said.
    fn content(&self) -> &str;
    /// Begin, milliseconds from the start of the conversation.
    fn begin_offset_millis(&self) -> Option<i64>;
    /// End, milliseconds from the start of the conversation.
    fn end_offset_millis(&self) -> Option<i64>;
    /// BCP 47 tag of the turn's language.
    fn language(&self) -> Option<&str>;
    /// Kinds of what was masked.
    fn redaction_kinds(&self) -> impl Iterator<Item = &str>;
}

impl RowTurn for Turn {
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
        self.redactions.iter().map(|redaction| redaction.kind.as_str())
    }
}

/// A row of the table `turns`, of what the revision holds.
#[derive(Debug)]
pub struct TurnRef<'a, T> {
    /// Amazon Connect instance id.
    pub instance_id: &'a str,
    /// Contact id.
    pub contact_id: &'a str,
    /// Number of the revision.
    pub revision: i64,
    /// Position in the conversation.
    pub position: i64,
    /// The turn.
    pub turn: &'a T,
    /// Id of the speaker in its source.
    pub participant_id: &'a str,
    /// Role of the speaker.
    pub role: ParticipantRole,
    /// Where the role comes from.
    pub speaker_role_source: &'static str,
    /// When the turn began.
    pub begun: Option<Timestamp>,
    /// BCP 47 tag.
    pub language: Option<&'a str>,
    /// Sentiment label.
    pub sentiment: Option<SentimentLabel>,
}

/// Shows every row of the table `turns`, in the order of the conversation.
pub fn each_turn<'a, T: RowTurn>(revision: Revision<'a, T>, mut seen: impl FnMut(TurnRef<'a, T>)) {
    if revision.analysis.state == AnalysisState::Moved {
        return;
    }
    let conversation = revision.conversation;
    let labels = Findings::of(revision.analysis).sentiment.map(|sentiment| sentiment.turns.as_slice()).unwrap_or(&[]);
    for (position, turn) in conversation.turns.iter().enumerate() {
        let speaker = usize::try_from(turn.participant()).ok().and_then(|index| conversation.participants.get(index));
        let begun = turn.begin_offset_millis().and_then(|offset| {
            let start = conversation.start_timestamp?;
            start.checked_add(jiff::SignedDuration::from_millis(offset)).ok()
        });
        seen(TurnRef {
            instance_id: &conversation.instance_id,
            contact_id: &conversation.contact_id,
            revision: i64::from(revision.number),
            position: i64::try_from(position).unwrap_or(i64::MAX),
            turn,
            participant_id: speaker.map(|speaker| speaker.participant_id.as_str()).unwrap_or_default(),
            role: turn.role(),
            speaker_role_source: speaker.map(|speaker| role_source(speaker.role_source)).unwrap_or("unknown"),
            begun,
            language: turn.language().or(conversation.language.as_deref()),
            sentiment: labels.get(position).copied().flatten(),
        });
    }
}

/// The rows of the table `turns`.
pub fn turns<T: RowTurn>(revision: Revision<'_, T>) -> Vec<TurnRow> {
    let mut rows = Vec::new();
    each_turn(revision, |row| {
        rows.push(TurnRow {
            instance_id: row.instance_id.to_owned(),
            contact_id: row.contact_id.to_owned(),
            revision: row.revision,
            turn: row.position,
            turn_id: row.turn.turn_id().to_owned(),
            participant_id: row.participant_id.to_owned(),
            participant_role: row.role.to_string(),
            speaker_role_source: row.speaker_role_source.to_owned(),
            begin_offset_ms: row.turn.begin_offset_millis(),
            end_offset_ms: row.turn.end_offset_millis(),
            begin_timestamp: row.begun,
            language_locale: row.language.map(str::to_owned),
            sentiment: row.sentiment.map(|label| label.to_string()),
            redaction_kinds: row.turn.redaction_kinds().map(str::to_owned).collect(),
            content: row.turn.content().to_owned(),
        });
    });
    rows
}
