//! For tests of stages and adapters: an adapter in memory, wrappers that fail or record, a virtual clock, the
//! conformance suites that give the ports their meaning, and the crash matrix. Not for production: the memory adapter forgets.

pub mod clock;
pub mod conformance;
pub mod conformance_erasure;
pub mod crash_matrix;
pub mod failing;
pub mod memory;
mod memory_erasure;
pub mod sample;
pub mod world;

pub use clock::VirtualClock;
pub use failing::{Disturbance, Failing, Fault, Point};
pub use memory::Memory;
