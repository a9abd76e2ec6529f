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
        Phase::Analysing(_) => {
            bar.set_position(get(&progress.contacts));
            bar.set_message(cost(progress));
        }
    }
}

fn line(phase: Phase, progress: &Progress, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs().max(1);
    match phase {
        Phase::Reading => {
            let documents = get(&progress.documents);
            format!("reading: {} documents, {} a second", count(documents), count(documents / seconds))
        }
        Phase::Analysing(total) => {
            let done = get(&progress.contacts);
            let rate = done / seconds;
            let left = total.saturating_sub(done).checked_div(rate);
            let left = left.map_or(String::new(), |left| format!(", {left} s left"));
            let (done, total, rate) = (count(done), count(total), count(rate));
            format!("analysing: {done} of {total} contacts, {rate} a second{left}{}", cost(progress))
        }
    }
}

/// What it has cost so far, if it costs anything.
fn cost(progress: &Progress) -> String {
    match get(&progress.micro_usd) {
        0 => String::new(),
        micros => format!(", {:.4} US dollars so far", micros as f64 / 1e6),
    }
}
