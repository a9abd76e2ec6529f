//! The wire formats: bytes in, [`Delivery`]s out. One file a format, each with the shape it reads and where that shape
//! is documented.
//!
//! A document is recognised by its content, never by its name (`detect`), read leniently (`lenient`), and either
//! becomes deliveries or is [`Rejected`] with a reason; it never panics and never stops its neighbours. Decoders know
//! nothing of other deliveries of the contact: what belongs together is decided in [`crate::assemble`].
//!
//! To add a format: one file with `decode`, one variant of [`Format`], one rule in `detect`, samples in tests.

mod agent_event;
mod call_analytics;
mod canonical;
mod cast;
mod chat_items;
mod chat_transcript;
mod cloudwatch_logs;
mod contact_event;
mod contact_lens;
mod contact_lens_chat;
mod contact_lens_email;
mod contact_lens_voice;
mod contact_record;
mod context;
mod detect;
mod explain;
pub mod identity;
mod lenient;
mod lex_log;
mod pca;
mod read;
mod segments_chat;
mod segments_voice;
mod transcribe;
mod transcribe_items;
mod whose;
mod words;

pub use context::{DecodeContext, customer_hmac};
pub use detect::{Format, detect};
pub use explain::{Explanation, explain};
pub use read::json;

use crate::delivery::Delivery;
use crate::error::Rejected;

/// What a document says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decoded {
    /// What it says of contacts, in the document's order. May be empty.
    pub deliveries: Vec<Delivery>,
    /// Entries of it that cannot be used, with their position where the document has entries.
    pub rejected: Vec<(Option<u64>, Rejected)>,
    /// Why the document says nothing and need not (`CONTROL_MESSAGE`, `HEART_BEAT`, `s3:TestEvent`).
    pub ignored: Option<String>,
}

impl From<Delivery> for Decoded {
    fn from(delivery: Delivery) -> Self {
        Self { deliveries: vec![delivery], ..Self::default() }
    }
}

impl Decoded {
    /// A document that says nothing of a contact and is not meant to.
    pub(crate) fn ignored(reason: impl Into<String>) -> Self {
        Self { ignored: Some(reason.into()), ..Self::default() }
    }
}

/// Reads one JSON document, plain or gzip.
///
/// # Errors
/// [`Rejected`] if no entry of the document can be used.
pub fn decode(document: &[u8], ctx: &DecodeContext) -> Result<Decoded, Rejected> {
    let text = read::text(document, ctx.max_inflated_bytes)?;
    decode_text(&text, ctx)
}

fn decode_text(text: &str, ctx: &DecodeContext) -> Result<Decoded, Rejected> {
    read_as(detect::detect_text(text)?, text, ctx).map_err(|rejected| match rejected.contact {
        None => Rejected { contact: whose::contact_of(text, ctx), ..rejected },
        Some(_) => rejected,
    })
}

fn read_as(format: Format, text: &str, ctx: &DecodeContext) -> Result<Decoded, Rejected> {
    match format {
        Format::Canonical => canonical::decode(text, ctx).map(Decoded::from),
        Format::ContactLensVoice => contact_lens_voice::decode(text, ctx).map(Decoded::from),
        Format::ContactLensChat => contact_lens_chat::decode(text, ctx).map(Decoded::from),
        Format::ContactLensEmail => contact_lens_email::decode(text, ctx).map(Decoded::from),
        Format::SegmentsVoice => segments_voice::decode(text, ctx).map(Decoded::from),
        Format::SegmentsChat => segments_chat::decode(text, ctx).map(Decoded::from),
        Format::ContactRecord => contact_record::decode(text, ctx).map(Decoded::from),
        Format::ContactEvent => contact_event::decode(text, ctx).map(Decoded::from),
        Format::AgentEvent => agent_event::decode(text, ctx),
        Format::ChatTranscript => chat_transcript::decode(text, ctx).map(Decoded::from),
        Format::LexLog => lex_log::decode(text, ctx).map(Decoded::from),
        Format::CloudWatchLogs => cloudwatch_logs::decode(text, ctx),
        Format::Transcribe => transcribe::decode(text, ctx).map(Decoded::from),
        Format::CallAnalytics => call_analytics::decode(text, ctx).map(Decoded::from),
        Format::PcaResult => pca::decode(text, ctx).map(Decoded::from),
        Format::S3TestEvent => Ok(Decoded::ignored("s3:TestEvent")),
    }
}
