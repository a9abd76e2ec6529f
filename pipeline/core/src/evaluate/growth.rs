//! Texts that made time grow faster than the text, or might: long runs of what redaction looks for. Nothing here looks at a clock;
//! the caller does.

use aftercall_schemas::conversation::{Alignment, FORMAT, Participant, RoleSource};
use aftercall_schemas::{Channel, Conversation, ParticipantRole, Turn};

/// What is repeated.
pub const TEXTS: [&str; 9] = [
    "I was charged twice and nobody answers the phone ",
    "4 1 1 1 ",
    "four oh double one ",
    "[[[[{{{{****",
    "GB29 NWBK 6016 1331 9268 19 ",
    "a at b dot com ",
    "my name is Dana Whitfield of 12 Maple Avenue ",
    "Dana Maple Rose ",
    "田中と申します、カード番号は４０１２８８８８です。",
];

/// A chat in which a text is said again and again, in one turn or in many.
pub fn chat(text: &str, times: usize, turns: usize) -> Conversation {
    let turn = |number: usize| Turn {
        turn_id: format!("t{number}"),
        participant: 0,
        role: ParticipantRole::Customer,
        content: text.repeat(times / turns.max(1)),
        begin_offset_millis: None,
        end_offset_millis: None,
        sentiment: None,
        language: None,
        language_confidence: None,
        marks: Vec::new(),
        redactions: Vec::new(),
    };
    Conversation {
        format: FORMAT.to_owned(),
        instance_id: "growth".to_owned(),
        contact_id: "growth".to_owned(),
        channel: Channel::Chat,
        language: None,
        language_confidence: None,
        sources: Vec::new(),
        alignment: Alignment::Single,
        start_timestamp: None,
        participants: vec![Participant {
            participant_id: "CUSTOMER".to_owned(),
            role: ParticipantRole::Customer,
            role_source: RoleSource::Service,
            role_confidence: None,
            source_role: None,
        }],
        turns: (0..turns).map(turn).collect(),
        record: None,
        service: None,
    }
}
