//! `aftercall evaluate`: the figures of the insight on labelled sets, with baselines beside ours; and of prompts, one beside
//! the other, on a sample of contacts.

mod goals;
mod prompts;

use std::path::PathBuf;
use std::process::ExitCode;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::evaluate::{self as figures, Report, SetKind};
use aftercall_local::read::{self, Limits, Piece, Source};

pub use self::goals::goals;
pub use self::prompts::compare;
use crate::output::{print_json, red};
use aftercall_settings::Settings;

/// Measures sets and prints the table. The exit code says failure where lines could not be read: the figures are of the others.
pub fn evaluate(settings: &Settings, sets: &[PathBuf], json: bool) -> Result<ExitCode> {
    let mut reports = Vec::new();
    let mut unread = 0;
    for path in sets {
        let set = set_of(path, settings)?;
        if figures::detect(&set.lines) == SetKind::Unknown {
            return Err(Error::new(
                ErrorKind::Config,
                "this is no labelled set that is known; see tests/sets/README.md",
            )
            .with("file", path.display()));
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = name.split('.').next().unwrap_or(&name).to_owned();
        unread += set.say(&figures::unreadable(&set.lines));
        reports.push(figures::evaluate(&name, &set.lines));
    }
    let code = code_of(unread);
    let report = Report::joined(reports);
    if !json {
        anstream::print!("{report}");
        return Ok(code);
    }
    let rows = report.rows.iter().map(|row| {
        let baselines: std::collections::BTreeMap<_, _> =
            row.baselines.iter().map(|baseline| (baseline.name.as_str(), baseline.figure)).collect();
        serde_json::json!({
            "set": row.set, "measure": row.measure, "ours": row.ours, "interval": row.interval, "goal": row.goal,
            "met": row.met(), "size": row.size, "baselines": baselines,
        })
    });
    print_json(&rows.collect::<Vec<_>>())?;
    Ok(code)
}

fn code_of(unread: usize) -> ExitCode {
    if unread == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A set as JSON lines, and where each of them stands.
struct Set {
    lines: String,
    origins: Vec<String>,
}

impl Set {
    /// Says which lines were left out. Returns how many they are.
    fn say(&self, unreadable: &[(usize, String)]) -> usize {
        for (place, why) in unreadable {
            let origin = self.origins.get(*place).map_or("?", String::as_str);
            anstream::eprintln!("{} {origin}: {why}", red("not read"));
        }
        unreadable.len()
    }
}

/// Reads a set, whatever it is packed in.
fn set_of(path: &std::path::Path, settings: &Settings) -> Result<Set> {
    let source = Source { path: path.to_path_buf(), size_bytes: 0 };
    let mut set = Set { lines: String::new(), origins: Vec::new() };
    let mut unreadable = None;
    read::documents(&source, Limits { document_bytes: settings.document_bytes }, |piece| match piece {
        Piece::Document { origin, bytes } => {
            // A document is a line, also one that was written over several.
            set.lines += &String::from_utf8_lossy(&bytes).trim_end().replace(['\n', '\r'], " ");
            set.lines.push('\n');
            set.origins.push(origin);
            true
        }
        Piece::Unreadable { origin, rejected, .. } => {
            unreadable = Some((origin, rejected));
            false
        }
    })?;
    match unreadable {
        None => Ok(set),
        Some((origin, rejected)) => {
            Err(Error::new(ErrorKind::Corrupt, "a set cannot be read to its end").with("at", origin).because(rejected))
        }
    }
}
