//! One timeline for the legs of a contact. Text is not looked at.
//!
//! Offset 0 of the conversation is its `start_timestamp`. A single leg keeps its own zero. A bot's and an agent's leg are
//! moved to the moment the contact began, by the contact record and by absolute times; without a common clock the legs
//! follow each other and the alignment is `Unknown`.

use std::collections::{BTreeMap, HashMap};

use aftercall_schemas::conversation::{Alignment, ContactFacts, Participant, ServiceAnalysis};
use aftercall_schemas::{Channel, ParticipantRole, Turn};
use jiff::Timestamp;

use super::legs::Chosen;
use crate::delivery::{Leg, LegKind, Zero};

/// The legs on one timeline.
#[derive(Debug)]
pub struct Placed {
    /// Channel of the text.
    pub channel: Channel,
    /// Language of the text.
    pub language: Option<String>,
    /// Sources, best first.
    pub sources: Vec<String>,
    /// Whether the legs have one clock.
    pub alignment: Alignment,
    /// What offset 0 stands for.
    pub start: Option<Timestamp>,
    /// Participants by first appearance, then those who are silent.
    pub participants: Vec<Participant>,
    /// Turns by begin.
    pub turns: Vec<Turn>,
    /// The service's own results.
    pub service: Option<ServiceAnalysis>,
}

/// Puts the chosen legs (in the order of the contact) on one timeline.
pub fn place(chosen: Vec<Chosen<'_>>, record: Option<&ContactFacts>, notes: &mut Vec<String>) -> Placed {
    let zeros: Vec<Option<Timestamp>> = chosen.iter().map(|taken| zero(&taken.leg, record)).collect();
    let joined = chosen.len() > 1;
    let aligned = zeros.iter().all(Option::is_some);
    let mut start = zeros.first().copied().flatten();
    if joined && aligned {
        let began = record.and_then(|record| record.initiation_timestamp);
        start = zeros.iter().flatten().copied().chain(began).min();
    }
    let alignment = match (joined, aligned) {
        (false, _) => chosen.first().and_then(|taken| taken.leg.alignment).unwrap_or(Alignment::Single),
        (true, true) => Alignment::Aligned,
        (true, false) => Alignment::Unknown,
    };
    if alignment == Alignment::Unknown {
        notes.push("the legs have no common clock: the agent's offsets count from the end of the bot's leg".to_owned());
    }

    let mut stage = Stage::default();
    let mut after = 0;
    let mut sources: Vec<_> = chosen.iter().map(|taken| taken.source).collect();
    sources.sort();
    sources.dedup();
    let channel = chosen.iter().map(|taken| taken.leg.channel).find(|channel| *channel != Channel::Unknown);
    let language = chosen.iter().rev().find_map(|taken| taken.leg.language.clone());
    let service = service(&chosen);
    for (taken, zero) in chosen.iter().zip(zeros) {
        let shift = match (joined, aligned) {
            (true, true) => millis_between(start, zero).unwrap_or(0),
            (true, false) => after,
            (false, _) => 0,
        };
        after = stage.enter(&taken.leg, zero, shift).max(after);
    }
    let (participants, turns) = stage.finish();
    Placed {
        channel: channel.unwrap_or(Channel::Unknown),
        language,
        sources: sources.iter().map(|source| source.as_str().to_owned()).collect(),
        alignment,
        start,
        participants,
        turns,
        service,
    }
}

/// The moment offset 0 of a leg stands for. The first absolute time of a leg without offsets will do.
fn zero(leg: &Leg, record: Option<&ContactFacts>) -> Option<Timestamp> {
    let first = || leg.turns.iter().filter_map(|turn| turn.time).min();
    match leg.zero {
        Zero::At(time) => Some(time),
        Zero::ConnectedToAgent => record?.connected_to_agent_timestamp,
        Zero::Initiation => record?.initiation_timestamp,
        Zero::Unknown if leg.turns.iter().any(|turn| turn.begin_offset_millis.is_some()) => None,
        Zero::Unknown => first(),
    }
}

fn millis_between(from: Option<Timestamp>, to: Option<Timestamp>) -> Option<i64> {
    Some(to?.as_millisecond().saturating_sub(from?.as_millisecond()))
}

