//! Which text of a leg counts, and how the parts of a leg become one. Nothing here knows of time zones or records.
//!
//! The best source wins (order of [`SourceKind`]), within a source the redacted twin before the raw one, and text before
//! no text. Of several whole files of the same kind the newer wins where they say when they were written, then the one
//! with more turns, then more text, then the smaller digest: a rule without arrival. Parts (segments, log lines) are
//! united: equal parts once, partial utterances only where no final transcript with that id exists.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use aftercall_schemas::conversation::{RoleSource, ServiceAnalysis};
use aftercall_schemas::{Channel, ParticipantRole};
use jiff::Timestamp;

use crate::delivery::{Body, Delivery, Leg, LegKind, LegParticipant, LegTurn, SourceKind, Zero};

/// The text that counts for a leg.
#[derive(Debug)]
pub struct Chosen<'a> {
    /// Where it is from.
    pub source: SourceKind,
    /// The leg, its turns in the source's order.
    pub leg: Cow<'a, Leg>,
}

/// One kind of input of one leg: `SourceKind` first, because it decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    source: SourceKind,
    raw: bool,
    kind: LegKind,
}

/// The legs whose text counts, in the order of the contact; at most one `Whole`, or one `Bot` and one `Agent`.
/// Without any text, the best leg that says anything else.
pub fn choose<'a>(deliveries: &'a [Delivery], notes: &mut Vec<String>) -> Vec<Chosen<'a>> {
    let mut groups: BTreeMap<Rank, Vec<&Leg>> = BTreeMap::new();
    for delivery in deliveries {
        if let Body::Leg(leg) = &delivery.body {
            let rank = Rank { source: delivery.source, raw: !delivery.masked, kind: leg.kind };
            groups.entry(rank).or_default().push(leg);
        }
    }
    let mut candidates: Vec<Chosen<'a>> =
        groups.into_iter().map(|(rank, legs)| Chosen { source: rank.source, leg: unite(legs, rank.source) }).collect();
    know_bots(&mut candidates);

    let mut chosen: Vec<Chosen<'a>> = Vec::new();
    let mut service = Vec::new();
    for candidate in candidates {
        service.extend(candidate.leg.service.clone());
        let takes = match (chosen.first(), candidate.leg.has_text()) {
            (None, true) => true,
            // A leg without text is kept for what else it says, until one with text comes.
            (None, false) => true,
            (Some(first), true) if !first.leg.has_text() => {
                chosen.clear();
                true
            }
            (Some(first), true) => {
                first.leg.kind != LegKind::Whole
                    && candidate.leg.kind != LegKind::Whole
                    && chosen.iter().all(|taken| taken.leg.kind != candidate.leg.kind)
            }
            (Some(_), false) => false,
        };
        if takes {
            chosen.push(candidate);
        } else if candidate.leg.has_text() {
            notes.push(format!("{} is not used: there is a better source", candidate.source.as_str()));
        }
    }
    chosen.sort_by_key(|taken| taken.leg.kind);
    fill_service(&mut chosen, service);
    chosen
}

/// A chosen text without results of its service takes those of the best source that has some.
fn fill_service(chosen: &mut [Chosen<'_>], mut service: Vec<ServiceAnalysis>) {
    let nobody_has = chosen.iter().all(|taken| taken.leg.service.is_none());
    if let (true, false, Some(first)) = (nobody_has, service.is_empty(), chosen.first_mut()) {
        first.leg.to_mut().service = Some(service.swap_remove(0));
    }
}

/// One leg of all inputs of one kind.
fn unite<'a>(legs: Vec<&'a Leg>, source: SourceKind) -> Cow<'a, Leg> {
    let wholes: Vec<&Leg> = legs.iter().copied().filter(|leg| !leg.part).collect();
    if let Some(best) = best_whole(&wholes)
        && (best.has_text() || wholes.len() == legs.len())
    {
        return Cow::Borrowed(best);
    }
    let mut united = unite_parts(legs.into_iter().filter(|leg| leg.part));
    recognise_automatic(&mut united, source);
    Cow::Owned(united)
}

fn best_whole<'a>(wholes: &[&'a Leg]) -> Option<&'a Leg> {
    let (first, rest) = wholes.split_first()?;
    if rest.is_empty() {
        return Some(first);
    }
    wholes.iter().copied().min_by_key(|leg| {
        let characters: usize = leg.turns.iter().map(|turn| turn.content.len()).sum();
        (Reverse(leg.has_text()), Reverse(leg.as_of), Reverse(leg.turns.len()), Reverse(characters), digest(leg))
    })
}

fn digest(leg: &Leg) -> [u8; 32] {
    // A leg is plain data, so it can always be written; if not, all such legs are equal, which is safe.
    *blake3::hash(&serde_json::to_vec(leg).unwrap_or_default()).as_bytes()
}

/// What tells a turn from another one of the same leg. Documented samples repeat ids, so the id alone does not.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct TurnName {
    id: Option<String>,
    speaker: (String, ParticipantRole),
    begin: Option<i64>,
    time: Option<Timestamp>,
    /// Text counts where there is no id.
    text: Option<String>,
}

