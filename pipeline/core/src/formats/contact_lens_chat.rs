//! Contact Lens post-contact file of a chat: `Analysis/Chat/…`.
//!
//! Shape: Amazon Connect admin guide, "Example Contact Lens output files for a chat". Items have absolute times. The
//! sentiment of an item stands beside the transcript, in `DetailsByTranscriptItemGroup`; issues, outcomes and action
//! items in `ContactSummary.SummaryItemsDetected`. `Participants` have names in some versions and roles in others; the
//! items have both.

use aftercall_schemas::ParticipantRole;
use serde::Deserialize;

use super::cast::Cast;
use super::chat_items::Item;
use super::contact_lens::{Categories, Characteristics, ContentMetadata, CustomerMetadata};
use super::contact_lens_voice::contact_id;
use super::{DecodeContext, identity, lenient, read, words};
use crate::delivery::{Body, Delivery, Leg, LegKind, SourceKind, Zero};
use crate::error::Rejected;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Document {
    #[serde(deserialize_with = "lenient::text")]
    channel: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    language_code: Option<String>,
    #[serde(deserialize_with = "lenient::object")]
    content_metadata: ContentMetadata,
    #[serde(deserialize_with = "lenient::object")]
    customer_metadata: CustomerMetadata,
    #[serde(deserialize_with = "lenient::object")]
    categories: Categories,
    #[serde(deserialize_with = "lenient::object")]
    conversation_characteristics: Characteristics,
    #[serde(deserialize_with = "lenient::list")]
    transcript: Vec<Item>,
}

pub(super) fn decode(text: &str, ctx: &DecodeContext) -> Result<Delivery, Rejected> {
    let document: Document = read::json(text, "contact-lens-chat")?;
    let key = identity::of_key(&ctx.origin);
    let contact_id = contact_id(&document.customer_metadata, key.as_ref(), ctx, "contact-lens-chat")?;
    let masked = document.content_metadata.is_redacted() || key.is_some_and(|key| key.redacted);

    let labels = document.conversation_characteristics.labels_by_item();
    let spans = document.conversation_characteristics.spans_by_item();
    let first = document.transcript.iter().filter_map(Item::at).min();
    let mut cast = Cast::default();
    let mut turns = Vec::with_capacity(document.transcript.len());
    for item in document.transcript {
        let Some(mut turn) = item.take(&mut cast, masked, ctx) else { continue };
        if let Some(id) = turn.turn_id.as_deref() {
            turn.sentiment = turn.sentiment.or_else(|| labels.get(id).copied());
            let spans = spans.get(id).into_iter().flatten();
            turn.marks.extend(
                spans.filter_map(|(kind, at)| {
                    words::mark(*kind, &turn.content, at.begin_offset_char, at.end_offset_char)
                }),
            );
        }
        turns.push(turn);
    }

    let leg = Leg {
        language: words::language(document.language_code),
        zero: first.map_or(Zero::Unknown, Zero::At),
        participants: cast.into_participants(),
        turns,
        service: document.conversation_characteristics.analysis(&document.categories, ParticipantRole::System),
        ..Leg::empty(LegKind::Whole, words::channel(document.channel.as_deref()))
    };
    Ok(Delivery {
        contact: ctx.contact(document.customer_metadata.instance_id.as_deref(), contact_id),
        source: SourceKind::ContactLensPostCall,
        masked,
        ends: true,
        body: Body::Leg(Box::new(leg)),
    })
}
