//! Summaries of a contact, typed: of the bot leg (UC1) and of the agent leg (UC2).
//!
//! The offline model is extractive and deterministic: every statement is made of sentences of the turns it names, chosen
//! by role, position, cue phrases and how much of the conversation's vocabulary they carry. Every statement, from here or
//! from a language model, passes [`crate::grounding`].

mod cues;
mod extract;
pub mod prompts;
pub mod textrank;

use aftercall_schemas::results::{AgentSummary, Commitment, CustomerSummary, Statement};
use aftercall_schemas::{ParticipantRole, Resolution, Turn};

use crate::grounding;
use crate::redact::RedactedConversation;
use cues::Cue;
use extract::{Passage, passages};

/// Version of the customer summary's rules.
pub const CUSTOMER_VERSION: &str = "customer-summary/1";
/// Version of the agent summary's rules.
pub const AGENT_VERSION: &str = "agent-summary/1";

/// Summary of what took place between customer and bot.
pub fn customer_summary(conversation: &RedactedConversation) -> CustomerSummary {
    let turns = &conversation.conversation().turns;
    let end = turns.iter().position(|turn| turn.role == ParticipantRole::Agent).unwrap_or(turns.len());
    let leg = turns.get(..end).unwrap_or_default();
    let passages = passages(leg, 0);
    CustomerSummary {
        reason: reason(&passages, turns),
        what_happened: best(&passages, turns, ParticipantRole::Bot, 2, |passage| !passage.has(Cue::Greeting)),
        resolution: resolution(&passages, end < turns.len()),
        follow_up: best(&passages, turns, ParticipantRole::Bot, 2, |passage| passage.has(Cue::Promise)),
        bot_failures: best(&passages, turns, ParticipantRole::Bot, 3, |passage| passage.has(Cue::BotFailure)),
    }
}

/// Summary of what took place between customer and agent.
pub fn agent_summary(conversation: &RedactedConversation) -> AgentSummary {
    let turns = &conversation.conversation().turns;
    let begin =
        turns.iter().position(|turn| turn.role == ParticipantRole::Agent).map_or(0, |agent| agent.saturating_sub(1));
    let leg = turns.get(begin..).unwrap_or_default();
    let passages = passages(leg, begin);
    let commitments = passages
        .iter()
        .filter(|passage| passage.has(Cue::Promise) && !passage.question)
        .filter(|passage| matches!(passage.role, ParticipantRole::Agent | ParticipantRole::Customer))
        .map(|passage| Commitment {
            who: passage.role,
            what: statement(passage, turns),
            when: extract::when(passage.text),
        })
        .collect();
    let outcome =
        passages.iter().rev().find(|passage| passage.role == ParticipantRole::Agent && passage.has(Cue::Done));
    AgentSummary {
        reason: reason(&passages, turns),
        agent_actions: best(&passages, turns, ParticipantRole::Agent, 2, |passage| !passage.has(Cue::Greeting)),
        outcome: outcome.map(|passage| statement(passage, turns)),
        resolution: resolution(&passages, false),
        commitments,
        notes: Vec::new(),
    }
}

fn statement(passage: &Passage<'_>, turns: &[Turn]) -> Statement {
    let supporting: Vec<&Turn> = turns.get(passage.turn).into_iter().collect();
    Statement {
        text: passage.text.to_owned(),
        turns: u32::try_from(passage.turn).into_iter().collect(),
        verdict: grounding::check(passage.text, Some(passage.role), &supporting),
    }
}

/// Why the customer came: the first passage of the customer that says something.
fn reason(passages: &[Passage<'_>], turns: &[Turn]) -> Option<Statement> {
    let says_something = |passage: &&Passage<'_>| {
        passage.role == ParticipantRole::Customer && passage.content_words >= 2 && !passage.has(Cue::Closing)
    };
    let passage = passages
        .iter()
        .find(says_something)
        .or_else(|| passages.iter().find(|passage| passage.role == ParticipantRole::Customer))?;
    Some(statement(passage, turns))
}

/// The passages of a role with the greatest weight, in their order.
fn best(
    passages: &[Passage<'_>],
    turns: &[Turn],
    role: ParticipantRole,
    count: usize,
    allowed: impl Fn(&Passage<'_>) -> bool,
) -> Vec<Statement> {
    let mut chosen: Vec<&Passage<'_>> = passages
        .iter()
        .filter(|passage| passage.role == role && passage.content_words > 0 && allowed(passage))
        .collect();
    chosen.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.turn.cmp(&b.turn)));
    chosen.truncate(count);
    chosen.sort_by_key(|passage| passage.turn);
    chosen.into_iter().map(|passage| statement(passage, turns)).collect()
}

/// How the matter stood at the end, from the last cue that tells.
fn resolution(passages: &[Passage<'_>], handed_over: bool) -> Option<Resolution> {
    if handed_over {
        return Some(Resolution::Escalated);
    }
    let last = passages.iter().rev().take(8);
    for passage in last {
        if passage.has(Cue::HandOver) {
            return Some(Resolution::Escalated);
        }
        if passage.has(Cue::Unresolved) || passage.has(Cue::BotFailure) {
            return Some(Resolution::Unresolved);
        }
        if passage.has(Cue::Done) || passage.has(Cue::Closing) {
            return Some(Resolution::Resolved);
        }
    }
    passages
        .last()
        .filter(|passage| passage.question && passage.role != ParticipantRole::Customer)
        .map(|_| Resolution::Abandoned)
}
