//! Bad input: a reason in quarantine, never a panic, never a stop of the others.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::support::Data;

const GOOD: &str = r#"{"id":"good","source":"test","channel":"chat","turns":[{"role":"customer","text":"hello"},{"role":"bot","text":"hi"}]}"#;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Runs a file beside a good one. The good one must come through, and the bad one to this reason (or, where none is
/// expected, to a contact).
fn check(name: &str, bytes: &[u8], expected: Option<&str>) -> Value {
    let data = Data::new();
    let folder = data.path().join("in");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join(format!("{name}.json")), bytes).unwrap();
    std::fs::write(folder.join("zz-good.json"), GOOD).unwrap();
    let report = data.run(&[folder.to_str().unwrap()]);
    let good = data.json(&["show", "test:good"]);
    assert_eq!(good["phase"], "complete", "{name}: the good contact beside it");
    let quarantined = report["quarantined"].as_array().unwrap();
    match expected {
        None => assert!(quarantined.is_empty(), "{name}: {quarantined:?}"),
        Some(reason) => {
            assert!(!quarantined.is_empty(), "{name} is not in quarantine: {report}");
            for entry in quarantined {
                assert_eq!(entry["reason"], reason, "{name}: {entry}");
                assert!(entry["origin"].as_str().unwrap().contains(name), "{name}: the entry names the file");
                assert!(!entry["detail"].as_str().unwrap().is_empty());
            }
        }
    }
    report
}

fn turns(turns: &Value) -> Vec<u8> {
    json!({ "id": "bad", "source": "test", "channel": "voice", "turns": turns }).to_string().into_bytes()
}

#[test]
fn what_is_no_json() {
    check("empty", b"", None);
    check("blank", b" \n \n", None);
    check("text", b"hello there", Some("not_json"));
    check("binary", &[0, 1, 2, 3, 255, 254], Some("invalid_utf8"));
    check("half", &GOOD.as_bytes()[..60], Some("truncated"));
    check("unclosed", b"{\"id\": [[[[", Some("truncated"));
    check("deep", "[".repeat(100_000).as_bytes(), Some("unknown_format"));
    check(
        "deep-inside",
        format!("{{\"id\":\"a\",\"turns\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000)).as_bytes(),
        Some("invalid_structure"),
    );
    check(
        "utf8",
        b"{\"id\":\"a\",\"source\":\"t\",\"turns\":[{\"role\":\"customer\",\"text\":\"\xff\xfe\"}]}",
        Some("invalid_utf8"),
    );
    check("array", b"[1,2,3]", Some("unknown_format"));
    check("number", b"17", Some("unknown_format"));
    check("weather", b"{\"temperature\": 21}", Some("unknown_format"));
}

#[test]
fn truncated_gzip_gives_what_can_be_read() {
    let whole = gzip(format!("{}\n{}\n", GOOD.replace("good", "one"), GOOD.replace("good", "two")).as_bytes());
    check("cut", &whole[..whole.len() / 2], Some("truncated"));
    check("whole", &whole, None);
}

#[test]
fn a_bad_line_does_not_stop_its_neighbours() {
    let lines = format!("{}\nnot json\n\n{}\n{{\"id\":", GOOD.replace("good", "one"), GOOD.replace("good", "two"));
    let data = Data::new();
    let file = data.path().join("lines.jsonl");
    std::fs::write(&file, lines).unwrap();
    let report = data.run(&[file.to_str().unwrap()]);
    assert_eq!(report["contacts"], 2);
    let origins: Vec<_> =
        report["quarantined"].as_array().unwrap().iter().map(|one| one["origin"].to_string()).collect();
    assert_eq!(origins.len(), 2);
    assert!(origins.iter().any(|origin| origin.contains("lines.jsonl:2")), "{origins:?} name the line");
    assert!(origins.iter().any(|origin| origin.contains("lines.jsonl:5")), "{origins:?} name the line");
}

#[test]
fn conversations_that_cannot_be() {
    check(
        "negative",
        &turns(&json!([{ "role": "customer", "text": "a", "start_ms": -5, "end_ms": 10 }])),
        Some("invalid_conversation"),
    );
    check(
        "backwards",
        &turns(&json!([{ "role": "agent", "text": "a", "start_ms": 500, "end_ms": 10 }])),
        Some("invalid_conversation"),
    );
    check(
        "far",
        &turns(&json!([{ "role": "agent", "text": "a", "start_ms": 1e15, "end_ms": 2e15 }])),
        Some("invalid_conversation"),
    );
    check("wrong-types", &turns(&json!("none")), Some("invalid_structure"));
}

#[test]
fn conversations_that_are_odd_but_true() {
    check("no-turns", &turns(&json!([])), None);
    check("empty-text", &turns(&json!([{ "role": "customer", "text": "" }])), None);
    check("unknown-role", &turns(&json!([{ "role": "parrot", "text": "hello" }])), None);
    let overlapping = json!([
        { "role": "customer", "text": "a", "start_ms": 0, "end_ms": 900 },
        { "role": "agent", "text": "b", "start_ms": 100, "end_ms": 200 },
    ]);
    check("overlapping", &turns(&overlapping), None);
    check(
        "null-everything",
        b"{\"id\":\"n\",\"source\":null,\"channel\":null,\"turns\":[{\"role\":null,\"text\":null}],\"labels\":null}",
        None,
    );
    let strange = "\u{202e}\u{0}👩‍👩‍👧‍👦 <b>&amp;</b> \u{feff}İ ﬁ".repeat(50);
    check("strange-text", &turns(&json!([{ "role": "customer", "text": strange }])), None);
}

#[test]
fn a_document_beyond_the_limit_stays_where_it_is() {
    let data = Data::new();
    let file = data.path().join("huge.json");
    // A gigabyte that costs no disk.
    std::fs::File::create(&file).unwrap().set_len(1 << 30).unwrap();
    let mut command = data.command(&["--json", "run", file.to_str().unwrap()]);
    let output = command.env("AFTERCALL_LIMITS__DOCUMENT_BYTES", "1000000").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["quarantined"][0]["reason"], "too_large", "{report}");
    assert!(report["quarantined"][0]["detail"].as_str().unwrap().contains("limits.document_bytes"));
}

#[test]
fn a_contact_of_a_million_turns() {
    let turn = json!({ "role": "customer", "text": "it is still not working" }).to_string();
    let document = format!("{{\"id\":\"long\",\"source\":\"test\",\"turns\":[{}]}}", vec![turn; 1_000_000].join(","));
    let report = check("million", document.as_bytes(), None);
    assert_eq!(report["turns"], 1_000_002);
}

#[test]
fn a_path_that_is_not_there_is_an_error_that_names_it() {
    let data = Data::new();
    let output = data.output(&["run", "no/such/file.json"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("no/such/file.json"));
}
