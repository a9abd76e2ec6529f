//! The warehouse rows of a published revision. One function per table; every value is taken from the conversation or
//! from a result, nothing is worked out anew, and what is not known stays null.

mod insight;
mod stored;
mod turns;

use aftercall_schemas::conversation::{ContactFacts, Conversation};
use aftercall_schemas::results::{
    AgentSummary, Analysis, AnalysisState, Categories, CustomerSummary, Entities, Finding, FirstResponse, Measures,
    Outcome, Processing, Sentiment, Statement, Verdict,
};
use aftercall_schemas::rows::{ContactRow, SummaryRow};
use aftercall_schemas::{ContactKey, ParticipantRole, Stage, Turn, UseCase};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub use insight::{
    categories, each_quarter, entities, first_responses, quarantined, quarantined_day, sentiment_quarters,
};
pub use stored::StoredTurn;
pub use turns::{RowTurn, TurnRef, each_turn, turns};

/// A published revision: what rows are made of.
#[derive(Debug)]
pub struct Revision<'a, T = Turn> {
    /// Its conversation, redacted.
    pub conversation: &'a Conversation<T>,
    /// Its analysis.
    pub analysis: &'a Analysis,
    /// Its number.
    pub number: u32,
    /// When it was published.
    pub published_at: Timestamp,
}

// Derived, these would ask that turns can be copied.
impl<T> Clone for Revision<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Revision<'_, T> {}

/// The moment by which a contact is put into a day: when it ended, else when it began. `None` where no source says.
pub fn reference_timestamp<T>(conversation: &Conversation<T>) -> Option<Timestamp> {
    let record = conversation.record.as_ref();
    let begun = || record.and_then(|record| record.initiation_timestamp).or(conversation.start_timestamp);
    record.and_then(|record| record.disconnect_timestamp).or_else(begun)
}

/// The day partition of a contact, in UTC. A contact without any time is of the day it was published.
pub fn day<T>(revision: Revision<'_, T>) -> Date {
    let moment = reference_timestamp(revision.conversation).unwrap_or(revision.published_at);
    moment.to_zoned(TimeZone::UTC).date()
}

/// Findings by stage, as far as they are there.
#[derive(Default)]
struct Findings<'a> {
    measures: Option<&'a Measures>,
    sentiment: Option<&'a Sentiment>,
    customer: Option<&'a CustomerSummary>,
    agent: Option<&'a AgentSummary>,
    first_response: Option<&'a FirstResponse>,
    categories: Option<&'a Categories>,
    entities: Option<&'a Entities>,
}

impl<'a> Findings<'a> {
    fn of(analysis: &'a Analysis) -> Self {
        let mut findings = Self::default();
        for result in analysis.results.values() {
            let Outcome::Found(finding) = &result.outcome else { continue };
            match finding.as_ref() {
                Finding::Measures(found) => findings.measures = Some(found),
                Finding::Sentiment(found) => findings.sentiment = Some(found),
                Finding::CustomerSummary(found) => findings.customer = Some(found),
                Finding::AgentSummary(found) => findings.agent = Some(found),
                Finding::FirstResponse(found) => findings.first_response = Some(found),
                Finding::Categories(found) => findings.categories = Some(found),
                Finding::Entities(found) => findings.entities = Some(found),
            }
        }
        findings
    }
}

