//! Every call script of `scenarios/` on the shipped flow, with the real handlers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::path::Path;

use aftercall_voice::answers::Documents;
use aftercall_voice::flow::reference::{BargeIn, voice_agent};
use aftercall_voice::simulate::{End, Script, Transcript, check, run};
use proptest::prelude::*;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

fn played(script: &Script, barge_in: BargeIn) -> Transcript {
    let documents = Documents::open(&folder().join("docs")).unwrap();
    run(&voice_agent(barge_in).unwrap(), script, Some(documents)).unwrap()
}

fn script(name: &str) -> Script {
    Script::parse(&std::fs::read_to_string(folder().join(name)).unwrap()).unwrap()
}

#[test]
fn every_scenario() {
    let mut files: Vec<_> = std::fs::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    assert!(files.len() >= 20);
    let mut failed = Vec::new();
    for file in files {
        let script = Script::parse(&std::fs::read_to_string(&file).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let barge_in = if script.barge_in { BargeIn::Yes } else { BargeIn::No };
        let transcript = played(&script, barge_in);
        println!("{}\n{transcript}", script.name);
        failed
            .extend(check(&transcript, &script.expect).into_iter().map(|fault| format!("{}: {fault}", file.display())));
        assert_eq!(transcript, played(&script, barge_in), "the same script, the same conversation");
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn an_answer_as_a_prompt_cannot_be_interrupted() {
    let mut script = script("09-barge-in.yaml");
    // The words come with the next Lex block, after the whole answer.
    script.calls[0].turns[1].interrupt_s = None;
    let transcript = played(&script, BargeIn::No);
    assert!(transcript.heard().any(|line| line.contains("every single segment")));
}

// covers 1.17: who hangs up while waiting is counted
#[test]
fn the_caller_who_hung_up_is_counted_and_the_answer_kept() {
    let transcript = played(&script("05-hang-up.yaml"), BargeIn::No);
    assert_eq!((transcript.hung_up_waiting, transcript.answered_jobs), (1, 1));
    assert_eq!(transcript.ends, [End::HungUp, End::Disconnected]);
}

// covers 1.8: prompts keep their distance
#[test]
fn waiting_prompts_keep_their_distance() {
    let transcript = played(&script("03-long-answer.yaml"), BargeIn::No);
    let times: Vec<u64> =
        transcript.lines.iter().filter(|line| line.text.starts_with("One moment")).map(|line| line.at_ms).collect();
    for pair in times.windows(2) {
        assert!((8_000..11_000).contains(&(pair[1] - pair[0])), "{times:?}");
    }
}

#[test]
fn a_script_says_what_is_wrong_with_it() {
    #[track_caller]
    fn fails(yaml: &str, part: &str) {
        let error = Script::parse(yaml).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    fails("name: x", "calls");
    fails("name: x\ncalls: [{turns: [{shout: a}]}]", "shout");
    fails("a: [", "");
}

#[test]
fn slots_are_matched_by_samples() {
    let yaml = "name: x\nbot:\n  BookDemo:\n    samples: ['book a demo on {day}']\n    slots: {day: [Monday, Tuesday]}\n\
                calls: [{turns: [{say: please book me a demo on the next Tuesday if you can}]}]";
    let flow = include_str!("../flows/voice-agent.json")
        .replace("$.Attributes.direction", "$.Attributes.none")
        .replace(
            "\"Operands\": [\n              \"defaultIntent\"\n            ]",
            "\"Operands\": [\n              \"BookDemo\"\n            ]",
        )
        .replace("$.Lex.SessionAttributes.turnOutcome", "$.Lex.Slots.day")
        .replace("\"ANSWERED\"", "\"Tuesday\"");
    let flow = aftercall_voice::flow::parse(&flow).unwrap();
    let transcript = run(&flow, &Script::parse(yaml).unwrap(), None).unwrap();
    let passed: Vec<&str> = transcript.blocks.iter().map(String::as_str).collect();
    assert!(passed.ends_with(&["ask", "outcome", "ask"]), "{passed:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    // covers 1.20
    #[test]
    fn whatever_the_backend_takes_the_caller_has_an_answer_or_a_colleague(takes in 2.1f64..120.0, fails in prop::collection::vec(1u32..12, 0..4)) {
        let mut script = script("03-long-answer.yaml");
        script.model[0].takes_s = takes;
        script.calls[0].consumer_fails = fails;
        let transcript = played(&script, BargeIn::No);
        let answered = transcript.heard().any(|line| line.contains("Revenue grew"));
        let passed_on = transcript.ends == [End::Queue];
        prop_assert!(answered != passed_on, "{}", transcript);
        prop_assert!(answered || takes > 55.0, "{}", transcript);
        prop_assert!(transcript.lines.iter().all(|line| line.at_ms < 120_000));
    }
}
