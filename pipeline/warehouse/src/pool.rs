//! Threads that take tasks off one list: as many as there are cores, for as long as the pool lives. What makes room comes
//! before what fills it. It must not decide what is done with a result: whoever began a task waits for it.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use aftercall_core::error::{Error, ErrorKind, Result};

type Task = Box<dyn FnOnce() + Send>;

/// Which tasks come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// Before all others.
    First,
    /// When there is none of those.
    Then,
}

#[derive(Default)]
struct Tasks {
    first: VecDeque<Task>,
    then: VecDeque<Task>,
    closed: bool,
}

#[derive(Default)]
struct List {
    tasks: Mutex<Tasks>,
    changed: Condvar,
}

impl List {
    // A task cannot end while it holds the list, so what is in it is whole whatever a thread died of.
    fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does tasks until the list is closed. What is on it then is not begun.
    fn work(&self) {
        let mut tasks = self.tasks();
        while !tasks.closed {
            let Tasks { first, then, .. } = &mut *tasks;
            let Some(task) = first.pop_front().or_else(|| then.pop_front()) else {
                tasks = self.changed.wait(tasks).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            drop(tasks);
            task();
            tasks = self.tasks();
        }
    }
}

/// The threads.
pub(crate) struct Pool {
    list: Arc<List>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    /// So many threads.
    pub(crate) fn new(threads: usize) -> Self {
        let list = Arc::new(List::default());
        let begin = |_| {
            let list = Arc::clone(&list);
            thread::spawn(move || list.work())
        };
        let threads = (0..threads).map(begin).collect();
        Self { list, threads }
    }

    /// Puts a task on the list.
    pub(crate) fn begin<T: Send + 'static>(
        &self,
        urgency: Urgency,
        task: impl FnOnce() -> T + Send + 'static,
    ) -> Pending<T> {
        let (done, result) = sync_channel(1);
        let task = Box::new(move || {
            // Nobody waits any more if the one who began it has failed.
            done.send(catch_unwind(AssertUnwindSafe(task))).unwrap_or_default();
        });
        let mut tasks = self.list.tasks();
        match urgency {
            Urgency::First => tasks.first.push_back(task),
            Urgency::Then => tasks.then.push_back(task),
        }
        drop(tasks);
        self.list.changed.notify_one();
        Pending(result)
    }
}

impl Drop for Pool {
    /// No thread is left behind: what it would still do belongs to a dump that has ended.
    fn drop(&mut self) {
        self.list.tasks().closed = true;
        self.list.changed.notify_all();
        for thread in self.threads.drain(..) {
            // A task's panic has been handed to whoever waits for it, and nothing else in a thread panics.
            thread.join().unwrap_or_default();
        }
    }
}

/// A task that was begun.
pub(crate) struct Pending<T>(Receiver<thread::Result<T>>);

impl<T> Pending<T> {
    /// Waits for its result. A panic is a fault of this program and goes on here: it must not become a window without rows.
    pub(crate) fn wait(self) -> Result<T> {
        let never_begun = |_| Error::new(ErrorKind::Storage, "a task was given up before it was begun");
        let result = self.0.recv().map_err(never_begun)?;
        Ok(result.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn every_task_is_done_and_what_is_first_is_done_first() {
        let pool = Pool::new(1);
        let order = Arc::new(AtomicUsize::new(0));
        let (go, wait) = sync_channel::<()>(0);
        let held = pool.begin(Urgency::Then, move || wait.recv().is_ok());
        let place = |urgency| {
            let order = Arc::clone(&order);
            pool.begin(urgency, move || order.fetch_add(1, Ordering::Relaxed))
        };
        let pending = [place(Urgency::Then), place(Urgency::First), place(Urgency::Then), place(Urgency::First)];
        go.send(()).unwrap();
        assert!(held.wait().unwrap());
        assert_eq!(pending.map(|pending| pending.wait().unwrap()), [2, 0, 3, 1]);
    }

    #[test]
    fn a_panic_reaches_whoever_waits_and_nobody_else() {
        let pool = Pool::new(1);
        let panics = pool.begin(Urgency::Then, || assert!(std::hint::black_box(false), "on purpose"));
        let other = pool.begin(Urgency::Then, || 7);
        assert!(catch_unwind(AssertUnwindSafe(|| panics.wait())).is_err());
        assert_eq!(other.wait().unwrap(), 7);
    }

    #[test]
    fn a_pool_that_ends_says_what_was_not_begun() {
        let pool = Pool::new(0);
        let pending = pool.begin(Urgency::First, || 7);
        drop(pool);
        assert!(pending.wait().is_err(), "not begun");
    }
}
