//! What a block does: the actions of the flow language, each with exactly the parameters it has. No transitions here.

use std::collections::BTreeMap;

use serde_json::Value;

use super::words;

/// What a block does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Set logging behavior.
    UpdateFlowLoggingBehavior {
        /// Whether inputs and steps are logged from here on.
        enabled: bool,
    },
    /// Get customer input, Lex.
    ConnectParticipantWithLexBot(Box<LexInput>),
    /// Invoke AWS Lambda function.
    InvokeLambdaFunction {
        /// The function.
        function: Reference,
        /// Seconds until the block gives up.
        limit: Figure,
        /// Whether the flow waits.
        invocation: Option<InvocationType>,
        /// What is sent.
        attributes: BTreeMap<String, String>,
        /// What is taken back.
        response: Option<ResponseType>,
    },
    /// Check contact attributes.
    Compare {
        /// A JSONPath such as `$.External.statusCode`.
        value: String,
    },
    /// Loop.
    Loop {
        /// How often it continues.
        count: Figure,
    },
    /// Play prompt.
    MessageParticipant(Speech),
    /// Loop prompts; in queue and hold flows only.
    MessageParticipantIteratively {
        /// What is said, in turn.
        messages: Vec<Speech>,
        /// Seconds between interruptions.
        interrupt: Option<Figure>,
    },
    /// Wait.
    Wait {
        /// Seconds.
        limit: Figure,
        /// Events that end it early.
        events: Vec<String>,
    },
    /// Get customer input or store customer input, keys.
    GetParticipantInput {
        /// What is said.
        speech: Speech,
        /// Seconds until the first key.
        limit: Figure,
        /// Whether the keys are kept.
        store: bool,
        /// How keys are read.
        dtmf: Option<Dtmf>,
        /// How kept keys are checked.
        validation: Option<Value>,
        /// How kept keys are encrypted.
        encryption: Option<Value>,
    },
    /// Set contact attributes.
    UpdateContactAttributes {
        /// Attributes; values may be JSONPaths.
        attributes: BTreeMap<String, String>,
        /// Whose.
        target: Target,
    },
    /// Set the contact's language and other data.
    UpdateContactData {
        /// BCP 47 tag.
        language: Option<String>,
        /// The customer's id.
        customer_id: Option<String>,
        /// Name of the contact.
        name: Option<String>,
        /// Description of the contact.
        description: Option<String>,
    },
    /// Set voice.
    UpdateContactTextToSpeechVoice {
        /// Polly's name of the voice.
        voice: String,
        /// `Neural`, `Standard` or `Generative`.
        engine: Option<String>,
        /// `None`, `Conversational`, `Newscaster`.
        style: Option<String>,
    },
    /// Invoke module.
    InvokeFlowModule {
        /// The module.
        module: Reference,
    },
    /// Return from a module.
    EndFlowModuleExecution,
    /// Set working queue.
    UpdateContactTargetQueue(Queue),
    /// Transfer to queue.
    TransferContactToQueue,
    /// Check call progress; outbound campaigns only.
    CheckOutboundCallStatus,
    /// Disconnect.
    DisconnectParticipant,
}

/// A queue or an agent's own queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Queue {
    /// A queue.
    Queue(Reference),
    /// An agent.
    Agent(Reference),
}

/// Listening with Lex.
#[derive(Debug, Clone, PartialEq)]
pub struct LexInput {
    /// What is said first; the caller may speak over it.
    pub speech: Speech,
    /// The alias of a Lex V2 bot.
    pub alias: Reference,
    /// Session attributes; values may be JSONPaths.
    pub session: BTreeMap<String, String>,
    /// What the bot is given to begin with.
    pub initial_message: Option<String>,
    /// Seconds of a written conversation.
    pub text_timeout: Option<Figure>,
}

/// What is said: exactly one of four.
#[derive(Debug, Clone, PartialEq)]
pub enum Speech {
    /// A recorded prompt.
    Prompt(Reference),
    /// Text, or a JSONPath to one.
    Text(String),
    /// SSML, or a JSONPath to one.
    Ssml(String),
    /// A sound file.
    Media(Value),
}

/// A thing outside of the flow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// `${NAME}`: put in for each environment.
    Token(String),
    /// `$.…`: known during the call.
    Dynamic(String),
    /// As it is, such as an ARN.
    Literal(String),
}

impl Reference {
    /// Reads a reference.
    pub fn of(text: &str) -> Self {
        match text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
            Some(name) if !name.is_empty() && !name.contains(['{', '}', '$']) => Self::Token(name.to_owned()),
            _ if text.starts_with("$.") => Self::Dynamic(text.to_owned()),
            _ => Self::Literal(text.to_owned()),
        }
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Token(name) => write!(f, "${{{name}}}"),
            Self::Dynamic(text) | Self::Literal(text) => f.write_str(text),
        }
    }
}

/// A number and how the file writes it: console and documents disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// The number.
    pub value: u32,
    /// How it is written.
    pub written: Written,
}

