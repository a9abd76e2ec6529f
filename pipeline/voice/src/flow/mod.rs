//! A Connect flow as a value: the flow language 2019-10-30, read, written and built.
//!
//! Reading is strict: an unknown action, an unknown parameter, a transition that is missing or leads nowhere is an error
//! that names the block; nothing is skipped. Whether a flow is wise is for [`crate::lint`] to say. Nothing here runs it.
//! Source: docs.aws.amazon.com/connect/latest/APIReference/flow-language.html and the pages of each action.

mod action;
mod builder;
mod emit;
mod environment;
mod parameters;
mod parse;
mod read;
pub mod reference;

pub use action::{
    Action, Dtmf, Figure, InvocationType, Kind, LexInput, Queue, Reference, ResponseType, Speech, Target, Written,
};
pub use builder::{Builder, Step};
pub use emit::emit;
pub use environment::{Unresolved, resolve, tokenise, tokens, values};
pub use parse::parse;

use serde_json::{Map, Value};

/// The version of the language.
pub const VERSION: &str = "2019-10-30";

/// A flow. Every transition of it leads to a block of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    pub(crate) start: String,
    pub(crate) metadata: Map<String, Value>,
    pub(crate) blocks: Vec<Block>,
}

impl Flow {
    /// Name of the first block.
    pub fn start(&self) -> &str {
        &self.start
    }

    /// All blocks, in the order of the file.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// A block by its name.
    pub fn block(&self, name: &str) -> Option<&Block> {
        self.blocks.iter().find(|block| block.name == name)
    }

    /// What the console keeps beside the blocks: positions, names.
    pub const fn metadata(&self) -> &Map<String, Value> {
        &self.metadata
    }
}

/// A block: a name, what it does, and where it goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Its identifier.
    pub name: String,
    /// What it does.
    pub action: Action,
    /// Where it goes.
    pub next: Next,
}

/// Where a block goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Next {
    /// When nothing else applies; none for a block that ends the flow.
    pub otherwise: Option<String>,
    /// By a comparison, in order.
    pub conditions: Vec<Condition>,
    /// By an error.
    pub errors: Vec<ErrorBranch>,
}

impl Next {
    /// All blocks that this leads to.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        let conditions = self.conditions.iter().map(|branch| branch.target.as_str());
        let errors = self.errors.iter().map(|branch| branch.target.as_str());
        self.otherwise.as_deref().into_iter().chain(conditions).chain(errors)
    }

    /// Where an error leads, where it has a branch.
    pub fn on(&self, error: ErrorType) -> Option<&str> {
        self.errors.iter().find(|branch| branch.error == error).map(|branch| branch.target.as_str())
    }
}

/// A branch by comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// How to compare.
    pub operator: Operator,
    /// With what.
    pub operands: Vec<String>,
    /// Where to.
    pub target: String,
}

impl Condition {
    /// Whether a value meets it. A number comparison of something that is no number does not hold.
    pub fn holds(&self, value: &str) -> bool {
        let number = |text: &str| text.trim().parse::<f64>().ok();
        let numbers = |operand: &str, compare: fn(&f64, &f64) -> bool| match (number(value), number(operand)) {
            (Some(left), Some(right)) => compare(&left, &right),
            _ => false,
        };
        self.operands.iter().any(|operand| match self.operator {
            Operator::Equals => value == operand,
            Operator::TextStartsWith => value.starts_with(operand.as_str()),
            Operator::TextEndsWith => value.ends_with(operand.as_str()),
            Operator::TextContains => value.contains(operand.as_str()),
            Operator::NumberGreaterThan => numbers(operand, f64::gt),
            Operator::NumberGreaterOrEqualTo => numbers(operand, f64::ge),
            Operator::NumberLessThan => numbers(operand, f64::lt),
            Operator::NumberLessOrEqualTo => numbers(operand, f64::le),
        })
    }
}

/// A branch by error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorBranch {
    /// Which.
    pub error: ErrorType,
    /// Where to.
    pub target: String,
}

/// A closed set of words of the language.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant),+ }

        impl $name {
            /// All words, as the language writes them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// As the language writes it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),+ }
            }

            /// Reads the word of the language.
            pub fn of(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word)
            }
        }
    };
}
pub(crate) use words;

words! {
    /// How a condition compares.
    Operator {
        /// The same text.
        Equals,
        /// Begins with.
        TextStartsWith,
        /// Ends with.
        TextEndsWith,
        /// Has inside.
        TextContains,
        /// More.
        NumberGreaterThan,
        /// More or the same.
        NumberGreaterOrEqualTo,
        /// Less.
        NumberLessThan,
        /// Less or the same.
        NumberLessOrEqualTo,
    }
}

words! {
    /// An error that a block can end with.
    ErrorType {
        /// Anything that has no branch of its own.
        NoMatchingError,
        /// No condition held.
        NoMatchingCondition,
        /// Nothing was said or keyed in time.
        InputTimeLimitExceeded,
        /// The queue is full.
        QueueAtCapacity,
        /// What was keyed is not valid.
        InvalidPhoneNumber,
    }
}

/// Why a text is not a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowError {
    /// The block at fault; none where the whole document is.
    pub block: Option<String>,
    /// What is wrong.
    pub message: String,
}

impl FlowError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { block: None, message: message.into() }
    }

    pub(crate) fn at(block: &str, message: impl Into<String>) -> Self {
        Self { block: Some(block.to_owned()), message: message.into() }
    }
}

impl std::fmt::Display for FlowError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.block {
            Some(block) => write!(f, "block {block:?}: {}", self.message),
            None => write!(f, "flow: {}", self.message),
        }
    }
}

impl std::error::Error for FlowError {}