/// The row of the table `contacts`. `zone` is the one that `local_date` is in.
pub fn contact<T>(revision: Revision<'_, T>, zone: &TimeZone) -> ContactRow {
    let Revision { conversation, analysis, .. } = revision;
    let findings = Findings::of(analysis);
    let no_record = ContactFacts::default();
    let record = conversation.record.as_ref().unwrap_or(&no_record);
    let has_record = conversation.record.is_some();
    let processing: Vec<&Processing> = analysis.results.values().map(|result| &result.processing).collect();
    let measures = findings.measures;
    let talk = |role| measures.and_then(|measures| measures.talk_time_millis.get(&role).copied());
    let speed = |role| measures.and_then(|measures| measures.talk_speed_wpm.get(&role).copied());
    let interruptions = |role| voice(measures).map(|measures| *measures.interruptions.get(&role).unwrap_or(&0));
    let interruption_time =
        |role| voice(measures).map(|measures| *measures.interruption_time_millis.get(&role).unwrap_or(&0));
    let monologue = |role| measures.and_then(|measures| measures.longest_monologue_millis.get(&role).copied());
    let turns_of = |role| measures.map(|measures| *measures.turns.get(&role).unwrap_or(&0));
    let words = |role| measures.and_then(|measures| measures.words.get(&role).copied());
    let longest_response =
        |role| measures.and_then(|measures| measures.response_time_maximum_millis.get(&role).copied());
    let response = |role| measures.and_then(|measures| measures.response_time_average_millis.get(&role).copied());
    let scores = |role| findings.sentiment.and_then(|sentiment| sentiment.by_role.get(&role));
    let service = |role| {
        let service = conversation.service.as_ref();
        service.and_then(|service| service.overall_sentiment.get(&role).copied())
    };
    let seconds = |seconds: Option<i64>| seconds.map(|seconds| seconds.saturating_mul(1000));
    let queued = has_record.then_some(record.enqueue_timestamp.is_some());
    let (customer, agent) = (ParticipantRole::Customer, ParticipantRole::Agent);
    ContactRow {
        instance_id: conversation.instance_id.clone(),
        contact_id: conversation.contact_id.clone(),
        revision: i64::from(revision.number),
        revision_key: analysis.revision_key.0.clone(),
        state: state(analysis.state).to_string(),
        missing: analysis.missing.iter().map(|(stage, reason)| format!("{stage}: {reason}")).collect(),
        channel: conversation.channel.to_string(),
        language_locale: conversation.language.clone(),
        language_confidence: conversation.language_confidence,
        use_cases: analysis.use_cases.iter().map(ToString::to_string).collect(),
        sources: conversation.sources.clone(),
        alignment: alignment(conversation).to_string(),
        initial_contact_id: record.initial_contact_id.clone(),
        previous_contact_id: record.previous_contact_id.clone(),
        next_contact_id: record.next_contact_id.clone(),
        initiation_method: record.initiation_method.clone(),
        initiation_timestamp: record.initiation_timestamp.or(conversation.start_timestamp),
        connected_to_system_timestamp: record.connected_to_system_timestamp,
        queue_enqueue_timestamp: record.enqueue_timestamp,
        agent_connected_to_agent_timestamp: record.connected_to_agent_timestamp,
        disconnect_timestamp: record.disconnect_timestamp,
        local_date: reference_timestamp(conversation).map(|moment| moment.to_zoned(zone.clone()).date()),
        disconnect_reason: record.disconnect_reason.clone(),
        queue_name: record.queue_name.clone(),
        queue_duration_ms: seconds(record.queue_duration_seconds),
        is_abandoned: queued.map(|queued| i64::from(queued && record.connected_to_agent_timestamp.is_none())),
        is_queued: queued.map(i64::from),
        handle_time_ms: handle_time(
            &record.agent_id,
            [
                seconds(record.agent_interaction_duration_seconds),
                seconds(record.customer_hold_duration_seconds),
                seconds(record.after_contact_work_duration_seconds),
            ],
        ),
        agent_id: record.agent_id.clone(),
        agent_routing_profile_name: record.routing_profile.clone(),
        agent_connection_attempts: record.agent_connection_attempts,
        agent_interaction_duration_ms: seconds(record.agent_interaction_duration_seconds),
        agent_customer_hold_duration_ms: seconds(record.customer_hold_duration_seconds),
        agent_number_of_holds: record.number_of_holds,
        agent_after_contact_work_duration_ms: seconds(record.after_contact_work_duration_seconds),
        turns_count: i64::try_from(conversation.turns.len()).unwrap_or(i64::MAX),
        turns_agent_count: turns_of(agent),
        turns_customer_count: turns_of(customer),
        turns_bot_count: turns_of(ParticipantRole::Bot),
        words_agent_count: words(agent),
        words_customer_count: words(customer),
        total_conversation_duration_ms: measures.and_then(|measures| measures.total_conversation_duration_millis),
        talk_time_total_ms: voice(measures).map(|measures| measures.talk_time_millis.values().sum()),
        talk_time_agent_ms: talk(agent),
        talk_time_customer_ms: talk(customer),
        non_talk_time_total_ms: measures.and_then(|measures| measures.non_talk_time_millis),
        talk_speed_agent_wpm: speed(agent),
        talk_speed_customer_wpm: speed(customer),
        interruptions_total_count: voice(measures).map(|measures| measures.interruptions.values().sum()),
        interruptions_agent_count: interruptions(agent),
        interruptions_customer_count: interruptions(customer),
        interruptions_time_total_ms: voice(measures).map(|measures| measures.interruption_time_millis.values().sum()),
        interruptions_time_agent_ms: interruption_time(agent),
        interruptions_time_customer_ms: interruption_time(customer),
        longest_monologue_agent_ms: monologue(agent),
        longest_monologue_customer_ms: monologue(customer),
        response_time_average_agent_ms: response(agent),
        response_time_average_customer_ms: response(customer),
        response_time_maximum_agent_ms: longest_response(agent),
        response_time_maximum_customer_ms: longest_response(customer),
        greeting_time_agent_ms: measures.and_then(|measures| measures.greeting_time_agent_millis),
        first_response_latency_ms: findings.first_response.and_then(|first| first.latency_millis),
        sentiment_formula: findings.sentiment.map(|sentiment| sentiment.formula.clone()),
        sentiment_overall_score_customer: scores(customer).and_then(|scores| scores.overall),
        sentiment_overall_score_agent: scores(agent).and_then(|scores| scores.overall),
        sentiment_end_score_customer: scores(customer).and_then(|scores| scores.end),
        sentiment_end_score_agent: scores(agent).and_then(|scores| scores.end),
        sentiment_shift_customer: scores(customer).and_then(|scores| scores.shift),
        sentiment_shift_agent: scores(agent).and_then(|scores| scores.shift),
        sentiment_unknown_reason: findings.sentiment.and_then(|sentiment| sentiment.unknown_reason.clone()),
        service_sentiment_overall_score_customer: service(customer),
        service_sentiment_overall_score_agent: service(agent),
        categories: findings
            .categories
            .iter()
            .flat_map(|found| &found.matched)
            .map(|one| one.category.clone())
            .collect(),
        resolution: resolution(&findings),
        resolution_bot: findings.customer.and_then(|summary| summary.resolution).map(|one| one.to_string()),
        resolution_agent: findings.agent.and_then(|summary| summary.resolution).map(|one| one.to_string()),
        reason: reason(&findings),
        customer_endpoint_hmac: record.customer_endpoint_hmac.clone(),
        customer_id_hmac: record.customer_id_hmac.clone(),
        processing_published_at: Some(revision.published_at),
        processing_disconnect_to_published_ms: published_after(record.disconnect_timestamp, revision.published_at),
        processing_duration_ms: sum(processing.iter().map(|one| one.duration_millis)),
        processing_stage_versions: stage_versions(analysis),
        processing_models: models(&processing),
        processing_input_tokens: sum(processing.iter().map(|one| one.input_tokens)),
        processing_output_tokens: sum(processing.iter().map(|one| one.output_tokens)),
        processing_cost_usd: cost(&processing),
    }
}

