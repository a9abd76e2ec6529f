//! The tables of `docs/voice.md` name tests and scenarios that exist, and the tests of the templates.

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
        .map(|file| file.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let commands = std::fs::read_to_string(root.join("../../tests/end_to_end/voice.rs")).unwrap();
    let elsewhere = ["../aws/tests/voice_answers.rs", "../../tests/aws/test_voice.py"];
    let elsewhere: String = elsewhere.iter().map(|file| std::fs::read_to_string(root.join(file)).unwrap()).collect();
    let sources = sources + &commands + &elsewhere;
    let (page, templates) = page.split_once("### Only seen in a synthesised template").unwrap();
    let synthesised = std::fs::read_to_string(root.join("../../cdk/test/voice.test.ts")).unwrap();
    let named = |line: &str| Some(line.trim().strip_prefix("it('")?.split_once('\'')?.0.to_owned());
    let expected: Vec<String> = synthesised.lines().filter_map(named).collect();
    let listed = templates.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "));
    let listed: Vec<String> =
        listed.filter(|(row, _)| *row != "row").map(|(row, what)| format!("{row} {what}")).collect();
    assert_eq!(listed, expected, "the rows of the templates are those of cdk/test/voice.test.ts");
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
                sources.contains(&format!("fn {name}(")) || sources.contains(&format!("def {name}("))
            };
            assert!(exists, "{name} of {row}");
        }
    }
}
