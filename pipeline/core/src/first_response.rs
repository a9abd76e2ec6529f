//! The bot's first answer: the first bot turn after a customer's.
//!
//! A bot's greeting before the customer has said anything is not an answer. Prompts of the flow (role SYSTEM) are not the
//! bot's. It must not judge whether the answer was any good.

use aftercall_schemas::results::FirstResponse;
use aftercall_schemas::{ParticipantRole, Turn};

use crate::redact::RedactedConversation;

/// Version of this stage's rules.
pub const VERSION: &str = "first-response/1";

/// The first bot turn after a customer's, and how long the customer waited for it (milliseconds, from the end of the
/// customer's last turn before it; never negative). All fields are null when the bot never answered.
pub fn first_response(conversation: &RedactedConversation) -> FirstResponse {
    let mut asked: Option<&Turn> = None;
    for (position, turn) in conversation.conversation().turns.iter().enumerate() {
        match turn.role {
            ParticipantRole::Customer => asked = Some(turn),
            ParticipantRole::Bot => {
                let Some(customer) = asked else { continue };
                let waited_from = customer.end_offset_millis.or(customer.begin_offset_millis);
                return FirstResponse {
                    turn: u32::try_from(position).ok(),
                    content: Some(turn.content.clone()),
                    latency_millis: turn
                        .begin_offset_millis
                        .zip(waited_from)
                        .map(|(to, from)| to.saturating_sub(from).max(0)),
                    offset_millis: turn.begin_offset_millis,
                };
            }
            _ => {}
        }
    }
    FirstResponse::default()
}
