//! The sample contacts, all the way.

use serde_json::{Value, json};

use crate::support::{Data, check_golden};

#[test]
fn the_samples_come_out_as_they_did() {
    let data = Data::new();
    let report = data.run(&["samples"]);
    assert_eq!(report["contacts"], 17);
    let mut reasons: Vec<_> =
        report["quarantined"].as_array().unwrap().iter().map(|one| one["reason"].clone()).collect();
    reasons.sort_by_key(ToString::to_string);
    assert_eq!(reasons, [json!("truncated"), json!("unknown_format")]);
    let contacts = data.rows("SELECT * FROM contacts ORDER BY contact_id");
    check_golden("samples.contacts.json", &Value::Array(contacts));
    let summaries = data.rows("SELECT * FROM summaries ORDER BY contact_id, use_case, position");
    check_golden("samples.summaries.json", &Value::Array(summaries));
    let turns = data.rows("SELECT contact_id, turn, participant_role, sentiment, begin_offset_ms, content FROM turns ORDER BY contact_id, turn");
    check_golden("samples.turns.json", &Value::Array(turns));
}

#[test]
fn a_second_run_changes_nothing_and_says_so() {
    let data = Data::new();
    data.run(&["samples"]);
    let before = data.rows("SELECT * FROM contacts_all ORDER BY contact_id");
    let again = data.run(&["samples"]);
    assert_eq!((&again["inputs_new"], &again["revisions_published"]), (&json!(0), &json!(0)));
    assert_eq!(again["files"], json!([]));
    let text = data.text(&["run", "samples"]);
    assert!(text.contains("Nothing new"), "{text}");
    assert_eq!(data.rows("SELECT * FROM contacts_all ORDER BY contact_id"), before);
}

#[test]
fn no_personal_data_leaves_its_zone() {
    let data = Data::new();
    data.run(&["samples"]);
    // What the raw file of the first sample says and its redacted twin masks.
    let secrets = ["4111 1111", "206 555 0142", "7946 0321", "Brandvik", "Ottilie", "@example.com"];
    let mut texts = vec![data.json(&["query", "SELECT * FROM turns"]).to_string()];
    texts.push(data.json(&["query", "SELECT * FROM contacts"]).to_string());
    texts.push(data.json(&["query", "SELECT * FROM summaries"]).to_string());
    for row in data.rows("SELECT contact_id FROM contacts") {
        let id = row["contact_id"].as_str().unwrap().to_string();
        texts.push(data.text(&["show", &id]));
        texts.push(data.text(&["trace", &id]));
    }
    for text in texts {
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} in {}", &text[..text.len().min(300)]);
        }
    }
}

#[test]
fn every_command_answers() {
    let data = Data::new();
    let before = data.output(&["show", "x"]);
    assert!(!before.status.success());
    assert!(String::from_utf8_lossy(&before.stderr).contains("aftercall run"), "an empty folder says how to begin");
    data.run(&["samples"]);
    let check = |arguments: &[&str], expected: &str| {
        let text = data.text(arguments);
        assert!(text.contains(expected), "aftercall {arguments:?} says\n{text}");
    };
    check(&["show", "e5f44f97"], "contact-lens/1");
    check(&["show", "ca90182a"], "There was no conversation");
    check(&["trace", "fb70c71f"], "published revision 1");
    check(&["quarantine", "list"], "unknown_format");
    check(&["explain", "samples/broken/weather-report.json"], "no format that is known");
    check(&["explain", "samples/streams/contact-records-2026-03.jsonl"], "contact-record");
    check(&["schema", "turns"], "begin_offset_ms");
    check(&["config"], "ready.after_silence_seconds");
    check(&["query", "volumes"], "VOICE");
    check(&["query", "--list"], "negative-contacts");
    check(&["query", "--format", "csv", "SELECT COUNT(*) AS n FROM contacts"], "n\n17");
    check(&["dump"], "Nothing was published");
    for name in ["volumes", "negative-contacts", "resolutions", "unsupported-statements"] {
        assert!(!data.json(&["query", name]).as_array().unwrap().is_empty(), "{name}");
    }
    let several = data.output(&["show", "4"]);
    assert!(String::from_utf8_lossy(&several.stderr).contains("several contacts"), "an unclear id says so");
}

