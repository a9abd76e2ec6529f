//! `aftercall show`: one contact as a person wants to read it.

use std::collections::BTreeMap;

use aftercall_core::contact::{AnalysisProgress, Status};
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::rows::reference_timestamp;
use aftercall_schemas::conversation::Conversation;
use aftercall_schemas::results::{
    AgentSummary, Analysis, CustomerSummary, Finding, FirstResponse, Measures, Outcome, Sentiment, SentimentScores,
    Statement, Verdict,
};
use aftercall_schemas::{ContactKey, ParticipantRole, Resolution};
use aftercall_stages::keys;
use aftercall_stages::ports::{Objects, Stored};
use aftercall_stages::run_stage::load_conversation;
use pollster::block_on;

use crate::machine::{Opened, find_contact, open};
use crate::output::{bold, clock, dim, green, print_json, red, score, sentiment, yellow};
use aftercall_settings::Settings;

/// Shows a contact.
pub fn show(settings: &Settings, contact_id: &str, json: bool) -> Result<()> {
    let opened = open(settings)?;
    let (contact, stored) = find_contact(&opened.store, contact_id)?;
    let Some(progress) = stored.state.analysis.clone() else {
        anstream::println!(
            "{} is {}; see `aftercall trace {}`",
            contact,
            stored.state.phase().as_str(),
            contact.contact_id
        );
        return Ok(());
    };
    let conversation = block_on(load_conversation(&opened.objects(), &contact, &progress.key))?;
    let conversation = conversation.conversation();
    let analysis = analysis(&opened, &contact, &progress)?;
    if json {
        return print_json(&serde_json::json!({
            "revision": progress.revision, "phase": stored.state.phase().as_str(),
            "conversation": conversation, "analysis": analysis,
        }));
    }
    header(&contact, &stored, &progress, conversation);
    let mut labels = Vec::new();
    for result in analysis.iter().flat_map(|analysis| analysis.results.values()) {
        match &result.outcome {
            Outcome::Found(finding) => match finding.as_ref() {
                Finding::Sentiment(found) => {
                    labels.clone_from(&found.turns);
                    scores(found, conversation);
                }
                Finding::Measures(found) => measures(found),
                Finding::CustomerSummary(found) => customer(found),
                Finding::AgentSummary(found) => agent(found),
                Finding::FirstResponse(found) => first_response(found),
                Finding::Categories(found) => {
                    let names: Vec<_> = found.matched.iter().map(|one| one.category.as_str()).collect();
                    field("categories", names.join(", "));
                }
                Finding::Entities(found) => {
                    let names: Vec<_> =
                        found.found.iter().map(|one| format!("{} {}", one.entity_type, one.text)).collect();
                    field("entities", names.join(", "));
                }
            },
            Outcome::Failed { reason } => field("missing", yellow(format!("{}: {reason}", result.stage))),
        }
    }
    turns(conversation, &labels);
    Ok(())
}

fn analysis(opened: &Opened, contact: &ContactKey, progress: &AnalysisProgress) -> Result<Option<Analysis>> {
    let key = keys::analysis(contact, &progress.key, progress.revision);
    let Some(bytes) = block_on(opened.objects().get(&key))? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        Error::new(ErrorKind::Corrupt, "the analysis object cannot be read").with("key", key).because(error)
    })
}

fn field(name: &str, value: impl std::fmt::Display) {
    // The escape codes of a styled name would count as width, so the padding comes first.
    anstream::println!("{}{} {value}", " ".repeat(14_usize.saturating_sub(name.len())), dim(name));
}

fn header(contact: &ContactKey, stored: &Stored, progress: &AnalysisProgress, conversation: &Conversation) {
    anstream::println!("{}", bold(&contact.contact_id));
    field("instance", &contact.instance_id);
    let use_cases: Vec<_> = progress.use_cases.iter().map(ToString::to_string).collect();
    let mut facts = vec![conversation.channel.to_string()];
    facts.extend(conversation.language.clone());
    facts.extend(use_cases);
    facts.extend(conversation.sources.iter().cloned());
    field("contact", facts.join(" · "));
    if let Some(moment) = reference_timestamp(conversation) {
        field("when", moment.strftime("%Y-%m-%d %H:%M:%S UTC"));
    }
    if let Some(record) = &conversation.record {
        let mut facts = Vec::new();
        facts.extend(record.initiation_method.clone());
        facts.extend(record.queue_name.as_ref().map(|queue| format!("queue {queue}")));
        facts.extend(record.agent_id.as_ref().map(|agent| format!("agent {agent}")));
        facts.extend(record.disconnect_reason.clone());
        facts.extend(record.previous_contact_id.as_ref().map(|id| format!("transferred from {id}")));
        facts.extend(record.next_contact_id.as_ref().map(|id| format!("transferred to {id}")));
        field("record", facts.join(" · "));
        for (name, value) in &record.attributes {
            field("attribute", format!("{name} = {value}"));
        }
    }
    let phase = stored.state.phase().as_str();
    let published = match &progress.status {
        Status::Finished { published_at: Some(at), .. } => {
            format!(", published {}", at.strftime("%Y-%m-%d %H:%M:%S UTC"))
        }
        _ => String::new(),
    };
    field("state", format!("{phase}, revision {}{published}", progress.revision));
    if let Status::Finished { missing, .. } = &progress.status {
        for (stage, reason) in missing {
            field("missing", yellow(format!("{stage}: {reason}")));
        }
    }
}

