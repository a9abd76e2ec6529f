//! Runs what Python has to say of the warehouse: other readers of the folder, and the named queries with DuckDB. It makes a
//! virtual environment below `target` on the first run; where there is no Python or no package index it says so and skips,
//! or fails.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Skips;

const PACKAGES: [&str; 5] = ["duckdb<2", "pyarrow", "polars", "sqlglot", "matplotlib"];

/// The virtual environment's Python, made if need be; else why there is none.
pub fn python(root: &Path) -> Result<PathBuf, String> {
    let folder = root.join("target/venv");
    let python = folder.join("bin/python");
    let works = |program: &Path, arguments: &[&str]| {
        Command::new(program).args(arguments).status().is_ok_and(|status| status.success())
    };
    if works(&python, &["-c", "import duckdb, pyarrow, polars, sqlglot, matplotlib"]) {
        return Ok(python);
    }
    let made = works(Path::new("python3"), &["-m", "venv", &folder.display().to_string()]);
    let pip: Vec<&str> = ["-m", "pip", "install", "--quiet"].into_iter().chain(PACKAGES).collect();
    if made && works(&python, &pip) {
        return Ok(python);
    }
    let needed = "Python 3 with pip and a package index is needed for tests/sql";
    Err(format!("{needed}; {} could not be made", folder.display()))
}

/// Builds the command, analyses the samples and lets the other readers read them.
pub fn sql(root: &Path) -> Result<(), String> {
    crate::cargo(&["build", "--package", "aftercall", "--features", "query"])?;
    read(root, Skips::Allowed)
}

/// The same with the command that has been built.
pub fn read(root: &Path, skips: Skips) -> Result<(), String> {
    let python = match python(root) {
        Ok(python) => python,
        Err(why) => return skips.skip(&why),
    };
    let data = root.join("target/sql-samples");
    if data.exists() {
        std::fs::remove_dir_all(&data).map_err(|error| format!("{}: {error}", data.display()))?;
    }
    let folder = root.join("tests/sql");
    let run = Command::new(root.join("target/debug/aftercall"))
        .args(["--json", "--data"])
        .arg(&data)
        .args(["run", "samples"])
        .env("AFTERCALL_CATEGORIES__RULES", folder.join("rules.toml"))
        .env("AFTERCALL_ENTITIES__MAP", folder.join("entities.csv"))
        .current_dir(root)
        .stdout(std::process::Stdio::null())
        .status();
    succeeded("aftercall run samples", run)?;
    for name in ["readers.py", "charts.py"] {
        let read = Command::new(&python).arg(folder.join(name)).arg(&data).current_dir(root).status();
        succeeded(&format!("tests/sql/{name}"), read)?;
    }
    Ok(())
}

fn succeeded(what: &str, status: std::io::Result<std::process::ExitStatus>) -> Result<(), String> {
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{what}: {status}")),
        Err(error) => Err(format!("{what} cannot be started: {error}")),
    }
}
