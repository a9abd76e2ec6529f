//! Until when a function may begin something new. Lambda kills a call at its time-out, and then nothing of its batch is
//! reported: all of it comes again, and what was done is done twice. So a batch looks at the time before each of its items,
//! and hands back in time those that it has not begun.

use std::time::Duration;

use jiff::Timestamp;

use crate::ports::Clock;

/// What an item may take that is begun last, and the report after it. A service that does not answer is given up after 10 s
/// (`aftercall_aws::config`), and an item that it fails ends with that.
const MARGIN: Duration = Duration::from_secs(20);

/// The end of a call, as a batch looks at it.
#[derive(Clone, Copy)]
pub struct Deadline<'a> {
    clock: &'a dyn Clock,
    begin_until: Timestamp,
}

impl<'a> Deadline<'a> {
    /// Of a call that has this long left. A short call may begin something in the first half of it: who never began
    /// anything would never be done.
    pub fn after(clock: &'a dyn Clock, left: Duration) -> Self {
        let useful = left.saturating_sub(MARGIN.min(left / 2));
        let begin_until = clock.now().checked_add(useful).unwrap_or(Timestamp::MAX);
        Self { clock, begin_until }
    }

    /// Of work that nobody ends.
    pub fn never(clock: &'a dyn Clock) -> Self {
        Self { clock, begin_until: Timestamp::MAX }
    }

    /// Whether there is time for one more item.
    pub fn has_time(&self) -> bool {
        self.clock.now() < self.begin_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct At(i64);

    impl Clock for At {
        fn now(&self) -> Timestamp {
            Timestamp::from_second(self.0).unwrap_or(Timestamp::MAX)
        }
    }

    #[test]
    fn a_margin_is_left_and_the_first_item_is_always_begun() {
        let check = |left: u64, passed: i64, expected: bool| {
            let begin_until = Deadline::after(&At(0), Duration::from_secs(left)).begin_until;
            let deadline = Deadline { clock: &At(passed), begin_until };
            assert_eq!(deadline.has_time(), expected, "{passed} s of {left} s");
        };
        check(60, 0, true);
        check(60, 39, true);
        check(60, 40, false);
        check(8, 0, true);
        check(8, 4, false);
        assert!(Deadline::never(&At(i64::MAX / 1_000_000_000)).has_time());
    }
}
