//! A clock that only moves when somebody waits.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;

use crate::long_answer::Clock;

/// Milliseconds since the beginning of the simulation.
#[derive(Debug, Default)]
pub struct VirtualClock(AtomicU64);

impl VirtualClock {
    /// Moves on by so many ms.
    pub fn advance(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for VirtualClock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    async fn sleep(&self, ms: u64) {
        self.advance(ms);
    }
}
