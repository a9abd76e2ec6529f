//! Summaries of a contact, typed: of the bot leg (UC1) and of the agent leg (UC2).
//!
//! The offline model is extractive and deterministic: every statement is made of sentences of the turns it names, chosen
//! by role, position, cue phrases and how much of the conversation's vocabulary they carry. Every statement, from here or
//! from a language model, passes [`crate::grounding`].

pub mod answer;
mod commitments;
mod cues;
mod extract;
pub mod prompts;
mod resolution;
pub mod textrank;
mod tidy;
mod when;

use aftercall_schemas::results::{AgentSummary, Commitment, CustomerSummary, Statement};
use aftercall_schemas::{ParticipantRole, Turn};

use crate::grounding;
use crate::redact::RedactedConversation;
use crate::text::language::{self, Known};
use cues::Cue;
use extract::{Passage, passages};

/// Version of the customer summary's rules.
pub const CUSTOMER_VERSION: &str = "customer-summary/2";
/// Version of the agent summary's rules.
pub const AGENT_VERSION: &str = "agent-summary/2";

/// Words that a reason holds at most, so that a customer who tells a long story does not fill the summary.
const REASON_WORDS: usize = 60;
/// A reason of fewer words takes in the customer's next turn.
const SHORT_REASON: usize = 6;
/// How much a short reason tells that needs no second turn.
const TELLS_ENOUGH: usize = 3;
/// Words of agent actions that are enough.
const ACTION_WORDS: usize = 22;
/// Most commitments, failures and notes of a summary.
const MOST: usize = 8;

/// Summary of what took place between customer and bot: the turns before an agent joins.
pub fn customer_summary(conversation: &RedactedConversation) -> CustomerSummary {
    let turns = &conversation.conversation().turns;
    let agent = turns.iter().position(|turn| turn.role == ParticipantRole::Agent);
    let has_bot = turns.iter().any(|turn| turn.role == ParticipantRole::Bot);
    let end = agent.filter(|_| has_bot).unwrap_or(turns.len());
    let passages = passages(turns.get(..end).unwrap_or_default(), 0);
    let served = |passage: &Passage<'_>| passage.role == ParticipantRole::Bot;
    let unknown_reason = unread(conversation);
    let told = || resolution::resolution(&passages, has_bot && agent.is_some());
    CustomerSummary {
        reason: reason(&passages, turns),
        what_happened: actions(&passages, turns, served),
        resolution: if unknown_reason.is_none() { told() } else { None },
        unknown_reason,
        follow_up: passages
            .iter()
            .filter(|passage| {
                served(passage)
                    && passage.has(Cue::Promise)
                    && !passage.question
                    && !passage.has(Cue::InContact)
                    && !passage.has(Cue::Conditional)
            })
            .take(MOST)
            .map(|passage| statement(&[passage], turns))
            .collect(),
        bot_failures: failures(&passages, turns),
    }
}

/// Summary of what took place between customer and agent. The reason may have been given to the bot before.
pub fn agent_summary(conversation: &RedactedConversation) -> AgentSummary {
    let turns = &conversation.conversation().turns;
    let Some(agent) = turns.iter().position(|turn| turn.role == ParticipantRole::Agent) else {
        let passages = passages(turns, 0);
        return AgentSummary { reason: reason(&passages, turns), ..AgentSummary::default() };
    };
    let all = passages(turns, 0);
    // What the customer says right before the agent joins belongs to the agent's leg where there is no bot.
    let has_bot = turns.iter().any(|turn| turn.role == ParticipantRole::Bot);
    let from = if has_bot { agent } else { 0 };
    let leg: Vec<Passage<'_>> = all.iter().filter(|passage| passage.turn >= from).cloned().collect();
    let commitments = leg
        .iter()
        .filter_map(|passage| Some((passage, commitments::promised(passage)?)))
        .take(MOST)
        .map(|(passage, when)| Commitment { who: passage.role, what: statement(&[passage], turns), when })
        .collect();
    let served = |passage: &Passage<'_>| passage.role == ParticipantRole::Agent;
    let unknown_reason = unread(conversation);
    AgentSummary {
        reason: reason(if has_bot { &all } else { &leg }, turns),
        agent_actions: actions(&leg, turns, served),
        outcome: outcome(&leg, turns),
        resolution: if unknown_reason.is_none() { resolution::resolution(&leg, false) } else { None },
        unknown_reason,
        commitments,
        notes: notes(&leg, turns),
    }
}

