//! The messages of Lex V2 and of Connect's function block, as types of our own.
//!
//! The public events crate knows Lex V1 only and takes a V2 event silently for one. These types read what was seen live:
//! unknown fields, explicit nulls and the three wire forms of `nluConfidence`. Nothing here decides what is said.
//! Sources: the Lex V2 developer guide (lambda-input-format, lambda-response-format), Connect's connect-lambda-functions.

pub mod connect;
mod event;
mod response;
pub mod session;

pub use event::{
    Bot, Input, InputMode, Intent, IntentState, Interpretation, InvocationSource, LexEvent, NluConfidence,
    SentimentResponse, SentimentScore, SessionState, Slot, SlotValue, Transcription,
};
pub use response::{CloseState, DialogAction, LIMITS, LexResponse, Limits, Message, Refused, Reply};

use serde::{Deserialize, Deserializer};

/// Reads null like a field that is not there.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
