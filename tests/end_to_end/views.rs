//! The views of the newest revisions: whole, without anything left of an older one, and without what was moved away.

use aftercall_schemas::rows::{CategoryRow, ContactRow, TurnRow};
use aftercall_warehouse::encode::encode_batches;
use aftercall_warehouse::tables::Table;
use serde::Serialize;
use serde_json::{Value, json};

use crate::support::Data;

/// A published revision: contact, number, day, state, turns, categories.
type Published<'a> = (&'a str, i64, &'a str, &'a str, i64, &'a [&'a str]);

fn write<Row: Serialize>(data: &Data, table: Table, day: &str, name: &str, rows: &[Row]) {
    let folder = data.path().join(format!("data/warehouse/{}/dt={day}", table.name()));
    std::fs::create_dir_all(&folder).unwrap();
    let batch = serde_arrow::to_record_batch(table.schema().fields(), &rows).unwrap();
    std::fs::write(folder.join(format!("{name}.parquet")), encode_batches(table, &[batch]).unwrap()).unwrap();
}

/// Writes revisions as files, each of its own, and compares what the views say.
fn check(revisions: &[Published<'_>], expected: &[(&str, Value)]) {
    let data = Data::new();
    for (index, (contact, revision, day, state, turns, categories)) in revisions.iter().enumerate() {
        let name = index.to_string();
        let key = json!({ "instance_id": "i", "contact_id": contact, "revision": revision });
        let row = |more: Value| -> Value {
            let mut row = key.clone();
            row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            row
        };
        let contact: ContactRow = serde_json::from_value(row(json!({
            "revision_key": "k", "state": state, "missing": [], "channel": "VOICE", "use_cases": [], "sources": [],
            "alignment": "single", "turns_count": turns, "categories": categories, "processing_stage_versions": [],
            "processing_models": [],
        })))
        .unwrap();
        write(&data, Table::Contacts, day, &name, &[contact]);
        let turn = |turn: i64| -> TurnRow {
            serde_json::from_value(row(json!({
                "turn": turn, "turn_id": "t", "participant_id": "p", "participant_role": "CUSTOMER",
                "speaker_role_source": "service", "content": "hello", "redaction_kinds": [],
            })))
            .unwrap()
        };
        write(&data, Table::Turns, day, &name, &(0..*turns).map(turn).collect::<Vec<_>>());
        let category = |category: &&str| -> CategoryRow {
            serde_json::from_value(row(json!({ "category": category, "source": "rules", "matched_turns": [] })))
                .unwrap()
        };
        write(&data, Table::Categories, day, &name, &categories.iter().map(category).collect::<Vec<_>>());
    }
    for (sql, expected) in expected {
        assert_eq!(data.json(&["query", sql]), *expected, "{sql}");
    }
}

#[test]
fn a_revision_with_less_leaves_nothing_of_the_old_one() {
    check(
        &[("c", 1, "2026-03-09", "complete", 4, &["a", "b"]), ("c", 2, "2026-03-09", "complete", 1, &["b"])],
        &[
            ("SELECT revision, turn FROM turns_latest", json!([{ "revision": 2, "turn": 0 }])),
            ("SELECT revision, category FROM categories_latest", json!([{ "revision": 2, "category": "b" }])),
            ("SELECT COUNT(*) AS n FROM contacts_latest", json!([{ "n": 1 }])),
            ("SELECT COUNT(*) AS n FROM contacts", json!([{ "n": 1 }])),
            ("SELECT COUNT(*) AS n FROM contacts_all", json!([{ "n": 2 }])),
            ("SELECT COUNT(*) AS n FROM turns_all", json!([{ "n": 5 }])),
        ],
    );
}

#[test]
fn a_contact_whose_day_changes_leaves_its_old_day() {
    check(
        &[("c", 1, "2026-03-09", "complete", 2, &[]), ("c", 2, "2026-03-10", "complete", 2, &[])],
        &[
            ("SELECT CAST(dt AS VARCHAR) AS dt FROM contacts_latest", json!([{ "dt": "2026-03-10" }])),
            ("SELECT COUNT(*) AS n FROM turns_latest WHERE dt = DATE '2026-03-09'", json!([{ "n": 0 }])),
            ("SELECT COUNT(*) AS n FROM turns_latest WHERE dt = DATE '2026-03-10'", json!([{ "n": 2 }])),
        ],
    );
}

#[test]
fn what_became_part_of_another_contact_is_gone() {
    check(
        &[("c", 1, "2026-03-09", "complete", 2, &["a"]), ("c", 2, "2026-03-09", "moved", 0, &[])],
        &[
            ("SELECT COUNT(*) AS n FROM contacts_latest", json!([{ "n": 0 }])),
            ("SELECT COUNT(*) AS n FROM turns_latest", json!([{ "n": 0 }])),
            ("SELECT COUNT(*) AS n FROM categories_latest", json!([{ "n": 0 }])),
        ],
    );
}

#[test]
fn a_day_is_asked_for_without_looking_at_the_others() {
    let count = "SELECT CAST(dt AS VARCHAR) AS dt, revision FROM contacts_by_day ORDER BY dt, revision";
    let nine = |revision: i64| json!({ "dt": "2026-03-09", "revision": revision });
    check(
        &[
            ("c", 1, "2026-03-09", "complete", 1, &[]),
            ("c", 2, "2026-03-09", "complete", 1, &[]),
            ("gone", 1, "2026-03-09", "complete", 1, &[]),
            ("gone", 2, "2026-03-09", "moved", 0, &[]),
        ],
        &[(count, json!([nine(2)]))],
    );
    // What this view cannot know, and says so.
    let both = json!([nine(1), { "dt": "2026-03-10", "revision": 2 }]);
    check(&[("c", 1, "2026-03-09", "complete", 1, &[]), ("c", 2, "2026-03-10", "complete", 1, &[])], &[(count, both)]);
}

#[test]
fn a_day_of_many_is_a_small_part_of_what_is_read() {
    let data = Data::new();
    data.run(&["samples"]);
    let read = |arguments: &[&str]| -> (Value, u64) {
        let output = data.output(&[&["query", "--format", "json", "--bytes"], arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        let bytes = said.split(' ').next().and_then(|number| number.parse().ok());
        let bytes = bytes.unwrap_or_else(|| panic!("{said}"));
        (serde_json::from_slice(&output.stdout).unwrap(), bytes)
    };
    let sql =
        |view: &str| format!("SELECT contact_id, reason FROM {view} WHERE dt = DATE '2026-03-09' ORDER BY contact_id");
    let (latest, by_day) = (read(&[&sql("contacts_latest")]), read(&[&sql("contacts_by_day")]));
    assert_eq!(by_day.0, latest.0);
    assert!(by_day.1 > 0 && 2 * by_day.1 < latest.1, "{} and {} bytes", by_day.1, latest.1);

    // A named query of one day.
    let day = ["--from", "2026-03-12", "--to", "2026-03-12", "negative-contacts"];
    let (one, all) = (read(&day), read(&["negative-contacts"]));
    let mut of_day = all.0.as_array().unwrap().clone();
    of_day.retain(|row| row["dt"] == "2026-03-12");
    assert!(!of_day.is_empty() && of_day.len() < all.0.as_array().unwrap().len());
    assert_eq!(one.0, Value::Array(of_day));
    assert!(one.1 > 0 && one.1 < all.1, "{} and {} bytes", one.1, all.1);
}