impl Figure {
    /// As the console writes it.
    pub const fn new(value: u32) -> Self {
        Self { value, written: Written::Text }
    }
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// `"20"`.
    Text,
    /// `20`.
    Number,
}

/// How keys are read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dtmf {
    /// Ends the input.
    pub termination: Option<String>,
    /// `true` switches the cancel key off.
    pub cancel: Option<String>,
    /// Seconds between keys.
    pub interdigit: Option<Figure>,
}

/// `SYNCHRONOUS` or `ASYNCHRONOUS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvocationType {
    /// The flow waits, at most 8 seconds.
    Synchronous,
    /// The flow goes on, at most 60 seconds.
    Asynchronous,
}

/// `STRING_MAP` or `JSON`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseType {
    /// Flat, strings only.
    StringMap,
    /// Nested.
    Json,
}

words! {
    /// Whose attributes.
    Target {
        /// Of this contact.
        Current,
        /// Of the related contact.
        Related,
    }
}

words! {
    /// The name of an action.
    Kind {
        /// Set logging behavior.
        UpdateFlowLoggingBehavior,
        /// Get customer input, Lex.
        ConnectParticipantWithLexBot,
        /// Invoke function.
        InvokeLambdaFunction,
        /// Check contact attributes.
        Compare,
        /// Loop.
        Loop,
        /// Play prompt.
        MessageParticipant,
        /// Loop prompts.
        MessageParticipantIteratively,
        /// Wait.
        Wait,
        /// Keys.
        GetParticipantInput,
        /// Set attributes.
        UpdateContactAttributes,
        /// Set data.
        UpdateContactData,
        /// Set voice.
        UpdateContactTextToSpeechVoice,
        /// Invoke module.
        InvokeFlowModule,
        /// Return from module.
        EndFlowModuleExecution,
        /// Set queue.
        UpdateContactTargetQueue,
        /// Transfer.
        TransferContactToQueue,
        /// Check call progress.
        CheckOutboundCallStatus,
        /// Disconnect.
        DisconnectParticipant,
    }
}

impl Kind {
    /// Whether the flow ends there.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::DisconnectParticipant | Self::EndFlowModuleExecution)
    }
}

impl Action {
    /// Which action it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::UpdateFlowLoggingBehavior { .. } => Kind::UpdateFlowLoggingBehavior,
            Self::ConnectParticipantWithLexBot(_) => Kind::ConnectParticipantWithLexBot,
            Self::InvokeLambdaFunction { .. } => Kind::InvokeLambdaFunction,
            Self::Compare { .. } => Kind::Compare,
            Self::Loop { .. } => Kind::Loop,
            Self::MessageParticipant(_) => Kind::MessageParticipant,
            Self::MessageParticipantIteratively { .. } => Kind::MessageParticipantIteratively,
            Self::Wait { .. } => Kind::Wait,
            Self::GetParticipantInput { .. } => Kind::GetParticipantInput,
            Self::UpdateContactAttributes { .. } => Kind::UpdateContactAttributes,
            Self::UpdateContactData { .. } => Kind::UpdateContactData,
            Self::UpdateContactTextToSpeechVoice { .. } => Kind::UpdateContactTextToSpeechVoice,
            Self::InvokeFlowModule { .. } => Kind::InvokeFlowModule,
            Self::EndFlowModuleExecution => Kind::EndFlowModuleExecution,
            Self::UpdateContactTargetQueue(_) => Kind::UpdateContactTargetQueue,
            Self::TransferContactToQueue => Kind::TransferContactToQueue,
            Self::CheckOutboundCallStatus => Kind::CheckOutboundCallStatus,
            Self::DisconnectParticipant => Kind::DisconnectParticipant,
        }
    }

    /// What it refers to outside of the flow, to be changed in place.
    pub(crate) fn references_mut(&mut self) -> Vec<&mut Reference> {
        fn of(speech: &mut Speech) -> Option<&mut Reference> {
            if let Speech::Prompt(prompt) = speech { Some(prompt) } else { None }
        }
        match self {
            Self::ConnectParticipantWithLexBot(input) => {
                let LexInput { speech, alias, .. } = input.as_mut();
                of(speech).into_iter().chain(Some(alias)).collect()
            }
            Self::InvokeLambdaFunction { function, .. } => vec![function],
            Self::InvokeFlowModule { module } => vec![module],
            Self::UpdateContactTargetQueue(Queue::Queue(it) | Queue::Agent(it)) => vec![it],
            Self::MessageParticipant(speech) | Self::GetParticipantInput { speech, .. } => {
                of(speech).into_iter().collect()
            }
            Self::MessageParticipantIteratively { messages, .. } => messages.iter_mut().filter_map(of).collect(),
            _ => Vec::new(),
        }
    }

    /// What it refers to outside of the flow.
    pub fn references(&self) -> Vec<Reference> {
        self.clone().references_mut().into_iter().map(|reference| reference.clone()).collect()
    }
}
