//! Builds the Lambda functions to `target/lambda/<name>/bootstrap`, where `cdk/` takes them from: for a deployment with
//! cargo-lambda, which links against the C library that Lambda has; for a local AWS with plain cargo.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{cargo, cargo_with};

/// Packages with functions. Each is built by itself, so that features do not unify.
const PACKAGES: &[&str] = &["functions/pipeline", "functions/voice", "functions/outbound-call"];

/// The processors that Lambda has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// Graviton.
    Arm64,
    /// Intel and AMD.
    X86,
}

/// Builds for a deployment.
pub fn build(root: &Path, architecture: Architecture) -> Result<(), String> {
    let found = Command::new("cargo-lambda").args(["lambda", "--version"]).output();
    if !found.is_ok_and(|output| output.status.success()) {
        return Err("cargo-lambda is not installed: `pip install cargo-lambda`, which brings the linker too".into());
    }
    let architecture = match architecture {
        Architecture::Arm64 => "--arm64",
        Architecture::X86 => "--x86-64",
    };
    let flags = same_everywhere(&std::env::var("RUSTFLAGS").unwrap_or_default(), &places(root));
    for package in PACKAGES {
        let manifest = root.join(package).join("Cargo.toml").display().to_string();
        cargo_with(
            &["lambda", "build", "--profile", "deploy", architecture, "--manifest-path", &manifest],
            &[("RUSTFLAGS", flags.clone())],
        )?;
    }
    Ok(())
}

/// Folders of this machine whose paths a program would carry in its messages, and what stands in their place.
fn places(root: &Path) -> Vec<(PathBuf, &'static str)> {
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")).map(PathBuf::from);
    let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or(home.map(|home| home.join(".cargo")));
    let cargo_home = cargo_home.map(|folder| (folder, "/cargo"));
    [(root.to_path_buf(), "/aftercall")].into_iter().chain(cargo_home).collect()
}

/// Compiler flags with which two checkouts, and two machines, make the same bytes of the same source: a program that is
/// the same changes no function.
fn same_everywhere(given: &str, places: &[(PathBuf, &str)]) -> String {
    let remaps = places.iter().map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()));
    let given = Some(given.trim().to_string()).filter(|given| !given.is_empty());
    given.into_iter().chain(remaps).collect::<Vec<_>>().join(" ")
}

/// Builds for a local AWS on this machine.
pub fn build_local(root: &Path) -> Result<(), String> {
    for package in PACKAGES {
        let manifest = root.join(package).join("Cargo.toml").display().to_string();
        cargo(&["build", "--bins", "--manifest-path", &manifest])?;
    }
    collect(root)
}

/// Puts the programs that a test build has made where the local AWS takes them from, without their symbols: the SDKs
/// are compiled once for tests and functions.
pub fn collect(root: &Path) -> Result<(), String> {
    for package in PACKAGES {
        for entry in fs::read_dir(root.join(package).join("src/bin")).map_err(|error| format!("{package}: {error}"))? {
            let path = entry.map_err(|error| format!("{package}: {error}"))?.path();
            let Some(name) = path.file_stem().and_then(|name| name.to_str()) else { continue };
            let folder = root.join("target/lambda").join(name);
            fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
            let (from, to) = (root.join("target/debug").join(name), folder.join("bootstrap"));
            let stripped = Command::new("strip").arg("-o").arg(&to).arg(&from).status();
            if !stripped.is_ok_and(|status| status.success()) {
                fs::copy(&from, &to).map_err(|error| format!("{}: {error}", from.display()))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_of_a_machine_is_in_a_program() {
        let places = [(PathBuf::from("/home/a/checkout"), "/aftercall"), (PathBuf::from("/home/a/.cargo"), "/cargo")];
        let remaps = "--remap-path-prefix=/home/a/checkout=/aftercall --remap-path-prefix=/home/a/.cargo=/cargo";
        assert_eq!(same_everywhere("", &places), remaps);
        assert_eq!(same_everywhere(" -C debuginfo=0 ", &places), format!("-C debuginfo=0 {remaps}"));
    }
}