/// The agent's leg knows more of what counts; categories are those of all legs.
fn service(chosen: &[Chosen<'_>]) -> Option<ServiceAnalysis> {
    let mut all: Vec<&ServiceAnalysis> = chosen.iter().rev().filter_map(|taken| taken.leg.service.as_ref()).collect();
    if all.len() < 2 {
        return all.pop().cloned();
    }
    let mut service = all.first().map(|first| (*first).clone())?;
    let categories = all.iter().flat_map(|one| one.categories.iter().cloned());
    service.categories = categories.collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    service.summary = all.iter().find_map(|one| one.summary.clone());
    Some(service)
}

/// Participants and turns while legs enter one after the other.
#[derive(Debug, Default)]
struct Stage {
    participants: Vec<Participant>,
    index: BTreeMap<ParticipantRole, HashMap<String, u32>>,
    silent: Vec<Participant>,
    /// The first customer.
    customer: Option<u32>,
    /// Turns with the offset they are sorted by.
    turns: Vec<(i64, Turn)>,
    legs: usize,
}

impl Stage {
    /// Adds a leg, moved by `shift`, and returns where it ends.
    fn enter(&mut self, leg: &Leg, zero: Option<Timestamp>, shift: i64) -> i64 {
        let mut places: Vec<Option<u32>> = vec![None; leg.participants.len()];
        let mut end = shift;
        // A turn without a time stands behind the one before it.
        let mut at = shift;
        for turn in leg.turns.iter().filter(|turn| !turn.content.trim().is_empty()) {
            let Some(who) = leg.participants.get(turn.participant as usize) else { continue };
            let place = places.get_mut(turn.participant as usize);
            let participant = match place {
                Some(Some(known)) => *known,
                _ => self.participant(participant(who), leg.kind),
            };
            if let Some(place) = places.get_mut(turn.participant as usize) {
                *place = Some(participant);
            }
            let moved = |offset: Option<i64>| offset.map(|offset| offset.saturating_add(shift));
            let by_clock = || Some(millis_between(zero, turn.time)?.saturating_add(shift));
            let begin = moved(turn.begin_offset_millis).or_else(by_clock);
            at = begin.unwrap_or(at);
            let turn = Turn {
                turn_id: turn.turn_id.clone().unwrap_or_default(),
                participant,
                role: who.role,
                content: turn.content.clone(),
                begin_offset_millis: begin,
                end_offset_millis: moved(turn.end_offset_millis),
                sentiment: turn.sentiment,
                language: turn.language.clone(),
                language_confidence: None,
                marks: turn.marks.clone(),
                redactions: turn.redactions.clone(),
            };
            end = end.max(turn.end_offset_millis.unwrap_or(at)).max(at);
            self.turns.push((at, turn));
        }
        let silent = leg.participants.iter().zip(places).filter(|(_, place)| place.is_none());
        self.silent.extend(silent.map(|(who, _)| participant(who)));
        self.legs += 1;
        end
    }

    /// The place of a participant. The customer of both legs is one person, whatever the sources call it.
    fn participant(&mut self, who: Participant, kind: LegKind) -> u32 {
        let one_customer = who.role == ParticipantRole::Customer && kind != LegKind::Whole && self.legs > 0;
        let by_id = self.index.entry(who.role).or_default();
        let known = by_id.get(&who.participant_id).copied();
        if let Some(place) = known.or(self.customer.filter(|_| one_customer)) {
            return place;
        }
        let place = u32::try_from(self.participants.len()).unwrap_or(u32::MAX);
        by_id.insert(who.participant_id.clone(), place);
        if who.role == ParticipantRole::Customer {
            self.customer.get_or_insert(place);
        }
        self.participants.push(who);
        place
    }

    fn finish(mut self) -> (Vec<Participant>, Vec<Turn>) {
        // Stable: turns that begin together stay in the source's order.
        self.turns.sort_by_key(|(at, _)| *at);
        let mut turns: Vec<Turn> = self.turns.into_iter().map(|(_, turn)| turn).collect();
        name_turns(&mut turns);
        let participants = by_appearance(self.participants, &mut turns);
        let mut participants = participants;
        self.silent.sort_by(|a, b| (a.role, &a.participant_id).cmp(&(b.role, &b.participant_id)));
        for who in self.silent {
            let known = self.index.get(&who.role).is_some_and(|by_id| by_id.contains_key(&who.participant_id));
            if !known && participants.last() != Some(&who) {
                participants.push(who);
            }
        }
        (participants, turns)
    }
}

fn participant(who: &crate::delivery::LegParticipant) -> Participant {
    Participant {
        participant_id: who.participant_id.clone(),
        role: who.role,
        role_source: who.role_source,
        role_confidence: who.role_confidence,
        source_role: who.source_role.clone(),
    }
}

/// Gives every turn an id of its own: `t<n>` where the source has none, `<id>#2` where it repeats one.
fn name_turns(turns: &mut [Turn]) {
    if turns.iter().all(|turn| turn.turn_id.is_empty()) {
        for (position, turn) in turns.iter_mut().enumerate() {
            turn.turn_id = format!("t{}", position + 1);
        }
        return;
    }
    let mut seen: HashMap<String, u32> = HashMap::new();
    let mut own = |id: String| {
        let times = seen.entry(id.clone()).or_insert(0);
        *times += 1;
        if *times > 1 { format!("{id}#{times}") } else { id }
    };
    // The source's own ids first: ours give way to them.
    for turn in turns.iter_mut().filter(|turn| !turn.turn_id.is_empty()) {
        turn.turn_id = own(std::mem::take(&mut turn.turn_id));
    }
    for (position, turn) in turns.iter_mut().enumerate().filter(|(_, turn)| turn.turn_id.is_empty()) {
        turn.turn_id = own(format!("t{}", position + 1));
    }
}

/// Sorting can change who appears first.
fn by_appearance(participants: Vec<Participant>, turns: &mut [Turn]) -> Vec<Participant> {
    let mut order: Vec<Option<u32>> = vec![None; participants.len()];
    let mut next = 0;
    for turn in turns.iter_mut() {
        let Some(place) = order.get_mut(turn.participant as usize) else { continue };
        turn.participant = *place.get_or_insert_with(|| {
            next += 1;
            next - 1
        });
    }
    let mut placed: Vec<(u32, Participant)> =
        order.into_iter().zip(participants).filter_map(|(place, who)| Some((place?, who))).collect();
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, who)| who).collect()
}