/// Where a turn stands among the parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    time: Option<Timestamp>,
    begin: Option<i64>,
    part: [u8; 32],
    position: usize,
}

fn unite_parts<'a>(parts: impl Iterator<Item = &'a Leg>) -> Leg {
    let parts: BTreeMap<[u8; 32], &Leg> = parts.map(|leg| (digest(leg), leg)).collect();
    let mut united = Leg::empty(LegKind::Whole, Channel::Unknown);
    united.part = true;
    let mut turns: HashMap<TurnName, (Place, LegTurn, &LegParticipant)> = HashMap::new();
    let mut silent: BTreeMap<(String, ParticipantRole), &LegParticipant> = BTreeMap::new();
    let mut languages = BTreeSet::new();
    let mut channels = BTreeSet::new();
    let mut service = ServiceAnalysis::default();
    for (digest, leg) in &parts {
        united.kind = leg.kind;
        united.zero = earlier(united.zero, leg.zero);
        united.recordings.extend(leg.recordings.iter().cloned());
        languages.extend(leg.language.as_deref());
        channels.insert(leg.channel);
        add_service(&mut service, leg.service.as_ref());
        silent.extend(leg.participants.iter().map(|who| ((who.participant_id.clone(), who.role), who)));
        let (mut time, mut begin) = (None, None);
        for (position, turn) in leg.turns.iter().enumerate() {
            let Some(speaker) = leg.participants.get(turn.participant as usize) else { continue };
            // A turn without a time stands where the one before it stands.
            time = turn.time.or(time);
            begin = turn.begin_offset_millis.or(begin);
            let place = Place { time, begin, part: *digest, position };
            keep_better(&mut turns, name(turn, speaker), (place, turn.clone(), speaker));
        }
    }
    united.recordings.sort();
    united.recordings.dedup();
    united.language = languages.first().map(|tag| (*tag).to_owned());
    united.channel = channels.into_iter().next().unwrap_or(Channel::Unknown);
    service.categories.sort();
    service.categories.dedup();
    united.service = (service != ServiceAnalysis::default()).then_some(service);

    let mut placed: Vec<_> =
        turns.into_iter().map(|(name, (place, turn, speaker))| (place, name, turn, speaker)).collect();
    placed.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    let spoken = final_or_partial(placed.into_iter().map(|(_, _, turn, speaker)| (turn, speaker)).collect());
    let mut index: BTreeMap<(String, ParticipantRole), u32> = BTreeMap::new();
    let speakers = spoken.iter().map(|(_, speaker)| *speaker).chain(silent.into_values());
    for speaker in speakers {
        index.entry((speaker.participant_id.clone(), speaker.role)).or_insert_with(|| {
            united.participants.push(speaker.clone());
            u32::try_from(united.participants.len() - 1).unwrap_or(u32::MAX)
        });
    }
    for (mut turn, speaker) in spoken {
        turn.participant = index.get(&(speaker.participant_id.clone(), speaker.role)).copied().unwrap_or_default();
        united.turns.push(turn);
    }
    united
}

fn name(turn: &LegTurn, speaker: &LegParticipant) -> TurnName {
    TurnName {
        text: (turn.turn_id.is_none()).then(|| turn.content.clone()),
        // All utterances of a transcript have its id; the begin tells them apart.
        id: turn.turn_id.clone().map(|id| if turn.partial { format!("{id} (partial)") } else { id }),
        speaker: (speaker.participant_id.clone(), speaker.role),
        begin: turn.begin_offset_millis,
        time: turn.time,
    }
}

/// Of two deliveries of the same turn the one that says more counts, then the greater text, then the earlier place.
fn keep_better<'a>(
    turns: &mut HashMap<TurnName, (Place, LegTurn, &'a LegParticipant)>,
    name: TurnName,
    new: (Place, LegTurn, &'a LegParticipant),
) {
    fn worth<'t>(entry: &'t (Place, LegTurn, &LegParticipant)) -> (usize, &'t str, usize, bool, Reverse<&'t Place>) {
        let (place, turn, _) = entry;
        (turn.content.len(), &turn.content, turn.marks.len(), turn.sentiment.is_some(), Reverse(place))
    }
    match turns.entry(name) {
        std::collections::hash_map::Entry::Vacant(entry) => {
            entry.insert(new);
        }
        std::collections::hash_map::Entry::Occupied(mut entry) => {
            if worth(&new) > worth(entry.get()) {
                entry.insert(new);
            }
        }
    }
}

