//! Writes a flow as the console would. `parse(emit(flow))` is the same flow.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::action::{Action, Figure, InvocationType, LexInput, Queue, ResponseType, Speech, Written};
use super::{Flow, Next, VERSION};

/// The flow as JSON. Tokens stay tokens: [`super::resolve`] puts in an environment's ARNs first.
pub fn emit(flow: &Flow) -> String {
    let actions: Vec<Value> = flow
        .blocks
        .iter()
        .map(|block| {
            json!({
                "Identifier": block.name,
                "Type": block.action.kind().as_str(),
                "Parameters": parameters(&block.action),
                "Transitions": transitions(&block.next),
            })
        })
        .collect();
    let document = json!({
        "Version": VERSION,
        "StartAction": flow.start,
        "Metadata": flow.metadata,
        "Actions": actions,
    });
    format!("{document:#}\n")
}

fn transitions(next: &Next) -> Value {
    let mut out = Map::new();
    if let Some(target) = &next.otherwise {
        out.insert("NextAction".to_owned(), json!(target));
    }
    if !next.conditions.is_empty() {
        let conditions = next.conditions.iter().map(|branch| {
            json!({
                "NextAction": branch.target,
                "Condition": {"Operator": branch.operator.as_str(), "Operands": branch.operands},
            })
        });
        out.insert("Conditions".to_owned(), conditions.collect());
    }
    if !next.errors.is_empty() {
        let errors =
            next.errors.iter().map(|branch| json!({"NextAction": branch.target, "ErrorType": branch.error.as_str()}));
        out.insert("Errors".to_owned(), errors.collect());
    }
    Value::Object(out)
}

/// An object of the fields that have a value.
fn object<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let given = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(given.collect())
}

fn figure(figure: Figure) -> Value {
    match figure.written {
        Written::Text => json!(figure.value.to_string()),
        Written::Number => json!(figure.value),
    }
}

fn texts(texts: &BTreeMap<String, String>) -> Option<Value> {
    (!texts.is_empty()).then(|| json!(texts))
}

fn said(speech: &Speech) -> (&'static str, Option<Value>) {
    match speech {
        Speech::Prompt(prompt) => ("PromptId", Some(json!(prompt.to_string()))),
        Speech::Text(text) => ("Text", Some(json!(text))),
        Speech::Ssml(text) => ("SSML", Some(json!(text))),
        Speech::Media(media) => ("Media", Some(media.clone())),
    }
}

fn some(text: &impl ToString) -> Option<Value> {
    Some(json!(text.to_string()))
}

fn parameters(action: &Action) -> Value {
    match action {
        Action::UpdateFlowLoggingBehavior { enabled } => {
            object([("FlowLoggingBehavior", some(&if *enabled { "Enabled" } else { "Disabled" }))])
        }
        Action::ConnectParticipantWithLexBot(input) => lex(input),
        Action::InvokeLambdaFunction { function, limit, invocation, attributes, response } => object([
            ("LambdaFunctionARN", some(function)),
            ("InvocationTimeLimitSeconds", Some(figure(*limit))),
            (
                "InvocationType",
                invocation.map(|kind| match kind {
                    InvocationType::Synchronous => json!("SYNCHRONOUS"),
                    InvocationType::Asynchronous => json!("ASYNCHRONOUS"),
                }),
            ),
            ("LambdaInvocationAttributes", texts(attributes)),
            (
                "ResponseValidation",
                response.map(|kind| match kind {
                    ResponseType::StringMap => json!({"ResponseType": "STRING_MAP"}),
                    ResponseType::Json => json!({"ResponseType": "JSON"}),
                }),
            ),
        ]),
        Action::Compare { value } => object([("ComparisonValue", some(value))]),
        Action::Loop { count } => object([("LoopCount", Some(figure(*count)))]),
        Action::MessageParticipant(speech) => object([said(speech)]),
        Action::MessageParticipantIteratively { messages, interrupt } => object([
            ("Messages", Some(messages.iter().map(|speech| object([said(speech)])).collect())),
            ("InterruptFrequencySeconds", interrupt.map(figure)),
        ]),
        Action::Wait { limit, events } => object([
            ("TimeLimitSeconds", Some(figure(*limit))),
            ("Events", (!events.is_empty()).then(|| json!(events))),
        ]),
        Action::GetParticipantInput { speech, limit, store, dtmf, validation, encryption } => object([
            said(speech),
            ("InputTimeLimitSeconds", Some(figure(*limit))),
            ("StoreInput", some(&if *store { "True" } else { "False" })),
            (
                "DTMFConfiguration",
                dtmf.as_ref().map(|dtmf| {
                    object([
                        ("InputTerminationSequence", dtmf.termination.as_ref().and_then(some)),
                        ("DisableCancelKey", dtmf.cancel.as_ref().and_then(some)),
                        ("InterdigitTimeLimitSeconds", dtmf.interdigit.map(figure)),
                    ])
                }),
            ),
            ("InputValidation", validation.clone()),
            ("InputEncryption", encryption.clone()),
        ]),
        Action::UpdateContactAttributes { attributes, target } => {
            object([("Attributes", Some(json!(attributes))), ("TargetContact", some(&target.as_str()))])
        }
        Action::UpdateContactData { language, customer_id, name, description } => object([
            ("LanguageCode", language.as_ref().and_then(some)),
            ("CustomerId", customer_id.as_ref().and_then(some)),
            ("Name", name.as_ref().and_then(some)),
            ("Description", description.as_ref().and_then(some)),
        ]),
        Action::UpdateContactTextToSpeechVoice { voice, engine, style } => object([
            ("TextToSpeechVoice", some(voice)),
            ("TextToSpeechEngine", engine.as_ref().and_then(some)),
            ("TextToSpeechStyle", style.as_ref().and_then(some)),
        ]),
        Action::InvokeFlowModule { module } => object([("FlowModuleId", some(module))]),
        Action::UpdateContactTargetQueue(Queue::Queue(queue)) => object([("QueueId", some(queue))]),
        Action::UpdateContactTargetQueue(Queue::Agent(agent)) => object([("AgentId", some(agent))]),
        Action::EndFlowModuleExecution
        | Action::TransferContactToQueue
        | Action::CheckOutboundCallStatus
        | Action::DisconnectParticipant => json!({}),
    }
}

fn lex(input: &LexInput) -> Value {
    object([
        said(&input.speech),
        ("LexV2Bot", Some(json!({"AliasArn": input.alias.to_string()}))),
        ("LexSessionAttributes", texts(&input.session)),
        ("LexInitilizationData", input.initial_message.as_ref().map(|message| json!({"InitialMessage": message}))),
        ("LexTimeoutSeconds", input.text_timeout.map(|seconds| json!({"Text": figure(seconds)}))),
    ])
}
