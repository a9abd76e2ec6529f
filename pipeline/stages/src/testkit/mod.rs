//! For tests of stages and adapters: an adapter in memory, wrappers that fail or record, a virtual clock, and the
//! conformance suites that give the ports their meaning. Not for production: the memory adapter forgets.

pub mod clock;
pub mod conformance;
pub mod conformance_erasure;
pub mod failing;
pub mod memory;
mod memory_erasure;

pub use clock::VirtualClock;
pub use failing::{Failing, Point};
pub use memory::Memory;
