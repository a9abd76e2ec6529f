//! The rows of the table `turns`, without a copy of any text: turns are most of all rows, and whoever writes them to columns
//! needs to look at each only once.

use aftercall_schemas::results::AnalysisState;
use aftercall_schemas::rows::TurnRow;
use aftercall_schemas::{ParticipantRole, SentimentLabel, Turn};
use jiff::Timestamp;

use super::{Findings, Revision, role_source};

/// A row of the table `turns`, of what the revision holds.
#[derive(Debug, Clone, Copy)]
pub struct TurnRef<'a> {
    /// Amazon Connect instance id.
    pub instance_id: &'a str,
    /// Contact id.
    pub contact_id: &'a str,
    /// Number of the revision.
    pub revision: i64,
    /// Position in the conversation.
    pub position: i64,
    /// The turn.
    pub turn: &'a Turn,
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
pub fn each_turn<'a>(revision: Revision<'a>, mut seen: impl FnMut(TurnRef<'a>)) {
    if revision.analysis.state == AnalysisState::Moved {
        return;
    }
    let conversation = revision.conversation;
    let labels = Findings::of(revision.analysis).sentiment.map(|sentiment| sentiment.turns.as_slice()).unwrap_or(&[]);
    for (position, turn) in conversation.turns.iter().enumerate() {
        let speaker = usize::try_from(turn.participant).ok().and_then(|index| conversation.participants.get(index));
        let begun = turn.begin_offset_millis.and_then(|offset| {
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
            role: turn.role,
            speaker_role_source: speaker.map(|speaker| role_source(speaker.role_source)).unwrap_or("unknown"),
            begun,
            language: turn.language.as_deref().or(conversation.language.as_deref()),
            sentiment: labels.get(position).copied().flatten(),
        });
    }
}

/// The rows of the table `turns`.
pub fn turns(revision: Revision<'_>) -> Vec<TurnRow> {
    let mut rows = Vec::new();
    each_turn(revision, |row| {
        rows.push(TurnRow {
            instance_id: row.instance_id.to_owned(),
            contact_id: row.contact_id.to_owned(),
            revision: row.revision,
            turn: row.position,
            turn_id: row.turn.turn_id.clone(),
            participant_id: row.participant_id.to_owned(),
            participant_role: row.role.to_string(),
            speaker_role_source: row.speaker_role_source.to_owned(),
            begin_offset_ms: row.turn.begin_offset_millis,
            end_offset_ms: row.turn.end_offset_millis,
            begin_timestamp: row.begun,
            language_locale: row.language.map(str::to_owned),
            sentiment: row.sentiment.map(|label| label.to_string()),
            redaction_kinds: row.turn.redactions.iter().map(|redaction| redaction.kind.clone()).collect(),
            content: row.turn.content.clone(),
        });
    });
    rows
}
