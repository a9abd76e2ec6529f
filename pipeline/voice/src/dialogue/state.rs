//! What is remembered between turns. It travels in a session attribute, which whoever opens a session can set: so it is
//! sealed with a key, and what was not sealed by us is as good as nothing.

use serde::{Deserialize, Serialize};

/// Characters of a question or answer that are remembered.
const LONGEST: usize = 300;

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
}

/// A question and its answer; the answer is empty where there was none (yet).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: String,
}

/// The key that states are sealed with, 32 bytes.
#[derive(Clone)]
pub struct SealKey([u8; 32]);

impl SealKey {
    /// A key out of a secret.
    pub fn from_secret(secret: &[u8]) -> Self {
        Self(blake3::derive_key("aftercall voice dialogue state 2026-11", secret))
    }
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealKey(…)")
    }
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
        let body = serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned());
        format!("{}.{body}", tag(&body, session, key))
    }

    /// Out of a session attribute; the empty state if we did not seal it for this session.
    pub fn open(sealed: Option<&str>, session: &str, key: &SealKey) -> Self {
        let opened = sealed.and_then(|sealed| {
            let (found, body) = sealed.split_once('.')?;
            let found = blake3::Hash::from_hex(found).ok()?;
            // Compared in constant time.
            (found == tag(body, session, key)).then(|| serde_json::from_str(body).ok()).flatten()
        });
        opened.unwrap_or_default()
    }
}

fn tag(body: &str, session: &str, key: &SealKey) -> blake3::Hash {
    blake3::keyed_hash(&key.0, format!("{}:{session}{body}", session.len()).as_bytes())
}
