//! The rows of the tables that hold one finding a row: quarter scores, categories, entities, first responses. Like all rows,
//! they take every value from the conversation or from a result and work nothing out.

use aftercall_schemas::conversation::Conversation;
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_schemas::results::AnalysisState;
use aftercall_schemas::rows::{CategoryRow, EntityRow, FirstResponseRow, QuarantineRow, SentimentQuarterRow};
use aftercall_schemas::{ParticipantRole, Stage};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Findings, Revision, RowTurn, stage_version};

/// The rows of the table `sentiment_quarters`.
pub fn sentiment_quarters<T>(revision: Revision<'_, T>) -> Vec<SentimentQuarterRow> {
    let mut rows = Vec::new();
    each_quarter(revision, |row| rows.push(row.clone()));
    rows
}

/// Shows every row of the table `sentiment_quarters`. It is one row that changes: most of it is the same in all.
pub fn each_quarter<T>(revision: Revision<'_, T>, mut seen: impl FnMut(&SentimentQuarterRow)) {
    let Some(sentiment) = Findings::of(revision.analysis).sentiment else { return };
    let contact = &revision.analysis.contact;
    let mut row = SentimentQuarterRow {
        instance_id: contact.instance_id.clone(),
        contact_id: contact.contact_id.clone(),
        revision: i64::from(revision.number),
        participant_role: String::new(),
        quarter: 0,
        begin_offset_ms: 0,
        end_offset_ms: 0,
        score: None,
        service_score: None,
        sentiment_formula: sentiment.formula.clone(),
        stage_version: stage_version(revision.analysis, Stage::Sentiment),
    };
    for (role, scores) in &sentiment.by_role {
        row.participant_role = role.to_string();
        for quarter in &scores.quarters {
            row.quarter = i64::from(quarter.quarter);
            row.begin_offset_ms = quarter.begin_offset_millis;
            row.end_offset_ms = quarter.end_offset_millis;
            row.score = quarter.score;
            row.service_score = service_score(revision.conversation, *role, quarter.quarter);
            seen(&row);
        }
    }
}

fn service_score<T>(conversation: &Conversation<T>, role: ParticipantRole, quarter: u8) -> Option<f64> {
    let scores = conversation.service.as_ref()?.quarter_sentiment.get(&role)?;
    scores.get(usize::from(quarter.checked_sub(1)?)).copied()
}

/// The rows of the table `categories`: those of the rules, then those that the service matched itself.
pub fn categories<T>(revision: Revision<'_, T>) -> Vec<CategoryRow> {
    if revision.analysis.state == AnalysisState::Moved {
        return Vec::new();
    }
    let contact = &revision.analysis.contact;
    let row = |category: &str, source: &str| CategoryRow {
        instance_id: contact.instance_id.clone(),
        contact_id: contact.contact_id.clone(),
        revision: i64::from(revision.number),
        category: category.to_string(),
        source: source.to_string(),
        matched_turns: Vec::new(),
        rules_version: None,
        stage_version: None,
    };
    let mut rows = Vec::new();
    if let Some(found) = Findings::of(revision.analysis).categories {
        for matched in &found.matched {
            rows.push(CategoryRow {
                matched_turns: matched.turns.iter().map(|turn| i64::from(*turn)).collect(),
                rules_version: Some(found.rules_version.clone()),
                stage_version: Some(stage_version(revision.analysis, Stage::Categories)),
                ..row(&matched.category, "rules")
            });
        }
    }
    let service = revision.conversation.service.iter().flat_map(|service| &service.categories);
    rows.extend(service.map(|category| row(category, "service")));
    rows
}

/// The rows of the table `entities`.
pub fn entities<T: RowTurn>(revision: Revision<'_, T>) -> Vec<EntityRow> {
    let Some(entities) = Findings::of(revision.analysis).entities else { return Vec::new() };
    let contact = &revision.analysis.contact;
    let stage_version = stage_version(revision.analysis, Stage::Entities);
    let role = |turn: u32| {
        let turn = revision.conversation.turns.get(usize::try_from(turn).ok()?)?;
        Some(turn.role().to_string())
    };
    let row = |entity: &aftercall_schemas::results::Entity| EntityRow {
        instance_id: contact.instance_id.clone(),
        contact_id: contact.contact_id.clone(),
        revision: i64::from(revision.number),
        turn: i64::from(entity.turn),
        participant_role: role(entity.turn),
        entity_type: entity.entity_type.clone(),
        text: entity.text.clone(),
        begin_char: i64::from(entity.begin_char),
        end_char: i64::from(entity.end_char),
        stage_version: stage_version.clone(),
    };
    entities.found.iter().map(row).collect()
}

/// The rows of the table `first_responses`: one, or none where no bot took part.
pub fn first_responses<T>(revision: Revision<'_, T>) -> Vec<FirstResponseRow> {
    let Some(found) = Findings::of(revision.analysis).first_response else { return Vec::new() };
    let contact = &revision.analysis.contact;
    vec![FirstResponseRow {
        instance_id: contact.instance_id.clone(),
        contact_id: contact.contact_id.clone(),
        revision: i64::from(revision.number),
        is_answered: i64::from(found.turn.is_some()),
        turn: found.turn.map(i64::from),
        first_response_latency_ms: found.latency_millis,
        offset_ms: found.offset_millis,
        content: found.content.clone(),
        stage_version: stage_version(revision.analysis, Stage::FirstResponse),
    }]
}

/// The row of the table `quarantine`.
pub fn quarantined(entry: &QuarantineEntry) -> QuarantineRow {
    QuarantineRow {
        instance_id: entry.instance_id.clone(),
        contact_id: entry.contact_id.clone(),
        quarantine_id: entry.quarantine_id.clone(),
        reason: entry.reason.clone(),
        detail: entry.detail.clone(),
        origin: entry.origin.clone(),
        size_bytes: entry.size_bytes,
        quarantined_at: entry.quarantined_at,
    }
}

/// The day partition of a quarantine entry, in UTC: the day it was put aside, because nothing else is known of it.
pub fn quarantined_day(entry: &QuarantineEntry) -> Date {
    entry.quarantined_at.to_zoned(TimeZone::UTC).date()
}
