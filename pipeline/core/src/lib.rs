//! What a contact is.
//!
//! Pure functions over text and types: no IO, no async, no clock, no randomness, no AWS, no Arrow. The same input gives
//! the same output on every machine. Time comes in as an argument. Nothing here may panic on any input.
//!
//! The way of a contact through this crate: bytes → [`formats`] → [`delivery::Delivery`] → [`assemble`] →
//! [`validate`] → [`redact`] → [`route`] → measures, sentiment, summaries → results. [`contact`] is the state machine
//! that says which of these is due; the stages crate only applies it.

pub mod assemble;
pub mod categories;
pub mod contact;
pub mod delivery;
pub mod documents;
pub mod entities;
pub mod error;
pub mod evaluate;
pub mod first_response;
pub mod formats;
pub mod grounding;
pub mod journeys;
pub mod language;
pub mod measures;
pub mod redact;
pub mod roles;
pub mod roles_words;
pub mod route;
pub mod rows;
pub mod sentiment;
pub mod summary;
pub mod text;
pub mod turns;
pub mod validate;
