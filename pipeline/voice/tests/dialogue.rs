//! Turns of a conversation: outcomes, repairs, hand-over, what is said.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use aftercall_voice::dialogue::{
    Channel, Found, Heard, LEX_LIMIT_MS, Outcome, OwnDeadline, SealKey, Settings, State, clean, conclude, hear,
    messages,
};
use aftercall_voice::lex::{Input, InputMode};
use proptest::prelude::*;

fn input(words: &str) -> Input {
    Input {
        words: words.to_owned(),
        mode: InputMode::Speech,
        heard: Some(0.9),
        negative: None,
        locale: "en-US".to_owned(),
    }
}

/// A state in which these questions were answered.
fn after(questions: &[&str]) -> State {
    let mut state = State::default();
    for question in questions {
        state.remember(question, "An answer.", 6);
    }
    state
}

#[test]
fn outcomes_that_need_no_answer() {
    #[track_caller]
    fn check(words: &str, expected: Option<Outcome>) {
        let heard = hear(&State::default(), &input(words), &Settings::default());
        let found = match &heard {
            Heard::Done(turn) => Some(turn.outcome),
            Heard::Question(_) => None,
        };
        assert_eq!(found, expected, "{words:?}: {heard:?}");
    }
    for silence in ["", "  ", "...", "\u{0}\n"] {
        check(silence, Some(Outcome::Silence));
    }
    for filler in ["um", "uh, um", "hmm.", "well, um"] {
        check(filler, Some(Outcome::NoMatch));
    }
    for agent in [
        "agent",
        "I want to talk to a real person",
        "can I speak to someone please",
        "get me a human",
        "operator please",
        "I need to speak with one of your agents",
        "can you put me through to customer service representative",
        "quiero hablar con una persona",
        "担当者につないでください",
    ] {
        check(agent, Some(Outcome::Agent));
    }
    for end in [
        "goodbye",
        "no thanks",
        "that's all",
        "that's all, thank you",
        "thank you",
        "that fixed it",
        "great, it works now",
        "okay thanks bye",
        "nothing else",
        "no, that is everything",
    ] {
        check(end, Some(Outcome::End));
    }
    for question in [
        "what is my data allowance",
        "when does an agent visit my house",
        "how much does nothing cost",
        "that works when I restart",
        "thank you and what does roaming cost",
        "does a person have to be home",
        "1234#",
        "how do I say goodbye to my contract",
        "I want a plan for one person",
        "do you have a discount if someone refers me",
        "um how do I reset my router",
    ] {
        check(question, None);
    }
}

// covers 0.50
#[test]
fn a_repair_replaces_the_open_question() {
    let state = after(&["how much is the gold plan"]);
    let Heard::Question(question) = hear(&state, &input("no, I meant the silver plan"), &Settings::default()) else {
        panic!("a question");
    };
    assert_eq!(question.said, "the silver plan");
    assert_eq!(question.text, "how much is the gold plan the silver plan");
    assert!(question.repair);
    let turn = conclude(&state, &input(""), &question, Found::Answer("Ten dollars."), &Settings::default());
    assert_eq!(turn.state.history.len(), 1, "the corrected question is forgotten");

    let whole = hear(&state, &input("sorry, I meant how do I cancel the order"), &Settings::default());
    assert!(
        matches!(whole, Heard::Question(question) if question.text == "how do I cancel the order" && question.repair)
    );
    let nothing = hear(&state, &input("no, I meant"), &Settings::default());
    assert!(matches!(nothing, Heard::Done(turn) if turn.outcome == Outcome::NoMatch));
}

#[test]
fn a_question_is_completed_only_when_it_needs_it() {
    #[track_caller]
    fn check(words: &str, completed: bool) {
        let state = after(&["what does roaming cost"]);
        let Heard::Question(question) = hear(&state, &input(words), &Settings::default()) else { panic!("{words}") };
        assert_eq!(question.text != question.said, completed, "{words}");
        let Heard::Question(first) = hear(&State::default(), &input(words), &Settings::default()) else { panic!() };
        assert_eq!(first.text, first.said, "nothing to complete it with");
    }
    for words in
        ["how do I turn it off", "and in Spain", "what about Canada", "how long do they last", "is that included"]
    {
        check(words, true);
    }
    for words in [
        "how do I reset my password",
        "is it possible to pay in cash",
        "is there a fee for paper bills",
        "does that plan include calls",
        "can I pay for one month",
    ] {
        check(words, false);
    }
}

