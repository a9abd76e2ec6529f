//! A turn of the conversation, as pure functions: what was heard goes in, the outcome and what is said come out.
//!
//! A turn has two halves, because finding an answer needs the outside world: [`hear`] decides what can be decided from the
//! words alone, or gives the question; [`conclude`] takes what was found. No IO, no clock, no randomness. What callers and
//! documents say is data: it never changes a setting, and nothing in it is followed.

mod cues;
mod deadline;
mod phrases;
mod rewrite;
mod seal;
mod speech;
mod spoken;
mod state;

pub use deadline::{LEX_LIMIT_MS, OwnDeadline};
pub use phrases::{Phrase, phrase};
pub use rewrite::{Standalone, standalone};
pub use seal::SealKey;
pub use speech::{Speech, speech};
pub use spoken::{Channel, ChannelLimits, clean, limits, messages};
pub use state::{Exchange, State};

use crate::lex::Input;

/// How a turn ends; the flow routes on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The answer is in this turn's message.
    Answered,
    /// The answer takes longer: the flow asks the Producer.
    Async,
    /// Words that were not understood.
    NoMatch,
    /// Nothing was said.
    Silence,
    /// A person takes over.
    Agent,
    /// The caller is done.
    End,
}

impl Outcome {
    /// The word that the flow compares with.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "ANSWERED",
            Self::Async => "ASYNC",
            Self::NoMatch => "NOMATCH",
            Self::Silence => "SILENCE",
            Self::Agent => "AGENT",
            Self::End => "END",
        }
    }
}

/// What a dialogue is tuned with.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Turns in a row that are not understood before a person takes over.
    pub most_misses: u32,
    /// Questions in a row without an answer before a person takes over.
    pub most_unknown: u32,
    /// Negative sentiment, 0 to 1, from which a person takes over.
    pub negative: f64,
    /// Confidence of speech recognition, 0 to 1, below which words count as not understood.
    pub least_heard: f64,
    /// Exchanges that are remembered.
    pub history: usize,
    /// Own deadline of a turn.
    pub deadline: OwnDeadline,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            most_misses: 3,
            most_unknown: 2,
            negative: 0.8,
            least_heard: 0.3,
            history: 6,
            deadline: OwnDeadline::default(),
        }
    }
}

/// A question that stands for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// As it was said, without fillers.
    pub said: String,
    /// With what it refers to put in, where it refers to something.
    pub text: String,
    /// It corrects the question before.
    pub repair: bool,
    /// What was put in is what the caller called about before. Such a question is answered in its turn; it is not kept, not
    /// looked up among what others asked, and not passed on.
    pub personal: bool,
}

impl Question {
    /// What is remembered and passed on.
    fn kept(&self) -> &str {
        if self.personal { &self.said } else { &self.text }
    }
}

/// A turn that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// How it ends.
    pub outcome: Outcome,
    /// What is said, in one piece; empty where the flow itself speaks.
    pub say: String,
    /// The question, for the Producer.
    pub question: Option<String>,
    /// What the colleague should know, when one takes over.
    pub handover: Option<String>,
    /// What is remembered for the next turn.
    pub state: State,
}

/// What can be told from the words alone.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// The turn is over.
    Done(Box<Turn>),
    /// An answer is needed.
    Question(Question),
}

/// What came of looking for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found<'a> {
    /// An answer.
    Answer(&'a str),
    /// Nothing supports an answer.
    Unknown,
    /// It takes longer than a turn may.
    Later,
    /// It cannot be found out now: a model refused or a service failed.
    Failed,
}

