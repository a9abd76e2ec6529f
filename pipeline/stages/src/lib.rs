//! What happens to a contact: one file a stage, an async function over ports.
//!
//! A stage loads what it needs through the ports, calls the pure functions of the core crate, and writes each effect
//! under a key with a condition, so that doing it twice is doing it once. Stages hold no state between calls, know no
//! adapter, and decide nothing about a contact's life: that is `aftercall_core::contact`.
//!
//! On one machine the stages are called directly, one after the other; on AWS a Lambda function hands each the event
//! that triggered it. Both use the same functions, inputs, outputs and keys.

pub mod archive;
pub mod backfill;
pub mod clock;
pub mod correct;
pub mod extractive;
pub mod handle;
pub mod ingest;
pub mod invalid_answer;
mod join;
pub mod keys;
pub mod letters;
pub mod ports;
pub mod publish;
pub mod quarantine;
pub mod route;
pub mod run_stage;

#[cfg(feature = "testkit")]
pub mod testkit;
