//! What a caller called about before. The pipeline has a summary of every contact; here stands which contact was a
//! customer's latest, by the keyed hash of the number, and no word of it. It is told about a caller whom the flow has
//! verified, and nobody else: a number can be forged. What is told is sealed, because it travels through Lex, and goes to
//! the caller's own turn and the colleague who takes over; never into an answer that others get.

mod call;
mod ports;

pub use call::EarlierCall;
pub use ports::{EarlierCalls, Note, PublishedContacts};