/// Why the phrases that tell how a contact ended cannot be read in it: they are of other languages.
fn unread(conversation: &RedactedConversation) -> Option<String> {
    match language::of_conversation(conversation.conversation()) {
        Known::Other(tag) => Some(format!("how it ended is not read in the language {tag}")),
        Known::Supported(_) | Known::Unknown => None,
    }
}

/// A statement of passages of one turn.
fn statement(chosen: &[&Passage<'_>], turns: &[Turn]) -> Statement {
    let text = chosen.iter().map(|passage| passage.text).collect::<Vec<_>>().join(" ");
    let mut positions: Vec<usize> = chosen.iter().map(|passage| passage.turn).collect();
    positions.dedup();
    let supporting: Vec<&Turn> = positions.iter().filter_map(|position| turns.get(*position)).collect();
    let speaker = chosen.first().map(|passage| passage.role);
    // Sentences of turns that are put together are each checked as they stand.
    let verdict = chosen
        .iter()
        .map(|passage| grounding::check(passage.text, speaker, &supporting))
        .find(|verdict| *verdict != aftercall_schemas::results::Verdict::Supported)
        .unwrap_or(aftercall_schemas::results::Verdict::Supported);
    Statement {
        text,
        turns: positions.into_iter().filter_map(|position| u32::try_from(position).ok()).collect(),
        verdict,
    }
}

/// How much a customer's turn tells of why they came.
fn tells_reason(passages: &[&Passage<'_>]) -> usize {
    let has = |cue: Cue| passages.iter().any(|passage| passage.has(cue));
    let content: usize = passages.iter().map(|passage| passage.content_words).sum();
    let words: usize = passages.iter().map(|passage| passage.words).sum();
    if words < 3 || content == 0 {
        return 0;
    }
    let problem = if has(Cue::Problem) { 3 } else { 0 };
    let request = if has(Cue::Request) { 2 } else { 0 };
    problem + request + usize::from(content >= 2) + usize::from(content >= 4)
}

/// Whether a short turn needs no second one: it names a problem or a wish, or asks something.
fn is_enough(turn: &[&Passage<'_>]) -> bool {
    tells_reason(turn) >= TELLS_ENOUGH || turn.iter().any(|passage| passage.question && passage.content_words >= 2)
}

/// Why the customer came: the first of the customer's turns that tells enough, without its greeting.
fn reason(passages: &[Passage<'_>], turns: &[Turn]) -> Option<Statement> {
    let mut by_turn: Vec<Vec<&Passage<'_>>> = Vec::new();
    for passage in passages.iter().filter(|passage| passage.role == ParticipantRole::Customer) {
        let same = by_turn.last().and_then(|turn| turn.first()).is_some_and(|first| first.turn == passage.turn);
        if !same {
            if by_turn.len() >= 12 {
                break;
            }
            by_turn.push(Vec::new());
        }
        if let Some(turn) = by_turn.last_mut() {
            turn.push(passage);
        }
    }
    let first = by_turn
        .iter()
        .position(|turn| tells_reason(turn) >= 2)
        .or_else(|| by_turn.iter().position(|turn| tells_reason(turn) >= 1))
        .or(if by_turn.is_empty() { None } else { Some(0) })?;
    let mut chosen: Vec<&Passage<'_>> = Vec::new();
    let mut words = 0;
    for (position, turn) in by_turn.iter().enumerate().skip(first) {
        let informative: Vec<&Passage<'_>> = turn
            .iter()
            .copied()
            .filter(|passage| passage.content_words > 0 && !(is_phatic(passage) && turn.len() > 1))
            .collect();
        let informative = if informative.is_empty() { turn.clone() } else { informative };
        for passage in informative {
            if words > 0 && words + passage.words > REASON_WORDS {
                break;
            }
            words += passage.words;
            chosen.push(passage);
        }
        if words >= SHORT_REASON || position > first || is_enough(turn) {
            break;
        }
    }
    (!chosen.is_empty()).then(|| statement(&chosen, turns))
}

/// Sentences that keep a conversation going and say nothing: hello, sorry, thank you.
fn is_phatic(passage: &Passage<'_>) -> bool {
    let phatic = passage.has(Cue::Greeting) || passage.has(Cue::Closing) || passage.has(Cue::Apology);
    let tells = passage.has(Cue::Done)
        || passage.has(Cue::Promise)
        || passage.has(Cue::Problem)
        || passage.has(Cue::Unresolved)
        || passage.has(Cue::Instruct)
        || passage.role == ParticipantRole::Customer && (passage.has(Cue::Request) || passage.question);
    phatic
        && (!tells || passage.content_words <= 2)
        && passage.content_words <= if passage.role == ParticipantRole::Customer { 3 } else { 6 }
}

/// How much a sentence of the serving side tells of what was done.
fn action_weight(passage: &Passage<'_>, position: f64) -> f64 {
    let mut weight = passage.weight;
    for (cue, bonus) in [
        (Cue::Done, 0.9),
        (Cue::Promise, 0.7),
        (Cue::Instruct, 0.7),
        (Cue::Team, 0.7),
        (Cue::HandOver, 0.5),
        (Cue::Unresolved, 0.6),
        (Cue::Finding, 0.5),
        (Cue::Ask, -0.6),
        (Cue::InContact, -0.5),
        (Cue::Greeting, -0.9),
        (Cue::Closing, -0.9),
        (Cue::Apology, -0.6),
    ] {
        if passage.has(cue) {
            weight += bonus;
        }
    }
    // "Thank you, we have refunded the order": the courtesy only leads in.
    if passage.has(Cue::Done) && (passage.has(Cue::Closing) || passage.has(Cue::Apology)) {
        weight += 0.6;
    }
    if passage.question {
        weight -= 0.4;
    }
    if is_phatic(passage) {
        weight -= 2.0;
    }
    // Very short and very long sentences make poor notes.
    if passage.words < 5 {
        weight -= 0.8;
    }
    if passage.words > 45 {
        weight -= 0.5;
    }
    weight + 0.3 * position
}

/// What the serving side did: its sentences of most weight, in their order, until there are enough words.
fn actions(passages: &[Passage<'_>], turns: &[Turn], served: impl Fn(&Passage<'_>) -> bool) -> Vec<Statement> {
    let last = passages.last().map_or(1, |passage| passage.turn.max(1)) as f64;
    let mut ranked: Vec<(f64, &Passage<'_>)> = passages
        .iter()
        .filter(|passage| served(passage) && passage.content_words > 0)
        .map(|passage| (action_weight(passage, passage.turn as f64 / last), passage))
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.turn.cmp(&b.1.turn)));
    let mut chosen: Vec<&Passage<'_>> = Vec::new();
    let mut words = 0;
    for (_, passage) in ranked {
        if words >= ACTION_WORDS || chosen.len() >= 3 || chosen.iter().any(|known| known.text == passage.text) {
            break;
        }
        if words > 0 && words + passage.words > 2 * ACTION_WORDS {
            continue;
        }
        words += passage.words;
        chosen.push(passage);
    }
    chosen.sort_by_key(|passage| passage.turn);
    chosen.into_iter().map(|passage| statement(&[passage], turns)).collect()
}

/// The last sentence of the agent that says what came of it.
fn outcome(leg: &[Passage<'_>], turns: &[Turn]) -> Option<Statement> {
    let tells = |passage: &&Passage<'_>| {
        passage.role == ParticipantRole::Agent
            && !passage.question
            && passage.words >= 3
            && (passage.has(Cue::Done)
                || passage.has(Cue::Team)
                || passage.has(Cue::HandOver)
                || passage.has(Cue::Unresolved))
    };
    leg.iter().rev().find(tells).map(|passage| statement(&[passage], turns))
}

/// Where the bot failed: it said so, or it asked the same thing again.
fn failures(passages: &[Passage<'_>], turns: &[Turn]) -> Vec<Statement> {
    let mut found: Vec<Statement> = Vec::new();
    let mut before: Option<&Passage<'_>> = None;
    for passage in passages.iter().filter(|passage| passage.role == ParticipantRole::Bot) {
        let repeats =
            before.is_some_and(|before| before.turn < passage.turn && before.text == passage.text && passage.question);
        if (passage.has(Cue::BotFailure) || repeats) && found.len() < MOST {
            found.push(statement(&[passage], turns));
        }
        before = Some(passage);
    }
    found
}

/// What else the customer told of the matter: problems after the reason.
fn notes(leg: &[Passage<'_>], turns: &[Turn]) -> Vec<Statement> {
    let mut ranked: Vec<&Passage<'_>> = leg
        .iter()
        .filter(|passage| {
            passage.role == ParticipantRole::Customer
                && !passage.question
                && passage.content_words >= 4
                && (passage.has(Cue::Problem) || passage.weight > 3.0)
                && !is_phatic(passage)
        })
        .skip(1)
        .collect();
    ranked.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.turn.cmp(&b.turn)));
    ranked.truncate(3);
    ranked.sort_by_key(|passage| passage.turn);
    ranked.into_iter().map(|passage| statement(&[passage], turns)).collect()
}
