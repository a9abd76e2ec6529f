//! Twins of the ports in memory: what the simulator and the tests run on. They pass the same suites as every adapter.

mod answers;
mod clock;
mod jobs;

pub use answers::MemoryAnswers;
pub use clock::VirtualClock;
pub use jobs::{MemoryJobs, MemoryQueue};
