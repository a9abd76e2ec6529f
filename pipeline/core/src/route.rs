//! Which use cases a conversation falls under and which stages it therefore needs. One truth table over the roles that
//! speak; who counts as a bot and who as a flow prompt has been decided when the source was decoded.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aftercall_schemas::{ParticipantRole, Stage, UseCase};
use jiff::Timestamp;

use crate::redact::RedactedConversation;

/// What routing decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routing {
    /// Use cases that apply, UC1 before UC2.
    pub use_cases: Vec<UseCase>,
    /// Stages that the conversation needs.
    pub stages: BTreeSet<Stage>,
}

/// Routes a conversation. `optional` names stages that an installation wants besides, for every conversation with a turn.
///
/// | customer | bot | human side | use cases |
/// |---|---|---|---|
/// | any | yes | no  | UC1 |
/// | any | no  | yes | UC2 |
/// | any | yes | yes | UC1 and UC2 |
/// | yes | no  | no  | none: nobody answered |
///
/// The human side is an agent or a supervisor. Third parties, prompts of the system and unknown speakers decide
/// nothing. A conversation without a turn needs no stage: the contact is a row all the same.
pub fn route(conversation: &RedactedConversation, optional: &BTreeSet<Stage>) -> Routing {
    let turns = &conversation.conversation().turns;
    let speaks = |roles: &[ParticipantRole]| turns.iter().any(|turn| roles.contains(&turn.role));
    let bot = speaks(&[ParticipantRole::Bot]);
    let human = speaks(&[ParticipantRole::Agent, ParticipantRole::Supervisor]);
    let mut use_cases = Vec::new();
    let mut stages = BTreeSet::new();
    if !turns.is_empty() {
        stages.extend([Stage::Measures, Stage::Sentiment]);
        stages.extend(optional);
    }
    if bot {
        use_cases.push(UseCase::CustomerBot);
        stages.extend([Stage::CustomerSummary, Stage::FirstResponse]);
    }
    if human {
        use_cases.push(UseCase::CustomerAgent);
        stages.insert(Stage::AgentSummary);
    }
    Routing { use_cases, stages }
}

/// The stages with the moment until which the analysis waits for each.
pub fn deadlines(routing: &Routing, at: Timestamp, wait: Duration) -> BTreeMap<Stage, Timestamp> {
    let deadline = at.checked_add(wait).unwrap_or(Timestamp::MAX);
    routing.stages.iter().map(|stage| (*stage, deadline)).collect()
}