#[test]
fn a_correction_makes_a_revision_and_is_remembered() {
    let data = Data::new();
    data.run(&["samples"]);
    let roles = || -> Vec<Value> {
        data.rows("SELECT turn, participant_role FROM turns WHERE contact_id LIKE '495f%' ORDER BY turn")
    };
    let before = roles();
    let corrected = data.json(&["correct", "495f0e0b", "--swap"]);
    assert_eq!((&corrected["revision_before"], &corrected["revision"]), (&json!(1), &json!(2)));
    assert_ne!(roles(), before);
    assert_eq!(roles().len(), before.len(), "nothing of the first revision is left in the newest view");
    data.run(&["samples"]);
    assert_ne!(roles(), before, "a redelivery does not undo it");
    data.json(&["correct", "495f0e0b", "--swap"]);
    assert_eq!(roles(), before, "swapped twice is as it was");
}

#[test]
fn what_is_converted_is_read_again_as_the_same() {
    let data = Data::new();
    let canonical = data.text(&["convert", "samples/Analysis", "samples/streams"]);
    let file = data.path().join("canonical.jsonl");
    std::fs::write(&file, &canonical).unwrap();
    let report = data.run(&[file.to_str().unwrap()]);
    assert_eq!(report["quarantined"], json!([]));
    assert_eq!(report["contacts"].as_u64().unwrap() as usize, canonical.lines().count());
    let original = Data::new();
    original.run(&["samples/Analysis", "samples/streams"]);
    let turns =
        "SELECT contact_id, turn, participant_role, begin_offset_ms, content FROM turns ORDER BY contact_id, turn";
    assert_eq!(data.rows(turns), original.rows(turns));
}

#[test]
fn rules_and_entities_find_what_they_name() {
    let data = Data::new();
    let rules = data.path().join("rules.toml");
    std::fs::write(
        &rules,
        "version = \"7\"\n[[category]]\nname = \"threat\"\nwhen = { phrases = { any_of = [\"cancel*\"], by = \"CUSTOMER\" } }\n",
    )
    .unwrap();
    let map = data.path().join("entities.csv");
    std::fs::write(&map, "Text,Type\nLumbrel Telecom,ORGANIZATION\n").unwrap();
    let output = data
        .command(&["--json", "run", "samples"])
        .env("AFTERCALL_CATEGORIES__RULES", &rules)
        .env("AFTERCALL_ENTITIES__MAP", &map)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = data.text(&["show", "e5f44f97"]);
    assert!(text.contains("threat") && text.contains("ORGANIZATION Lumbrel Telecom"), "{text}");
    assert!(data.text(&["rules", "lint", rules.to_str().unwrap()]).contains("sound"));
    let tested = data.json(&["rules", "test", rules.to_str().unwrap()]);
    assert!(!tested["threat"].as_array().unwrap().is_empty());
    std::fs::write(&rules, "version = 7").unwrap();
    let broken = data.output(&["rules", "lint", rules.to_str().unwrap()]);
    assert!(!broken.status.success() && String::from_utf8_lossy(&broken.stderr).contains("rules.toml"));
}

#[test]
fn the_insight_is_measured() {
    let data = Data::new();
    let rows = data.json(&["evaluate", "tests/sets/redaction.jsonl", "tests/sets/grounding.jsonl"]);
    let missed: Vec<_> = rows.as_array().unwrap().iter().filter(|row| row["met"] == json!(false)).collect();
    assert!(missed.is_empty(), "goals that were met before: {missed:?}");
    assert!(!data.output(&["evaluate", "README.md"]).status.success());
}

