//! One call: goes from block to block as Connect does, and hands turns and functions to the real handlers.

use std::collections::BTreeMap;

use pollster::block_on;
use serde_json::json;

use super::SimulationError;
use super::bot::{event, understand};
use super::script::{CallScript, Script, TurnScript, ms};
use super::transcript::{End, Line, Transcript, Who};
use super::world::{StandIn, World};
use crate::agent::{Agent, respond};
use crate::dialogue::{SealKey, Settings};
use crate::flow::{Action, Block, ErrorType, Flow, LexInput, Reference, Speech};
use crate::lex::LexEvent;
use crate::lex::connect::{ConnectEvent, StringMap};
use crate::long_answer::{Clock, JobId, Polling, Producer, ProducerSettings, Reply, Status, consume, produce};

use ErrorType::{InputTimeLimitExceeded, NoMatchingCondition, NoMatchingError, QueueAtCapacity};

/// A character of speech, ms: about 150 words a minute.
const SPOKEN_MS: u64 = 80;
/// Recognition and the way to a handler and back, ms.
const LEX_MS: u64 = 300;
/// The way to a function and back, ms.
const FUNCTION_MS: u64 = 40;
/// How often Connect tries a function.
const TRIES: u32 = 3;
/// Blocks of one call, so that a flow without an end ends here.
const MOST_BLOCKS: usize = 5_000;

/// How long a text takes to say, ms.
pub fn speech_ms(text: &str) -> u64 {
    u64::try_from(text.chars().count()).unwrap_or(u64::MAX).saturating_mul(SPOKEN_MS)
}

struct Call<'a> {
    script: &'a Script,
    call: &'a CallScript,
    index: usize,
    world: &'a World,
    out: &'a mut Transcript,
    started: u64,
    turns: std::slice::Iter<'a, TurnScript>,
    attributes: BTreeMap<String, String>,
    external: BTreeMap<String, String>,
    session: BTreeMap<String, String>,
    slots: BTreeMap<String, String>,
    intent: String,
    stored: String,
    loops: BTreeMap<String, u32>,
    tries: BTreeMap<&'static str, u32>,
    /// When the question was asked whose answer is awaited.
    asked_at: Option<u64>,
}

/// Where a block leads.
enum Way {
    Otherwise,
    On(ErrorType),
    Value(String),
    End(End),
}

/// Runs one call of a script.
pub(super) fn run(
    flow: &Flow,
    script: &Script,
    call: &CallScript,
    index: usize,
    world: &World,
    out: &mut Transcript,
) -> Result<(), SimulationError> {
    let mut state = Call {
        script,
        call,
        index,
        world,
        out,
        started: world.clock.now_ms(),
        turns: call.turns.iter(),
        attributes: call.attributes.clone(),
        external: BTreeMap::new(),
        session: BTreeMap::new(),
        slots: BTreeMap::new(),
        intent: String::new(),
        stored: String::new(),
        loops: BTreeMap::new(),
        tries: BTreeMap::new(),
        asked_at: None,
    };
    let mut name = flow.start();
    for _ in 0..MOST_BLOCKS {
        let Some(block) = flow.block(name) else { return Err(fault(name, "is no block")) };
        state.out.blocks.push(block.name.clone());
        let way = state.step(block)?;
        if let Some(end) = state.ended(way.as_ref()) {
            state.end(end);
            return Ok(());
        }
        name = state.next(block, &way)?;
    }
    Err(fault(name, "the call passes 5,000 blocks and does not end"))
}

fn fault(block: &str, message: impl Into<String>) -> SimulationError {
    SimulationError { block: Some(block.to_owned()), message: message.into() }
}

impl Way {
    const fn as_ref(&self) -> Option<End> {
        if let Self::End(end) = self { Some(*end) } else { None }
    }
}

