//! Chat transcript that Amazon Connect keeps in S3: `…/ChatTranscripts/YYYY/MM/DD/<contact>_<time>_UTC.json`.
//!
//! Shape: Amazon Connect participant service, "GetTranscript"; admin guide, "Chat transcripts". Items have absolute
//! times; offsets count from the first item. `Participants` hold ids only, the roles stand on the items; `chat.ended` has
//! no participant. A transferred chat is one file a contact.

use aftercall_schemas::Channel;
use serde::Deserialize;

use super::cast::Cast;
use super::chat_items::Item;
use super::{DecodeContext, identity, lenient, read};
use crate::delivery::{Body, Delivery, Leg, LegKind, SourceKind, Zero};
use crate::error::{Reason, Rejected};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Document {
    #[serde(deserialize_with = "lenient::text")]
    instance_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    contact_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    initial_contact_id: Option<String>,
    #[serde(deserialize_with = "lenient::list")]
    transcript: Vec<Item>,
}

pub(super) fn decode(text: &str, ctx: &DecodeContext) -> Result<Delivery, Rejected> {
    let document: Document = read::json(text, "chat-transcript")?;
    let key = identity::of_key(&ctx.origin);
    let contact_id =
        document.contact_id.or_else(|| key.as_ref().map(|key| key.contact_id.clone())).ok_or_else(|| {
            Rejected::new(
                Reason::MissingContactId,
                "chat-transcript: `ContactId` is empty, and the file's name is no help",
            )
        })?;
    let first = document.transcript.iter().filter_map(Item::at).min();
    let masked = key.is_some_and(|key| key.redacted);
    let mut cast = Cast::default();
    let turns = document.transcript.into_iter().filter_map(|item| item.take(&mut cast, masked, ctx)).collect();
    let initial = document.initial_contact_id.filter(|initial| *initial != contact_id);
    let leg = Leg {
        zero: first.map_or(Zero::Unknown, Zero::At),
        participants: cast.into_participants(),
        turns,
        facts: initial.map(|initial| aftercall_schemas::conversation::ContactFacts {
            initial_contact_id: Some(initial),
            ..Default::default()
        }),
        ..Leg::empty(LegKind::Whole, Channel::Chat)
    };
    Ok(Delivery {
        contact: ctx.contact(document.instance_id.as_deref(), contact_id),
        source: SourceKind::ChatTranscript,
        masked,
        ends: true,
        body: Body::Leg(Box::new(leg)),
    })
}
