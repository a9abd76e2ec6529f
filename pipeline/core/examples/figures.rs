//! Prints the table of figures of labelled sets:
//! `cargo run --release -p aftercall-core --features baselines --example figures -- SET.jsonl…`.

use std::io::Write;
use std::path::Path;

use aftercall_core::evaluate::{Report, evaluate};

fn main() -> std::io::Result<()> {
    let mut reports = Vec::new();
    for path in std::env::args().skip(1) {
        let name = Path::new(&path).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        reports.push(evaluate(&name, &std::fs::read_to_string(&path)?));
    }
    write!(std::io::stdout().lock(), "{}", Report::joined(reports))
}