// covers 0.37: transcript and confidence are used
#[test]
fn a_person_takes_over_and_is_told_why() {
    let settings = Settings::default();
    let mut upset = input("this is the third time I call about my bill");
    upset.negative = Some(0.93);
    let Heard::Done(turn) = hear(&after(&["why is my bill higher"]), &upset, &settings) else { panic!() };
    assert_eq!(turn.outcome, Outcome::Agent);
    let summary = turn.handover.unwrap();
    for part in ["upset", "why is my bill higher", "third time"] {
        assert!(summary.contains(part), "{summary}");
    }
    upset.negative = Some(0.5);
    assert!(matches!(hear(&State::default(), &upset, &settings), Heard::Question(_)));

    let mut state = State::default();
    for expected in [Outcome::NoMatch, Outcome::NoMatch, Outcome::Agent] {
        let Heard::Done(turn) = hear(&state, &input("um"), &settings) else { panic!() };
        assert_eq!(turn.outcome, expected);
        state = turn.state;
    }
    let mut faint = input("mumble");
    faint.heard = Some(0.1);
    assert!(
        matches!(hear(&State::default(), &faint, &settings), Heard::Done(turn) if turn.outcome == Outcome::NoMatch)
    );
}

#[test]
fn what_was_found_decides_the_outcome() {
    #[track_caller]
    fn check(found: Found<'_>, outcome: Outcome, say: &str) {
        let heard = hear(&State::default(), &input("what is a deductible"), &Settings::default());
        let Heard::Question(question) = heard else { panic!() };
        let turn = conclude(&State::default(), &input(""), &question, found, &Settings::default());
        assert_eq!((turn.outcome, turn.say.as_str()), (outcome, say));
    }
    check(Found::Answer("**What** you pay [1]."), Outcome::Answered, "What you pay.");
    check(Found::Later, Outcome::Async, "");
    check(Found::Unknown, Outcome::Answered, "I don't know that. Could you ask it in another way?");
    check(Found::Failed, Outcome::Agent, "I will pass you to a colleague.");
}

#[test]
fn two_unanswered_questions_go_to_a_person() {
    let settings = Settings::default();
    let Heard::Question(question) = hear(&State::default(), &input("what is love"), &settings) else { panic!() };
    let first = conclude(&State::default(), &input(""), &question, Found::Unknown, &settings);
    assert_eq!(first.outcome, Outcome::Answered);
    let second = conclude(&first.state, &input(""), &question, Found::Unknown, &settings);
    assert_eq!(second.outcome, Outcome::Agent);
}

// covers 0.5: own deadline below that of Lex (not the function's setting)
#[test]
fn the_own_deadline_is_below_that_of_lex() {
    assert!(OwnDeadline::default().ms() < LEX_LIMIT_MS);
    assert_eq!(
        OwnDeadline::from_ms(600_000),
        None,
        "ten minutes, as the function's timeout says, would be a blank reply"
    );
    assert_eq!(OwnDeadline::from_ms(30_000), None);
    assert_eq!(OwnDeadline::from_ms(0), None);
    assert!(OwnDeadline::from_ms(20_000).is_some());
}

#[test]
fn a_state_that_we_did_not_seal_is_none() {
    let key = SealKey::from_secret(b"secret");
    let state = after(&["what is a deductible"]);
    let sealed = state.seal("session-1", &key);
    assert_eq!(State::open(Some(&sealed), "session-1", &key), state);
    assert_eq!(State::open(Some(&sealed), "session-2", &key), State::default());
    assert_eq!(State::open(Some(&sealed.replace("deductible", "password")), "session-1", &key), State::default());
    assert_eq!(State::open(Some(&sealed), "session-1", &SealKey::from_secret(b"other")), State::default());
    for bad in [None, Some(""), Some("."), Some("{\"misses\":9}")] {
        assert_eq!(State::open(bad, "session-1", &key), State::default());
    }
}

// covers 1.12
#[test]
fn spoken_form() {
    assert_eq!(
        clean("## Plans\n- **Gold**: see [the page](https://x.y/z) [1, 2]\n<b>Now</b> https://a.b"),
        "Plans Gold: see the page Now"
    );
    assert_eq!(clean("1. First.\n2. Second."), "First. Second.");
    assert_eq!(
        clean("*Please* note: __never__ share `the code`.\n> Quoted."),
        "Please note: never share the code. Quoted."
    );
    for said in ["Dial *72# and then *73#.", "Press # or *.", "It is < 5 GB or > 3.", "Say my_account_name."] {
        assert_eq!(clean(said), said, "signs that mean something stay");
    }
    let long = "Your plan has twenty gigabytes of data for each month. ".repeat(28);
    assert!(long.len() > 1_500);
    let said = messages(&long, Channel::Voice);
    assert_eq!(said.len(), 2);
    assert!(said.iter().all(|message| message.text().ends_with('.')), "cut between sentences");
    assert_eq!(messages("", Channel::Voice), []);
}

proptest! {
    #[test]
    fn no_words_make_it_panic(words in ".{0,200}", before in ".{0,40}") {
        let state = after(&[&before]);
        if let Heard::Question(question) = hear(&state, &input(&words), &Settings::default()) {
            conclude(&state, &input(&words), &question, Found::Answer(&words), &Settings::default());
        }
    }

    // covers 1.12
    #[test]
    fn messages_are_within_the_limits(text in "(\\PC{0,30}[ .]){0,120}") {
        let said = messages(&clean(&text), Channel::Voice);
        prop_assert!(said.len() <= 10);
        prop_assert!(said.iter().map(|message| message.text().chars().count()).sum::<usize>() <= 3_000);
    }
}