/// First half of a turn.
pub fn hear(state: &State, input: &Input, settings: &Settings) -> Heard {
    let done = |turn: Turn| Heard::Done(Box::new(turn));
    let words = match speech(&input.words) {
        Speech::Silence => return done(quiet(state, Outcome::Silence)),
        Speech::Filler => return done(missed(state, input, settings)),
        Speech::Words(words) => words,
    };
    if cues::wants_person(&words) {
        return done(handover(state, input, "asked for a person"));
    }
    if input.heard.is_some_and(|heard| heard < settings.least_heard) {
        return done(missed(state, input, settings));
    }
    if input.negative.is_some_and(|negative| negative >= settings.negative) {
        return done(handover(state, input, "is upset"));
    }
    match cues::ending(&words) {
        Some(cues::Ending::Solved) => return done(ended(state, phrase(Phrase::Solved, &input.locale))),
        Some(cues::Ending::Goodbye) => return done(ended(state, "")),
        None => {}
    }
    let (said, repair) = match cues::repair(&words) {
        Some("") => return done(missed(state, input, settings)),
        Some(meant) => (meant.to_owned(), true),
        None => (words, false),
    };
    if let Some(earlier) = state.earlier.as_ref().filter(|_| cues::calls_before(&said)) {
        let text = format!("{} {said}", earlier.reason);
        return Heard::Question(Question { said, text, repair, personal: true });
    }
    let before = state.last_question();
    let text = match standalone(&said, before, repair) {
        Standalone::AsIs => said.clone(),
        Standalone::With(before) => format!("{before} {said}"),
    };
    Heard::Question(Question { said, text, repair, personal: false })
}

/// Second half of a turn.
pub fn conclude(state: &State, input: &Input, question: &Question, found: Found<'_>, settings: &Settings) -> Turn {
    // A repair takes the place of what it corrects.
    let mut state = if question.repair { state.without_last() } else { state.clone() };
    state.misses = 0;
    match found {
        Found::Answer(answer) => {
            state.unknown = 0;
            state.remember(question.kept(), answer, settings.history);
            turn(state, Outcome::Answered, clean(answer), Some(question.kept().to_owned()))
        }
        Found::Later => {
            state.unknown = 0;
            state.remember(question.kept(), "", settings.history);
            // Should the answer not come in time, the colleague knows what it was about.
            let told = summary(&state, input, "waited for an answer");
            let over = turn(state, Outcome::Async, String::new(), Some(question.kept().to_owned()));
            Turn { handover: Some(told), ..over }
        }
        Found::Unknown => {
            state.unknown += 1;
            state.remember(question.kept(), "", settings.history);
            if state.unknown >= settings.most_unknown {
                return handover(&state, input, "has questions that nothing answers");
            }
            let say = phrase(Phrase::Unknown, &input.locale).to_owned();
            turn(state, Outcome::Answered, say, Some(question.kept().to_owned()))
        }
        Found::Failed => {
            state.remember(question.kept(), "", settings.history);
            handover(&state, input, "could not be answered because of a fault on our side")
        }
    }
}

fn turn(state: State, outcome: Outcome, say: String, question: Option<String>) -> Turn {
    Turn { outcome, say, question, handover: None, state }
}

/// The flow speaks, the dialogue keeps what it knows.
fn quiet(state: &State, outcome: Outcome) -> Turn {
    turn(state.clone(), outcome, String::new(), None)
}

fn ended(state: &State, say: &str) -> Turn {
    turn(state.clone(), Outcome::End, say.to_owned(), None)
}

fn missed(state: &State, input: &Input, settings: &Settings) -> Turn {
    let mut state = state.clone();
    state.misses += 1;
    if state.misses >= settings.most_misses {
        return handover(&state, input, "was not understood several times");
    }
    turn(state, Outcome::NoMatch, String::new(), None)
}

/// A person takes over, and is told what was said so far.
fn handover(state: &State, input: &Input, why: &str) -> Turn {
    let say = phrase(Phrase::Handover, &input.locale).to_owned();
    let handover = Some(summary(state, input, why));
    Turn { outcome: Outcome::Agent, say, question: None, handover, state: state.clone() }
}

/// What was said so far, in at most 1,500 characters.
fn summary(state: &State, input: &Input, why: &str) -> String {
    let mut summary = format!("Caller {why}.");
    if let Some(earlier) = &state.earlier {
        summary.push(' ');
        summary.push_str(&earlier.told());
    }
    for exchange in &state.history {
        let answered = if exchange.answer.is_empty() { "not answered" } else { "answered" };
        summary.push_str(&format!(" Asked: {} ({answered}).", exchange.question));
    }
    let last = input.words.trim();
    if !last.is_empty() {
        summary.push_str(&format!(" Last said: {}.", last.chars().take(200).collect::<String>()));
    }
    summary.chars().take(1_500).collect()
}
