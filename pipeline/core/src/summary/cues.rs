//! Phrases that tell what a sentence does in a contact: greet, promise, report what was done, hand over.

use std::sync::LazyLock;

use crate::text::phrases::Phrases;

/// What a phrase shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cue {
    /// Hello, how can I help.
    Greeting,
    /// Thanks, goodbye, that is all.
    Closing,
    /// Someone will do something.
    Promise,
    /// Something has been done.
    Done,
    /// Someone else takes over.
    HandOver,
    /// It did not work.
    Unresolved,
    /// The bot did not understand.
    BotFailure,
}

impl Cue {
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "greeting" => Self::Greeting,
            "closing" => Self::Closing,
            "promise" => Self::Promise,
            "done" => Self::Done,
            "hand-over" => Self::HandOver,
            "unresolved" => Self::Unresolved,
            "bot-failure" => Self::BotFailure,
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
}

static PHRASES: LazyLock<Phrases<Cue>> =
    LazyLock::new(|| Phrases::read(&[include_str!("../../resources/summary/cues.txt")], Cue::parse));

/// The cues of a folded sentence.
pub(super) fn cues(folded: &str) -> Cues {
    Cues(PHRASES.find(folded).fold(0, |bits, hit| bits | hit.kind.bit()))
}
