//! How the matter stood at the end of a leg, from its last turns.

use aftercall_schemas::{ParticipantRole, Resolution};

use super::cues::{Cue, Cues};
use super::extract::Passage;

/// Turns at the end that are looked at.
const LAST_TURNS: usize = 8;

/// A turn's cues together.
struct Last {
    role: ParticipantRole,
    cues: Cues,
    asks: bool,
    words: usize,
}

/// The last turns of a leg, the last one first.
fn last_turns(passages: &[Passage<'_>]) -> Vec<Last> {
    let mut found: Vec<(usize, Last)> = Vec::new();
    for passage in passages.iter().rev() {
        if found.last().is_some_and(|(turn, _)| *turn == passage.turn) {
            if let Some((_, last)) = found.last_mut() {
                last.cues = last.cues.and(passage.cues);
                last.words += passage.words;
            }
            continue;
        }
        if found.len() >= LAST_TURNS {
            break;
        }
        let last = Last { role: passage.role, cues: passage.cues, asks: passage.question, words: passage.words };
        found.push((passage.turn, last));
    }
    found.into_iter().map(|(_, last)| last).collect()
}

const fn serves(role: ParticipantRole) -> bool {
    matches!(role, ParticipantRole::Agent | ParticipantRole::Bot | ParticipantRole::Supervisor)
}

/// How the matter stood; null for a leg in which nobody was served.
pub(super) fn resolution(passages: &[Passage<'_>], handed_over: bool) -> Option<Resolution> {
    if handed_over {
        return Some(Resolution::Escalated);
    }
    let last = last_turns(passages);
    if !last.iter().any(|turn| serves(turn.role)) {
        return None;
    }
    let by_server = |turn: &&Last| serves(turn.role);
    // Someone else takes over: said, not asked.
    let handed = last.iter().take(5).filter(by_server).any(|turn| turn.cues.has(Cue::HandOver) && !turn.asks);
    if handed {
        return Some(Resolution::Escalated);
    }
    if left(&last) {
        return Some(Resolution::Abandoned);
    }
    if last.iter().filter(by_server).any(|turn| turn.cues.has(Cue::Team) && !turn.asks) {
        return Some(Resolution::Escalated);
    }
    Some(decided(&last))
}

/// Whether the contact broke off: a note of the system, a customer who leaves in the middle, a question without an answer.
fn left(last: &[Last]) -> bool {
    let Some(final_turn) = last.first() else { return false };
    let settled = last.iter().take(4).any(|turn| serves(turn.role) && turn.cues.has(Cue::Done))
        && last.iter().take(3).any(|turn| {
            turn.role == ParticipantRole::Customer && (turn.cues.has(Cue::CustomerHappy) || turn.cues.has(Cue::Closing))
        });
    if settled {
        return false;
    }
    if last.iter().take(3).any(|turn| turn.cues.has(Cue::Abandon)) {
        return true;
    }
    let parted = last.iter().take(3).any(|turn| turn.cues.has(Cue::Closing) && !turn.asks);
    serves(final_turn.role) && !parted && (final_turn.asks || final_turn.cues.has(Cue::BotFailure))
}

/// The last turn that shows how it ended.
fn decided(last: &[Last]) -> Resolution {
    let mut thanked = false;
    for turn in last {
        if turn.role == ParticipantRole::Customer {
            if turn.cues.has(Cue::CustomerUnhappy) {
                return Resolution::Unresolved;
            }
            thanked |= turn.cues.has(Cue::CustomerHappy);
            // A long turn that is pleased is more than politeness.
            if turn.cues.has(Cue::CustomerHappy) && turn.words >= 3 && !turn.asks && !turn.cues.has(Cue::Unresolved) {
                return Resolution::Resolved;
            }
            continue;
        }
        if !serves(turn.role) {
            continue;
        }
        let (done, failed) =
            (turn.cues.has(Cue::Done), turn.cues.has(Cue::Unresolved) || turn.cues.has(Cue::BotFailure));
        match (done, failed) {
            (true, false) => return Resolution::Resolved,
            (false, true) if !thanked => return Resolution::Unresolved,
            _ => {}
        }
    }
    // Nobody said that anything was done, nobody thanked or took leave: it broke off.
    let ended = last.iter().any(|turn| {
        turn.cues.has(Cue::Done) || turn.cues.has(Cue::CustomerHappy) || turn.cues.has(Cue::Closing) && !turn.asks
    });
    if ended { Resolution::Resolved } else { Resolution::Abandoned }
}
