//! The code hook of the bot: a Lex event in, a Lex response out. It joins dialogue, cache and answers and decides nothing
//! itself. A fault of the cache or of the answerer is a turn that a person takes over, never an error that a caller hears.

use std::collections::BTreeMap;

use aftercall_core::error::Retry;

use crate::answers::{Answer, Answerer, Ask, Pace};
use crate::cache::{AnswerStore, CustomerScope, Scope, StoredAnswer, keys, lookup, remember};
use crate::dialogue::{Channel, Found, Heard, Question, SealKey, Settings, State, Turn, conclude, hear, messages};
use crate::earlier::EarlierCall;
use crate::lex::{CloseState, DialogAction, InputMode, LexEvent, LexResponse, Refused, Reply};
use crate::live::CallName;
use crate::long_answer::Clock;

/// Name of the attribute that the flow routes on.
pub const OUTCOME: &str = "turnOutcome";
/// Name of the attribute that names the turn, for the Producer.
pub const TURN: &str = "turn";
/// Name of the attribute that holds what a verified caller called about before, sealed.
pub const EARLIER_CALL: &str = "earlierCall";
const STATE: &str = "agentState";

/// What the hook works with.
pub struct Agent<'a> {
    /// Who knows.
    pub answerer: &'a dyn Answerer,
    /// Stored answers.
    pub answers: &'a dyn AnswerStore,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Settings.
    pub settings: &'a Settings,
    /// Seals what is remembered between turns.
    pub key: &'a SealKey,
    /// Version of the knowledge.
    pub kb_version: &'a str,
}

/// Builds what the first turn would otherwise wait for: call it while the function starts.
pub fn warm() {
    let question = "how do I reset my password";
    let state = State::default();
    let input = LexEvent { input_transcript: question.to_owned(), ..LexEvent::default() }.input();
    let heard = hear(&state, &input, &Settings::default());
    let scope = Scope { locale: String::new(), kb_version: String::new(), customer: CustomerScope::Everybody };
    crate::cache::warm();
    let keys = keys(question, &scope);
    let said = messages(&crate::dialogue::clean(question), Channel::Voice);
    drop((heard, keys, said));
}

/// A turn's response, and where its answer comes from: for whoever watches. Lex takes the response alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Responded {
    /// What Lex takes.
    pub response: LexResponse,
    /// Where the answer comes from; empty where nothing was answered.
    pub citations: Vec<String>,
    /// The answer was a stored one.
    pub cached: bool,
    /// Nobody was asked, because what may be spent today is spent.
    pub over_budget: bool,
    /// Which turn of the call it is, and when it was heard.
    pub turn: TurnName,
}

/// A turn of a call. It travels through the flow as text, so that whoever is called for this turn names it alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TurnName {
    /// From 1.
    pub number: u32,
    /// When it was heard, ms since 1970.
    pub heard_at_ms: u64,
}

impl TurnName {
    /// Reads what [`Display`](std::fmt::Display) writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, at) = text.split_once('@')?;
        Some(Self { number: number.parse().ok()?, heard_at_ms: at.parse().ok()? })
    }
}

impl std::fmt::Display for TurnName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.number, self.heard_at_ms)
    }
}

/// One turn.
///
/// # Errors
/// Session attributes of the event that are larger than Lex takes back.
pub async fn respond(event: &LexEvent, agent: &Agent<'_>) -> Result<Responded, Refused> {
    let input = event.input();
    let mut state = State::open(event.attribute(STATE), &event.session_id, agent.key);
    // A session without a contact is nobody's: there is nothing to bind it to.
    state.earlier = event
        .attribute("contactId")
        .and_then(|contact_id| EarlierCall::open(event.attribute(EARLIER_CALL), contact_id, agent.key));
    let name = TurnName { number: state.turns.saturating_add(1), heard_at_ms: agent.clock.now_ms() };
    let (mut turn, found) = match hear(&state, &input, agent.settings) {
        Heard::Done(turn) => (*turn, None),
        Heard::Question(question) => {
            let found = find(event, &question, &input.locale, agent).await;
            (conclude(&state, &input, &question, found.as_found(), agent.settings), Some(found))
        }
    };
    turn.state.turns = name.number;
    let channel = if input.mode == InputMode::Text { Channel::Chat } else { Channel::Voice };
    let response = response(event, turn, name, channel, agent.key)?;
    let over_budget = matches!(found, Some(Search::OverBudget));
    let (citations, cached) = match found {
        Some(Search::Answer { citations, cached, .. }) => (citations, cached),
        _ => (Vec::new(), false),
    };
    Ok(Responded { response, citations, cached, over_budget, turn: name })
}

