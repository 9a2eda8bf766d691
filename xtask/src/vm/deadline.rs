//! The end of a wait.

use std::time::{Duration, Instant};

/// How long one look may take; whoever waits looks again after that.
pub(super) const LOOK: Duration = Duration::from_secs(1);

/// Time that is left for something. Only time counts in which this program runs: a machine that was
/// suspended, or a program that somebody has stopped, with the guests that it started, is not late.
pub(super) struct Deadline {
    left: Duration,
    looked: Instant,
}

impl Deadline {
    pub(super) fn after(time: Duration) -> Deadline {
        Deadline {
            left: time,
            looked: Instant::now(),
        }
    }

    /// Whether nothing is left. It is asked at least once in every [`LOOK`].
    pub(super) fn is_over(&mut self) -> bool {
        let passed = self.looked.elapsed().min(2 * LOOK);
        self.looked = Instant::now();
        self.left = self.left.saturating_sub(passed);
        self.left.is_zero()
    }
}
