//! Contact Lens real-time segments of a chat, from Kinesis: one JSON object an event, `StreamingEventType` STARTED,
//! SEGMENTS, COMPLETED or FAILED.
//!
//! Shape: Amazon Connect admin guide, "Chat real-time contact analysis segment stream data model". With
//! `RedactedAndRaw` everything comes twice, once an `OutputType`. The settings are called `StreamingSettings` in the
//! model and `StreamingEventSettings` in the samples of COMPLETED and FAILED. Items have absolute times.

use aftercall_schemas::conversation::{MarkKind, ServiceAnalysis};
use serde::Deserialize;

use super::cast::Cast;
use super::chat_items::Item;
use super::contact_lens::{Categories, SummaryItem, SummaryText};
use super::segments_voice::ends;
use super::{DecodeContext, lenient, read, words};
use crate::delivery::{Body, Delivery, Leg, LegKind, LegTurn, SourceKind, Zero};
use crate::error::{Reason, Rejected};

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
    streaming_event_type: Option<String>,
    #[serde(deserialize_with = "lenient::object")]
    streaming_settings: Settings,
    /// The other name of the settings. Not an alias: an event may have both.
    #[serde(deserialize_with = "lenient::object")]
    streaming_event_settings: Settings,
    #[serde(deserialize_with = "lenient::text")]
    output_type: Option<String>,
    #[serde(deserialize_with = "lenient::list")]
    segments: Vec<Segment>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Settings {
    #[serde(deserialize_with = "lenient::text")]
    language_code: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    output: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Segment {
    #[serde(deserialize_with = "lenient::maybe")]
    transcript: Option<Item>,
    #[serde(deserialize_with = "lenient::maybe")]
    categories: Option<Categories>,
    #[serde(deserialize_with = "lenient::maybe")]
    issues: Option<Issues>,
    #[serde(deserialize_with = "lenient::maybe")]
    event: Option<Item>,
    #[serde(deserialize_with = "lenient::maybe")]
    post_contact_summary: Option<SummaryText>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Issues {
    #[serde(deserialize_with = "lenient::list")]
    issues_detected: Vec<SummaryItem>,
}

pub(super) fn decode(text: &str, ctx: &DecodeContext) -> Result<Delivery, Rejected> {
    let event: Event = read::json(text, "contact-lens-segments-chat")?;
    let contact_id = event
        .contact_id
        .ok_or_else(|| Rejected::new(Reason::MissingContactId, "contact-lens-segments-chat: `ContactId` is empty"))?;
    let output = event.output_type.as_deref();
    let output =
        output.or(event.streaming_settings.output.as_deref()).or(event.streaming_event_settings.output.as_deref());
    let masked = output.is_some_and(|word| word.eq_ignore_ascii_case("Redacted"));
    let mut ended = ends(event.streaming_event_type.as_deref());

    let mut cast = Cast::default();
    let mut turns: Vec<LegTurn> = Vec::new();
    let mut first = None;
    let mut issues = Vec::new();
    let mut service = ServiceAnalysis::default();
    for segment in event.segments {
        let items = [segment.transcript.as_ref(), segment.event.as_ref()];
        let times = items.into_iter().flatten().filter_map(Item::at);
        first = first.into_iter().chain(times).min();
        if let Some(item) = segment.transcript {
            turns.extend(item.take(&mut cast, masked, ctx));
        }
        if let Some(event) = segment.event {
            ended |= event.event_type.as_deref().is_some_and(|kind| kind.ends_with("event.chat.ended"));
            // Whoever joins is a participant, also without a word.
            event.enter(&mut cast, ctx);
        }
        issues.extend(segment.issues.into_iter().flat_map(|issues| issues.issues_detected));
        service.categories.extend(segment.categories.iter().flat_map(Categories::names));
        if let Some(summary) = segment.post_contact_summary.and_then(|summary| summary.content) {
            service.summary = Some(summary);
        }
    }
    mark_issues(&mut turns, &issues);

    let language = event.language_code.or(event.streaming_settings.language_code);
    let leg = Leg {
        part: true,
        language: words::language(language.or(event.streaming_event_settings.language_code)),
        zero: first.map_or(Zero::Unknown, Zero::At),
        participants: cast.into_participants(),
        turns,
        service: (service != ServiceAnalysis::default()).then_some(service),
        ..Leg::empty(LegKind::Whole, words::channel(event.channel.as_deref().or(Some("CHAT"))))
    };
    Ok(Delivery {
        contact: ctx.contact(event.instance_id.as_deref(), contact_id),
        source: SourceKind::ContactLensSegments,
        masked,
        ends: ended,
        body: Body::Leg(Box::new(leg)),
    })
}

/// Issues name their item. Those of items in other events are left out: the post-contact file has them.
fn mark_issues(turns: &mut [LegTurn], issues: &[SummaryItem]) {
    if issues.is_empty() {
        return;
    }
    let mut by_id: std::collections::HashMap<String, &mut LegTurn> =
        turns.iter_mut().filter_map(|turn| Some((turn.turn_id.clone()?, turn))).collect();
    for item in issues.iter().flat_map(|issue| &issue.transcript_items) {
        let Some(turn) = item.id.as_ref().and_then(|id| by_id.get_mut(id)) else { continue };
        let at = &item.character_offsets;
        turn.marks.extend(words::mark(MarkKind::Issue, &turn.content, at.begin_offset_char, at.end_offset_char));
    }
}
