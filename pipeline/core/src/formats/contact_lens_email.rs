//! Contact Lens post-contact file of an e-mail: `Analysis/Email/…`.
//!
//! Shape: Amazon Connect admin guide, "Example Contact Lens output file for an e-mail". It has no transcript: categories
//! and a summary of the chain are all it says, so the contact has no conversation.

use aftercall_schemas::{Channel, ParticipantRole};
use serde::Deserialize;

use super::contact_lens::{Categories, Characteristics, ContentMetadata, CustomerMetadata};
use super::contact_lens_voice::contact_id;
use super::{DecodeContext, identity, lenient, read, words};
use crate::delivery::{Body, Delivery, Leg, LegKind, SourceKind};
use crate::error::Rejected;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Document {
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
}

pub(super) fn decode(text: &str, ctx: &DecodeContext) -> Result<Delivery, Rejected> {
    let document: Document = read::json(text, "contact-lens-email")?;
    let key = identity::of_key(&ctx.origin);
    let contact_id = contact_id(&document.customer_metadata, key.as_ref(), ctx, "contact-lens-email")?;
    let leg = Leg {
        language: words::language(document.language_code),
        service: document.conversation_characteristics.analysis(&document.categories, ParticipantRole::System),
        ..Leg::empty(LegKind::Whole, Channel::Email)
    };
    Ok(Delivery {
        contact: ctx.contact(document.customer_metadata.instance_id.as_deref(), contact_id),
        source: SourceKind::ContactLensPostCall,
        masked: document.content_metadata.is_redacted() || key.is_some_and(|key| key.redacted),
        ends: true,
        body: Body::Leg(Box::new(leg)),
    })
}
