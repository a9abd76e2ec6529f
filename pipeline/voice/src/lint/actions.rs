//! Rules of each action: its numbers, its conditions and the error branches it must have.

use super::{Environment, Findings, FlowKind, Stage};
use crate::flow::{Action, Block, ErrorType, Figure, InvocationType, Kind, Operator, Reference, Speech, Written};

use ErrorType::{InputTimeLimitExceeded, NoMatchingCondition, NoMatchingError, QueueAtCapacity};

/// Characters of a text that is played; Polly bills at most half of them.
const PLAYED_CHARS: usize = 6_000;
const BILLED_CHARS: usize = 3_000;

/// The error branches of an action: exactly these.
fn errors(kind: Kind) -> &'static [ErrorType] {
    match kind {
        Kind::UpdateFlowLoggingBehavior
        | Kind::Loop
        | Kind::EndFlowModuleExecution
        | Kind::DisconnectParticipant
        | Kind::Wait => &[],
        Kind::Compare => &[NoMatchingCondition],
        Kind::ConnectParticipantWithLexBot => &[InputTimeLimitExceeded, NoMatchingCondition, NoMatchingError],
        Kind::GetParticipantInput => &[InputTimeLimitExceeded, NoMatchingCondition, NoMatchingError],
        Kind::TransferContactToQueue => &[QueueAtCapacity, NoMatchingError],
        Kind::MessageParticipant
        | Kind::MessageParticipantIteratively
        | Kind::InvokeLambdaFunction
        | Kind::UpdateContactAttributes
        | Kind::UpdateContactData
        | Kind::UpdateContactTextToSpeechVoice
        | Kind::InvokeFlowModule
        | Kind::UpdateContactTargetQueue
        | Kind::CheckOutboundCallStatus => &[NoMatchingError],
    }
}

pub(super) fn check(block: &Block, environment: &Environment, findings: &mut Findings) {
    branches(block, findings);
    conditions(block, findings);
    for reference in block.action.references() {
        portable(block, &reference, environment, findings);
    }
    match &block.action {
        Action::InvokeLambdaFunction { limit, invocation, .. } => {
            let asynchronous = *invocation == Some(InvocationType::Asynchronous);
            let most = if asynchronous { 60 } else { 8 };
            range(block, "lambda-limit", *limit, 1, most, findings);
            if asynchronous {
                findings.warn(
                    block,
                    "lambda-async",
                    "the keys of waiting for and loading an asynchronous result are not published: take them from a console export",
                );
            }
        }
        Action::Loop { count } => {
            range(block, "loop-count", *count, 0, 100, findings);
            if count.written == Written::Number {
                findings.warn(block, "loop-count-form", "the console writes LoopCount as a text, such as \"20\"");
            }
        }
        Action::GetParticipantInput { limit, store, validation, speech, .. } => {
            range(block, "input-limit", *limit, 1, 180, findings);
            if *store != validation.is_some() {
                findings.error(block, "input-validation", "InputValidation is there if and only if StoreInput is True");
            }
            if *store && !block.next.conditions.is_empty() {
                findings.error(block, "input-conditions", "kept input has no conditions on keys");
            }
            spoken(block, speech, findings);
        }
        Action::MessageParticipant(speech) => {
            spoken(block, speech, findings);
            if environment.flow == FlowKind::Hold {
                findings.error(block, "prompt-in-hold", "a hold flow cannot play a prompt: use Loop prompts");
            }
        }
        Action::MessageParticipantIteratively { messages, .. } => {
            if environment.flow == FlowKind::Inbound {
                findings.error(
                    block,
                    "loop-prompts-inbound",
                    "Loop prompts works in queue and hold flows only: use Play prompt and a Loop block",
                );
            }
            for speech in messages {
                spoken(block, speech, findings);
            }
        }
        Action::Wait { events, .. } => {
            if events.iter().any(|event| !matches!(event.as_str(), "CustomerReturned" | "BotParticipantDisconnected")) {
                findings.error(block, "wait-event", "Wait knows CustomerReturned and BotParticipantDisconnected");
            }
            findings.warn(block, "wait-voice", "Wait works for voice in inbound flows only with an event-based wait");
        }
        Action::CheckOutboundCallStatus => findings.warn(
            block,
            "campaign-only",
            "call progress is known in outbound campaigns only: calls of StartOutboundVoiceContact need TrafficType CAMPAIGN",
        ),
        Action::ConnectParticipantWithLexBot(input) => spoken(block, &input.speech, findings),
        _ => {}
    }
}