#[test]
fn every_goal_is_a_row_of_one_table() {
    let data = Data::new();
    std::fs::create_dir(data.path().join("sets")).unwrap();
    let set = crate::support::root().join("tests/sets/injections.jsonl");
    std::fs::copy(set, data.path().join("sets/injections.jsonl")).unwrap();
    let table = data.text(&["evaluate", "--goals", data.path().join("sets").to_str().unwrap()]);
    let rows = |name: &str| {
        let rows: Vec<_> = table.lines().filter(|line| line.starts_with(&format!("| {name}"))).collect();
        assert!(!rows.is_empty(), "{name} in {table}");
        rows
    };
    assert!(rows("planted instructions")[0].ends_with("| injections | 42 | yes |"), "{table}");
    assert!(rows("redaction in linear time")[0].contains("| 18 |"), "measured without a set: {table}");
    // What was not given is said, and no goal is claimed to be met by it.
    for name in
        ["redaction recall", "call scores as published", "categories over stored contacts", "grounding: altered"]
    {
        assert!(rows(name).iter().all(|row| row.ends_with("| – | – |")), "{table}");
    }
}

#[test]
fn a_quarantined_input_can_be_tried_again() {
    let data = Data::new();
    let file = data.path().join("large.json");
    let document = std::fs::read(crate::support::root().join("samples/broken/weather-report.json")).unwrap();
    std::fs::write(&file, document).unwrap();
    data.run(&[file.to_str().unwrap()]);
    let entry = data.json(&["quarantine", "list"])[0].clone();
    let id = entry["quarantine_id"].as_str().unwrap();
    assert_eq!(entry["reason"], "unknown_format");
    assert!(!data.text(&["quarantine", "show", id]).contains("temperature"), "the content is not shown unasked");
    assert!(!data.output(&["quarantine", "retry"]).status.success(), "it is still of no known format");
    assert_eq!(data.json(&["quarantine", "list"])[0]["attempts"], 1);
}

#[test]
fn a_line_of_a_set_that_cannot_be_read_is_said() {
    let data = Data::new();
    let set = data.path().join("mine.jsonl");
    let good = r#"{"id":"1","language":"en-US","text":"this is great","label":"POSITIVE"}"#;
    std::fs::write(&set, format!("{good}\n{good}\n{{\"id\": 7, \"text\": \"no label\"}}\n{good}\nnot json\n")).unwrap();
    let output = data.output(&["evaluate", set.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("mine.jsonl:3") && said.contains("mine.jsonl:5"), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("mine"), "the others are measured all the same");
}

/// A quarantined input that can be used now, as if the version before could not read what this one can.
fn with_an_input_that_can_be_used_now() -> Data {
    let data = Data::new();
    data.run(&["samples/broken/weather-report.json"]);
    let turns = serde_json::json!([{ "role": "customer", "text": "hello" }, { "role": "agent", "text": "hi" }]);
    let good = serde_json::json!({ "id": "good", "source": "test", "channel": "chat", "turns": turns }).to_string();
    let store = rusqlite::Connection::open(data.path().join("data/aftercall.sqlite")).unwrap();
    let changed = "UPDATE objects SET body = CAST(?1 AS BLOB) WHERE key LIKE 'quarantine/%'";
    assert_eq!(store.execute(changed, [&good]).unwrap(), 1);
    data
}

#[test]
fn a_second_try_says_what_failed_after_it() {
    let data = with_an_input_that_can_be_used_now();
    // Nobody listens there, so the summary fails for the moment.
    let mut command = data.command(&["--json", "quarantine", "retry"]);
    let command =
        command.env("AFTERCALL_MODEL__ENDPOINT", "http://127.0.0.1:1/v1").env("AFTERCALL_MODEL__NAME", "none");
    let output = command.output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(!output.status.success(), "{answer}");
    assert_eq!((&answer["used"], &answer["failed"][0]["contact"]["contact_id"]), (&json!(1), &json!("test:good")));
}

#[test]
fn what_can_be_used_the_second_time_is_analysed_and_dumped() {
    let data = with_an_input_that_can_be_used_now();
    let answer = data.json(&["quarantine", "retry"]);
    assert_eq!((&answer["used"], &answer["revisions_published"]), (&json!(1), &json!(1)), "{answer}");
    assert_eq!(data.rows("SELECT contact_id FROM contacts"), [json!({ "contact_id": "test:good" })]);
}
