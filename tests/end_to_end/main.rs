//! The command as a user runs it, over the sample contacts, over bad input, killed at any moment, and the voice agent's commands.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

mod bad_input;
mod crash;
mod crash_warehouse;
mod erasing;
mod full_disk;
mod history;
mod model;
mod samples;
mod sql;
mod support;
mod views;
mod voice;
