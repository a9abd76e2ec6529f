//! The cores on which revisions are read and files are made: tasks are begun in the order in which they are given, and each has a
//! result that somebody waits for. It must not decide what is done with a result.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use aftercall_core::error::{Error, ErrorKind, Result};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// The threads.
pub(crate) struct Pool(ThreadPool);

impl Pool {
    /// So many threads.
    ///
    /// # Errors
    /// The system gives none.
    pub(crate) fn new(threads: usize) -> Result<Self> {
        let built = ThreadPoolBuilder::new().num_threads(threads).build();
        let failed = |error| Error::new(ErrorKind::Storage, "threads cannot be started").because(error);
        built.map(Self).map_err(failed)
    }

    /// Begins a task when those before it are begun.
    pub(crate) fn begin<T: Send + 'static>(&self, task: impl FnOnce() -> T + Send + 'static) -> Pending<T> {
        let (done, result) = sync_channel(1);
        self.0.spawn_fifo(move || {
            // Nobody waits any more if the one who began it has failed.
            done.send(catch_unwind(AssertUnwindSafe(task))).unwrap_or_default();
        });
        Pending(result)
    }
}

/// A task that was begun.
pub(crate) struct Pending<T>(Receiver<thread::Result<T>>);

impl<T> Pending<T> {
    /// Waits for its result. A panic is a fault of this program and goes on here: it must not become a window without rows.
    pub(crate) fn wait(self) -> Result<T> {
        let given_up = |_| Error::new(ErrorKind::Storage, "a task was given up");
        let result = self.0.recv().map_err(given_up)?;
        Ok(result.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn every_task_is_done_in_the_order_in_which_it_was_given() {
        let pool = Pool::new(1).unwrap();
        let order = Arc::new(AtomicUsize::new(0));
        let (go, wait) = sync_channel::<()>(0);
        let held = pool.begin(move || wait.recv().is_ok());
        let place = |_| {
            let order = Arc::clone(&order);
            pool.begin(move || order.fetch_add(1, Ordering::Relaxed))
        };
        let pending = [0, 1, 2, 3].map(place);
        go.send(()).unwrap();
        assert!(held.wait().unwrap());
        assert_eq!(pending.map(|pending| pending.wait().unwrap()), [0, 1, 2, 3]);
    }

    #[test]
    fn a_panic_reaches_whoever_waits_and_nobody_else() {
        let pool = Pool::new(1).unwrap();
        let panics = pool.begin(|| assert!(std::hint::black_box(false), "on purpose"));
        let other = pool.begin(|| 7);
        assert!(catch_unwind(AssertUnwindSafe(|| panics.wait())).is_err());
        assert_eq!(other.wait().unwrap(), 7);
    }
}
