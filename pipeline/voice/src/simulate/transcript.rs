//! What came of a simulation: every line with its time, and figures. Printed as a conversation.

use std::fmt;

/// Who a line is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// What the caller hears.
    Agent,
    /// What the caller says or keys.
    Caller,
    /// What happens.
    Call,
}

/// How a call ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The flow hangs up.
    Disconnected,
    /// A queue takes over.
    Queue,
    /// The caller hangs up.
    HungUp,
}

impl End {
    /// In words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disconnected => "disconnected",
            Self::Queue => "queue",
            Self::HungUp => "hung up",
        }
    }
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Number of the call, from 0.
    pub call: usize,
    /// Ms since the beginning of the call.
    pub at_ms: u64,
    /// From whom.
    pub who: Who,
    /// What.
    pub text: String,
}

/// What came of a simulation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Transcript {
    /// All lines.
    pub lines: Vec<Line>,
    /// Blocks that were passed.
    pub blocks: Vec<String>,
    /// How each call ended.
    pub ends: Vec<End>,
    /// Answers that the model gave.
    pub model_calls: usize,
    /// Jobs that were started.
    pub jobs: usize,
    /// Jobs whose answer is kept.
    pub answered_jobs: usize,
    /// Most ms between an answer being there and the flow having it.
    pub late_ms: u64,
    /// Ms between the caller's words and the answer, for each answer.
    pub answer_ms: Vec<u64>,
    /// Callers who hung up while they waited for an answer.
    pub hung_up_waiting: usize,
    /// What the model was told the calls are about.
    pub purposes: Vec<String>,
    /// What colleagues were told.
    pub handovers: Vec<String>,
}

impl Transcript {
    /// What callers heard.
    pub fn heard(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter(|line| line.who == Who::Agent).map(|line| line.text.as_str())
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut call = None;
        for line in &self.lines {
            if call != Some(line.call) {
                writeln!(f, "Call {}", line.call + 1)?;
                call = Some(line.call);
            }
            let who = match line.who {
                Who::Agent => "agent ",
                Who::Caller => "caller",
                Who::Call => "·     ",
            };
            let (minutes, seconds, ms) = (line.at_ms / 60_000, line.at_ms / 1_000 % 60, line.at_ms % 1_000);
            writeln!(f, "  {minutes:02}:{seconds:02}.{ms:03}  {who}  {}", line.text)?;
        }
        write!(f, "{} model calls, {} jobs, {} with an answer", self.model_calls, self.jobs, self.answered_jobs)?;
        if !self.answer_ms.is_empty() {
            let all: Vec<String> = self.answer_ms.iter().map(|ms| format!("{ms} ms")).collect();
            write!(f, "; answers after {}", all.join(", "))?;
        }
        writeln!(f)
    }
}
