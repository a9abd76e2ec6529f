//! `aftercall evaluate`: the figures of the insight on labelled sets, with baselines beside ours; and of prompts, one beside
//! the other, on a sample of contacts.

mod prompts;

use std::path::PathBuf;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::evaluate::{self as figures, Report, SetKind};
use aftercall_local::read::{self, Limits, Piece, Source};

pub use self::prompts::compare;
use crate::output::print_json;
use aftercall_settings::Settings;

/// Measures sets and prints the table.
pub fn evaluate(settings: &Settings, sets: &[PathBuf], json: bool) -> Result<()> {
    let mut reports = Vec::new();
    for path in sets {
        let lines = lines_of(path, settings)?;
        if figures::detect(&lines) == SetKind::Unknown {
            return Err(Error::new(
                ErrorKind::Config,
                "this is no labelled set that is known; see tests/sets/README.md",
            )
            .with("file", path.display()));
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = name.split('.').next().unwrap_or(&name).to_owned();
        reports.push(figures::evaluate(&name, &lines));
    }
    let report = Report::joined(reports);
    if !json {
        anstream::print!("{report}");
        return Ok(());
    }
    let rows = report.rows.iter().map(|row| {
        let baselines: std::collections::BTreeMap<_, _> =
            row.baselines.iter().map(|baseline| (baseline.name.as_str(), baseline.figure)).collect();
        serde_json::json!({
            "set": row.set, "measure": row.measure, "ours": row.ours, "interval": row.interval, "goal": row.goal,
            "met": row.met(), "size": row.size, "baselines": baselines,
        })
    });
    print_json(&rows.collect::<Vec<_>>())
}

/// A set as JSON lines, whatever it is packed in.
fn lines_of(path: &std::path::Path, settings: &Settings) -> Result<String> {
    let source = Source { path: path.to_path_buf(), size_bytes: 0 };
    let mut lines = String::new();
    let mut unreadable = None;
    read::documents(&source, Limits { document_bytes: settings.document_bytes }, |piece| match piece {
        Piece::Document { bytes, .. } => {
            lines += String::from_utf8_lossy(&bytes).trim_end();
            lines.push('\n');
            true
        }
        Piece::Unreadable { origin, rejected, .. } => {
            unreadable = Some((origin, rejected));
            false
        }
    })?;
    match unreadable {
        None => Ok(lines),
        Some((origin, rejected)) => {
            Err(Error::new(ErrorKind::Corrupt, "a set cannot be read to its end").with("at", origin).because(rejected))
        }
    }
}
