//! Prints what the insight gets wrong on labelled sets: `cargo run -p aftercall-core --example mistakes -- SET.jsonl`.

use std::io::Write;

use aftercall_core::evaluate;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path)?;
        for mistake in evaluate::mistakes(&text) {
            writeln!(out, "{mistake}")?;
        }
    }
    Ok(())
}