/// What came of looking, with its text.
enum Search {
    Answer { text: String, citations: Vec<String>, cached: bool },
    Unknown,
    Later,
    Failed,
    OverBudget,
}

impl Search {
    const fn as_found(&self) -> Found<'_> {
        match self {
            Self::Answer { text, .. } => Found::Answer(text.as_str()),
            Self::Unknown => Found::Unknown,
            Self::Later => Found::Later,
            // A colleague needs no budget.
            Self::Failed | Self::OverBudget => Found::Failed,
        }
    }
}

async fn find(event: &LexEvent, question: &Question, locale: &str, agent: &Agent<'_>) -> Search {
    let started = agent.clock.now_ms();
    let scope = Scope {
        locale: locale.to_owned(),
        kb_version: agent.kb_version.to_owned(),
        customer: CustomerScope::Everybody,
    };
    let keys = if question.personal { None } else { keys(&question.text, &scope) };
    if let Some(keys) = &keys
        && let Ok(Some(found)) = lookup(agent.answers, &question.text, keys).await
    {
        return Search::Answer { text: found.answer, citations: found.citations, cached: true };
    }
    let used = agent.clock.now_ms().saturating_sub(started);
    let within_ms = agent.settings.deadline.ms().saturating_sub(used);
    if within_ms == 0 || agent.answerer.pace(&question.text) == Pace::Slow {
        return Search::Later;
    }
    let purpose = event.attribute("callPurpose");
    match agent.answerer.answer(&Ask { question: &question.text, locale, purpose, within_ms }).await {
        Ok(Answer::Supported(found)) => {
            let stored = StoredAnswer {
                question: question.text.clone(),
                answer: found.text,
                citations: found.citations.iter().map(ToString::to_string).collect(),
            };
            if let Some(keys) = &keys {
                let contact = CallName::of(event).contact_id();
                // Why somebody was called is that customer's.
                let customers = found.from_customer_data || purpose.is_some();
                // What is not stored is found again next time.
                drop(remember(agent.answers, keys, &stored, &contact, customers).await);
            }
            Search::Answer { text: stored.answer, citations: stored.citations, cached: false }
        }
        Ok(Answer::Unknown) => Search::Unknown,
        Ok(Answer::TooSlow) => Search::Later,
        Ok(Answer::OverBudget) => Search::OverBudget,
        // What passes is waited for behind a prompt; the worker tries again.
        Err(error) if error.retry != Retry::Never => Search::Later,
        Err(_) => Search::Failed,
    }
}

fn response(
    event: &LexEvent,
    turn: Turn,
    name: TurnName,
    channel: Channel,
    key: &SealKey,
) -> Result<LexResponse, Refused> {
    let mut set = BTreeMap::from([
        (OUTCOME.to_owned(), turn.outcome.as_str().to_owned()),
        (STATE.to_owned(), turn.state.seal(&event.session_id, key)),
        (TURN.to_owned(), name.to_string()),
    ]);
    set.extend(turn.question.map(|question| ("question".to_owned(), question)));
    set.extend(turn.handover.map(|summary| ("handoverSummary".to_owned(), summary)));
    let reply =
        Reply { action: DialogAction::Close(CloseState::Fulfilled), messages: messages(&turn.say, channel), set };
    LexResponse::to(event, reply)
}
