//! A result of Post Call Analytics (aws-samples/amazon-transcribe-post-call-analytics): `parsedFiles/….json`.
//!
//! Shape: its `output_json_structure.md` and what its writer really writes: `Duration` is text, scores of turns are never
//! negative (the sign stands in flags), `BaseSentimentScores` is `[]` for turns of less than eight characters, a missing
//! name is the text `None`. Speakers are `spk_N` with a `DisplayText` of the installation's choice. The recording is
//! named, so the contact is found by it; else the result stands alone as `pca:<job>`.

use std::collections::BTreeMap;

use aftercall_schemas::conversation::{MarkKind, RoleSource, ServiceAnalysis};
use aftercall_schemas::{Channel, ParticipantRole, SentimentLabel};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::cast::Cast;
use super::contact_lens::CharacterOffsets;
use super::transcribe::classify;
use super::{DecodeContext, identity, lenient, read, words};
use crate::delivery::{Body, Delivery, Leg, LegKind, LegTurn, SourceKind, Zero};
use crate::error::Rejected;
use crate::roles::{self, Classified};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Document {
    #[serde(deserialize_with = "lenient::object")]
    conversation_analytics: Analytics,
    #[serde(deserialize_with = "lenient::list")]
    speech_segments: Vec<Segment>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Analytics {
    #[serde(rename = "GUID", deserialize_with = "lenient::text")]
    guid: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    agent: Option<String>,
    #[serde(deserialize_with = "lenient::texts")]
    agents: Vec<String>,
    #[serde(deserialize_with = "lenient::text")]
    cust: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    language_code: Option<String>,
    #[serde(deserialize_with = "lenient::num")]
    duration: Option<f64>,
    #[serde(deserialize_with = "lenient::list")]
    speaker_labels: Vec<SpeakerLabel>,
    #[serde(deserialize_with = "lenient::map")]
    sentiment_trends: BTreeMap<String, Trend>,
    #[serde(deserialize_with = "lenient::map")]
    speaker_time: BTreeMap<String, SpeakerTime>,
    summary: Summary,
    #[serde(deserialize_with = "lenient::object")]
    contact_summary: super::contact_lens::ContactSummary,
    #[serde(deserialize_with = "lenient::list")]
    categories_detected: Vec<Category>,
    #[serde(deserialize_with = "lenient::list")]
    source_information: Vec<SourceInformation>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct SpeakerLabel {
    #[serde(deserialize_with = "lenient::text")]
    speaker: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    display_text: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Trend {
    #[serde(deserialize_with = "lenient::num")]
    sentiment_score: Option<f64>,
    #[serde(deserialize_with = "lenient::list")]
    sentiment_per_quarter: Vec<QuarterScore>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct QuarterScore {
    #[serde(deserialize_with = "lenient::num")]
    score: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct SpeakerTime {
    #[serde(deserialize_with = "lenient::num")]
    total_time_secs: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Category {
    #[serde(deserialize_with = "lenient::text")]
    name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct SourceInformation {
    #[serde(deserialize_with = "lenient::object")]
    transcribe_job_info: JobInfo,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct JobInfo {
    #[serde(deserialize_with = "lenient::text")]
    transcription_job_name: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    media_original_uri: Option<String>,
    #[serde(deserialize_with = "lenient::flag")]
    redacted_transcript: Option<bool>,
}

/// A summary by the names of its prompts, or as text in old results.
#[derive(Default)]
struct Summary(Option<String>);

impl<'de> Deserialize<'de> for Summary {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match lenient::text_or_object::<_, BTreeMap<String, lenient::Text>>(deserializer)? {
            lenient::TextOrObject::Text(text) => text,
            lenient::TextOrObject::Object(mut prompts) => {
                let summary = prompts.remove("Summary").and_then(|text| text.0);
                summary.or_else(|| prompts.into_values().find_map(|text| text.0))
            }
        }))
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Segment {
    #[serde(deserialize_with = "lenient::num")]
    segment_start_time: Option<f64>,
    #[serde(deserialize_with = "lenient::num")]
    segment_end_time: Option<f64>,
    #[serde(deserialize_with = "lenient::text")]
    segment_speaker: Option<String>,
    #[serde(rename = "IVRSegment", deserialize_with = "lenient::flag")]
    ivr_segment: Option<bool>,
    #[serde(deserialize_with = "lenient::content")]
    display_text: Option<String>,
    #[serde(deserialize_with = "lenient::content")]
    original_text: Option<String>,
    #[serde(deserialize_with = "lenient::int")]
    sentiment_is_positive: Option<i64>,
    #[serde(deserialize_with = "lenient::int")]
    sentiment_is_negative: Option<i64>,
    #[serde(deserialize_with = "lenient::maybe")]
    base_sentiment_scores: Option<IgnoredAny>,
    #[serde(deserialize_with = "lenient::list")]
    issues_detected: Vec<CharacterOffsets>,
    #[serde(deserialize_with = "lenient::list")]
    outcomes_detected: Vec<CharacterOffsets>,
    #[serde(deserialize_with = "lenient::list")]
    action_items_detected: Vec<CharacterOffsets>,
}

pub(super) fn decode(text: &str, ctx: &DecodeContext) -> Result<Delivery, Rejected> {
    let document: Document = read::json(text, "post-call-analytics")?;
    let analytics = document.conversation_analytics;
    let job = analytics.source_information.first().map(|source| &source.transcribe_job_info);
    let name = job.and_then(|job| job.transcription_job_name.clone()).or_else(|| given(analytics.guid.clone()));
    let media = job.and_then(|job| job.media_original_uri.as_deref());
    let whose = identity::of_job(name.as_deref(), media, "pca", ctx)?;
    let masked = job.and_then(|job| job.redacted_transcript).unwrap_or(false);

    let roles: BTreeMap<&str, Classified> = analytics
        .speaker_labels
        .iter()
        .filter_map(|label| Some((label.speaker.as_deref()?, speaker(label, ctx))))
        .collect();
    let mut cast = Cast::default();
    let turns =
        document.speech_segments.into_iter().map(|segment| leg_turn(segment, masked, &roles, &mut cast, ctx)).collect();
    let mut participants = cast.into_participants();
    name_people(&mut participants, &analytics);

    let leg = Leg {
        language: words::language(analytics.language_code.clone()),
        zero: whose.zero.map_or(Zero::Unknown, Zero::At),
        recordings: whose.recordings,
        participants,
        turns,
        service: service(&analytics, &roles),
        ..Leg::empty(LegKind::Whole, Channel::Voice)
    };
    let delivery = Delivery {
        contact: whose.contact.clone(),
        source: SourceKind::PostCallAnalytics,
        masked,
        ends: true,
        body: Body::Leg(Box::new(leg)),
    };
    Ok(if whose.of_connect { identity::attach(delivery, whose.contact) } else { delivery })
}

/// Post Call Analytics writes `None` for what it does not know.
fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| text != "None")
}

/// The role of a label by its display text; a name of the installation's own is left to settings.
fn speaker(label: &SpeakerLabel, ctx: &DecodeContext) -> Classified {
    let word = label.display_text.as_deref();
    let classified = roles::classify(word, None, &ctx.speakers);
    if classified.role != ParticipantRole::Unknown {
        return Classified { source_role: None, ..classified };
    }
    let by_settings = classify(label.speaker.as_deref().unwrap_or_default(), ctx);
    if by_settings.role == ParticipantRole::Unknown {
        Classified { source_role: None, ..classified }
    } else {
        by_settings
    }
}

fn leg_turn(
    segment: Segment,
    masked: bool,
    roles: &BTreeMap<&str, Classified>,
    cast: &mut Cast,
    ctx: &DecodeContext,
) -> LegTurn {
    let label = segment.segment_speaker.as_deref().unwrap_or("UNKNOWN");
    let participant = if segment.ivr_segment == Some(true) {
        let bot =
            Classified { role: ParticipantRole::Bot, source: RoleSource::Service, source_role: Some("IVR".into()) };
        cast.enter("IVR", &bot, None)
    } else {
        match roles.get(label) {
            Some(classified) => cast.enter(label, classified, None),
            None => cast.enter(label, &classify(label, ctx), None),
        }
    };
    let set = |flag: Option<i64>| flag.unwrap_or(0) != 0;
    let sentiment = match (set(segment.sentiment_is_positive), set(segment.sentiment_is_negative)) {
        (true, false) => Some(SentimentLabel::Positive),
        (false, true) => Some(SentimentLabel::Negative),
        (true, true) => Some(SentimentLabel::Mixed),
        // No scores: nobody has looked.
        (false, false) => segment.base_sentiment_scores.is_some().then_some(SentimentLabel::Neutral),
    };
    let content = segment.display_text.or(segment.original_text).unwrap_or_default();
    let marked = [
        (MarkKind::Issue, segment.issues_detected),
        (MarkKind::Outcome, segment.outcomes_detected),
        (MarkKind::ActionItem, segment.action_items_detected),
    ];
    let marks = marked.iter().flat_map(|(kind, list)| list.iter().map(move |at| (*kind, at)));
    let marks = marks.filter_map(|(kind, at)| words::mark(kind, &content, at.begin_offset_char, at.end_offset_char));
    LegTurn {
        turn_id: None,
        participant,
        marks: marks.collect(),
        redactions: if masked { words::masks(&content) } else { Vec::new() },
        begin_offset_millis: millis(segment.segment_start_time),
        end_offset_millis: millis(segment.segment_end_time),
        sentiment,
        content,
        ..LegTurn::default()
    }
}

fn millis(seconds: Option<f64>) -> Option<i64> {
    lenient::whole(seconds? * 1000.0)
}

/// The agent's and the customer's name, as the file's name had them: to redact.
fn name_people(participants: &mut [crate::delivery::LegParticipant], analytics: &Analytics) {
    let agents = given(analytics.agent.clone()).into_iter().chain(analytics.agents.iter().cloned()).next();
    let names = [(ParticipantRole::Agent, agents), (ParticipantRole::Customer, given(analytics.cust.clone()))];
    for (role, name) in names {
        if let Some(who) = participants.iter_mut().find(|who| who.role == role) {
            who.display_name = name;
        }
    }
}

fn service(analytics: &Analytics, roles: &BTreeMap<&str, Classified>) -> Option<ServiceAnalysis> {
    let role = |label: &str| roles.get(label).map(|classified| classified.role);
    let trends = &analytics.sentiment_trends;
    let analysis = ServiceAnalysis {
        overall_sentiment: trends
            .iter()
            .filter_map(|(label, trend)| Some((role(label)?, trend.sentiment_score?)))
            .collect(),
        quarter_sentiment: trends
            .iter()
            .filter_map(|(label, trend)| {
                let scores: Vec<f64> = trend.sentiment_per_quarter.iter().filter_map(|quarter| quarter.score).collect();
                Some((role(label)?, scores))
            })
            .filter(|(_, scores)| !scores.is_empty())
            .collect(),
        summary: analytics.contact_summary.text().or(analytics.summary.0.as_ref()).cloned(),
        categories: analytics.categories_detected.iter().filter_map(|category| category.name.clone()).collect(),
        total_conversation_duration_millis: millis(analytics.duration),
        talk_time_millis: analytics
            .speaker_time
            .iter()
            .filter_map(|(label, time)| Some((role(label)?, millis(time.total_time_secs)?)))
            .collect(),
        non_talk_time_millis: analytics.speaker_time.get("NonTalkTime").and_then(|time| millis(time.total_time_secs)),
        ..ServiceAnalysis::default()
    };
    (analysis != ServiceAnalysis::default()).then_some(analysis)
}