/// The rows of the table `summaries`: one a statement.
pub fn summaries<T>(revision: Revision<'_, T>) -> Vec<SummaryRow> {
    let mut rows = Vec::new();
    let findings = Findings::of(revision.analysis);
    let contact = &revision.analysis.contact;
    let version = |stage: Stage| stage_version(revision.analysis, stage);
    if let Some(summary) = findings.customer {
        let mut part =
            Part::new(&mut rows, contact, revision.number, UseCase::CustomerBot, version(Stage::CustomerSummary));
        part.add("reason", summary.reason.iter());
        part.add("what_happened", summary.what_happened.iter());
        part.add("follow_up", summary.follow_up.iter());
        part.add("bot_failure", summary.bot_failures.iter());
    }
    if let Some(summary) = findings.agent {
        let mut part =
            Part::new(&mut rows, contact, revision.number, UseCase::CustomerAgent, version(Stage::AgentSummary));
        part.add("reason", summary.reason.iter());
        part.add("agent_action", summary.agent_actions.iter());
        part.add("outcome", summary.outcome.iter());
        for commitment in &summary.commitments {
            part.add("commitment", std::iter::once(&commitment.what));
            if let Some(row) = part.rows.last_mut() {
                row.commitment_by = Some(commitment.who.to_string());
                row.commitment_when = commitment.when.clone();
            }
        }
        part.add("note", summary.notes.iter());
    }
    rows
}

/// The rows of one summary as they are added.
struct Part<'a> {
    rows: &'a mut Vec<SummaryRow>,
    contact: &'a ContactKey,
    revision: u32,
    use_case: UseCase,
    stage_version: String,
    position: i64,
}

