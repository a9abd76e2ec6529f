//! Talk time, non-talk time, speed, interruptions, monologues and response times, from the turns' offsets.
//!
//! Definitions are Contact Lens's where it publishes one; where its own figures rest on single words, which a turn does
//! not have, the difference is named in `docs/insight.md`. A measure whose times are missing is null, never zero.

use std::collections::BTreeMap;

use aftercall_schemas::results::Measures;
use aftercall_schemas::{Channel, Conversation, ParticipantRole, Turn};

use crate::redact::RedactedConversation;
use crate::text::tokens;

/// Version of this stage's rules.
pub const VERSION: &str = "measures/2";

/// A silence counts as non-talk time from this length on, milliseconds (Contact Lens: more than three seconds).
pub const NON_TALK_MILLIS: i64 = 3_000;
/// Talking over each other counts as an interruption from this length on, milliseconds. Contact Lens publishes no
/// threshold; this one marks the same two of twelve overlaps as the published Call Analytics example.
pub const INTERRUPTION_MILLIS: i64 = 2_000;

/// Sounds of listening; a turn that begins with one does not interrupt.
const MURMURS: &[&str] = &["mm", "mhm", "mmhm", "mm-hmm", "hmm", "uh-huh", "uhuh", "ajá", "aja", "うん", "ええ"];
/// Words of assent; a turn of little more does not interrupt.
const ASSENTS: &[&str] =
    &["yeah", "yep", "yes", "ok", "okay", "right", "sure", "alright", "uh", "sí", "si", "vale", "claro", "はい"];

/// A turn whose begin and end are known.
#[derive(Clone, Copy)]
struct Span<'a> {
    turn: &'a Turn,
    begin: i64,
    end: i64,
}

/// All measures of a conversation.
pub fn measure(conversation: &RedactedConversation) -> Measures {
    let conversation = conversation.conversation();
    let mut measures =
        Measures { total_conversation_duration_millis: duration(&conversation.turns), ..Measures::default() };
    for turn in conversation.turns.iter().filter(|turn| turn.role != ParticipantRole::System) {
        *measures.turns.entry(turn.role).or_default() += 1;
        if !tokens::written_without_spaces(&turn.content) {
            let words = i64::try_from(tokens::count_words(&turn.content)).unwrap_or(i64::MAX);
            *measures.words.entry(turn.role).or_default() += words;
        }
    }
    if let Some(spans) = spans(conversation) {
        voice(&spans, &mut measures);
    } else if conversation.channel != Channel::Voice {
        chat(conversation, &mut measures);
        measures.greeting_time_agent_millis = greeting_time(conversation);
    }
    measures
}

/// From offset 0 to the end of the last turn to end, or where no turn has an end, to the begin of the last.
fn duration(turns: &[Turn]) -> Option<i64> {
    turns
        .iter()
        .filter_map(|turn| turn.end_offset_millis.max(turn.begin_offset_millis))
        .max()
        .filter(|duration| *duration >= 0)
}

/// The spoken turns with their times in order of their begin; none if any of them lacks a time, because a sum with holes
/// would be too small and look right.
fn spans(conversation: &Conversation) -> Option<Vec<Span<'_>>> {
    let mut spans = Vec::with_capacity(conversation.turns.len());
    for turn in conversation.turns.iter().filter(|turn| turn.role != ParticipantRole::System) {
        let (begin, end) = (turn.begin_offset_millis?, turn.end_offset_millis?);
        spans.push(Span { turn, begin, end: end.max(begin) });
    }
    if spans.is_empty() {
        return None;
    }
    spans.sort_by_key(|span| (span.begin, span.end));
    Some(spans)
}

