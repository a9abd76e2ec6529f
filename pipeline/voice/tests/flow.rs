//! Reading, writing, building, resolving and checking flows.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::collections::BTreeMap;

use aftercall_voice::flow::reference::{BargeIn, voice_agent};
use aftercall_voice::flow::{Kind, emit, parse, resolve, tokenise, tokens};
use aftercall_voice::lint::{BotModel, Environment, FlowKind, Severity, Stage, lint};
use proptest::prelude::*;
use serde_json::{Value, json};

const FILE: &str = include_str!("../flows/voice-agent.json");

fn reference() -> Value {
    serde_json::from_str(FILE).unwrap()
}

/// The reference flow with one block changed by `change`.
fn changed(name: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut flow = reference();
    let block = flow["Actions"].as_array_mut().unwrap().iter_mut().find(|block| block["Identifier"] == name).unwrap();
    change(block);
    flow.to_string()
}

/// A flow with a block "x" of this type between logging and disconnecting, so that every action can be written and read.
fn with(kind: &str, parameters: Value, transitions: Value) -> String {
    json!({"Version": "2019-10-30", "StartAction": "log", "Metadata": {}, "Actions": [
        {"Identifier": "log", "Type": "UpdateFlowLoggingBehavior", "Parameters": {"FlowLoggingBehavior": "Enabled"},
         "Transitions": {"NextAction": "x"}},
        {"Identifier": "x", "Type": kind, "Parameters": parameters, "Transitions": transitions},
        {"Identifier": "end", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {}}
    ]})
    .to_string()
}

fn every_action() -> Vec<(&'static str, Value)> {
    vec![
        ("UpdateFlowLoggingBehavior", json!({"FlowLoggingBehavior": "Disabled"})),
        (
            "ConnectParticipantWithLexBot",
            json!({"SSML": "<speak>hi</speak>", "LexV2Bot": {"AliasArn": "${A}"}, "LexSessionAttributes": {"a": "$.ContactId"},
                   "LexInitilizationData": {"InitialMessage": "m"}, "LexTimeoutSeconds": {"Text": "300"}}),
        ),
        (
            "InvokeLambdaFunction",
            json!({"LambdaFunctionARN": "arn:x", "InvocationTimeLimitSeconds": 8, "InvocationType": "ASYNCHRONOUS",
                   "LambdaInvocationAttributes": {"a": "b"}, "ResponseValidation": {"ResponseType": "JSON"}}),
        ),
        ("Compare", json!({"ComparisonValue": "$.Attributes.a"})),
        ("Loop", json!({"LoopCount": 3})),
        ("MessageParticipant", json!({"PromptId": "${P}"})),
        (
            "MessageParticipantIteratively",
            json!({"Messages": [{"Text": "a"}, {"PromptId": "p"}], "InterruptFrequencySeconds": "20"}),
        ),
        ("Wait", json!({"TimeLimitSeconds": "60", "Events": ["CustomerReturned"]})),
        (
            "GetParticipantInput",
            json!({"Media": {"Uri": "s3://a"}, "InputTimeLimitSeconds": "5", "StoreInput": "True",
                   "DTMFConfiguration": {"InputTerminationSequence": "#", "DisableCancelKey": "False", "InterdigitTimeLimitSeconds": "3"},
                   "InputValidation": {"CustomValidation": {"MaximumLength": "4"}}, "InputEncryption": {"Key": "k"}}),
        ),
        ("UpdateContactAttributes", json!({"Attributes": {"a": "b"}, "TargetContact": "Related"})),
        ("UpdateContactData", json!({"LanguageCode": "es-US", "Name": "n", "Description": "d", "CustomerId": "c"})),
        ("UpdateContactTextToSpeechVoice", json!({"TextToSpeechVoice": "Lupe"})),
        ("InvokeFlowModule", json!({"FlowModuleId": "${M}"})),
        ("EndFlowModuleExecution", json!({})),
        ("UpdateContactTargetQueue", json!({"AgentId": "a"})),
        ("TransferContactToQueue", json!({})),
        ("CheckOutboundCallStatus", json!({})),
        ("DisconnectParticipant", json!({})),
    ]
}

// covers 0.24: round trip; tokens per environment; none unresolved
#[test]
fn every_action_survives_the_round_trip() {
    assert_eq!(every_action().len(), Kind::ALL.len());
    for (kind, parameters) in every_action() {
        let terminal = Kind::of(kind).unwrap().is_terminal();
        let text = with(kind, parameters, if terminal { json!({}) } else { json!({"NextAction": "end"}) });
        let flow = parse(&text).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(parse(&emit(&flow)).unwrap(), flow, "{kind}");
        let (ours, theirs): (Value, Value) =
            (serde_json::from_str(&emit(&flow)).unwrap(), serde_json::from_str(&text).unwrap());
        assert_eq!(ours, theirs, "{kind}: what is written is what was read");
    }
}