fn scores(found: &Sentiment, conversation: &Conversation) {
    let line = |scores: &SentimentScores| {
        let quarters: Vec<_> = scores.quarters.iter().map(|quarter| score(quarter.score)).collect();
        let quarters = if quarters.is_empty() { String::new() } else { format!("  quarters {}", quarters.join("  ")) };
        format!("{}{quarters}  end {}  shift {}", score(scores.overall), score(scores.end), score(scores.shift))
    };
    for (role, scores) in &found.by_role {
        let name = role.as_str().to_lowercase();
        field(&name, colour(scores.overall, line(scores)));
        let service = conversation.service.as_ref().and_then(|service| service.overall_sentiment.get(role).copied());
        if let Some(service) = service {
            field("", dim(format!("{service:+.1} by the service itself")));
        }
    }
    field("", dim(format!("formula {}, turns labelled by {}", found.formula, found.labelled_by.join(" and "))));
    if let Some(reason) = &found.unknown_reason {
        field("sentiment", yellow(reason));
    }
}

fn colour(score: Option<f64>, text: String) -> String {
    match score {
        Some(score) if score >= 0.5 => green(text),
        Some(score) if score <= -0.5 => red(text),
        _ => text,
    }
}

fn measures(found: &Measures) {
    let mut facts = Vec::new();
    facts.extend(found.total_conversation_duration_millis.map(|total| format!("length {}", clock(total))));
    let by_role = |values: &BTreeMap<ParticipantRole, i64>, show: &dyn Fn(i64) -> String| {
        let values: Vec<_> =
            values.iter().map(|(role, value)| format!("{} {}", role.as_str().to_lowercase(), show(*value))).collect();
        values.join(", ")
    };
    let list = [
        ("talk", by_role(&found.talk_time_millis, &clock)),
        ("interruptions", by_role(&found.interruptions, &|number| number.to_string())),
        (
            "mean response",
            by_role(&found.response_time_average_millis, &|millis| format!("{:.1} s", millis as f64 / 1000.0)),
        ),
    ];
    facts.extend(
        list.into_iter().filter(|(_, values)| !values.is_empty()).map(|(name, values)| format!("{name}: {values}")),
    );
    facts.extend(found.non_talk_time_millis.map(|silence| format!("silence {}", clock(silence))));
    field("measures", facts.join(" · "));
}

fn first_response(found: &FirstResponse) {
    if found.turn.is_some() {
        let latency =
            found.latency_millis.map_or("at an unknown time".into(), |ms| format!("after {:.1} s", ms as f64 / 1000.0));
        let content = found.content.as_deref().unwrap_or_default();
        field("first response", format!("{latency}: {content}"));
    } else {
        field("first response", yellow("the bot never answered"));
    }
}

fn statement(name: &str, statement: &Statement) {
    let turns: Vec<_> = statement.turns.iter().map(|turn| format!("#{turn}")).collect();
    let verdict = match &statement.verdict {
        Verdict::Supported => String::new(),
        Verdict::Unsupported { reasons } => red(format!(" unsupported: {}", reasons.join("; "))),
    };
    field(name, format!("{} {}{verdict}", statement.text, dim(turns.join(" "))));
}

fn resolution(resolution: Option<Resolution>) {
    let text = match resolution {
        Some(Resolution::Resolved) => green("resolved"),
        Some(other) => yellow(other),
        None => dim("cannot be told"),
    };
    field("resolution", text);
}

fn customer(found: &CustomerSummary) {
    anstream::println!("\n{}", bold("Customer and bot (UC1)"));
    found.reason.iter().for_each(|one| statement("reason", one));
    found.what_happened.iter().for_each(|one| statement("what happened", one));
    resolution(found.resolution);
    found.follow_up.iter().for_each(|one| statement("follow-up", one));
    found.bot_failures.iter().for_each(|one| statement("bot failed", one));
}

fn agent(found: &AgentSummary) {
    anstream::println!("\n{}", bold("Customer and agent (UC2)"));
    found.reason.iter().for_each(|one| statement("reason", one));
    found.agent_actions.iter().for_each(|one| statement("agent", one));
    found.outcome.iter().for_each(|one| statement("outcome", one));
    resolution(found.resolution);
    for commitment in &found.commitments {
        let when = commitment.when.as_ref().map_or(String::new(), |when| format!(" ({when})"));
        statement(&format!("{}{when}", commitment.who.as_str().to_lowercase()), &commitment.what);
    }
    found.notes.iter().for_each(|one| statement("note", one));
}

fn turns(conversation: &Conversation, labels: &[Option<aftercall_schemas::SentimentLabel>]) {
    if conversation.turns.is_empty() {
        anstream::println!("\n{}", dim("There was no conversation."));
        return;
    }
    anstream::println!("\n{}", bold("Turns"));
    let width = conversation.turns.iter().map(|turn| turn.role.as_str().len()).max().unwrap_or(0);
    for (position, turn) in conversation.turns.iter().enumerate() {
        let time = turn.begin_offset_millis.map_or("     –".into(), |begin| format!("{:>6}", clock(begin)));
        let label = labels.get(position).copied().flatten();
        let who = format!("{:width$}", turn.role.as_str());
        anstream::println!(
            "{} {time}  {}  {}",
            dim(format!("{:>4}", format!("#{position}"))),
            bold(who),
            sentiment(label, &turn.content)
        );
    }
}
