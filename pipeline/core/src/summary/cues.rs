//! Phrases that tell what a sentence does in a contact: greet, promise, report what was done, hand over.

use std::sync::LazyLock;

use crate::text::automata::Automata;
use crate::text::phrases::stands_alone;

/// What a phrase shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cue {
    /// Hello, how can I help.
    Greeting,
    /// Thanks, goodbye, that is all.
    Closing,
    /// Sorry.
    Apology,
    /// Someone will do something.
    Promise,
    /// What is promised is done within the contact: let me check.
    InContact,
    /// If.
    Conditional,
    /// Something has been done.
    Done,
    /// Someone else takes over now.
    HandOver,
    /// Another team will deal with it.
    Team,
    /// It cannot be done.
    Unresolved,
    /// The customer is left with nothing.
    CustomerUnhappy,
    /// The customer has got it.
    CustomerHappy,
    /// Someone left.
    Abandon,
    /// What to do.
    Instruct,
    /// What is wrong.
    Problem,
    /// What is wanted.
    Request,
    /// The bot did not understand.
    BotFailure,
    /// What the matter is, how things are done: it tells something.
    Finding,
    /// It wants to know something to go on: a name, a model, whether that helped.
    Ask,
}

impl Cue {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "greeting" => Self::Greeting,
            "closing" => Self::Closing,
            "apology" => Self::Apology,
            "promise" => Self::Promise,
            "in-contact" => Self::InContact,
            "conditional" => Self::Conditional,
            "done" => Self::Done,
            "hand-over" => Self::HandOver,
            "team" => Self::Team,
            "unresolved" => Self::Unresolved,
            "customer-unhappy" => Self::CustomerUnhappy,
            "customer-happy" => Self::CustomerHappy,
            "abandon" => Self::Abandon,
            "instruct" => Self::Instruct,
            "problem" => Self::Problem,
            "request" => Self::Request,
            "bot-failure" => Self::BotFailure,
            "finding" => Self::Finding,
            "ask" => Self::Ask,
            _ => return None,
        })
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// A set of cues.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cues(u32);

impl Cues {
    pub(super) const fn has(self, cue: Cue) -> bool {
        self.0 & cue.bit() != 0
    }

    /// Both sets.
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Phrases that overlap ("I'll", "I'll check") all count, so this looks for all of them.
struct Phrases {
    bits: Vec<u32>,
    automata: Automata,
}

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| phrases(|_| true));
/// Those that ASCII text can have: a much smaller automaton, and most text is ASCII.
static ASCII: LazyLock<Phrases> = LazyLock::new(|| phrases(str::is_ascii));

fn phrases(wanted: impl Fn(&str) -> bool) -> Phrases {
    let lines = include_str!("../../resources/summary/cues.txt").lines().filter(|line| !line.starts_with('#'));
    let (bits, phrases): (Vec<u32>, Vec<&'static str>) = lines
        .filter_map(|line| line.split_once('\t'))
        .filter(|(_, phrase)| wanted(phrase))
        .filter_map(|(name, phrase)| Some((Cue::parse(name)?.bit(), phrase)))
        .unzip();
    Phrases { bits, automata: Automata::new(phrases) }
}

/// The cues of a folded sentence.
pub(super) fn cues(folded: &str) -> Cues {
    let phrases: &Phrases = if folded.is_ascii() { &ASCII } else { &PHRASES };
    let Some(automaton) = phrases.automata.search(folded.len()) else { return Cues::default() };
    let mut found = 0;
    for hit in automaton.find_overlapping_iter(folded) {
        let bit = phrases.bits.get(hit.pattern().as_usize()).copied().unwrap_or(0);
        // What is shown already needs no second phrase.
        if found & bit == 0 && stands_alone(folded, hit.start(), hit.end()) {
            found |= bit;
        }
    }
    Cues(found)
}
