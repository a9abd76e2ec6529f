//! Measures the dump beside Polars and DuckDB on the same turns, in turns: time, peak memory, size. It prints figures and
//! judges nothing.

use std::path::Path;
use std::process::Command;

use serde::Deserialize;

/// Turns of the comparison.
const TURNS: u32 = 624_000;
/// Runs of each tool.
const RUNS: usize = 9;
/// Turns of the one large window.
const WINDOW: &str = "10000000";

fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?} cannot be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// "Yesterday".
const DAY: &str = "2026-03-14";

/// The same question as a user asks it: the named query, of one day and of all.
fn as_query(root: &Path, folder: &Path) -> Result<(), String> {
    crate::cargo(&["build", "--release", "--package", "aftercall", "--features", "query"])?;
    for days in [&["--from", DAY, "--to", DAY][..], &[]] {
        let mut command = Command::new(root.join("target/release/aftercall"));
        command.arg("--data").arg(folder).args(["query", "--format", "csv", "--bytes", "negative-contacts"]).args(days);
        let output = command.output().map_err(|error| format!("{command:?} cannot be started: {error}"))?;
        let said = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            return Err(format!("{command:?}: {said}"));
        }
        print!("negative-contacts, {}: {said}", if days.is_empty() { "all days" } else { "one day" });
    }
    Ok(())
}

/// What one run of a tool says of itself.
#[derive(Debug, Deserialize)]
struct Said {
    tool: String,
    seconds: f64,
    processor_seconds: f64,
    peak_mb: f64,
    /// Of the files of turns.
    bytes: f64,
    /// Of all tables. The other tools write turns alone.
    rows: Option<f64>,
}

fn said(command: &mut Command) -> Result<Said, String> {
    let answer = run(command)?;
    serde_json::from_str(&answer).map_err(|error| format!("{command:?}: {error}: {answer}"))
}

/// The smallest and the middle one.
fn least_and_middle(runs: &[Said], of: impl Fn(&Said) -> f64) -> (f64, f64) {
    let mut figures: Vec<f64> = runs.iter().map(of).collect();
    figures.sort_by(f64::total_cmp);
    let at = |place: usize| figures.get(place).copied().unwrap_or(f64::NAN);
    (at(0), at(figures.len() / 2))
}

/// Runs of each tool in turns, each a process of its own, and a row of the table each.
fn compare(root: &Path, program: &Path, folder: &Path) -> Result<(), String> {
    let mut ours = Command::new(program);
    ours.arg("dump").arg(folder);
    let mut commands = vec![ours];
    match crate::sql::python(root) {
        Err(why) => eprintln!("skipped: the other writers: {why}"),
        Ok(python) => commands.extend(["polars", "duckdb"].map(|tool| {
            let mut command = Command::new(&python);
            command.arg(root.join("tests/sql/speed.py")).arg(tool);
            command.arg(folder.join("turns.jsonl")).arg(folder.join(format!("{tool}.parquet")));
            command
        })),
    }
    let mut runs: Vec<Vec<Said>> = commands.iter().map(|_| Vec::new()).collect();
    for _ in 0..RUNS {
        for (command, runs) in commands.iter_mut().zip(&mut runs) {
            runs.push(said(command)?);
        }
    }
    println!(
        "\n| the smallest / the middle of {RUNS} runs | time | rows a second | time of all cores | peak memory | files of `turns` |"
    );
    println!("|---|---|---|---|---|---|");
    for runs in &runs {
        let Some(one) = runs.first() else { continue };
        let (least, middle) = least_and_middle(runs, |run| run.seconds);
        let (least_of_all, middle_of_all) = least_and_middle(runs, |run| run.processor_seconds);
        let (_, peak) = least_and_middle(runs, |run| run.peak_mb);
        let row = |name: &str, rows: f64| {
            println!(
                "| {} {name}, {rows:.0} rows | {least:.2} / {middle:.2} s | {:.0} / {:.0} | {least_of_all:.2} / \
                 {middle_of_all:.2} s | {peak:.0} MB | {:.2} MB |",
                one.tool,
                rows / least,
                rows / middle,
                one.bytes / 1e6
            );
        };
        if let Some(rows) = one.rows {
            row("all tables", rows);
        }
        row("turns", f64::from(TURNS));
    }
    Ok(())
}

/// Measures and prints.
pub fn speed_warehouse(root: &Path) -> Result<(), String> {
    crate::cargo(&["build", "--release", "--package", "aftercall-warehouse", "--example", "dump_bench"])?;
    let program = root.join("target/release/examples/dump_bench");
    let folder = root.join("target/speed-warehouse");
    let clean = || match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(format!("{}: {error}", folder.display())),
        _ => Ok(()),
    };
    clean()?;
    run(Command::new(&program).arg("generate").arg(&folder).arg(TURNS.to_string()).arg("2"))?;
    compare(root, &program, &folder)?;
    clean()?;
    run(Command::new(&program).arg("generate").arg(&folder).arg(TURNS.to_string()).arg("30"))?;
    run(Command::new(&program).arg("dump").arg(&folder))?;
    println!("\n--- what \"yesterday's negative contacts\" reads");
    print!("{}", run(Command::new(&program).arg("share").arg(&folder).arg(DAY))?);
    as_query(root, &folder)?;
    let window = said(Command::new(&program).args(["window", WINDOW]))?;
    println!("\n--- one window of {WINDOW} turns: {:.1} s, {:.0} MB at the most", window.seconds, window.peak_mb);
    clean()
}
