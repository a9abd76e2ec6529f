//! What is remembered between turns. It travels in a session attribute, which whoever opens a session can set: so it is
//! sealed with a key, and what was not sealed by us is as good as nothing.

use serde::{Deserialize, Serialize};

use super::seal::SealKey;
use crate::earlier::EarlierCall;

/// Characters of a question or answer that are remembered.
const LONGEST: usize = 300;
/// What a seal is for.
const PURPOSE: &str = "state";

/// What is remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The last exchanges, oldest first.
    pub history: Vec<Exchange>,
    /// Turns in a row that were not understood.
    pub misses: u32,
    /// Questions in a row without an answer.
    pub unknown: u32,
    /// Turns so far.
    pub turns: u32,
    /// What a verified caller called about before. It comes with every turn anew, under a seal of its own.
    #[serde(skip)]
    pub earlier: Option<EarlierCall>,
}

/// A question and its answer; the answer is empty where there was none (yet).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: String,
}

impl State {
    /// The question before this turn.
    pub fn last_question(&self) -> Option<&str> {
        self.history.last().map(|exchange| exchange.question.as_str())
    }

    /// The same without the last exchange.
    pub fn without_last(&self) -> Self {
        let mut state = self.clone();
        state.history.pop();
        state
    }

    /// Adds an exchange and forgets the oldest.
    pub fn remember(&mut self, question: &str, answer: &str, most: usize) {
        let short = |text: &str| text.chars().take(LONGEST).collect();
        self.history.push(Exchange { question: short(question), answer: short(answer) });
        let extra = self.history.len().saturating_sub(most);
        self.history.drain(..extra);
    }

    /// As a session attribute, bound to a session.
    pub fn seal(&self, session: &str, key: &SealKey) -> String {
        key.seal(PURPOSE, session, self)
    }

    /// Out of a session attribute; the empty state if we did not seal it for this session.
    pub fn open(sealed: Option<&str>, session: &str, key: &SealKey) -> Self {
        sealed.and_then(|sealed| key.open(PURPOSE, session, sealed)).unwrap_or_default()
    }
}
