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

/// Runs a command with another formula of sentiment, so that every contact changes. Says whether it succeeded, and what.
fn with_formula(data: &Data, arguments: &[&str]) -> (bool, Value) {
    let mut command = data.command(&[&["--json"], arguments].concat());
    let output = command.env("AFTERCALL_SENTIMENT__FORMULA", "lca/1").output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let answer =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}; {errors}"));
    (output.status.success(), answer)
}

fn run_with_archive(data: &Data, path: &str) {
    let run = data.command(&["--json", "run", path]).env("AFTERCALL_ARCHIVE__DOCUMENTS", "true").output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn a_run_removes_what_the_archive_has_kept_for_long_enough() {
    let data = Data::new();
    run_with_archive(&data, "samples/streams/contact-records-2026-03.jsonl");
    let store = rusqlite::Connection::open(data.path().join("data/aftercall.sqlite")).unwrap();
    let kept = "SELECT count(*) FROM objects WHERE key LIKE 'archive/documents/%.document'";
    let kept = || store.query_row(kept, [], |row| row.get::<_, i64>(0)).unwrap();
    let before = kept();
    assert!(before > 1);
    // One of them came long ago.
    let old = "UPDATE objects SET key = 'archive/documents/2020-01-01/a/old.document' WHERE key = \
               (SELECT min(key) FROM objects WHERE key LIKE 'archive/documents/%.document')";
    assert_eq!(store.execute(old, []).unwrap(), 1);
    let run = |days: &str| {
        let mut command = data.command(&["--json", "run", "samples/streams/contact-records-2026-03.jsonl"]);
        let output = command.env("AFTERCALL_ARCHIVE__DAYS", days).output().unwrap();
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["archive_expired"].clone()
    };
    assert_eq!((run(""), kept()), (json!(0), before));
    assert_eq!((run("30"), kept()), (json!(1), before - 1));
}

#[test]
fn a_replay_re_runs_a_stage_on_the_contacts_of_its_documents_alone() {
    let data = Data::new();
    data.run(&["samples"]);
    run_with_archive(&data, "samples/streams/contact-records-2026-03.jsonl");
    let (succeeded, nothing) = with_formula(&data, &["replay", "--to", "2020-01-01", "--stage", "sentiment"]);
    assert!(succeeded);
    assert_eq!((&nothing["documents"], &nothing["backfill"]["changed"]), (&json!(0), &json!(0)), "{nothing}");
    let contacts = data.rows("SELECT COUNT(*) AS n FROM contacts_latest")[0]["n"].as_u64().unwrap();
    let (succeeded, some) = with_formula(&data, &["replay", "--from", "2020-01-01", "--stage", "sentiment"]);
    let changed = some["backfill"]["changed"].as_u64().unwrap();
    assert!(succeeded && changed > 0 && changed < contacts, "{contacts}: {some}");
    let revisions = data.rows("SELECT COUNT(*) AS n FROM contacts_all WHERE revision = 2");
    assert_eq!(revisions, [json!({ "n": changed })]);
    let budget = data.output(&["replay", "--budget", "1"]);
    assert!(!budget.status.success(), "a budget of nothing");
}

#[test]
fn what_a_backfill_could_not_do_is_said_by_whoever_started_it() {
    let data = Data::new();
    run_with_archive(&data, "samples");
    let store = rusqlite::Connection::open(data.path().join("data/aftercall.sqlite")).unwrap();
    let (_, contact) = a_customer();
    let damage = "UPDATE objects SET body = CAST('damaged' AS BLOB) WHERE key LIKE 'analyses/%' || ?1 || '%'";
    assert_eq!(store.execute(damage, [&contact]).unwrap(), 1);
    drop(store);
    for arguments in [
        &["replay", "--stage", "sentiment"][..],
        &["backfill", "--stage", "sentiment"],
        &["backfill", "--stage", "sentiment", "--dry-run"],
    ] {
        let (succeeded, answer) = with_formula(&data, arguments);
        let outcome = if arguments[0] == "replay" { &answer["backfill"] } else { &answer };
        assert!(!succeeded, "{arguments:?}: {answer}");
        assert_eq!(outcome["errors"].as_array().unwrap().len(), 1, "{arguments:?}: {answer}");
        assert_eq!(outcome["errors"][0]["contact"]["contact_id"], json!(contact), "{arguments:?}: {answer}");
        let mut command = data.command(arguments);
        let output = command.env("AFTERCALL_SENTIMENT__FORMULA", "lca/1").output().unwrap();
        assert!(!output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).contains(&contact), "{arguments:?} says which contact");
    }
}

