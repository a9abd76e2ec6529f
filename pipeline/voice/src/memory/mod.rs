//! Twins of the ports in memory: what the simulator and the tests run on. They pass the same suites as every adapter.

mod answers;
mod calls;
mod clock;
mod jobs;
mod proposals;

pub use answers::MemoryAnswers;
pub use calls::{MemoryCalls, MemoryDialer};
pub use clock::VirtualClock;
pub use jobs::{MemoryJobs, MemoryQueue};
pub use proposals::MemoryProposals;
