//! Erasing a customer, and taking the archive in again.

use serde_json::{Value, json};

use crate::support::Data;

/// The phone number of the customer of one sample contact, as its record has it.
fn a_customer() -> (String, String) {
    let records = crate::support::root().join("samples/streams/contact-records-2026-03.jsonl");
    let text = std::fs::read_to_string(records).unwrap();
    let record: Value = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .find(|record: &Value| record["ContactId"] == json!("e5f44f97-d603-4414-8dd6-dbf180f909c1"))
        .unwrap();
    let address = record["CustomerEndpoint"]["Address"].as_str().unwrap();
    (address.to_string(), record["ContactId"].as_str().unwrap().to_string())
}

#[test]
fn a_customer_is_erased_and_does_not_come_back() {
    let data = Data::new();
    data.run(&["samples"]);
    let (customer, contact) = a_customer();
    let about = |table: &str| {
        data.json(&["query", &format!("SELECT COUNT(*) AS n FROM {table}_all WHERE contact_id = '{contact}'")])[0]["n"]
            .clone()
    };
    assert_eq!(about("contacts"), 1);
    // The key was changed since: the old one still finds the contact.
    let key = data.path().join("data/hmac.key");
    std::fs::rename(&key, key.with_extension("key.1")).unwrap();
    let planned = data.json(&["erase", "--customer", &customer, "--dry-run"]);
    assert_eq!(about("contacts"), 1, "a dry run removes nothing");
    let erased = data.json(&["erase", "--customer", &customer]);
    let of = |report: &Value| report["erased"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(of(&planned), of(&erased));
    assert!(of(&erased).iter().any(|key| key.ends_with(&contact)), "{erased}");
    assert!(!erased["out_of_reach"].as_array().unwrap().is_empty());
    for table in ["contacts", "turns", "summaries", "sentiment_quarters", "first_responses", "categories"] {
        assert_eq!(about(table), 0, "{table}");
    }
    assert!(!data.output(&["show", &contact]).status.success());
    let again = data.run(&["samples"]);
    assert!(again["inputs_erased"].as_u64().unwrap() > 0, "{again}");
    assert_eq!(about("contacts"), 0, "a redelivery does not bring it back");
    let store = std::fs::read(data.path().join("data/aftercall.sqlite")).unwrap();
    let words = b"cancel everything";
    assert!(!store.windows(words.len()).any(|window| window == words), "the store's file still has its words");
    assert!(data.text(&["erase", "--contact", "no-such-contact"]).contains("Out of reach"));
}

#[test]
fn a_replayed_archive_gives_the_same_rows() {
    let data = Data::new();
    let run = data.command(&["--json", "run", "samples"]).env("AFTERCALL_ARCHIVE__DOCUMENTS", "true").output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let again = data.json(&["replay"]);
    assert_eq!((&again["inputs_new"], &again["revisions_published"]), (&json!(0), &json!(0)), "{again}");
    let fresh = Data::new();
    let into = fresh.path().join("data");
    let replayed = data.json(&["replay", "--into", into.to_str().unwrap()]);
    assert!(replayed["inputs_new"].as_u64().unwrap() > 17, "{replayed}");
    for table in ["contacts", "turns", "sentiment_quarters", "summaries", "categories", "entities", "first_responses"] {
        let rows = |data: &Data| {
            let mut rows = data.rows(&format!("SELECT * FROM {table}_latest"));
            for row in &mut rows {
                row.as_object_mut().unwrap().remove("revision");
            }
            rows.sort_by_key(ToString::to_string);
            rows
        };
        assert_eq!(rows(&data), rows(&fresh), "{table}");
    }
    let nothing = data.json(&["replay", "--to", "2020-01-01"]);
    assert_eq!(nothing["documents"], 0);
}

#[test]
fn a_backfill_is_compared_then_accepted() {
    let data = Data::new();
    data.run(&["samples"]);
    let formula = |arguments: &[&str]| -> Value {
        let output = data
            .command(&[&["--json", "backfill", "--stage", "sentiment"], arguments].concat())
            .env("AFTERCALL_SENTIMENT__FORMULA", "lca/1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let revisions = || data.json(&["query", "SELECT COUNT(*) AS n FROM contacts_all"])[0]["n"].as_u64().unwrap();
    let before = revisions();
    let estimate = formula(&["--dry-run"]);
    assert_eq!(estimate["estimate_usd"], 0.0);
    let compared = formula(&["--compare"]);
    assert!(compared["changed"].as_u64().unwrap() > 0, "{compared}");
    assert_eq!(revisions(), before, "a comparison publishes nothing");
    let march_nine = formula(&["--from", "2026-03-09", "--to", "2026-03-09"]);
    let accepted = formula(&[]);
    let changed = march_nine["changed"].as_u64().unwrap() + accepted["changed"].as_u64().unwrap();
    assert_eq!(changed, compared["changed"].as_u64().unwrap(), "what was compared is what is accepted");
    assert_eq!(revisions(), before + changed);
    assert_eq!(formula(&[])["changed"], 0);
    let formulas = data.rows("SELECT DISTINCT sentiment_formula FROM contacts_latest WHERE revision = 2");
    assert_eq!(formulas, [json!({ "sentiment_formula": "lca/1" })]);
}