impl<'a> Part<'a> {
    fn new(
        rows: &'a mut Vec<SummaryRow>,
        contact: &'a ContactKey,
        revision: u32,
        use_case: UseCase,
        stage_version: String,
    ) -> Self {
        Self { rows, contact, revision, use_case, stage_version, position: 0 }
    }

    fn add<'s>(&mut self, part: &str, statements: impl Iterator<Item = &'s Statement>) {
        for statement in statements {
            let (verdict, reasons) = match &statement.verdict {
                Verdict::Supported => ("supported", Vec::new()),
                Verdict::Unsupported { reasons } => ("unsupported", reasons.clone()),
            };
            self.rows.push(SummaryRow {
                instance_id: self.contact.instance_id.clone(),
                contact_id: self.contact.contact_id.clone(),
                revision: i64::from(self.revision),
                use_case: self.use_case.to_string(),
                part: part.to_string(),
                position: self.position,
                statement: statement.text.clone(),
                supporting_turns: statement.turns.iter().map(|turn| i64::from(*turn)).collect(),
                verdict: verdict.to_string(),
                verdict_reasons: reasons,
                commitment_by: None,
                commitment_when: None,
                stage_version: self.stage_version.clone(),
            });
            self.position += 1;
        }
    }
}

fn stage_version(analysis: &Analysis, stage: Stage) -> String {
    analysis.results.get(&stage).map(|result| result.stage_version.clone()).unwrap_or_default()
}

fn stage_versions(analysis: &Analysis) -> Vec<String> {
    analysis.results.iter().map(|(stage, result)| [stage.as_str(), "=", &result.stage_version].concat()).collect()
}

/// Null where the contact's end is not known, and where clocks disagree so much that it would be negative.
fn published_after(disconnected: Option<Timestamp>, published_at: Timestamp) -> Option<i64> {
    let took = published_at.as_millisecond().saturating_sub(disconnected?.as_millisecond());
    (took >= 0).then_some(took)
}

/// Measures of a voice contact; chat has no talk time and no interruptions.
fn voice(measures: Option<&Measures>) -> Option<&Measures> {
    measures.filter(|measures| !measures.talk_time_millis.is_empty())
}

/// Interaction, hold and after-contact work; null where no agent took part.
fn handle_time(agent: &Option<String>, parts: [Option<i64>; 3]) -> Option<i64> {
    agent.as_ref()?;
    sum(parts.into_iter())
}

fn sum(values: impl Iterator<Item = Option<i64>>) -> Option<i64> {
    values.flatten().reduce(i64::saturating_add)
}

fn cost(processing: &[&Processing]) -> Option<f64> {
    processing.iter().filter_map(|one| one.cost_usd).reduce(|a, b| a + b)
}

fn models(processing: &[&Processing]) -> Vec<String> {
    let mut models: Vec<String> = processing.iter().filter_map(|one| one.model.clone()).collect();
    models.sort();
    models.dedup();
    models
}

/// Where both sides were summarised the agent's side has the last word: it comes later.
fn resolution(findings: &Findings<'_>) -> Option<String> {
    let agent = findings.agent.and_then(|summary| summary.resolution);
    let customer = findings.customer.and_then(|summary| summary.resolution);
    agent.or(customer).map(|resolution| resolution.to_string())
}

/// Where both sides were summarised the bot heard the reason first.
fn reason(findings: &Findings<'_>) -> Option<String> {
    let customer = findings.customer.and_then(|summary| summary.reason.as_ref());
    let agent = findings.agent.and_then(|summary| summary.reason.as_ref());
    customer.or(agent).map(|statement| statement.text.clone())
}

fn state(state: AnalysisState) -> &'static str {
    match state {
        AnalysisState::Complete => "complete",
        AnalysisState::Partial => "partial",
        AnalysisState::Moved => "moved",
    }
}

fn alignment<T>(conversation: &Conversation<T>) -> &'static str {
    use aftercall_schemas::conversation::Alignment;
    match conversation.alignment {
        Alignment::Single => "single",
        Alignment::Aligned => "aligned",
        Alignment::Unknown => "unknown",
    }
}

fn role_source(source: aftercall_schemas::conversation::RoleSource) -> &'static str {
    use aftercall_schemas::conversation::RoleSource;
    match source {
        RoleSource::Service => "service",
        RoleSource::Record => "record",
        RoleSource::Settings => "settings",
        RoleSource::Correction => "correction",
        RoleSource::Words => "words",
        RoleSource::Unknown => "unknown",
    }
}
