//! The flow that this product ships, built in code: greeting, listening, answering, waiting for long answers, silence,
//! hand-over. `flows/voice-agent.json` is the same flow as a file; a test compares the two.
//!
//! It routes on `turnOutcome`, which our Lex handler sets, not on intent names: only so is silence told apart from words
//! that were not understood. The Loop block is a backstop; the deadline of a long answer is the Consumer's.

use std::collections::BTreeMap;

use super::action::{Action, Figure, InvocationType, LexInput, Queue, Reference, ResponseType, Speech, Target};
use super::{Builder, ErrorType, Flow, FlowError, Step};
use crate::lex::session::VOICE;

use ErrorType::{InputTimeLimitExceeded, NoMatchingCondition, NoMatchingError, QueueAtCapacity};

/// Whether the caller can speak over a long answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BargeIn {
    /// The answer is a prompt, played to its end.
    #[default]
    No,
    /// The answer is the text of a Lex block, which can be interrupted.
    Yes,
}

/// The flow with tokens `LEX_ALIAS_ARN`, `PRODUCER_ARN`, `CONSUMER_ARN`, `QUEUE_ARN`.
///
/// # Errors
/// None in practice; the builder checks its own transitions.
pub fn voice_agent(barge_in: BargeIn) -> Result<Flow, FlowError> {
    let builder = listening(opening(Builder::default()));
    let builder = ending(long_answer(builder, barge_in));
    builder.build()
}

fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Says a text; an error of saying it never stops the call.
fn say(name: &str, text: &str, next: &str) -> Step {
    let action = Action::MessageParticipant(Speech::Text(text.to_owned()));
    Step::new(name, action, next).on(NoMatchingError, next)
}

/// Says a text and listens; what was heard is judged in the block `outcome`.
fn listen(name: &str, text: &str, outcome: &str) -> Step {
    let mut session = texts(VOICE);
    session.extend(texts(&[
        ("x-amz-lex:dtmf:max-length:VerifyIdentity:pin", "4"),
        ("contactId", "$.ContactId"),
        ("customerPhone", "$.CustomerEndpoint.Address"),
        ("callPurpose", "$.Attributes.callPurpose"),
    ]));
    let input = LexInput {
        speech: Speech::Text(text.to_owned()),
        alias: Reference::Token("LEX_ALIAS_ARN".to_owned()),
        session,
        initial_message: None,
        text_timeout: None,
    };
    Step::new(name, Action::ConnectParticipantWithLexBot(Box::new(input)), outcome)
        .when("defaultIntent", outcome)
        .when("FallbackIntent", outcome)
        .on(InputTimeLimitExceeded, outcome)
        .on(NoMatchingCondition, outcome)
        .on(NoMatchingError, "sorry")
}

/// Goes on by the outcome of the turn; `silent` is where silence leads.
fn outcome(name: &str, silent: &str) -> Step {
    let value = "$.Lex.SessionAttributes.turnOutcome".to_owned();
    Step::new(name, Action::Compare { value }, silent)
        .when("ANSWERED", "ask")
        .when("ASYNC", "producer")
        .when("NOMATCH", "repeat")
        .when("AGENT", "keep summary")
        .when("END", "goodbye")
        .when("SILENCE", silent)
        .on(NoMatchingCondition, silent)
}

fn opening(builder: Builder) -> Builder {
    let voice = Action::UpdateContactTextToSpeechVoice {
        voice: "Matthew".to_owned(),
        engine: Some("Neural".to_owned()),
        style: Some("None".to_owned()),
    };
    let language = Action::UpdateContactData {
        language: Some("en-US".to_owned()),
        customer_id: None,
        name: None,
        description: None,
    };
    let direction = Action::Compare { value: "$.Attributes.direction".to_owned() };
    builder
        .step(Step::new("log on", Action::UpdateFlowLoggingBehavior { enabled: true }, "voice"))
        .step(Step::new("voice", voice, "language").on(NoMatchingError, "language"))
        .step(Step::new("language", language, "direction").on(NoMatchingError, "direction"))
        .step(
            Step::new("direction", direction, "greet in")
                .when("OUTBOUND", "greet out")
                .on(NoMatchingCondition, "greet in"),
        )
        .step(say("greet out", "$.Attributes.openingMessage", "ask"))
        .step(say("greet in", "Thank you for calling.", "ask"))
}

