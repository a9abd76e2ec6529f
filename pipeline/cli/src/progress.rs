//! Shows how far a run is: a bar with rate and time left on a terminal, a plain line every few seconds otherwise, nothing
//! when machines read the output. It only reads the counters of the run.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use aftercall_local::driver::Progress;
use indicatif::{ProgressBar, ProgressStyle};

use crate::output::count;

/// What is counted.
#[derive(Clone, Copy)]
pub enum Phase {
    /// Files are read; the total is known in bytes.
    Reading,
    /// Contacts are analysed; the total is this many.
    Analysing(u64),
}

/// Runs `work` and meanwhile shows how far it is.
pub fn during<T>(phase: Phase, progress: &Progress, quiet: bool, work: impl FnOnce() -> T) -> T {
    if quiet {
        return work();
    }
    let (finish, finished) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if std::io::stderr().is_terminal() {
                let bar = bar(phase, progress);
                while finished.recv_timeout(Duration::from_millis(100)) == Err(RecvTimeoutError::Timeout) {
                    update(&bar, phase, progress);
                }
                bar.finish_and_clear();
            } else {
                let started = Instant::now();
                while finished.recv_timeout(Duration::from_secs(5)) == Err(RecvTimeoutError::Timeout) {
                    eprintln!("{}", line(phase, progress, started.elapsed()));
                }
            }
        });
        let done = work();
        drop(finish);
        done
    })
}

fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

fn bar(phase: Phase, progress: &Progress) -> ProgressBar {
    let (total, template) = match phase {
        Phase::Reading => (
            get(&progress.bytes_total),
            "reading   {bar:30} {bytes}/{total_bytes} {msg} {binary_bytes_per_sec} {eta} left",
        ),
        Phase::Analysing(total) => {
            (total, "analysing {bar:30} {human_pos}/{human_len} contacts {per_sec} {eta} left{msg}")
        }
    };
    let bar = ProgressBar::new(total);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

fn update(bar: &ProgressBar, phase: Phase, progress: &Progress) {
    match phase {
        Phase::Reading => {
            bar.set_length(get(&progress.bytes_total));
            bar.set_position(get(&progress.bytes_read));
            bar.set_message(format!("{} documents", count(get(&progress.documents))));
        }
        Phase::Analysing(total) => {
            bar.set_position(get(&progress.contacts));
            bar.set_message(cost(progress, total));
        }
    }
}

fn line(phase: Phase, progress: &Progress, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64().max(1.0);
    match phase {
        Phase::Reading => {
            let documents = get(&progress.documents);
            format!("reading: {} documents, {} a second", count(documents), rate(documents as f64 / seconds))
        }
        Phase::Analysing(total) => {
            let done = get(&progress.contacts);
            let a_second = done as f64 / seconds;
            let left = match done {
                0 => String::new(),
                _ => format!(", {:.0} s left", total.saturating_sub(done) as f64 / a_second),
            };
            let cost = cost(progress, total);
            let (done, total, a_second) = (count(done), count(total), rate(a_second));
            format!("analysing: {done} of {total} contacts, {a_second} a second{left}{cost}")
        }
    }
}

/// A rate; a slow one, such as that of a model, with decimal places.
fn rate(a_second: f64) -> String {
    if a_second >= 10.0 { count(a_second as u64) } else { format!("{a_second:.2}") }
}

/// What it has cost so far, if it costs anything, and what it comes to if the rest costs as much a contact.
fn cost(progress: &Progress, total: u64) -> String {
    let (micros, done) = (get(&progress.micro_usd), get(&progress.contacts));
    if micros == 0 {
        return String::new();
    }
    let so_far = micros as f64 / 1e6;
    match done {
        0 => format!(", {so_far:.4} US dollars so far"),
        _ => {
            format!(", {so_far:.4} US dollars so far, some {:.4} in all", so_far * total.max(done) as f64 / done as f64)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_said_however_slow_it_is() {
        let check = |done: u64, seconds: u64, expected: &str| {
            let progress = Progress::default();
            progress.contacts.store(done, Ordering::Relaxed);
            let line = line(Phase::Analysing(100), &progress, Duration::from_secs(seconds));
            assert_eq!(line, expected);
        };
        check(0, 5, "analysing: 0 of 100 contacts, 0.00 a second");
        check(1, 10, "analysing: 1 of 100 contacts, 0.10 a second, 990 s left");
        check(3, 2, "analysing: 3 of 100 contacts, 1.50 a second, 65 s left");
        check(90, 2, "analysing: 90 of 100 contacts, 45 a second, 0 s left");
        check(101, 2, "analysing: 101 of 100 contacts, 50 a second, 0 s left");
    }

    #[test]
    fn the_cost_is_said_and_what_it_comes_to() {
        let check = |done: u64, micros: u64, expected: &str| {
            let progress = Progress::default();
            progress.contacts.store(done, Ordering::Relaxed);
            progress.micro_usd.store(micros, Ordering::Relaxed);
            assert_eq!(cost(&progress, 200), expected);
        };
        check(0, 0, "");
        check(50, 0, "");
        check(0, 1_000, ", 0.0010 US dollars so far");
        check(50, 20_000, ", 0.0200 US dollars so far, some 0.0800 in all");
        check(200, 90_000, ", 0.0900 US dollars so far, some 0.0900 in all");
    }
}
