//! Contact Lens real-time segments of a call, from Kinesis: one JSON object an event, `EventType` STARTED, SEGMENTS,
//! COMPLETED or FAILED.
//!
//! Shape: Amazon Connect admin guide, "Real-time contact analysis segment stream data model". Offsets are milliseconds
//! from the moment the agent was connected. A `Transcript` is final; an `Utterance` is a piece of one that is still being
//! spoken, named by `TranscriptId`. `PostContactSummary` stands among the segments or at the top. Delivery is at least
//! once and unordered, and COMPLETED can be lost.

use aftercall_schemas::conversation::ServiceAnalysis;
use jiff::Timestamp;
use serde::Deserialize;

use super::cast::Cast;
use super::contact_lens::{Categories, Marked, SummaryText, marks};
use super::{DecodeContext, lenient, read, words};
use crate::delivery::{Body, Delivery, Leg, LegKind, LegTurn, SourceKind, Zero};
use crate::error::{Reason, Rejected};
use crate::roles;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Event {
    #[serde(deserialize_with = "lenient::text")]
    channel: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    instance_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    contact_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    language_code: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    event_type: Option<String>,
    #[serde(deserialize_with = "lenient::list")]
    segments: Vec<Segment>,
    #[serde(deserialize_with = "lenient::maybe")]
    post_contact_summary: Option<SummaryText>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Segment {
    #[serde(deserialize_with = "lenient::maybe")]
    utterance: Option<Spoken>,
    #[serde(deserialize_with = "lenient::maybe")]
    transcript: Option<Spoken>,
    #[serde(deserialize_with = "lenient::maybe")]
    categories: Option<Categories>,
    #[serde(deserialize_with = "lenient::maybe")]
    post_contact_summary: Option<SummaryText>,
}

/// A transcript, or an utterance that may become one.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Spoken {
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    transcript_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    participant_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    participant_role: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "lenient::content")]
    content: Option<String>,
    #[serde(deserialize_with = "lenient::content")]
    partial_content: Option<String>,
    #[serde(deserialize_with = "lenient::int")]
    begin_offset_millis: Option<i64>,
    #[serde(deserialize_with = "lenient::int")]
    end_offset_millis: Option<i64>,
    /// Not documented for calls, but read by programs in the field.
    #[serde(deserialize_with = "lenient::object")]
    time: SpokenTime,
    #[serde(deserialize_with = "lenient::text")]
    sentiment: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    language_code: Option<String>,
    #[serde(deserialize_with = "lenient::list")]
    issues_detected: Vec<Marked>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct SpokenTime {
    #[serde(deserialize_with = "lenient::time")]
    absolute_time: Option<Timestamp>,
}

pub(super) fn decode(text: &str, ctx: &DecodeContext) -> Result<Delivery, Rejected> {
    let event: Event = read::json(text, "contact-lens-segments-voice")?;
    let contact_id = event
        .contact_id
        .ok_or_else(|| Rejected::new(Reason::MissingContactId, "contact-lens-segments-voice: `ContactId` is empty"))?;
    let mut cast = Cast::default();
    let mut turns = Vec::new();
    let summary = event.post_contact_summary.and_then(|summary| summary.content);
    let mut service = ServiceAnalysis { summary, ..ServiceAnalysis::default() };
    for segment in event.segments {
        turns.extend(segment.utterance.map(|spoken| leg_turn(spoken, true, &mut cast, ctx)));
        turns.extend(segment.transcript.map(|spoken| leg_turn(spoken, false, &mut cast, ctx)));
        service.categories.extend(segment.categories.iter().flat_map(Categories::names));
        if let Some(summary) = segment.post_contact_summary.and_then(|summary| summary.content) {
            service.summary = Some(summary);
        }
    }
    let leg = Leg {
        part: true,
        language: words::language(event.language_code),
        zero: Zero::ConnectedToAgent,
        participants: cast.into_participants(),
        turns,
        service: (service != ServiceAnalysis::default()).then_some(service),
        ..Leg::empty(LegKind::Agent, words::channel(event.channel.as_deref()))
    };
    Ok(Delivery {
        contact: ctx.contact(event.instance_id.as_deref(), contact_id),
        source: SourceKind::ContactLensSegments,
        masked: false,
        ends: ends(event.event_type.as_deref()),
        body: Body::Leg(Box::new(leg)),
    })
}

/// The last event of a stream.
pub(super) fn ends(event_type: Option<&str>) -> bool {
    event_type.is_some_and(|word| word.eq_ignore_ascii_case("COMPLETED") || word.eq_ignore_ascii_case("FAILED"))
}

fn leg_turn(spoken: Spoken, partial: bool, cast: &mut Cast, ctx: &DecodeContext) -> LegTurn {
    let name = spoken.display_name.as_deref();
    let word = spoken.participant_role.as_deref().or(spoken.participant_id.as_deref());
    let classified = roles::classify(word, name, &ctx.speakers);
    let id = spoken.participant_id.as_deref().or(word).unwrap_or("UNKNOWN");
    let participant = cast.enter(id, &classified, name);
    let content = if partial { spoken.partial_content.or(spoken.content) } else { spoken.content };
    let content = content.unwrap_or_default();
    LegTurn {
        turn_id: if partial { spoken.transcript_id.or(spoken.id) } else { spoken.id },
        participant,
        marks: marks(&content, &spoken.issues_detected, &[], &[]),
        // The stream of a call does not say whether it is redacted; masks in it show where it is.
        redactions: words::masks(&content),
        content,
        begin_offset_millis: spoken.begin_offset_millis,
        end_offset_millis: spoken.end_offset_millis,
        time: spoken.time.absolute_time,
        partial,
        sentiment: words::sentiment(spoken.sentiment.as_deref()),
        language: words::language(spoken.language_code),
    }
}
