//! The system's clock.

use crate::ports::Clock;
use jiff::Timestamp;

/// The system's clock, in whole milliseconds, which is what rows keep.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}
