//! The suites that every adapter of a port passes: the precise meaning of the ports.

mod answers;
mod jobs;

pub use answers::answer_store_conforms;
pub use jobs::{jobs_conform, queue_conforms};
