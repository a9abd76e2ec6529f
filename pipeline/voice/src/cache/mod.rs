//! Which stored answer may serve a question: first the same question, then one that differs in words only.
//!
//! There is no similarity score here. Cosine scores put "turn on" and "turn off" above every threshold (GPTCache #694,
//! semantic-router #2691), so a near question must have the same content words in the same order after fillers, frames ("can
//! you tell me how to …"), expressions and synonyms are brought to one; and then it must pass a second gate. What is lost is hit rate,
//! never a caller's trust. An answer made from a customer's data is never stored for others.

mod context;
mod features;
mod forms;
mod gate;
mod japanese;
mod key;
mod normal;
mod rules;
mod spanish;
mod store;
mod words;

pub use gate::{Refusal, gate};
pub use key::{CustomerScope, ExactKey, Keys, NearKey, Scope, keys};
pub use normal::normalise;
pub use store::{AnswerStore, StoredAnswer, lookup, remember};
pub(crate) use words::canonical;

/// Reads the rules of all languages, so that no caller waits for it.
pub(crate) fn warm() {
    for (stored, asked) in [
        ("I got a new card, how do I activate it", "how can I activate the new card"),
        ("¿cómo activo la tarjeta?", "quiero activar la tarjeta"),
        ("返品はできますか", "返品は可能ですか"),
    ] {
        let (Ok(()) | Err(_)) = gate(stored, asked);
    }
}

/// Whether a question asks for the caller's own data, as far as its words tell.
pub fn asks_for_own_data(question: &str) -> bool {
    features::features(question).own_data
}