fn listening(builder: Builder) -> Builder {
    builder
        .step(listen("ask", "How can I help you?", "outcome"))
        .step(outcome("outcome", "still there"))
        .step(listen("still there", "Are you still there?", "outcome again"))
        .step(outcome("outcome again", "goodbye"))
        .step(say("repeat", "Sorry, I did not catch that.", "ask"))
}

fn invoke(token: &str, seconds: u32, attributes: &[(&str, &str)]) -> Action {
    Action::InvokeLambdaFunction {
        function: Reference::Token(token.to_owned()),
        limit: Figure::new(seconds),
        invocation: Some(InvocationType::Synchronous),
        attributes: texts(attributes),
        response: Some(ResponseType::StringMap),
    }
}

fn long_answer(builder: Builder, barge_in: BargeIn) -> Builder {
    let asked = [
        ("question", "$.Lex.SessionAttributes.question"),
        ("turn", "$.Lex.SessionAttributes.turn"),
        ("locale", "en-US"),
    ];
    let producer = invoke("PRODUCER_ARN", 3, &asked);
    let consumer = invoke("CONSUMER_ARN", 8, &[("jobId", "$.Attributes.jobId")]);
    // `$.External` holds the last function's result only, so the job's id is kept before the Consumer runs.
    let keep = Action::UpdateContactAttributes {
        attributes: texts(&[("jobId", "$.External.jobId")]),
        target: Target::Current,
    };
    let status = || Action::Compare { value: "$.External.statusCode".to_owned() };
    let answer = match barge_in {
        BargeIn::No => say("play answer", "$.External.answer", "ask"),
        BargeIn::Yes => listen("play answer", "$.External.answer", "outcome"),
    };
    builder
        .step(Step::new("producer", producer, "keep job").on(NoMatchingError, "sorry"))
        .step(Step::new("keep job", keep, "cached").on(NoMatchingError, "sorry"))
        .step(
            Step::new("cached", status(), "sorry")
                .when("200", "play answer")
                .when("202", "wait prompt")
                .on(NoMatchingCondition, "sorry"),
        )
        .step(say("wait prompt", "One moment while I look that up.", "consumer"))
        .step(Step::new("consumer", consumer, "ready").on(NoMatchingError, "wait loop"))
        .step(
            Step::new("ready", status(), "sorry")
                .when("200", "play answer")
                .when("202", "wait loop")
                .when("504", "give up")
                .on(NoMatchingCondition, "sorry"),
        )
        .step(
            Step::new("wait loop", Action::Loop { count: Figure::new(20) }, "give up")
                .when("ContinueLooping", "wait prompt")
                .when("DoneLooping", "give up"),
        )
        .step(answer)
}

fn ending(builder: Builder) -> Builder {
    // The bot's session ends with the bot; what a colleague sees are the contact's attributes.
    let keep = Action::UpdateContactAttributes {
        attributes: texts(&[("handoverSummary", "$.Lex.SessionAttributes.handoverSummary")]),
        target: Target::Current,
    };
    let queue = Action::UpdateContactTargetQueue(Queue::Queue(Reference::Token("QUEUE_ARN".to_owned())));
    builder
        .step(say("give up", "I could not find that out. I will pass you to a colleague.", "keep summary"))
        .step(Step::new("keep summary", keep, "set queue").on(NoMatchingError, "set queue"))
        .step(Step::new("set queue", queue, "to queue").on(NoMatchingError, "sorry"))
        .step(
            Step::new("to queue", Action::TransferContactToQueue, "sorry")
                .on(QueueAtCapacity, "sorry")
                .on(NoMatchingError, "sorry"),
        )
        .step(say("sorry", "Sorry, something went wrong.", "hang up"))
        .step(say("goodbye", "Thank you for calling. Goodbye.", "hang up"))
        .step(Step::last("hang up", Action::DisconnectParticipant))
}