#[test]
fn a_backfill_that_is_only_counted_counts_the_days_that_were_asked_for() {
    let data = Data::new();
    data.run(&["samples"]);
    let days = ["--from", "2026-03-09", "--to", "2026-03-10"];
    let of = |more: &[&str]| with_formula(&data, &[&["backfill", "--stage", "sentiment"][..], &days, more].concat()).1;
    let (planned, done) = (of(&["--dry-run"]), of(&[]));
    let contacts = data.rows("SELECT COUNT(*) AS n FROM contacts WHERE dt <= DATE '2026-03-10'")[0]["n"].clone();
    assert_eq!((&planned["contacts"], &planned["current"]), (&contacts, &json!(0)), "{planned}");
    assert_eq!(done["contacts"], contacts, "{done}");
    for again in [of(&["--dry-run"]), of(&[])] {
        assert_eq!(
            (&again["contacts"], &again["current"]),
            (&json!(0), &contacts),
            "those of other days are no part of it"
        );
    }
}

#[test]
fn what_was_put_aside_leaves_the_archive_with_its_contact() {
    let data = Data::new();
    let file = data.path().join("broken.json");
    let id = "5d1f1b52-aaaa-4bbb-8ccc-0123456789ab";
    // Cut off in the middle of a word that is nobody's business.
    std::fs::write(&file, format!("{{\"ContactId\": \"{id}\", \"Transcript\": [{{\"Content\": \"my secret il"))
        .unwrap();
    run_with_archive(&data, file.to_str().unwrap());
    let quarantine = || data.json(&["quarantine", "list"]).as_array().unwrap().len();
    assert_eq!(quarantine(), 1);
    let planned = data.json(&["erase", "--contact", id, "--dry-run"]);
    let erased = data.json(&["erase", "--contact", id]);
    for report in [&planned, &erased] {
        let (_, erased) = report["erased"].as_object().unwrap().iter().next().unwrap();
        let archived = |key: &Value| key.as_str().unwrap().starts_with("archive/documents/");
        assert_eq!(erased["objects"].as_array().unwrap().iter().filter(|key| archived(key)).count(), 2, "{report}");
    }
    assert_eq!(quarantine(), 0);
    let replayed = data.json(&["replay"]);
    assert_eq!((&replayed["documents"], quarantine()), (&json!(0), 0), "{replayed}");
    let store = std::fs::read(data.path().join("data/aftercall.sqlite")).unwrap();
    assert!(!store.windows(9).any(|window| window == b"my secret"), "the store's file still has its words");
}

#[test]
fn what_was_tried_again_since_leaves_the_archive_with_its_contact() {
    let data = Data::new();
    let document = std::fs::read(crate::support::root().join("samples/broken/weather-report.json")).unwrap();
    let id = "5d1f1b52-aaaa-4bbb-8ccc-0123456789ab";
    let file = data.path().join(format!("{id}.json"));
    std::fs::write(&file, document).unwrap();
    run_with_archive(&data, file.to_str().unwrap());
    // As it is after somebody tried it again and it could be used: the entry is gone.
    let store = rusqlite::Connection::open(data.path().join("data/aftercall.sqlite")).unwrap();
    assert_eq!(store.execute("DELETE FROM quarantine", []).unwrap(), 1);
    drop(store);
    data.json(&["erase", "--contact", id]);
    assert_eq!(data.json(&["replay"])["documents"], 0);
}

#[test]
fn a_damaged_file_does_not_stop_an_erasure() {
    let data = Data::new();
    data.run(&["samples"]);
    let (customer, contact) = a_customer();
    let day = data.path().join("data/warehouse/turns/dt=2026-03-11");
    let file = std::fs::read_dir(day).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, b"PAR1").unwrap();
    let name = file.file_name().unwrap().to_str().unwrap();
    let mut advice = String::new();
    for arguments in [&["erase", "--customer", &customer, "--dry-run"][..], &["erase", "--customer", &customer]] {
        let output = data.output(&[&["--json"], arguments].concat());
        assert!(!output.status.success(), "{arguments:?} says that it could not do all");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let unreadable: Vec<_> = report["unreadable"].as_object().unwrap().keys().collect();
        assert!(unreadable.len() == 1 && unreadable[0].ends_with(name), "{report}");
        advice = report["out_of_reach"]
            .as_array()
            .unwrap()
            .last()
            .unwrap()
            .as_str()
            .unwrap()
            .trim_end_matches('.')
            .to_owned();
        assert!(advice.contains(&contact) && advice.contains("Restore"), "{advice}");
    }
    let about = |table: &str| {
        data.rows(&format!("SELECT COUNT(*) AS n FROM {table}_all WHERE contact_id = '{contact}'"))[0]["n"].clone()
    };
    assert_eq!((about("contacts"), about("summaries")), (json!(0), json!(0)));
    // As the advice says: by the whole id that it names.
    std::fs::write(&file, whole).unwrap();
    assert_ne!(about("turns"), 0);
    let named = advice.split([' ', ',']).find(|word| word.ends_with(&contact)).unwrap();
    data.text(&["erase", "--contact", named]);
    assert_eq!(about("turns"), 0);
}
