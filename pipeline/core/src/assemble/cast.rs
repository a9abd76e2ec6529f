//! Who speaks where the source does not say: by the contact record, else by the words; and corrections made by people,
//! which are repeated at every assembly and overrule everything else.

use std::collections::BTreeMap;

use aftercall_schemas::conversation::{RoleSource, ServiceAnalysis};
use aftercall_schemas::{Conversation, ParticipantRole};

use crate::roles::Correction;
use crate::roles_words;

/// Gives roles to speakers that the source only labels. What is concluded from words has a confidence.
pub fn settle(conversation: &mut Conversation) {
    let is_unknown = |role: ParticipantRole| role == ParticipantRole::Unknown;
    if !conversation.participants.iter().any(|who| is_unknown(who.role)) {
        return;
    }
    // Connect records the customer, and whoever is conferenced, on the left channel and the agent on the right one
    // (administrator guide, "Set up recording behavior").
    let recorded = conversation.record.as_ref().is_some_and(|record| !record.recording_locations.is_empty());
    for who in conversation.participants.iter_mut().filter(|who| recorded && is_unknown(who.role)) {
        who.role = match who.participant_id.as_str() {
            "ch_0" => ParticipantRole::Customer,
            "ch_1" => ParticipantRole::Agent,
            _ => continue,
        };
        who.role_source = RoleSource::Record;
    }
    let mut speakers: Vec<(ParticipantRole, String)> =
        conversation.participants.iter().map(|who| (who.role, String::new())).collect();
    for turn in &conversation.turns {
        if let Some((_, said)) = speakers.get_mut(turn.participant as usize) {
            said.push_str(&turn.content);
            said.push('\n');
        }
    }
    for (who, concluded) in conversation.participants.iter_mut().zip(roles_words::conclude(&speakers)) {
        if let Some(concluded) = concluded {
            who.role = concluded.role;
            who.role_source = RoleSource::Words;
            who.role_confidence = Some(concluded.confidence);
        }
    }
    repeat_on_turns(conversation);
}

fn repeat_on_turns(conversation: &mut Conversation) {
    for turn in &mut conversation.turns {
        if let Some(who) = conversation.participants.get(turn.participant as usize) {
            turn.role = who.role;
        }
    }
}

/// Applies corrections to participants, turns and the service's results by role.
pub fn correct(conversation: &mut Conversation, corrections: &[Correction], notes: &mut Vec<String>) {
    for correction in corrections {
        let mut moves = BTreeMap::new();
        for who in &mut conversation.participants {
            let corrected = match correction {
                Correction::Swap => match who.role {
                    ParticipantRole::Agent => ParticipantRole::Customer,
                    ParticipantRole::Customer => ParticipantRole::Agent,
                    _ => continue,
                },
                Correction::Role { label, role } if *label == who.participant_id => *role,
                Correction::Role { .. } => continue,
            };
            moves.insert(who.role, corrected);
            who.role = corrected;
            who.role_source = RoleSource::Correction;
            who.role_confidence = None;
        }
        if moves.is_empty() {
            notes.push(match correction {
                Correction::Swap => "a correction swaps customer and agent, but there is neither".to_owned(),
                Correction::Role { .. } => "a correction names a speaker that does not appear".to_owned(),
            });
        }
        if let Some(service) = &mut conversation.service {
            move_service(service, &moves);
        }
    }
    if !corrections.is_empty() {
        repeat_on_turns(conversation);
    }
}

/// What the service found out of a role belongs to the role's new name.
fn move_service(service: &mut ServiceAnalysis, moves: &BTreeMap<ParticipantRole, ParticipantRole>) {
    fn moved<T>(values: &mut BTreeMap<ParticipantRole, T>, moves: &BTreeMap<ParticipantRole, ParticipantRole>) {
        let old = std::mem::take(values);
        *values = old.into_iter().map(|(role, value)| (moves.get(&role).copied().unwrap_or(role), value)).collect();
    }
    moved(&mut service.overall_sentiment, moves);
    moved(&mut service.quarter_sentiment, moves);
    moved(&mut service.talk_time_millis, moves);
    moved(&mut service.talk_speed_wpm, moves);
    moved(&mut service.interruptions, moves);
}
