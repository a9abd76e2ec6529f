//! Twins of the ports in memory: what the simulator and the tests run on. They pass the same suites as every adapter.

mod answers;
mod calls;
mod clock;
mod earlier;
mod jobs;
mod knowledge;
mod proposals;
mod transcripts;

pub use answers::MemoryAnswers;
pub use calls::{MemoryCalls, MemoryContacts, MemoryDialer};
pub use clock::VirtualClock;
pub use earlier::{MemoryEarlierCalls, MemoryPublishedContacts};
pub use jobs::{MemoryJobs, MemoryQueue};
pub use knowledge::MemoryKnowledge;
pub use proposals::{MemoryConversations, MemoryDocuments, MemoryProposals};
pub use transcripts::MemoryTranscripts;
