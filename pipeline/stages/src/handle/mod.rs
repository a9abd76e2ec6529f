//! What a function on AWS does with the event that woke it: take the envelope apart record by record, give each record to
//! a stage, and say which have to come again. It knows Lambda's event shapes but no AWS SDK, so all of it runs in ordinary
//! tests over the ports in memory. It must not decide about a contact: that is the stages' and the state machine's work.
//!
//! A record that can never be used goes to quarantine with its bytes and counts as done; one that failed for the moment, or for
//! which there is no time (`deadline`), comes again, and everything after it in its shard with it.

pub mod advance;
pub mod again;
pub mod backfill;
pub mod batch;
pub mod deadline;
pub mod envelope;
pub mod import;
pub mod publish;
pub mod records;
pub mod redrive;
pub mod replay;
pub mod routing;
pub mod stages;

pub use batch::{BatchResponse, Counts, Handled};
pub use deadline::Deadline;