impl Call<'_> {
    fn now(&self) -> u64 {
        self.world.clock.now_ms() - self.started
    }

    fn line(&mut self, who: Who, text: impl Into<String>) {
        let line = Line { call: self.index, at_ms: self.now(), who, text: text.into() };
        self.out.lines.push(line);
    }

    /// When the caller hangs up, if the time has come; the end of the way otherwise.
    fn ended(&self, end: Option<End>) -> Option<End> {
        let hung_up = self.call.hang_up_s.is_some_and(|seconds| self.now() >= ms(seconds));
        if hung_up { Some(End::HungUp) } else { end }
    }

    fn end(&mut self, end: End) {
        if end == End::HungUp && self.asked_at.is_some() {
            self.out.hung_up_waiting += 1;
        }
        let text = match end {
            End::Disconnected => "the call ends",
            End::Queue => "a colleague's queue takes over",
            End::HungUp => "the caller hangs up",
        };
        self.out.ends.push(end);
        self.line(Who::Call, text);
        if end == End::Queue {
            // What the colleague sees: the contact's own attributes, not the bot's session.
            let summary = self.attributes.get("handoverSummary").cloned();
            self.out.handovers.extend(summary);
        }
    }

    fn next<'f>(&mut self, block: &'f Block, way: &Way) -> Result<&'f str, SimulationError> {
        let next = &block.next;
        let missing = |what: &str| fault(&block.name, format!("there is no way on for {what}"));
        match way {
            Way::Otherwise | Way::End(_) => next.otherwise.as_deref().ok_or_else(|| missing("success")),
            Way::On(error) => next.on(*error).ok_or_else(|| missing(error.as_str())),
            Way::Value(value) => {
                let found = next.conditions.iter().find(|condition| condition.holds(value));
                let none = || next.on(NoMatchingCondition).or(next.otherwise.as_deref());
                found.map(|condition| condition.target.as_str()).or_else(none).ok_or_else(|| missing(value))
            }
        }
    }

    /// The value of a JSONPath, or a text as it is; none for a path without a value.
    fn value(&self, text: &str) -> Option<String> {
        let Some(path) = text.strip_prefix("$.") else { return Some(text.to_owned()) };
        let found = match path.split_once('.') {
            Some(("Attributes", name)) => self.attributes.get(name).cloned(),
            Some(("External", name)) => self.external.get(name).cloned(),
            Some(("Lex", rest)) => match rest.split_once('.') {
                Some(("SessionAttributes", name)) => self.session.get(name).cloned(),
                Some(("Slots", name)) => self.slots.get(name).cloned(),
                _ if rest == "IntentName" => Some(self.intent.clone()),
                _ => None,
            },
            Some(("CustomerEndpoint", "Address")) => self.call.caller.clone(),
            _ if path == "ContactId" => Some(self.contact_id()),
            _ if path == "StoredCustomerInput" => Some(self.stored.clone()),
            _ if path == "LanguageCode" => Some(self.script.locale.clone()),
            _ => None,
        };
        found.filter(|value| !value.is_empty())
    }

    fn contact_id(&self) -> String {
        format!("call-{}", self.index + 1)
    }

    /// Says a text, at most for so many ms. Says whether there was one.
    fn say(&mut self, text: &str, most_ms: Option<u64>) -> bool {
        let Some(text) = self.value(text) else { return false };
        if let Some(asked) = self.asked_at.filter(|_| self.external.get("answer").is_some_and(|answer| *answer == text))
        {
            self.out.answer_ms.push(self.world.clock.now_ms() - asked);
            self.asked_at = None;
        }
        let whole = speech_ms(&text);
        match most_ms.filter(|most| *most < whole) {
            Some(most) => {
                let heard = usize::try_from(most / SPOKEN_MS).unwrap_or(usize::MAX);
                let part: String = text.chars().take(heard).collect();
                self.line(Who::Agent, format!("{part}—"));
                self.world.clock.advance(most);
            }
            None => {
                self.line(Who::Agent, text);
                self.world.clock.advance(whole);
            }
        }
        true
    }

    fn speak(&mut self, speech: &Speech, most_ms: Option<u64>) -> bool {
        match speech {
            Speech::Text(text) | Speech::Ssml(text) => self.say(text, most_ms),
            Speech::Prompt(prompt) => self.say(&format!("[prompt {prompt}]"), most_ms),
            Speech::Media(_) => self.say("[sound]", most_ms),
        }
    }

    fn step(&mut self, block: &Block) -> Result<Way, SimulationError> {
        Ok(match &block.action {
            Action::UpdateFlowLoggingBehavior { .. }
            | Action::UpdateContactData { .. }
            | Action::UpdateContactTextToSpeechVoice { .. }
            | Action::UpdateContactTargetQueue(_) => Way::Otherwise,
            Action::MessageParticipant(speech) => {
                if self.speak(speech, None) {
                    Way::Otherwise
                } else {
                    Way::On(NoMatchingError)
                }
            }
            Action::Compare { value } => self.value(value).map_or(Way::On(NoMatchingCondition), Way::Value),
            Action::UpdateContactAttributes { attributes, .. } => {
                for (name, value) in attributes {
                    let value = self.value(value).unwrap_or_default();
                    self.attributes.insert(name.clone(), value);
                }
                Way::Otherwise
            }
            Action::Loop { count } => {
                // The counter starts again only when the loop is done, as on Connect.
                let passed = self.loops.entry(block.name.clone()).or_default();
                if *passed < count.value {
                    *passed += 1;
                    Way::Value("ContinueLooping".to_owned())
                } else {
                    *passed = 0;
                    Way::Value("DoneLooping".to_owned())
                }
            }
            Action::Wait { limit, .. } => {
                self.world.clock.advance(u64::from(limit.value) * 1_000);
                Way::Value("WaitCompleted".to_owned())
            }
            Action::GetParticipantInput { speech, limit, store, .. } => self.keys(speech, limit.value, *store),
            Action::ConnectParticipantWithLexBot(input) => self.listen(block, input)?,
            Action::InvokeLambdaFunction { function, limit, attributes, .. } => {
                self.function(block, function, u64::from(limit.value) * 1_000, attributes)?
            }
            Action::TransferContactToQueue => {
                if self.call.queue_full {
                    Way::On(QueueAtCapacity)
                } else {
                    Way::End(End::Queue)
                }
            }
            Action::CheckOutboundCallStatus => Way::Value("CallAnswered".to_owned()),
            Action::DisconnectParticipant => Way::End(End::Disconnected),
            Action::InvokeFlowModule { .. }
            | Action::EndFlowModuleExecution
            | Action::MessageParticipantIteratively { .. } => {
                return Err(fault(&block.name, format!("{} is not simulated", block.action.kind().as_str())));
            }
        })
    }

    fn keys(&mut self, speech: &Speech, seconds: u32, store: bool) -> Way {
        self.speak(speech, None);
        let Some(turn) = self.turns.next() else { return Way::End(End::HungUp) };
        let Some(keys) = &turn.keys else {
            self.world.clock.advance(u64::from(seconds) * 1_000);
            self.line(Who::Caller, "(silence)");
            return Way::On(InputTimeLimitExceeded);
        };
        self.line(
            Who::Caller,
            format!("[keys {}]", if store { "•".repeat(keys.chars().count()) } else { keys.clone() }),
        );
        self.stored = keys.trim_end_matches('#').to_owned();
        if store { Way::Otherwise } else { Way::Value(self.stored.clone()) }
    }

    fn listen(&mut self, block: &Block, input: &LexInput) -> Result<Way, SimulationError> {
        let tuned =
            |family: &str| input.session.iter().find(|(name, _)| name.starts_with(family)).map(|(_, value)| value);
        let interruptible = tuned("x-amz-lex:allow-interrupt:").is_none_or(|value| value.eq_ignore_ascii_case("true"));
        let silence_ms =
            tuned("x-amz-lex:audio:start-timeout-ms:").and_then(|value| value.parse().ok()).unwrap_or(3_000);
        let mut turn = self.turns.next();
        let interrupt = turn.and_then(|turn| turn.interrupt_s).map(ms);
        if !self.speak(&input.speech, interrupt.filter(|_| interruptible)) {
            return Ok(Way::On(NoMatchingError));
        }
        if self.ended(None).is_some() {
            return Ok(Way::Otherwise);
        }
        if interrupt.is_some() && !interruptible {
            self.line(Who::Call, "the caller speaks over the prompt and is not heard");
            turn = self.turns.next();
        }
        let Some(turn) = turn else { return Ok(Way::End(End::HungUp)) };
        match (&turn.say, &turn.keys) {
            (Some(words), _) => {
                self.line(Who::Caller, words.clone());
                self.world.clock.advance(speech_ms(words));
            }
            (None, Some(keys)) => self.line(Who::Caller, format!("[keys {keys}]")),
            (None, None) => {
                self.world.clock.advance(silence_ms);
                self.line(Who::Caller, "(silence)");
            }
        }
        self.asked_at = Some(self.world.clock.now_ms());
        for (name, value) in &input.session {
            if !name.starts_with("x-amz-lex:") {
                let value = self.value(value).unwrap_or_default();
                self.session.insert(name.clone(), value);
            }
        }
        self.world.clock.advance(LEX_MS);
        self.turn(block, turn)
    }

    /// Gives a turn to the code hook, as the event that Lex would send.
    fn turn(&mut self, block: &Block, turn: &TurnScript) -> Result<Way, SimulationError> {
        let understood = understand(turn, &self.script.bot);
        let event = event(turn, &understood, &format!("session-{}", self.index), &self.session, &self.script.locale);
        let event = LexEvent::parse(&event.to_string()).map_err(|error| fault(&block.name, error))?;
        let agent = Agent {
            answerer: &StandIn { world: self.world, waits: true },
            answers: &self.world.answers,
            clock: self.world.clock.as_ref(),
            settings: &Settings::default(),
            key: &SealKey::from_secret(b"simulation"),
            kb_version: &self.world.kb_version,
        };
        let Ok(responded) = block_on(respond(&event, &agent)) else { return Ok(Way::On(NoMatchingError)) };
        let response = responded.response;
        self.intent.clone_from(&understood.intent);
        self.slots = understood.slots;
        self.session.clone_from(response.attributes());
        let answered = self.session.get(crate::agent::OUTCOME).map(String::as_str);
        match (answered, self.asked_at) {
            (Some("ANSWERED"), Some(asked)) => {
                self.out.answer_ms.push(self.world.clock.now_ms() - asked);
                self.asked_at = None;
            }
            (Some("ASYNC"), _) => {}
            _ => self.asked_at = None,
        }
        for message in response.messages() {
            self.say(message.text(), None);
        }
        Ok(Way::Value(understood.intent))
    }

    fn function(
        &mut self,
        block: &Block,
        function: &Reference,
        limit_ms: u64,
        attributes: &BTreeMap<String, String>,
    ) -> Result<Way, SimulationError> {
        let text = function.to_string().to_lowercase();
        let (name, failing) = if text.contains("producer") {
            ("producer", &self.call.producer_fails)
        } else if text.contains("consumer") {
            ("consumer", &self.call.consumer_fails)
        } else {
            return Err(fault(&block.name, format!("there is no handler for {function}")));
        };
        let parameters: BTreeMap<&String, String> =
            attributes.iter().map(|(name, value)| (name, self.value(value).unwrap_or_default())).collect();
        let endpoint = self.call.caller.as_ref().map(|caller| json!({"Address": caller, "Type": "TELEPHONE_NUMBER"}));
        let event = json!({"Name": "ContactFlowEvent", "Details": {"Parameters": parameters, "ContactData": {
            "Attributes": self.attributes, "Channel": "VOICE", "ContactId": self.contact_id(),
            "CustomerEndpoint": endpoint, "InitiationMethod": "INBOUND", "Queue": null, "SystemEndpoint": null}}});
        let event = ConnectEvent::parse(&event.to_string()).map_err(|error| fault(&block.name, error))?;
        let started = self.world.clock.now_ms();
        for _ in 0..TRIES {
            let tries = self.tries.entry(name).or_default();
            *tries += 1;
            let fails = failing.contains(tries);
            self.world.clock.advance(FUNCTION_MS);
            let used = self.world.clock.now_ms() - started;
            // A run that fails has done its work: what is lost is the way back.
            let reply = self.handler(name, &event, limit_ms.saturating_sub(used));
            if self.world.clock.now_ms() - started > limit_ms {
                break;
            }
            if fails {
                self.line(Who::Call, format!("the {name} fails"));
                continue;
            }
            let Some(reply) = reply else { continue };
            self.late(&reply);
            self.external = fields(&reply.fields());
            return Ok(Way::Otherwise);
        }
        self.external.clear();
        Ok(Way::On(NoMatchingError))
    }

    fn handler(&self, name: &str, event: &ConnectEvent, left_ms: u64) -> Option<Reply> {
        let world = self.world;
        if name == "producer" {
            let producer = Producer {
                jobs: world,
                queue: world,
                answers: &world.answers,
                clock: world.clock.as_ref(),
                settings: &ProducerSettings::new(&world.kb_version),
            };
            return block_on(produce(event, &producer)).ok();
        }
        let Some(id) = event.parameter("jobId").and_then(JobId::parse) else {
            return Some(Reply::without(Status::Fault, None));
        };
        Some(block_on(consume(&id, world, world.clock.as_ref(), &Polling::default(), left_ms)))
    }

    /// Notes how long an answer was there before the flow had it. Of what was there before the Consumer ran, that is its
    /// start: the prompt before it cannot be interrupted.
    fn late(&mut self, reply: &Reply) {
        let ready = reply.job.as_ref().filter(|_| reply.status == Status::Ready).and_then(|id| self.world.ready_at(id));
        let heard_from = self.out.lines.last().map_or(0, |line| self.started + line.at_ms + speech_ms(&line.text));
        if let Some(ready) = ready {
            let late = self.world.clock.now_ms().saturating_sub(ready.max(heard_from));
            self.out.late_ms = self.out.late_ms.max(late);
        }
    }
}

fn fields(map: &StringMap) -> BTreeMap<String, String> {
    map.fields().clone()
}
