//! Corrections of who speaks, made by people and repeated at every assembly. Text is not looked at.

use std::collections::BTreeMap;

use aftercall_schemas::conversation::{RoleSource, ServiceAnalysis};
use aftercall_schemas::{Conversation, ParticipantRole};

use crate::roles::Correction;

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
        for turn in &mut conversation.turns {
            if let Some(who) = conversation.participants.get(turn.participant as usize) {
                turn.role = who.role;
            }
        }
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
