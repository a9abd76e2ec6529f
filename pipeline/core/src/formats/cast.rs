//! The participants of a leg while it is read. It must not know any format.

use std::collections::{BTreeMap, HashMap};

use aftercall_schemas::ParticipantRole;

use crate::delivery::LegParticipant;
use crate::roles::Classified;

/// Participants by id and role, in order of first appearance. One id may have two roles: Connect gives the bot and the
/// flow's prompts of a chat one participant.
#[derive(Debug, Default)]
pub struct Cast {
    participants: Vec<LegParticipant>,
    index: BTreeMap<ParticipantRole, HashMap<String, u32>>,
}

impl Cast {
    /// The participant of this id and role, added if new.
    pub fn enter(&mut self, id: &str, classified: &Classified, display_name: Option<&str>) -> u32 {
        let by_id = self.index.entry(classified.role).or_default();
        if let Some(position) = by_id.get(id) {
            let position = *position;
            if let Some(known) = self.participants.get_mut(position as usize)
                && known.display_name.is_none()
            {
                known.display_name = display_name.map(str::to_owned);
            }
            return position;
        }
        let position = u32::try_from(self.participants.len()).unwrap_or(u32::MAX);
        by_id.insert(id.to_owned(), position);
        self.participants.push(LegParticipant {
            participant_id: id.to_owned(),
            role: classified.role,
            role_source: classified.source,
            role_confidence: None,
            source_role: classified.source_role.clone(),
            display_name: display_name.map(str::to_owned),
        });
        position
    }

    /// All of them.
    pub fn into_participants(self) -> Vec<LegParticipant> {
        self.participants
    }
}
