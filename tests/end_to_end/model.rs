//! Summaries by a language model, with a stand-in for its endpoint, which answers every request with a summary of the form
//! that the request asks for.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};

use crate::support::Data;

/// The address of a stand-in that answers until the test ends.
fn stand_in() -> String {
    stand_in_that_says(None)
}

/// The same, with always these words in place of a summary.
fn stand_in_that_says(words: Option<&'static str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(&stream, words));
        }
    });
    endpoint
}

fn answer(stream: &TcpStream, words: Option<&str>) {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    let mut line = String::new();
    while reader.read_line(&mut line).unwrap() > 2 {
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        line.clear();
    }
    let mut sent = vec![0; length];
    reader.read_exact(&mut sent).unwrap();
    let request: Value = serde_json::from_slice(&sent).unwrap();
    let asked = &request["response_format"]["json_schema"]["schema"]["properties"];
    let reason = json!({ "text": "The customer called about 123456 things.", "turns": [0] });
    let summary = match asked.get("commitments") {
        Some(_) => {
            json!({ "reason": reason, "agent_actions": [], "outcome": null, "resolution": "resolved", "commitments": [], "notes": [] })
        }
        None => {
            json!({ "reason": reason, "what_happened": [], "resolution": "resolved", "follow_up": [], "bot_failures": [] })
        }
    };
    let body = json!({
        "choices": [{ "message": { "content": words.map_or_else(|| summary.to_string(), str::to_owned) } }],
        "usage": { "prompt_tokens": 10, "completion_tokens": 5 },
    })
    .to_string();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
    write!(&*stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
}

fn with_model(data: &Data, arguments: &[&str]) -> String {
    with_model_at(&stand_in(), data, arguments)
}

fn with_model_at(endpoint: &str, data: &Data, arguments: &[&str]) -> String {
    let output = data
        .command(arguments)
        .env("AFTERCALL_MODEL__ENDPOINT", endpoint)
        .env("AFTERCALL_MODEL__NAME", "stand-in")
        .env("AFTERCALL_MODEL__API_KEY", "a-secret-key")
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_models_summaries_are_checked_and_paid_for_once() {
    let data = Data::new();
    with_model(&data, &["run", "samples"]);
    let rows = data.rows("SELECT DISTINCT statement, verdict FROM summaries");
    assert_eq!(rows, [json!({ "statement": "The customer called about 123456 things.", "verdict": "unsupported" })]);
    let tokens = "SELECT SUM(processing_input_tokens) AS tokens FROM contacts_all";
    let paid = data.json(&["query", tokens]);
    assert!(paid[0]["tokens"].as_i64().unwrap() >= 150, "{paid}");
    with_model(&data, &["run", "samples"]);
    assert_eq!(data.json(&["query", tokens]), paid, "a second run asks nothing");
    let shown = with_model(&data, &["config"]);
    assert!(!shown.contains("a-secret-key"), "the key is not shown");
}

#[test]
fn an_answer_that_cannot_be_used_is_in_quarantine_until_the_model_is_mended() {
    let data = Data::new();
    with_model_at(&stand_in_that_says(Some("Sure! Here it is.")), &data, &["run", "samples/Analysis"]);
    let entries = data.json(&["quarantine", "list"]);
    let entries = entries.as_array().unwrap();
    assert!(!entries.is_empty() && entries.iter().all(|entry| entry["reason"] == "invalid_answer"), "{entries:?}");
    let id = entries[0]["quarantine_id"].as_str().unwrap();
    assert!(data.text(&["quarantine", "show", id, "--content"]).contains("Sure! Here it is."), "what was said is kept");
    assert_eq!(
        data.rows("SELECT COUNT(*) AS n FROM summaries")[0]["n"],
        0,
        "no text that is no summary passes for one"
    );

    let retried = with_model(&data, &["--json", "quarantine", "retry"]);
    let retried: Value = serde_json::from_str(&retried).unwrap();
    assert_eq!((&retried["used"], &retried["left"]), (&json!(entries.len()), &json!(0)));
    assert!(retried["revisions_published"].as_u64().unwrap() >= 1, "{retried}");
    assert_eq!(data.json(&["quarantine", "list"]), json!([]));
    assert!(data.rows("SELECT COUNT(*) AS n FROM summaries")[0]["n"].as_i64().unwrap() > 0);
}

#[test]
fn what_a_result_has_cost_stands_in_one_revision() {
    let data = Data::new();
    with_model(&data, &["run", "samples"]);
    let cost = || data.json(&["query", "cost"]);
    let of =
        |rows: &Value, name: &str| rows.as_array().unwrap().iter().filter_map(|row| row[name].as_i64()).sum::<i64>();
    let before = cost();
    assert!(of(&before, "input_tokens") >= 150, "{before}");
    // Asks nobody, and makes a new revision of every contact.
    let changed =
        data.command(&["backfill", "--stage", "sentiment"]).env("AFTERCALL_SENTIMENT__FORMULA", "lca/1").output();
    assert!(changed.unwrap().status.success());
    let after = cost();
    assert!(of(&after, "revisions") > of(&before, "revisions"), "{after}");
    for tokens in ["input_tokens", "output_tokens"] {
        assert_eq!(of(&after, tokens), of(&before, tokens), "{tokens}: {after}");
    }
    let models =
        data.rows("SELECT COUNT(*) AS n FROM contacts WHERE revision = 2 AND cardinality(processing_models) = 1");
    assert!(models[0]["n"].as_i64().unwrap() > 10, "who wrote the summaries stays: {models:?}");
    // What the summaries have cost is still known to whoever estimates another version of them.
    let output = data
        .command(&["--json", "backfill", "--stage", "agent-summary", "--dry-run"])
        .env("AFTERCALL_MODEL__ENDPOINT", stand_in())
        .env("AFTERCALL_MODEL__NAME", "another")
        .env("AFTERCALL_MODEL__INPUT_USD_PER_MILLION", "1000")
        .env("AFTERCALL_MODEL__OUTPUT_USD_PER_MILLION", "1000")
        .output()
        .unwrap();
    let planned: Value = serde_json::from_slice(&output.stdout).unwrap();
    let (contacts, usd) = (planned["contacts"].as_f64().unwrap(), planned["estimate_usd"].as_f64().unwrap());
    assert!(contacts > 5.0 && (usd - contacts * 0.015).abs() < 1e-9, "{planned}");
}

#[test]
fn prompts_are_compared_before_one_is_accepted() {
    let data = Data::new();
    let prompt = |version: &str| {
        let path = data.path().join(version.replace('/', "-"));
        std::fs::write(&path, format!("version: {version}\n\nWrite the record of the contact.\n")).unwrap();
        path.display().to_string()
    };
    let (one, two) = (prompt("agent-summary-short/1"), prompt("agent-summary-short/2"));
    let arguments =
        ["--json", "evaluate", "tests/sets/contacts.jsonl", "--prompt", &one, "--prompt", &two, "--sample", "5"];
    let figures: Value = serde_json::from_str(&with_model(&data, &arguments)).unwrap();
    assert_eq!(figures.as_array().unwrap().len(), 2);
    for (figure, version) in figures.as_array().unwrap().iter().zip(["agent-summary-short/1", "agent-summary-short/2"])
    {
        assert_eq!(figure["prompt"], version);
        assert_eq!((&figure["contacts"], &figure["failed"]), (&json!(5), &json!(0)));
        assert_eq!(figure["unsupported_share"], 1.0, "the stand-in says what no turn says");
        assert!(figure["resolution_accuracy"].is_f64());
    }
}

#[test]
fn a_backfill_ends_before_a_call_that_its_budget_has_no_room_for() {
    let data = Data::new();
    data.run(&["samples"]);
    let endpoint = stand_in();
    let backfill = |budget: &str| -> Value {
        let output = data
            .command(&["--json", "backfill", "--stage", "agent-summary", "--compare", "--budget", budget])
            .env("AFTERCALL_MODEL__ENDPOINT", &endpoint)
            .env("AFTERCALL_MODEL__NAME", "stand-in")
            .env("AFTERCALL_MODEL__INPUT_USD_PER_MILLION", "1000")
            .env("AFTERCALL_MODEL__OUTPUT_USD_PER_MILLION", "1000")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    // A call costs 15 tokens, 0.015 dollars; it could cost 4,096 tokens written twice at the least.
    let none = backfill("8");
    assert_eq!((&none["over_budget"], &none["contacts"], &none["cost_usd"]), (&json!(true), &json!(0), &json!(0.0)));
    let all = backfill("60");
    let (contacts, cost) = (all["contacts"].as_f64().unwrap(), all["cost_usd"].as_f64().unwrap());
    assert_eq!(all["over_budget"], false, "what calls really cost makes room for the next ones: {all}");
    assert!(contacts > 5.0 && (cost - contacts * 0.015).abs() < 1e-9, "{all}");
}
