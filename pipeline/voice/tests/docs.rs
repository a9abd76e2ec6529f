//! The table of `docs/voice.md` names tests and scenarios that exist.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::path::Path;

#[test]
fn every_named_test_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("../../docs/voice.md")).unwrap();
    let sources: String = std::fs::read_dir(root.join("tests"))
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| 0.") || line.starts_with("| 1.")).collect();
    assert!(rows.len() > 30);
    for row in rows {
        let tests = row.split('|').nth(3).unwrap();
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "{row}");
        for name in names {
            let exists = if name.ends_with(".yaml") {
                root.join("scenarios").join(name).exists()
            } else {
                sources.contains(&format!("fn {name}("))
            };
            assert!(exists, "{name} of {row}");
        }
    }
}
