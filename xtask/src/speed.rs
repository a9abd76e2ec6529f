//! Measures a whole run as a user would see it: time and memory of `aftercall run` over the conversations of a folder, into
//! a data folder that is new each time. It prints figures and judges nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The sets that are measured together.
const SETS: [&str; 2] = ["star.open.jsonl.gz", "sgd.open.jsonl.gz"];
const RUNS: usize = 3;

struct Measured {
    contacts: f64,
    seconds: f64,
    peak_mb: f64,
}

/// Measures and prints.
pub fn speed(root: &Path, folder: &Path) -> Result<(), String> {
    let sets: Vec<PathBuf> = SETS.iter().map(|name| folder.join(name)).collect();
    if let Some(missing) = sets.iter().find(|path| !path.exists()) {
        return Err(format!("{} is not there; name the folder that holds {}", missing.display(), SETS.join(" and ")));
    }
    crate::cargo(&["build", "--release", "--package", "aftercall"])?;
    println!("| run | contacts | seconds | contacts a second | peak memory (MB) |\n|---|---|---|---|---|");
    for run in 1..=RUNS {
        let measured = measure(root, &sets)?;
        println!(
            "| {run} | {} | {:.2} | {:.0} | {:.0} |",
            measured.contacts,
            measured.seconds,
            measured.contacts / measured.seconds,
            measured.peak_mb
        );
    }
    Ok(())
}

fn measure(root: &Path, sets: &[PathBuf]) -> Result<Measured, String> {
    let data = std::env::temp_dir().join(format!("aftercall-speed-{}", std::process::id()));
    let child = Command::new(root.join("target/release/aftercall"))
        .args(["--json", "--data"])
        .arg(&data)
        .arg("run")
        .args(sets)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .map_err(|error| format!("the program cannot be started: {error}"))?;
    let id = child.id();
    // The kernel's own high-water mark, read while the process lives.
    let watch = std::thread::spawn(move || {
        let mut peak = 0.0_f64;
        while let Ok(status) = fs::read_to_string(format!("/proc/{id}/status")) {
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let Some(kilobytes) = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok()) else {
                break;
            };
            peak = peak.max(kilobytes / 1024.0);
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        peak
    });
    let output = child.wait_with_output().map_err(|error| format!("the program cannot be waited for: {error}"))?;
    let peak_mb = watch.join().map_err(|_| "the memory could not be watched")?;
    fs::remove_dir_all(&data).map_err(|error| format!("{}: {error}", data.display()))?;
    let report: serde_json::Value =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("the report is no JSON: {error}"))?;
    let number = |name: &str| report.get(name).and_then(serde_json::Value::as_f64).ok_or(format!("no {name}"));
    Ok(Measured { contacts: number("contacts")?, seconds: number("seconds")?, peak_mb })
}
