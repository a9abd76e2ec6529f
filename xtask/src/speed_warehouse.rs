//! Measures the dump beside Polars and DuckDB on the same turns, in one run: time, peak memory, size. It prints figures and
//! judges nothing.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Turns of the comparison.
const TURNS: &str = "624000";
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
    run(Command::new(&program).arg("generate").arg(&folder).arg(TURNS).arg("2"))?;
    println!("\n--- stored results of {TURNS} turns to Parquet, all tables, two days");
    print!("{}", run(Command::new(&program).arg("dump").arg(&folder))?);
    match crate::sql::python(root) {
        Err(why) => eprintln!("skipped: the other writers: {why}"),
        Ok(python) => {
            for tool in ["polars", "duckdb"] {
                let script = root.join("tests/sql/speed.py");
                let target = folder.join(format!("{tool}.parquet"));
                let said =
                    run(Command::new(&python).arg(script).arg(tool).arg(folder.join("turns.jsonl")).arg(target))?;
                let said: Value = serde_json::from_str(&said).map_err(|error| format!("{tool}: {error}"))?;
                let number = |name: &str| said.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
                println!(
                    "\n--- the same turns as JSON lines to one Parquet file: {}",
                    said.get("tool").unwrap_or(&Value::Null)
                );
                println!("turns' files     {:.1} MB", number("bytes") / 1e6);
                println!("time             {:.2} s", number("seconds"));
                println!("of all cores     {:.2} s", number("processor_seconds"));
                println!("peak memory      {:.0} MB", number("peak_mb"));
            }
        }
    }
    clean()?;
    run(Command::new(&program).arg("generate").arg(&folder).arg(TURNS).arg("30"))?;
    run(Command::new(&program).arg("dump").arg(&folder))?;
    println!("\n--- what \"yesterday's negative contacts\" reads");
    print!("{}", run(Command::new(&program).arg("share").arg(&folder).arg(DAY))?);
    as_query(root, &folder)?;
    println!("\n--- one window of {WINDOW} turns");
    print!("{}", run(Command::new(&program).args(["window", WINDOW]))?);
    clean()
}