// covers 0.16: listens with a Lex V2 alias
// covers 0.18
#[test]
fn the_reference_flow_is_the_one_built_in_code() {
    let file = parse(FILE).unwrap();
    assert_eq!(voice_agent(BargeIn::No).unwrap(), file);
    assert_eq!(parse(&emit(&file)).unwrap(), file);
    assert_eq!(serde_json::from_str::<Value>(&emit(&file)).unwrap(), reference());
}

#[test]
fn reading_names_the_block_at_fault() {
    #[track_caller]
    fn check(text: &str, block: Option<&str>, part: &str) {
        let error = parse(text).unwrap_err();
        assert_eq!(error.block.as_deref(), block, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
    let block = Some("x");
    let go = || json!({"NextAction": "end"});
    check(&with("PlayPrompt", json!({}), go()), block, "PlayPrompt");
    check(&with("Loop", json!({"LoopCount": "3", "Speed": 1}), go()), block, "Speed");
    check(&with("Loop", json!({}), go()), block, "LoopCount is missing");
    check(&with("Loop", json!({"LoopCount": "$.Attributes.n"}), go()), block, "whole number");
    check(&with("MessageParticipant", json!({}), go()), block, "exactly one of");
    check(&with("MessageParticipant", json!({"Text": "a", "SSML": "b"}), go()), block, "exactly one of");
    check(&with("Compare", json!({"ComparisonValue": "$.a"}), json!({})), block, "NextAction is missing");
    check(&with("Compare", json!({"ComparisonValue": "$.a"}), json!({"NextAction": "moon"})), block, "moon");
    check(&with("DisconnectParticipant", json!({}), go()), block, "ends here");
    let odd = json!({"NextAction": "end", "Errors": [{"NextAction": "end", "ErrorType": "Oops"}]});
    check(&with("Compare", json!({"ComparisonValue": "$.a"}), odd), block, "Oops");
    let odd = json!({"NextAction": "end", "Conditions": [{"NextAction": "end", "Condition": {"Operator": "Likes", "Operands": ["a"]}}]});
    check(&with("Compare", json!({"ComparisonValue": "$.a"}), odd), block, "Likes");
    check(&with("UpdateContactTargetQueue", json!({"QueueId": "a", "AgentId": "b"}), go()), block, "exactly one");
    let v1 = json!({"Text": "a", "LexBot": {"Name": "Old"}});
    check(&with("ConnectParticipantWithLexBot", v1, go()), block, "Lex V1");
    check("{", None, "not JSON");
    check(r#"{"Version":"2012","StartAction":"a","Actions":[]}"#, None, "2012");
    check(r#"{"Version":"2019-10-30","StartAction":"a","Actions":[]}"#, None, "no block");
    check(r#"{"modules":[]}"#, None, "Version is missing");
}

// covers 0.24
#[test]
fn tokens_are_resolved_per_environment() {
    let flow = parse(FILE).unwrap();
    let names: Vec<String> = tokens(&flow).into_iter().collect();
    assert_eq!(names, ["CONSUMER_ARN", "LEX_ALIAS_ARN", "PRODUCER_ARN", "QUEUE_ARN"]);
    let mut values: BTreeMap<String, String> =
        names.iter().map(|name| (name.clone(), format!("arn:aws:test:::{name}"))).collect();
    let resolved = resolve(&flow, &values).unwrap();
    assert!(tokens(&resolved).is_empty());
    assert_eq!(tokenise(&resolved, &values), flow, "an export of one instance becomes portable again");
    values.remove("QUEUE_ARN");
    let missing = resolve(&flow, &values).unwrap_err();
    assert_eq!(missing.0, [("set queue".to_owned(), "QUEUE_ARN".to_owned())]);
}

// covers 0.15
#[test]
fn the_shipped_flows_have_no_finding() {
    let bot =
        BotModel { locale: "en_US".to_owned(), intents: ["defaultIntent", "FallbackIntent"].map(str::to_owned).into() };
    let environment = Environment { stage: Stage::Production, bot: Some(bot), ..Environment::default() };
    for barge_in in [BargeIn::No, BargeIn::Yes] {
        assert_eq!(lint(&voice_agent(barge_in).unwrap(), &environment), []);
    }
}

#[track_caller]
fn finds(text: &str, environment: &Environment, rule: &str, block: Option<&str>) {
    let found = lint(&parse(text).unwrap(), environment);
    assert!(
        found.iter().any(|finding| finding.rule == rule && finding.block.as_deref() == block),
        "{rule} at {block:?} is not in {found:#?}"
    );
}

// covers 1.1
// covers 1.11
#[test]
fn rules_of_actions() {
    #[track_caller]
    fn check(name: &str, change: impl FnOnce(&mut Value), rule: &str) {
        finds(&changed(name, change), &Environment::default(), rule, Some(name));
    }
    check("consumer", |block| block["Parameters"]["InvocationTimeLimitSeconds"] = json!("9"), "lambda-limit");
    check("consumer", |block| block["Parameters"]["InvocationTimeLimitSeconds"] = json!("0"), "lambda-limit");
    check("consumer", |block| block["Parameters"]["InvocationType"] = json!("ASYNCHRONOUS"), "lambda-async");
    check("consumer", |block| block["Transitions"]["Errors"] = json!([]), "missing-branch");
    check("wait loop", |block| block["Parameters"]["LoopCount"] = json!("101"), "loop-count");
    check("wait loop", |block| block["Parameters"]["LoopCount"] = json!(20), "loop-count-form");
    check(
        "wait loop",
        |block| drop(block["Transitions"]["Conditions"].as_array_mut().unwrap().pop()),
        "loop-conditions",
    );
    check(
        "wait loop",
        |block| block["Transitions"]["Errors"] = json!([{"NextAction": "sorry", "ErrorType": "NoMatchingError"}]),
        "unknown-branch",
    );
    check("outcome", |block| block["Parameters"]["ComparisonValue"] = json!("$.a and $.b"), "compare-value");
    check("outcome", |block| block["Transitions"]["Conditions"] = json!([]), "compare-conditions");
    check(
        "direction",
        |block| block["Transitions"]["Conditions"][0]["Condition"]["Operands"] = json!([""]),
        "compare-null",
    );
    check("repeat", |block| block["Parameters"]["Text"] = json!("x".repeat(6_001)), "prompt-length");
    check("repeat", |block| block["Parameters"]["Text"] = json!("x".repeat(3_001)), "prompt-length");
    check("repeat", |block| block["Parameters"]["Text"] = json!(" "), "prompt-empty");
    check("repeat", |block| block["Parameters"]["Text"] = json!("<speak>a</speak>"), "prompt-markup");
    check("ask", |block| block["Parameters"]["LexV2Bot"]["AliasArn"] = json!("arn:aws:lex:::b"), "literal-arn");
    check(
        "ask",
        |block| block["Parameters"]["LexSessionAttributes"]["x-amz-lex:barge-in-enabled"] = json!("1"),
        "lex-attribute",
    );
    check(
        "ask",
        |block| block["Parameters"]["LexSessionAttributes"]["x-amz-lex:audio:max-length-ms:*:*"] = json!("20000"),
        "utterance-length",
    );
    check(
        "ask",
        |block| block["Transitions"]["Conditions"][0]["Condition"]["Operator"] = json!("TextContains"),
        "lex-conditions",
    );
    check(
        "repeat",
        |block| {
            block["Transitions"]["Conditions"] =
                json!([{"NextAction": "ask", "Condition": {"Operator": "Equals", "Operands": ["a"]}}]);
        },
        "no-conditions",
    );
    check("to queue", |block| drop(block["Transitions"]["Errors"].as_array_mut().unwrap().remove(0)), "missing-branch");
    check("consumer", |block| block["Transitions"]["Errors"][0]["NextAction"] = json!("wait prompt"), "unbounded-wait");
    check("ready", |block| block["Transitions"]["Conditions"][1]["NextAction"] = json!("ready"), "endless");
    check(
        "consumer",
        |block| block["Parameters"]["LambdaInvocationAttributes"]["jobId"] = json!("$.External.jobId"),
        "external-overwritten",
    );
}

#[test]
fn rules_of_actions_that_the_reference_flow_does_not_have() {
    #[track_caller]
    fn check(kind: &str, parameters: Value, transitions: Value, rule: &str) {
        finds(&with(kind, parameters, transitions), &Environment::default(), rule, Some("x"));
    }
    let end = || json!({"NextAction": "end"});
    let on = |word: &str| json!({"NextAction": "end", "Conditions": [{"NextAction": "end", "Condition": {"Operator": "Equals", "Operands": [word]}}]});
    let keys = |limit: &str, store: &str| json!({"Text": "a", "InputTimeLimitSeconds": limit, "StoreInput": store});
    check("GetParticipantInput", keys("181", "False"), end(), "input-limit");
    check("GetParticipantInput", keys("5", "True"), end(), "input-validation");
    check("GetParticipantInput", keys("5", "False"), on("12"), "input-conditions");
    check("GetParticipantInput", keys("5", "True"), on("1"), "input-conditions");
    check("MessageParticipantIteratively", json!({"Messages": [{"Text": "a"}]}), end(), "loop-prompts-inbound");
    check("Wait", json!({"TimeLimitSeconds": "5", "Events": ["Rain"]}), end(), "wait-event");
    check("Wait", json!({"TimeLimitSeconds": "5"}), end(), "wait-conditions");
    check("Wait", json!({"TimeLimitSeconds": "5"}), on("WaitCompleted"), "wait-voice");
    check("CheckOutboundCallStatus", json!({}), end(), "campaign-only");
    check("CheckOutboundCallStatus", json!({}), on("CallAnswered"), "status-conditions");
    check("TransferContactToQueue", json!({}), end(), "queue-not-set");
    let invoke = json!({"LambdaFunctionARN": "${A}", "InvocationTimeLimitSeconds": "8"});
    let mut row: Value =
        serde_json::from_str(&with("InvokeLambdaFunction", invoke.clone(), json!({"NextAction": "y"}))).unwrap();
    for (name, next) in [("y", "z"), ("z", "end")] {
        row["Actions"].as_array_mut().unwrap().push(json!({"Identifier": name, "Type": "InvokeLambdaFunction",
            "Parameters": invoke, "Transitions": {"NextAction": next}}));
    }
    finds(&row.to_string(), &Environment::default(), "functions-in-a-row", Some("x"));
    let hold = Environment { flow: FlowKind::Hold, ..Environment::default() };
    finds(FILE, &hold, "prompt-in-hold", Some("repeat"));
}

// covers 0.15: logging is set first
#[test]
fn rules_of_the_whole_flow() {
    let renamed = |name: &str| FILE.replace("\"repeat\"", &format!("{name:?}"));
    let long = "x".repeat(51);
    for name in ["a/b", "a{b", "constructor", long.as_str()] {
        finds(&renamed(name), &Environment::default(), "block-name", Some(name));
    }
    let mut flow = reference();
    flow["StartAction"] = json!("voice");
    finds(&flow.to_string(), &Environment::default(), "logging-first", None);
    finds(&flow.to_string(), &Environment::default(), "unreachable", Some("log on"));
    let actions = flow["Actions"].as_array_mut().unwrap();
    for index in 0..250 {
        actions.push(json!({"Identifier": format!("n{index}"), "Type": "DisconnectParticipant", "Transitions": {}}));
    }
    finds(&flow.to_string(), &Environment::default(), "flow-size", None);
    let many = changed("outcome", |block| {
        let one = block["Transitions"]["Conditions"][0].clone();
        block["Transitions"]["Conditions"] = vec![one; 51].into();
    });
    finds(&many, &Environment::default(), "condition-count", Some("outcome"));
}

// covers 0.32: language of flow and bot agree (lint only)
// covers 0.33: no test alias in production (lint only)
#[test]
fn rules_of_bot_and_environment() {
    let production = Environment { stage: Stage::Production, ..Environment::default() };
    let arn = json!("arn:aws:lex:us-east-1:1:bot-alias/B/TSTALIASID");
    let test = changed("ask", |block| block["Parameters"]["LexV2Bot"]["AliasArn"] = arn);
    finds(&test, &production, "test-alias", Some("ask"));
    assert!(lint(&parse(&test).unwrap(), &Environment::default()).iter().all(|one| one.severity == Severity::Warning));
    let bot = BotModel { locale: "es_US".to_owned(), intents: ["DefaultIntent".to_owned()].into() };
    let other = Environment { bot: Some(bot), ..Environment::default() };
    finds(FILE, &other, "locale", Some("language"));
    finds(FILE, &other, "intent-unknown", Some("ask"));
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z$.{}]{0,6}".prop_map(Value::from)
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec(("[A-Za-z]{1,5}", inner), 0..3).prop_map(|fields| fields.into_iter().collect())
        ]
    })
}

proptest! {
    #[test]
    fn no_parameter_makes_it_panic(action in 0usize..18, field in "[A-Za-z]{1,8}", value in json_value(), replace in any::<bool>()) {
        let (kind, mut parameters) = every_action().swap_remove(action);
        let names: Vec<String> = parameters.as_object().unwrap().keys().cloned().collect();
        let name = names.first().filter(|_| replace).cloned().unwrap_or(field);
        parameters[name] = value;
        if let Ok(flow) = parse(&with(kind, parameters, json!({"NextAction": "end"}))) {
            prop_assert_eq!(parse(&emit(&flow)).unwrap(), flow.clone());
            lint(&flow, &Environment::default());
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}") {
        drop(parse(&text));
    }
}
