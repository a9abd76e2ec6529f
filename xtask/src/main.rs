//! The project's own chores, so that nobody needs anything but Rust to do them: `cargo xtask test`, `cargo xtask schemas`,
//! `cargo xtask speed`.

mod functions;
mod local_aws;
mod schemas;
mod speed;
mod speed_warehouse;
mod sql;
mod voice_rows;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

const HELP: &str = "cargo xtask test             format, lints, every test, SQL engine included
cargo xtask test --strict    the same; what has to be skipped is a failure
cargo xtask schemas          write schemas/generated from the types
cargo xtask schemas --check  fail if schemas/generated is not what the types say
cargo xtask voice-rows       write the tables of docs/voice.md from what stands beside the tests
cargo xtask voice-rows --check  fail if they are not what stands there
cargo xtask functions [ARCH] build the Lambda functions for a deployment (arm64, or x86_64) with cargo-lambda
cargo xtask functions local  build them for a local AWS on this machine
cargo xtask sql              other readers of the Parquet folder, and the named queries with DuckDB (Python)
cargo xtask history          write the present columns to schemas/history, before a release
cargo xtask speed-warehouse  measure the dump beside Polars and DuckDB (Python)
cargo xtask speed [DIR]      measure a run over DIR's conversations and print the table";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["test"] => test(Skips::Allowed),
        ["test", "--strict"] => test(Skips::Refused),
        ["schemas"] => schemas::write(&root()),
        ["schemas", "--check"] => schemas::check(&root()),
        ["functions"] | ["functions", "arm64"] => functions::build(&root(), functions::Architecture::Arm64),
        ["functions", "x86_64"] => functions::build(&root(), functions::Architecture::X86),
        ["functions", "local"] => functions::build_local(&root()),
        ["voice-rows"] => voice_rows::write(&root()),
        ["voice-rows", "--check"] => voice_rows::check(&root()),
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

/// Whether a part of the tests may be left out because something is missing on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skips {
    /// It may, and says so.
    Allowed,
    /// It is a failure.
    Refused,
}

impl Skips {
    /// Leaves a part out.
    pub fn skip(self, why: &str) -> Result<(), String> {
        match self {
            Self::Allowed => {
                eprintln!("skipped: {why}");
                Ok(())
            }
            Self::Refused => Err(format!("nothing may be skipped: {why}")),
        }
    }
}

/// Everything that has to hold before a change lands. Each thing is compiled once: the functions that are deployed onto
/// the local AWS and the command that reads the samples are those that the tests were built with.
fn test(skips: Skips) -> Result<(), String> {
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"])?;
    let emulator = local_aws::start(&root(), skips)?;
    let environment = emulator.as_ref().map(local_aws::Emulator::environment);
    cargo_with(&["test", "--workspace", "--all-features"], environment.as_ref().map_or(&[], |all| all.as_slice()))?;
    drop(emulator);
    cargo(&["run", "--quiet", "--package", "xtask", "--all-features", "--", "schemas", "--check"])?;
    step("docs/voice.md", || voice_rows::check(&root()))?;
    step("tests/sql", || sql::read(&root(), skips))?;
    step("cdk", || local_aws::cdk(&root(), skips))?;
    step("tests/aws", || functions::collect(&root()).and_then(|()| local_aws::deployed(&root(), skips)))
}

/// Does something that takes a while, and says how long.
fn step(what: &str, done: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let started = Instant::now();
    println!("\n=== {what}");
    done()?;
    println!("=== done in {:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// Runs cargo, says so, and says how long it took.
fn cargo(arguments: &[&str]) -> Result<(), String> {
    cargo_with(arguments, &[])
}

fn cargo_with(arguments: &[&str], environment: &[(&str, String)]) -> Result<(), String> {
    step(&format!("cargo {}", arguments.join(" ")), || {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
        let variables = environment.iter().map(|(name, value)| (*name, value.as_str()));
        let status = Command::new(cargo).args(arguments).envs(variables).current_dir(root()).status();
        let status = status.map_err(|error| format!("cargo cannot be started: {error}"))?;
        if status.success() { Ok(()) } else { Err(format!("`cargo {}` failed", arguments.join(" "))) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skip_is_a_failure_where_nothing_may_be_skipped() {
        assert_eq!(Skips::Allowed.skip("there is no npm"), Ok(()));
        let refused = Skips::Refused.skip("there is no npm");
        assert!(refused.is_err_and(|why| why.contains("there is no npm")));
    }
}
