//! Builds the Lambda functions to `target/lambda/<name>/bootstrap`, where `cdk/` takes them from: for a deployment with
//! cargo-lambda, which links against the C library that Lambda has; for a local AWS with plain cargo.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::cargo;

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
    for package in PACKAGES {
        let manifest = root.join(package).join("Cargo.toml").display().to_string();
        cargo(&["lambda", "build", "--profile", "deploy", architecture, "--manifest-path", &manifest])?;
    }
    Ok(())
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
