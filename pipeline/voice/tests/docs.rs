//! The tables of `docs/voice.md` are those that stand beside the tests.

#![allow(clippy::unwrap_used, missing_docs, reason = "a test that panics has failed")]

use std::path::Path;

#[allow(dead_code, reason = "what writes the page is the chore's")]
#[path = "../../../xtask/src/voice_rows.rs"]
mod voice_rows;

#[test]
fn the_tables_of_rows_are_those_of_the_tests() {
    voice_rows::check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap();
}
