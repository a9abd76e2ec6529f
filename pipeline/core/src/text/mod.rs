//! What every analysis needs of text: tokens, sentences, languages, number words and stop words.
//!
//! Nothing here knows of contacts, roles or results. Every function is linear in the length of its input.

pub(crate) mod automata;
pub mod fold;
pub mod language;
pub mod markup;
pub mod numbers;
pub mod phrases;
pub mod sentences;
pub(crate) mod sorted_words;
pub mod stop_words;
pub mod tokens;

pub use fold::{Folded, fold};
pub use language::Language;
pub use sentences::sentences;
pub use tokens::{Token, TokenKind, tokens};
