//! The types of every row, object and message that aftercall writes, and nothing else.
//!
//! This crate is the bottom of the tree and the one source of the schemas: JSON Schema, Arrow columns and the data
//! dictionary are generated from these types and their doc comments (`cargo xtask schemas`), committed under
//! `schemas/generated`, and kept fresh by a test. It must not hold logic, do IO, or know Arrow or AWS.
//!
//! Names are Amazon Connect's where Connect has one. Offsets are milliseconds, character positions count Unicode
//! code points, times are UTC. A value that cannot be had is `None`, never zero and never `NEUTRAL`.

pub mod conversation;
pub mod events;
mod finding;
mod flat;
pub mod ids;
pub mod quarantine;
pub mod results;
pub mod rows;
pub mod vocabulary;

pub use conversation::{Conversation, Participant, Turn};
pub use ids::{ContactKey, RevisionKey};
pub use vocabulary::{Channel, ParticipantRole, Resolution, SentimentLabel, Stage, UseCase};
