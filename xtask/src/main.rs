//! The project's own chores, so that nobody needs anything but Rust to do them: `cargo xtask test`, `cargo xtask schemas`,
//! `cargo xtask speed`.

mod schemas;
mod speed;
mod speed_warehouse;
mod sql;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

const HELP: &str = "cargo xtask test             format, lints, every test, SQL engine included
cargo xtask schemas          write schemas/generated from the types
cargo xtask schemas --check  fail if schemas/generated is not what the types say
cargo xtask sql              other readers of the Parquet folder, and the named queries with DuckDB (Python)
cargo xtask history          write the present columns to schemas/history, before a release
cargo xtask speed-warehouse  measure the dump beside Polars and DuckDB (Python)
cargo xtask speed [DIR]      measure a run over DIR's conversations and print the table";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["test"] => test(),
        ["schemas"] => schemas::write(&root()),
        ["schemas", "--check"] => schemas::check(&root()),
        ["sql"] => sql::sql(&root()),
        ["history"] => schemas::write_history(&root()),
        ["speed-warehouse"] => speed_warehouse::speed_warehouse(&root()),
        ["speed"] => speed::speed(&root(), &root().join("../shared/data/conversations")),
        ["speed", folder] => speed::speed(&root(), Path::new(folder)),
        _ => {
            println!("{HELP}");
            return if words.is_empty() || words == ["--help"] { ExitCode::SUCCESS } else { ExitCode::from(2) };
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("xtask: {fault}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace.
fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// Everything that has to hold before a change lands.
fn test() -> Result<(), String> {
    let steps: [&[&str]; 4] = [
        &["fmt", "--all", "--check"],
        &["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"],
        &["run", "--quiet", "--package", "xtask", "--", "schemas", "--check"],
        &["test", "--workspace", "--all-features"],
    ];
    for step in steps {
        cargo(step)?;
    }
    println!("\n=== tests/sql");
    sql::sql(&root())
}

/// Runs cargo, says so, and says how long it took.
fn cargo(arguments: &[&str]) -> Result<(), String> {
    let started = Instant::now();
    println!("\n=== cargo {}", arguments.join(" "));
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let status = Command::new(cargo).args(arguments).current_dir(root()).status();
    let status = status.map_err(|error| format!("cargo cannot be started: {error}"))?;
    if !status.success() {
        return Err(format!("`cargo {}` failed", arguments.join(" ")));
    }
    println!("=== done in {:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}
