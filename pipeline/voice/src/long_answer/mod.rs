//! Answers that take longer than a function in a flow may: Producer, worker, Consumer.
//!
//! The Producer starts a job, a worker finds the answer, the Consumer waits for it while the flow plays a prompt. Connect
//! calls a failing function up to three times, so each of them can run again without harm. The end of a job is its own
//! deadline, not the flow's Loop block, whose counter does not start again between two questions.

mod consumer;
mod job;
mod ports;
mod producer;
mod reply;
mod worker;

pub use consumer::{Look, Next, Polling, consume, decide};
pub use job::{Entry, Job, JobId, JobOutcome};
pub use ports::{Clock, JobQueue, Jobs};
pub use producer::{Producer, ProducerSettings, produce};
pub use reply::{Reply, Status};
pub use worker::{Worked, Worker, work};
