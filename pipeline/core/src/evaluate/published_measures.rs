//! Talk time, interruptions, response times and the like against the figures that services published with their samples, from
//! the bytes of a file to our measures. A difference is named here with its reason, or it counts against us.

use aftercall_schemas::results::Measures;
use aftercall_schemas::{ContactKey, ParticipantRole};
use serde_json::Value;

use super::goals::{Figure, Measured, measure};
use super::published::{CALLS, CHATS};
use crate::assemble::{AssembleSettings, assemble};
use crate::formats::{DecodeContext, decode};
use crate::measures;
use crate::redact::{RedactionSettings, redact};

/// Where our figures are other ones, and why. By the beginning of the name.
const REASONS: &[(&str, &str)] = &[
    ("talk time", "words are summed there, turns here, so that pauses inside a turn count"),
    ("talk speed", "it rests on talk time"),
    ("interruption time", "it ends there at the last word that overlaps, here with the turn"),
    ("greeting time", "it begins with the agent's connection, which a contact record says and the samples have not"),
    ("average response time", "the published figures do not agree with the sample's own times"),
    ("longest response time", "the published figures do not agree with the sample's own times"),
];

/// The samples of calls do not say whose they are; the names of Contact Lens's files do.
const NAME: &str = "00000000-0000-4000-8000-000000000000_analysis_2023-01-01T00:00:00Z.json";

/// A figure of a sample: its name, theirs and ours.
type Pair = (String, f64, Option<f64>);

pub(super) fn compared(read: &dyn Fn(&str) -> Option<String>) -> Option<Measured> {
    let mut pairs: Vec<Pair> = Vec::new();
    for file in CALLS.into_iter().chain(CHATS) {
        let text = read(file)?;
        let ours = measures_of(text.as_bytes())?;
        let value: Value = serde_json::from_str(&text).ok()?;
        let name = file.rsplit('/').next().unwrap_or(file);
        let theirs = value.get("ConversationCharacteristics")?;
        pairs.extend(figures(theirs, &ours).into_iter().map(|(what, theirs, ours)| {
            let what = format!("{what} in {name}");
            (what, theirs, ours)
        }));
    }
    let all = pairs.len();
    let other: Vec<Pair> = pairs.into_iter().filter(|(_, theirs, ours)| *ours != Some(*theirs)).collect();
    let reason = |what: &str| REASONS.iter().find(|(name, _)| what.starts_with(name)).map(|(_, reason)| *reason);
    let unnamed = other.iter().filter(|(what, ..)| reason(what).is_none()).count();
    let mut notes = vec![format!("{} of {all} are the same", all - other.len())];
    notes.extend(other.iter().map(|(what, theirs, ours)| {
        let ours = ours.map_or_else(|| "none".to_owned(), |ours| ours.to_string());
        format!("{what}: published {theirs}, ours {ours} ({})", reason(what).unwrap_or("no reason is known"))
    }));
    let set = "published samples, 3 calls and 2 chats";
    Some(Measured { notes, ..Measured::new(measure::MEASURES, Figure::Of(unnamed, all), set, all) })
}

/// Our measures of a document, all the way that it goes in a run.
fn measures_of(document: &[u8]) -> Option<Measures> {
    let decoded = decode(document, &DecodeContext::new(NAME)).ok()?;
    let key = ContactKey { instance_id: "evaluate".to_owned(), contact_id: "sample".to_owned() };
    let assembled = assemble(&key, &decoded.deliveries, &AssembleSettings::default());
    Some(measures::measure(&redact(assembled.conversation, &assembled.names, &RedactionSettings::default())))
}

fn figures(theirs: &Value, ours: &Measures) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    let number = |path: &[&str]| path.iter().try_fold(theirs, |value, name| value.get(name)).and_then(Value::as_f64);
    let mut add = |what: String, path: &[&str], ours: Option<f64>| {
        pairs.extend(number(path).map(|theirs| (what, theirs, ours)));
    };
    let whole = |value: Option<i64>| value.map(|value| value as f64);
    let sum = |values: &std::collections::BTreeMap<ParticipantRole, i64>| {
        (!values.is_empty()).then(|| values.values().sum::<i64>() as f64)
    };
    add("duration".to_owned(), &["TotalConversationDurationMillis"], whole(ours.total_conversation_duration_millis));
    add("non-talk time".to_owned(), &["NonTalkTime", "TotalTimeMillis"], whole(ours.non_talk_time_millis));
    add("interruptions".to_owned(), &["Interruptions", "TotalCount"], sum(&ours.interruptions));
    let time = sum(&ours.interruption_time_millis);
    add("interruption time".to_owned(), &["Interruptions", "TotalTimeMillis"], time);
    let greeting = whole(ours.greeting_time_agent_millis);
    add("greeting time".to_owned(), &["ResponseTime", "AgentGreetingTimeMillis"], greeting);
    for role in [ParticipantRole::Agent, ParticipantRole::Customer] {
        let name = role.as_str();
        let talk = whole(ours.talk_time_millis.get(&role).copied());
        add(format!("talk time of {name}"), &["TalkTime", "DetailsByParticipant", name, "TotalTimeMillis"], talk);
        let speed = ours.talk_speed_wpm.get(&role).map(|speed| speed.round());
        let path = ["TalkSpeed", "DetailsByParticipant", name, "AverageWordsPerMinute"];
        add(format!("talk speed of {name}"), &path, speed);
        for (what, part, ours) in [
            ("average", "Average", &ours.response_time_average_millis),
            ("longest", "Maximum", &ours.response_time_maximum_millis),
        ] {
            let path = ["ResponseTime", "DetailsByParticipantRole", name, part, "ValueMillis"];
            add(format!("{what} response time of {name}"), &path, whole(ours.get(&role).copied()));
        }
    }
    pairs
}