fn voice(spans: &[Span<'_>], measures: &mut Measures) {
    measures.talk_time_millis = talk_time(spans);
    for (role, words) in &measures.words {
        if let Some(talk) = measures.talk_time_millis.get(role).copied().filter(|talk| *talk > 0)
            && *words > 0
        {
            measures.talk_speed_wpm.insert(*role, round1(*words as f64 * 60_000.0 / talk as f64));
        }
    }
    measures.non_talk_time_millis = Some(non_talk_time(spans));
    interruptions(spans, measures);
    measures.longest_monologue_millis = longest_monologue(spans);
}

fn round1(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Talk time by role: the union of the role's turns, so that overlapping turns of one role count once.
fn talk_time(spans: &[Span<'_>]) -> BTreeMap<ParticipantRole, i64> {
    let mut time: BTreeMap<ParticipantRole, i64> = BTreeMap::new();
    let mut reached: BTreeMap<ParticipantRole, i64> = BTreeMap::new();
    for span in spans {
        let reached = reached.entry(span.turn.role).or_insert(i64::MIN);
        let from = span.begin.max(*reached);
        *time.entry(span.turn.role).or_default() += span.end.saturating_sub(from).max(0);
        *reached = (*reached).max(span.end);
    }
    time
}

/// The sum of all gaps between turns of more than three seconds. Hold is such a gap.
fn non_talk_time(spans: &[Span<'_>]) -> i64 {
    let mut silent = 0i64;
    let mut reached: Option<i64> = None;
    for span in spans {
        if let Some(reached) = reached {
            let gap = span.begin.saturating_sub(reached);
            if gap > NON_TALK_MILLIS {
                silent = silent.saturating_add(gap);
            }
        }
        reached = Some(reached.map_or(span.end, |reached| reached.max(span.end)));
    }
    silent
}

/// A turn interrupts when it begins while another role speaks, both speak for two seconds or more, and it is not a word
/// of listening.
fn interruptions(spans: &[Span<'_>], measures: &mut Measures) {
    let roles: Vec<ParticipantRole> = measures.turns.keys().copied().collect();
    for role in &roles {
        measures.interruptions.insert(*role, 0);
        measures.interruption_time_millis.insert(*role, 0);
    }
    // Who has spoken until when, by role: at most eight roles, so the whole is linear.
    let mut speaking: BTreeMap<ParticipantRole, i64> = BTreeMap::new();
    for span in spans {
        let others_until = speaking.iter().filter(|(role, _)| **role != span.turn.role).map(|(_, until)| *until).max();
        if let Some(until) = others_until {
            let overlap = until.min(span.end).saturating_sub(span.begin);
            if overlap >= INTERRUPTION_MILLIS && !is_backchannel(&span.turn.content) {
                *measures.interruptions.entry(span.turn.role).or_default() += 1;
                *measures.interruption_time_millis.entry(span.turn.role).or_default() += overlap;
            }
        }
        let until = speaking.entry(span.turn.role).or_insert(i64::MIN);
        *until = (*until).max(span.end);
    }
}

/// Whether a turn shows that its speaker listens: it begins with a murmur, or is hardly more than a word of assent.
fn is_backchannel(content: &str) -> bool {
    let first = content
        .split(|character: char| character.is_whitespace() || matches!(character, ',' | '.' | '!' | '?' | '、' | '。'))
        .find(|word| !word.is_empty())
        .map(tokens::lower);
    let Some(first) = first else { return true };
    MURMURS.contains(&first.as_str()) || ASSENTS.contains(&first.as_str()) && tokens::count_words(content) <= 3
}

/// The longest time in which one role's turns follow each other without a turn of another role.
fn longest_monologue(spans: &[Span<'_>]) -> BTreeMap<ParticipantRole, i64> {
    let mut longest: BTreeMap<ParticipantRole, i64> = BTreeMap::new();
    let mut current: Option<(ParticipantRole, i64, i64)> = None;
    for span in spans {
        let next = match current {
            Some((role, begin, end)) if role == span.turn.role => (role, begin, end.max(span.end)),
            _ => (span.turn.role, span.begin, span.end),
        };
        let longest = longest.entry(next.0).or_default();
        *longest = (*longest).max(next.2.saturating_sub(next.1));
        current = Some(next);
    }
    longest
}

/// Response times of a chat: from the last turn of the other side to this role's first turn right after it. Customers are one side,
/// bots and agents the other.
fn chat(conversation: &Conversation, measures: &mut Measures) {
    let mut sums: BTreeMap<ParticipantRole, (i64, i64, i64)> = BTreeMap::new();
    let mut before: Option<(ParticipantRole, i64)> = None;
    for turn in conversation.turns.iter().filter(|turn| turn.role != ParticipantRole::System) {
        let Some(begin) = turn.begin_offset_millis else {
            before = None;
            continue;
        };
        // A customer answers who serves, and who serves answers the customer: an agent who joins after a bot answers nobody yet.
        if let Some((role, at)) = before
            && (role == ParticipantRole::Customer) != (turn.role == ParticipantRole::Customer)
        {
            let response = begin.saturating_sub(at).max(0);
            let (sum, count, longest) = sums.entry(turn.role).or_default();
            *sum = sum.saturating_add(response);
            *count += 1;
            *longest = (*longest).max(response);
        }
        before = Some((turn.role, begin));
    }
    for (role, (sum, count, longest)) in sums {
        measures.response_time_average_millis.insert(role, sum / count.max(1));
        measures.response_time_maximum_millis.insert(role, longest);
    }
}

/// From the moment the agent was connected, which the contact record knows, to the agent's first turn.
fn greeting_time(conversation: &Conversation) -> Option<i64> {
    let connected = conversation.record.as_ref()?.connected_to_agent_timestamp?;
    let start = conversation.start_timestamp?;
    let first = conversation.turns.iter().find(|turn| turn.role == ParticipantRole::Agent)?.begin_offset_millis?;
    let greeting = start.as_millisecond().saturating_add(first).saturating_sub(connected.as_millisecond());
    (greeting >= 0).then_some(greeting)
}
