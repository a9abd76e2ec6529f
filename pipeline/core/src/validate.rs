//! Whether a delivery can be true. What cannot goes to quarantine and is left out of the contact; the contact's other
//! inputs are used. Speech that overlaps, turns without times and empty transcripts are facts of life, not faults.

use crate::delivery::{Body, Delivery, Leg};
use crate::error::{Reason, Rejected};

/// No offset lies further out than this: thirty days, the longest chat that Connect allows being seven.
pub const MAX_OFFSET_MILLIS: i64 = 30 * 24 * 3_600_000;

/// Checks one delivery. The detail of a rejection names the turn by position and never quotes it.
pub fn validate(delivery: &Delivery) -> Result<(), Rejected> {
    if delivery.contact.contact_id.trim().is_empty() {
        return Err(Rejected::new(Reason::MissingContactId, "the contact id is empty"));
    }
    match &delivery.body {
        Body::Leg(leg) => validate_leg(leg).map_err(|rejected| rejected.of(delivery.contact.clone())),
        Body::Record(_) | Body::Correction(_) => Ok(()),
    }
}

fn validate_leg(leg: &Leg) -> Result<(), Rejected> {
    let invalid = |position: usize, what: String| {
        Err(Rejected::new(Reason::InvalidConversation, format!("turn {position} {what}; correct the source")))
    };
    for (position, turn) in leg.turns.iter().enumerate() {
        if usize::try_from(turn.participant).map_or(true, |index| index >= leg.participants.len()) {
            return invalid(position, "names a participant that the document does not have".into());
        }
        for (name, offset) in [("begins", turn.begin_offset_millis), ("ends", turn.end_offset_millis)] {
            if let Some(offset) = offset
                && !(0..=MAX_OFFSET_MILLIS).contains(&offset)
            {
                return invalid(position, format!("{name} at {offset} ms, outside 0…{MAX_OFFSET_MILLIS}"));
            }
        }
        if let (Some(begin), Some(end)) = (turn.begin_offset_millis, turn.end_offset_millis)
            && end < begin
        {
            return invalid(position, format!("ends at {end} ms, before it begins at {begin} ms"));
        }
    }
    Ok(())
}
