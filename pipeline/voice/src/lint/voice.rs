//! Rules of a conversation: what a bot and a flow must agree on, and traps of waiting for long answers.

use std::collections::BTreeSet;

use super::{Environment, Findings};
use crate::flow::{Action, Block, Flow, LexInput};
use crate::lex::session::FAMILIES;

/// Longest utterance that every page of the documentation allows, in ms.
const UTTERANCE_MS: u32 = 15_000;
/// Seconds that function blocks in a row may take before Connect ends them.
const FUNCTIONS_IN_A_ROW: u32 = 20;

pub(super) fn check(flow: &Flow, environment: &Environment, findings: &mut Findings) {
    if !matches!(flow.block(flow.start()).map(|block| &block.action), Some(Action::UpdateFlowLoggingBehavior { .. })) {
        findings.flow("logging-first", "the first block must be Set logging behavior, or the call leaves no log");
    }
    for block in flow.blocks() {
        match &block.action {
            Action::ConnectParticipantWithLexBot(input) => listening(block, input, environment, findings),
            Action::UpdateContactData { language: Some(language), .. } => {
                locale(block, language, environment, findings)
            }
            Action::InvokeLambdaFunction { .. } => function(flow, block, findings),
            Action::TransferContactToQueue if !sets_queue(flow) => {
                findings.error(block, "queue-not-set", "no block sets the queue");
            }
            _ => {}
        }
    }
    unheard(flow, findings);
}

fn sets_queue(flow: &Flow) -> bool {
    flow.blocks().iter().any(|block| matches!(block.action, Action::UpdateContactTargetQueue(_)))
}

fn listening(block: &Block, input: &LexInput, environment: &Environment, findings: &mut Findings) {
    for (name, value) in &input.session {
        if name.starts_with("x-amz-lex:") && !FAMILIES.iter().any(|family| name.starts_with(family)) {
            findings.error(block, "lex-attribute", format!("Lex knows no attribute {name:?}"));
        }
        if name.starts_with("x-amz-lex:audio:max-length-ms:")
            && value.parse::<u32>().is_ok_and(|length| length > UTTERANCE_MS)
        {
            findings.warn(block, "utterance-length", format!("Connect's page stops utterances at {UTTERANCE_MS} ms"));
        }
    }
    let Some(bot) = &environment.bot else { return };
    for name in block.next.conditions.iter().flat_map(|condition| &condition.operands) {
        if !bot.intents.contains(name) {
            findings.error(block, "intent-unknown", format!("the bot has no intent {name:?}; case matters"));
        }
    }
}

fn locale(block: &Block, language: &str, environment: &Environment, findings: &mut Findings) {
    let Some(bot) = &environment.bot else { return };
    if !language.starts_with("$.") && bot.locale.replace('_', "-") != language {
        findings.error(block, "locale", format!("the contact speaks {language}, the bot {}", bot.locale));
    }
}

/// Functions in a row.
fn function(flow: &Flow, first: &Block, findings: &mut Findings) {
    let mut seconds = 0;
    let mut seen = BTreeSet::new();
    let mut at = Some(first);
    while let Some(block) = at {
        let Action::InvokeLambdaFunction { limit, .. } = &block.action else { break };
        if !seen.insert(block.name.as_str()) {
            break;
        }
        seconds += limit.value;
        at = block.next.otherwise.as_deref().and_then(|next| flow.block(next));
    }
    if seconds > FUNCTIONS_IN_A_ROW {
        findings.error(
            first,
            "functions-in-a-row",
            format!("functions in a row may take {seconds} s, Connect ends them after {FUNCTIONS_IN_A_ROW}: play a prompt between"),
        );
    }
    external(flow, first, findings);
}

/// `$.External` holds the last function's result only. A loop back to a function must not send what its own first run has
/// replaced.
fn external(flow: &Flow, block: &Block, findings: &mut Findings) {
    let Action::InvokeLambdaFunction { attributes, .. } = &block.action else { return };
    let reads = attributes.values().any(|value| value.starts_with("$.External."));
    if reads && leads_back(flow, block) {
        findings.error(
            block,
            "external-overwritten",
            "it sends $.External, which its own result replaces before it runs again: keep the value in a contact attribute",
        );
    }
}

fn leads_back(flow: &Flow, block: &Block) -> bool {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&str> = block.next.targets().collect();
    while let Some(name) = open.pop() {
        if name == block.name {
            return true;
        }
        if let Some(next) = flow.block(name)
            && seen.insert(name)
            && !matches!(next.action, Action::InvokeLambdaFunction { .. })
        {
            open.extend(next.next.targets());
        }
    }
    false
}

/// A round of blocks in which nothing is said, nobody listens and nothing counts never ends.
fn unheard(flow: &Flow, findings: &mut Findings) {
    let quiet = |block: &Block| {
        !matches!(
            block.action,
            Action::ConnectParticipantWithLexBot(_)
                | Action::GetParticipantInput { .. }
                | Action::MessageParticipant(_)
                | Action::MessageParticipantIteratively { .. }
                | Action::Loop { .. }
                | Action::Wait { .. }
        )
    };
    for block in flow.blocks().iter().filter(|block| quiet(block)) {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&str> = block.next.targets().collect();
        while let Some(name) = open.pop() {
            if name == block.name {
                findings.error(block, "endless", "a way leads back here on which nothing is said, heard or counted");
                break;
            }
            if let Some(next) = flow.block(name)
                && quiet(next)
                && seen.insert(name)
            {
                open.extend(next.next.targets());
            }
        }
    }
    waiting(flow, findings);
}

/// A function that is asked again and again must stand in a Loop: the worker may have died.
fn waiting(flow: &Flow, findings: &mut Findings) {
    for block in flow.blocks() {
        if !matches!(block.action, Action::InvokeLambdaFunction { .. }) {
            continue;
        }
        let bounded = |block: &Block| {
            matches!(
                block.action,
                Action::Loop { .. } | Action::ConnectParticipantWithLexBot(_) | Action::GetParticipantInput { .. }
            )
        };
        let mut seen = BTreeSet::new();
        let mut open: Vec<&str> = block.next.targets().collect();
        while let Some(name) = open.pop() {
            if name == block.name {
                findings.error(
                    block,
                    "unbounded-wait",
                    "it is asked again without a Loop block: the call never ends if the worker died",
                );
                break;
            }
            if let Some(next) = flow.block(name)
                && !bounded(next)
                && seen.insert(name)
            {
                open.extend(next.next.targets());
            }
        }
    }
}
