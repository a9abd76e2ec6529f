//! Masks personal data before any model, log or table sees the text.
//!
//! Detection works on a whole conversation at once: a number means what was asked for in the turn before, a card may be
//! read out over several turns, a name that was introduced is a name in every later turn. Every step is one pass over the
//! tokens, so time is linear whatever the input. It errs on the side of masking only where a cue names the secret.

mod address;
mod address_chunks;
mod address_end;
mod checks;
mod codes;
mod dates;
mod detect;
mod dialogue;
mod email;
mod evidence;
mod evidence_kinds;
mod evidence_model;
mod find;
mod japanese_address;
mod japanese_lists;
mod japanese_names;
mod known_names;
mod labels;
mod lexicon;
mod mask;
mod name_form;
mod name_parts;
mod names;
mod not_names;
mod number_evidence;
mod number_runs;
mod opinions;
mod redacted;
mod runs;
mod secrets;
mod settings;
mod shapes;
mod topics;
pub mod training;
mod verdict_evidence;
mod verdict_model;
mod view;

pub use detect::{Found, spans};
pub(crate) use lexicon::{is_common_word, is_first_name, is_person_name};
pub use redacted::{RedactedConversation, redact};
pub use settings::{Kind, RedactionSettings};
