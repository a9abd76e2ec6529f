//! Which categories a contact belongs to.

use aftercall_schemas::results::{Categories, CategoryMatch, Measures, Sentiment};
use aftercall_schemas::{Conversation, Turn};

use super::rules::{Condition, Part, Period, Rules, Speaker};
use crate::measures;
use crate::redact::RedactedConversation;
use crate::text::fold;
use crate::text::phrases::stands_alone;

/// A phrase in a turn.
#[derive(Debug, Clone, Copy)]
struct Said {
    turn: usize,
    /// Words of the turn before the phrase, and before its end.
    words: (usize, usize),
}

/// What all conditions of a contact look at.
struct Facts<'a> {
    conversation: &'a Conversation,
    sentiment: &'a Sentiment,
    measures: Option<Measures>,
    rules: &'a Rules,
    /// Places by phrase.
    said: Vec<Vec<Said>>,
    /// Begin and end of the contact, milliseconds.
    length: Option<i64>,
}

/// Whether a condition holds, and the turns that show it.
struct Held(Option<Vec<usize>>);

/// The categories that a contact belongs to, in the file's order.
pub fn apply(conversation: &RedactedConversation, sentiment: &Sentiment, rules: &Rules) -> Categories {
    let facts = Facts {
        conversation: conversation.conversation(),
        sentiment,
        measures: rules.needs_measures.then(|| measures::measure(conversation)),
        rules,
        said: places(conversation.conversation(), rules),
        length: conversation
            .conversation()
            .turns
            .iter()
            .filter_map(|turn| turn.end_offset_millis.max(turn.begin_offset_millis))
            .max(),
    };
    let matched = rules
        .categories
        .iter()
        .filter_map(|category| {
            let mut turns = holds(&category.when, &facts).0?;
            turns.sort_unstable();
            turns.dedup();
            let turns = turns.into_iter().filter_map(|turn| u32::try_from(turn).ok()).collect();
            Some(CategoryMatch { category: category.name.clone(), turns })
        })
        .collect();
    Categories { rules_version: rules.version.clone(), matched }
}

/// Finds all phrases of all rules in one pass over the text.
fn places(conversation: &Conversation, rules: &Rules) -> Vec<Vec<Said>> {
    let mut places = vec![Vec::new(); rules.ends.len()];
    let Some(automaton) = &rules.automaton else { return places };
    for (position, turn) in conversation.turns.iter().enumerate() {
        let folded = fold(&turn.content);
        let text = folded.text();
        let mut starts: Option<Vec<usize>> = None;
        for hit in automaton.find_overlapping_iter(text) {
            let phrase = hit.pattern().as_usize();
            let open = rules.ends.get(phrase).is_some_and(|end| end.open);
            let end = if open { word_end(text, hit.end()) } else { hit.end() };
            if !stands_alone(text, hit.start(), end) {
                continue;
            }
            let starts = starts.get_or_insert_with(|| word_starts(text));
            let words =
                (starts.partition_point(|start| *start < hit.start()), starts.partition_point(|start| *start < end));
            if let Some(places) = places.get_mut(phrase) {
                places.push(Said { turn: position, words });
            }
        }
    }
    places
}

fn word_end(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.find(|character: char| !character.is_alphanumeric()).unwrap_or(rest.len())
}

fn word_starts(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut outside = true;
    for (at, character) in text.char_indices() {
        if outside && !character.is_whitespace() {
            starts.push(at);
        }
        outside = character.is_whitespace();
    }
    starts
}