/// Leaves out partial turns whose final one is there, and joins the others to one turn each.
fn final_or_partial(spoken: Vec<(LegTurn, &LegParticipant)>) -> Vec<(LegTurn, &LegParticipant)> {
    if !spoken.iter().any(|(turn, _)| turn.partial) {
        return spoken;
    }
    let finals: HashSet<String> =
        spoken.iter().filter(|(turn, _)| !turn.partial).filter_map(|(turn, _)| turn.turn_id.clone()).collect();
    let mut kept: Vec<(LegTurn, &LegParticipant)> = Vec::with_capacity(spoken.len());
    let mut open: HashMap<(String, String), usize> = HashMap::new();
    for (turn, speaker) in spoken {
        if !turn.partial {
            kept.push((turn, speaker));
            continue;
        }
        let Some(id) = turn.turn_id.clone() else {
            kept.push((turn, speaker));
            continue;
        };
        if finals.contains(&id) {
            continue;
        }
        match open.get(&(id.clone(), speaker.participant_id.clone())).and_then(|at| kept.get_mut(*at)) {
            Some((begun, _)) => {
                begun.content.push(' ');
                begun.content.push_str(&turn.content);
                begun.redactions.clear();
                begun.end_offset_millis = begun.end_offset_millis.max(turn.end_offset_millis);
            }
            None => {
                open.insert((id, speaker.participant_id.clone()), kept.len());
                kept.push((turn, speaker));
            }
        }
    }
    kept
}

fn earlier(a: Zero, b: Zero) -> Zero {
    match (a, b) {
        (Zero::At(a), Zero::At(b)) => Zero::At(a.min(b)),
        (Zero::Unknown, other) | (other, Zero::Unknown) => other,
        (Zero::At(time), _) | (_, Zero::At(time)) => Zero::At(time),
        (Zero::Initiation, _) | (_, Zero::Initiation) => Zero::Initiation,
        (Zero::ConnectedToAgent, Zero::ConnectedToAgent) => Zero::ConnectedToAgent,
    }
}

fn add_service(all: &mut ServiceAnalysis, one: Option<&ServiceAnalysis>) {
    let Some(one) = one else { return };
    all.categories.extend(one.categories.iter().cloned());
    // A summary is written once; of two the longer, then the greater, so that the order cannot matter.
    let longer = |summary: &String| (summary.len(), summary.clone());
    if one.summary.as_ref().map(longer) > all.summary.as_ref().map(longer) {
        all.summary.clone_from(&one.summary);
    }
}

/// Segments of a call in which a system speaks and no agent are those of an automated call: its system is a bot.
fn recognise_automatic(leg: &mut Leg, source: SourceKind) {
    let has = |role| leg.participants.iter().any(|who| who.role == role);
    let automatic = source == SourceKind::ContactLensSegments
        && leg.channel != Channel::Chat
        && (has(ParticipantRole::System) || has(ParticipantRole::Bot))
        && ![ParticipantRole::Agent, ParticipantRole::Supervisor].into_iter().any(has);
    if !automatic {
        return;
    }
    leg.kind = LegKind::Bot;
    leg.zero = if leg.zero == Zero::ConnectedToAgent { Zero::Initiation } else { leg.zero };
    for who in leg.participants.iter_mut().filter(|who| who.role == ParticipantRole::System) {
        who.role = ParticipantRole::Bot;
        who.role_source = RoleSource::Service;
        who.source_role = Some("SYSTEM".to_owned());
    }
}

/// A redacted twin hides the name that tells a bot from a prompt (`[PII]`). Where another source of the contact shows
/// that an item is a bot's, by its id or its text, the bot says it here too.
fn know_bots(candidates: &mut [Chosen<'_>]) {
    let unsure = |leg: &Leg| leg.participants.iter().any(is_unsure);
    if !candidates.iter().any(|candidate| unsure(&candidate.leg)) {
        return;
    }
    let mut of_bots: HashSet<String> = HashSet::new();
    for candidate in candidates.iter() {
        for turn in &candidate.leg.turns {
            let speaker = candidate.leg.participants.get(turn.participant as usize);
            if speaker.is_some_and(|who| who.role == ParticipantRole::Bot) {
                of_bots.extend(turn.turn_id.iter().map(|id| format!("id {id}")));
                of_bots.insert(format!("text {}", turn.content.trim()));
            }
        }
    }
    if of_bots.is_empty() {
        return;
    }
    for candidate in candidates.iter_mut().filter(|candidate| unsure(&candidate.leg)) {
        let leg = candidate.leg.to_mut();
        let mut bots: HashMap<u32, u32> = HashMap::new();
        for turn in &mut leg.turns {
            let Some(speaker) = leg.participants.get(turn.participant as usize) else { continue };
            let known = turn.turn_id.as_ref().is_some_and(|id| of_bots.contains(&format!("id {id}")))
                || of_bots.contains(&format!("text {}", turn.content.trim()));
            if !is_unsure(speaker) || !known {
                continue;
            }
            let bot = LegParticipant {
                role: ParticipantRole::Bot,
                role_source: RoleSource::Service,
                source_role: Some("SYSTEM".to_owned()),
                ..speaker.clone()
            };
            turn.participant = *bots.entry(turn.participant).or_insert_with(|| {
                leg.participants.push(bot);
                u32::try_from(leg.participants.len() - 1).unwrap_or(u32::MAX)
            });
        }
    }
}

fn is_unsure(who: &LegParticipant) -> bool {
    who.role == ParticipantRole::System && who.role_source == RoleSource::Unknown
}