fn branches(block: &Block, findings: &mut Findings) {
    let known = errors(block.action.kind());
    for error in known.iter().filter(|error| block.next.on(**error).is_none()) {
        findings.error(block, "missing-branch", format!("there is no branch for {}", error.as_str()));
    }
    for (index, branch) in block.next.errors.iter().enumerate() {
        if !known.contains(&branch.error) {
            findings.error(block, "unknown-branch", format!("this action never ends with {}", branch.error.as_str()));
        }
        if block.next.errors.iter().take(index).any(|earlier| earlier.error == branch.error) {
            findings.error(block, "unknown-branch", format!("two branches for {}", branch.error.as_str()));
        }
    }
}

/// Which values the conditions of an action can have.
fn conditions(block: &Block, findings: &mut Findings) {
    let conditions = &block.next.conditions;
    let required: &[&str] = match block.action.kind() {
        Kind::Compare => {
            if conditions.is_empty() {
                findings.error(block, "compare-conditions", "there is nothing to compare with");
            }
            compare(block, findings);
            return;
        }
        Kind::ConnectParticipantWithLexBot => {
            if conditions.iter().any(|condition| condition.operator != Operator::Equals) {
                findings.error(block, "lex-conditions", "conditions are names of intents: Equals only");
            }
            return;
        }
        Kind::GetParticipantInput => {
            let key = |text: &String| text.chars().count() == 1 && text.chars().all(|key| "0123456789#*".contains(key));
            if conditions.iter().flat_map(|condition| &condition.operands).any(|operand| !key(operand)) {
                findings.error(block, "input-conditions", "a condition is a single key");
            }
            return;
        }
        Kind::Loop => &["ContinueLooping", "DoneLooping"],
        Kind::CheckOutboundCallStatus => &["CallAnswered", "VoicemailBeep", "VoicemailNoBeep", "NotDetected"],
        Kind::Wait => {
            let Action::Wait { events, .. } = &block.action else { return };
            let has = |word: &str| conditions.iter().any(|condition| condition.operands.iter().any(|one| one == word));
            if !has("WaitCompleted") || !events.iter().all(|event| has(event)) {
                findings.error(block, "wait-conditions", "there is no branch for WaitCompleted or for an event");
            }
            return;
        }
        _ => &[],
    };
    let found: Vec<&str> = conditions.iter().flat_map(|condition| &condition.operands).map(String::as_str).collect();
    if required.is_empty() && !found.is_empty() {
        findings.error(block, "no-conditions", "this action has no conditions");
        return;
    }
    let rule = if block.action.kind() == Kind::Loop { "loop-conditions" } else { "status-conditions" };
    if required.iter().any(|word| !found.contains(word)) || found.iter().any(|word| !required.contains(word)) {
        findings.error(block, rule, format!("the conditions are exactly {}", required.join(" and ")));
    }
}

fn compare(block: &Block, findings: &mut Findings) {
    let Action::Compare { value } = &block.action else { return };
    let path = value.strip_prefix("$.");
    if path.is_none_or(|path| path.is_empty() || path.contains(char::is_whitespace) || path.contains('$')) {
        findings.error(block, "compare-value", format!("{value:?} is not one JSONPath such as $.External.statusCode"));
    }
    let operands = block.next.conditions.iter().flat_map(|condition| &condition.operands);
    if operands.into_iter().any(|operand| operand.is_empty() || operand == "null") {
        findings.error(block, "compare-null", "a value that is not there cannot be compared: use NoMatchingCondition");
    }
}

fn range(block: &Block, rule: &'static str, figure: Figure, least: u32, most: u32, findings: &mut Findings) {
    if !(least..=most).contains(&figure.value) {
        findings.error(block, rule, format!("{} is not within {least} to {most}", figure.value));
    }
}

fn spoken(block: &Block, speech: &Speech, findings: &mut Findings) {
    let (Speech::Text(text) | Speech::Ssml(text)) = speech else { return };
    let chars = text.chars().count();
    if text.trim().is_empty() {
        findings.error(block, "prompt-empty", "there is nothing to say");
    } else if chars > PLAYED_CHARS {
        findings.error(block, "prompt-length", format!("{chars} characters, Connect plays {PLAYED_CHARS}"));
    } else if chars > BILLED_CHARS {
        findings.warn(
            block,
            "prompt-length",
            format!("{chars} characters, Polly speaks {BILLED_CHARS} that are billed"),
        );
    }
    if matches!(speech, Speech::Text(text) if text.contains("<speak")) {
        findings.error(block, "prompt-markup", "markup in Text is read aloud: use SSML");
    }
}

fn portable(block: &Block, reference: &Reference, environment: &Environment, findings: &mut Findings) {
    let Reference::Literal(literal) = reference else { return };
    if literal.starts_with("arn:") && environment.stage == Stage::Development {
        findings.warn(block, "literal-arn", "an ARN of one instance: use a token such as ${LEX_ALIAS_ARN}");
    }
    if literal.contains("TSTALIASID") && environment.stage == Stage::Production {
        findings.error(
            block,
            "test-alias",
            "the test alias of a bot takes two calls at a time: make a version and an alias",
        );
    }
}