fn holds(condition: &Condition, facts: &Facts<'_>) -> Held {
    let whole = |holds: bool| Held(holds.then(Vec::new));
    match condition {
        Condition::Phrases { any_of, by, period } => {
            let turns: Vec<usize> = any_of
                .iter()
                .flat_map(|phrase| facts.places(phrase))
                .filter(|said| facts.looks_at(said.turn, *by, *period))
                .map(|said| said.turn)
                .collect();
            Held((!turns.is_empty()).then_some(turns))
        }
        Condition::Near { phrases, words, by, period } => {
            let turns = near(phrases, *words, facts, |turn| facts.looks_at(turn, *by, *period));
            Held((!turns.is_empty()).then_some(turns))
        }
        Condition::Sentiment { is, share, by, period } => {
            let labelled: Vec<(usize, bool)> = facts
                .sentiment
                .turns
                .iter()
                .enumerate()
                .filter(|(turn, label)| label.is_some() && facts.looks_at(*turn, *by, *period))
                .map(|(turn, label)| (turn, *label == Some(*is)))
                .collect();
            let turns: Vec<usize> = labelled.iter().filter(|(_, is)| *is).map(|(turn, _)| *turn).collect();
            let enough = !turns.is_empty() && turns.len() as f64 >= share.unwrap_or(0.5) * labelled.len() as f64;
            Held(enough.then_some(turns))
        }
        Condition::Score { by, part, at_least, at_most } => {
            let scores = facts.sentiment.by_role.get(&by.0);
            let score = scores.and_then(|scores| match part {
                Part::Overall => scores.overall,
                Part::End => scores.end,
                Part::Shift => scores.shift,
            });
            whole(score.is_some_and(|score| {
                at_least.is_none_or(|least| score >= least) && at_most.is_none_or(|most| score <= most)
            }))
        }
        Condition::NonTalk { at_least_seconds } => {
            let time = facts.measures.as_ref().and_then(|measures| measures.non_talk_time_millis);
            whole(time.is_some_and(|time| time as f64 >= at_least_seconds * 1_000.0))
        }
        Condition::Interruptions { at_least, by } => {
            let counts =
                facts.measures.as_ref().map(|measures| &measures.interruptions).filter(|counts| !counts.is_empty());
            whole(counts.is_some_and(|counts| {
                let count: i64 =
                    counts.iter().filter(|(role, _)| by.is_none_or(|by| by.0 == **role)).map(|(_, count)| count).sum();
                count >= *at_least
            }))
        }
        Condition::Attribute { name, one_of } => {
            let value = facts.attribute(name);
            whole(value.is_some_and(|value| {
                one_of.is_empty() || one_of.iter().any(|wanted| wanted.eq_ignore_ascii_case(value))
            }))
        }
        Condition::All(all) => {
            let mut turns = Vec::new();
            for condition in all {
                match holds(condition, facts).0 {
                    Some(found) => turns.extend(found),
                    None => return Held(None),
                }
            }
            Held(Some(turns))
        }
        Condition::Any(any) => {
            let found: Vec<Vec<usize>> = any.iter().filter_map(|condition| holds(condition, facts).0).collect();
            Held((!found.is_empty()).then(|| found.concat()))
        }
        Condition::Not(condition) => whole(holds(condition, facts).0.is_none()),
    }
}

/// Turns in which all phrases are said with few words between one and the next.
fn near(phrases: &[String], most: usize, facts: &Facts<'_>, looks_at: impl Fn(usize) -> bool) -> Vec<usize> {
    let mut all: Vec<(usize, Said)> = Vec::new();
    for (index, phrase) in phrases.iter().enumerate() {
        all.extend(facts.places(phrase).iter().filter(|said| looks_at(said.turn)).map(|said| (index, *said)));
    }
    all.sort_by_key(|(index, said)| (said.turn, said.words, *index));
    let mut turns = Vec::new();
    // Where the chain of close phrases that is being read began; a chain that holds every phrase is a match.
    let mut chain: Vec<(usize, Said)> = Vec::new();
    for (index, said) in all {
        let close = chain
            .last()
            .is_some_and(|(_, last)| last.turn == said.turn && said.words.0.saturating_sub(last.words.1) <= most);
        if !close {
            chain.clear();
        }
        chain.retain(|(known, _)| *known != index);
        chain.push((index, said));
        if chain.len() == phrases.len() && turns.last() != Some(&said.turn) {
            turns.push(said.turn);
        }
    }
    turns
}

impl Facts<'_> {
    fn places(&self, phrase: &str) -> &[Said] {
        self.rules.phrases.get(phrase).and_then(|index| self.said.get(*index)).map_or(&[], Vec::as_slice)
    }

    fn looks_at(&self, turn: usize, by: Option<Speaker>, period: Period) -> bool {
        self.conversation
            .turns
            .get(turn)
            .is_some_and(|turn| by.is_none_or(|by| by.0 == turn.role) && self.in_period(turn, period))
    }

    fn in_period(&self, turn: &Turn, period: Period) -> bool {
        if period == Period::default() {
            return true;
        }
        let (Some(begin), Some(length)) = (turn.begin_offset_millis, self.length) else { return false };
        period.first_seconds.is_none_or(|seconds| begin as f64 <= seconds * 1_000.0)
            && period.last_seconds.is_none_or(|seconds| begin as f64 >= length as f64 - seconds * 1_000.0)
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        if name == "channel" {
            return Some(self.conversation.channel.as_str());
        }
        let record = self.conversation.record.as_ref()?;
        match name {
            "queue_name" => record.queue_name.as_deref(),
            "initiation_method" => record.initiation_method.as_deref(),
            "disconnect_reason" => record.disconnect_reason.as_deref(),
            _ => record.attributes.get(name).map(String::as_str),
        }
    }
}
