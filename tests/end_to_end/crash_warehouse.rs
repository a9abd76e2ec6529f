//! Dump, backfill and erasure, killed at any moment and started again: the same end as undisturbed. Which call fails is
//! tried one by one in the crates' own tests; here the process itself goes, with whatever it had open.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Data, same_rows};

const ROUNDS: u32 = 8;
const KILLS_A_ROUND: u32 = 4;
const ERASED: &str = "e5f44f97-d603-4414-8dd6-dbf180f909c1";

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The files that the manifests of a warehouse list: key and checksum.
fn listed(warehouse: &Path) -> BTreeMap<String, String> {
    let mut listed = BTreeMap::new();
    let manifests = warehouse.join("_manifests");
    if !manifests.exists() {
        return listed;
    }
    for manifest in std::fs::read_dir(manifests).unwrap() {
        let manifest: Value = serde_json::from_slice(&std::fs::read(manifest.unwrap().path()).unwrap()).unwrap();
        for file in manifest["files"].as_array().unwrap() {
            listed.insert(file["key"].as_str().unwrap().to_string(), file["blake3"].as_str().unwrap().to_string());
        }
    }
    listed
}

fn checksum(file: &Path) -> String {
    blake3::hash(&std::fs::read(file).unwrap()).to_hex().to_string()
}

/// Whatever ended early: what a manifest lists is there and whole.
pub fn nothing_is_half_published(data: &Data) {
    for (key, expected) in listed(&data.path().join("data/warehouse")) {
        assert_eq!(checksum(&data.path().join("data").join(&key)), expected, "{key}");
    }
}

/// What the folder says, whoever wrote it: every revision once, and nothing but what the manifests list.
pub fn end_of(data: &Data) -> Vec<Vec<Value>> {
    let warehouse = data.path().join("data/warehouse");
    let listed = listed(&warehouse);
    let mut there = BTreeMap::new();
    for table in std::fs::read_dir(&warehouse).unwrap().map(|entry| entry.unwrap()) {
        let name = table.file_name().into_string().unwrap();
        if name.starts_with('_') {
            continue;
        }
        for day in std::fs::read_dir(table.path()).unwrap().map(|entry| entry.unwrap()) {
            for file in std::fs::read_dir(day.path()).unwrap().map(|entry| entry.unwrap()) {
                let day = day.file_name().into_string().unwrap();
                let key = format!("warehouse/{name}/{day}/{}", file.file_name().into_string().unwrap());
                there.insert(key, checksum(&file.path()));
            }
        }
    }
    assert_eq!(there, listed, "the folder holds what the manifests list");
    [
        "SELECT * FROM contacts_all ORDER BY contact_id, revision",
        "SELECT * FROM turns_all ORDER BY contact_id, revision, turn",
        "SELECT * FROM sentiment_quarters_all ORDER BY contact_id, revision, participant_role, quarter",
    ]
    .map(|sql| data.rows(sql))
    .into()
}

/// Kills a command again and again in copies of a folder, lets it end, and compares.
fn check(prepared: &Data, arguments: &[&str], formula: &str) {
    let command = |data: &Data| {
        let mut command = data.command(arguments);
        command.env("AFTERCALL_SENTIMENT__FORMULA", formula).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let fresh = || {
        let data = Data::new();
        copy(&prepared.path().join("data"), &data.path().join("data"));
        data
    };
    let undisturbed = fresh();
    let started = Instant::now();
    assert!(command(&undisturbed).status().unwrap().success(), "{arguments:?}");
    let whole = u32::try_from(started.elapsed().as_micros()).unwrap();
    let expected = end_of(&undisturbed);
    let mut killed = 0;
    for round in 0..ROUNDS {
        let data = fresh();
        for kill in 0..KILLS_A_ROUND {
            let mut child = command(&data).spawn().unwrap();
            // Moments spread over the whole run. The moment of the kill is the subject of the test, so this waits for a
            // time and not for an event.
            let moment = (round * KILLS_A_ROUND + kill + 1) * 7 % (ROUNDS * KILLS_A_ROUND);
            std::thread::sleep(Duration::from_micros(u64::from(whole / (ROUNDS * KILLS_A_ROUND) * moment)));
            child.kill().unwrap();
            killed += u32::from(!child.wait().unwrap().success());
        }
        assert!(command(&data).status().unwrap().success(), "{arguments:?}");
        same_rows(&end_of(&data), &expected, &format!("{arguments:?} round {round}"));
    }
    assert!(killed > ROUNDS, "hardly any run was killed before its end: {killed}");
}

#[test]
fn killed_while_it_dumps() {
    let data = Data::new();
    data.run(&["samples"]);
    std::fs::remove_dir_all(data.path().join("data/warehouse")).unwrap();
    check(&data, &["dump"], "contact-lens/1");
}

#[test]
fn killed_while_it_re_runs_a_stage() {
    let data = Data::new();
    data.run(&["samples"]);
    check(&data, &["backfill", "--stage", "sentiment"], "lca/1");
}

#[test]
fn killed_while_it_erases() {
    let data = Data::new();
    data.run(&["samples"]);
    check(&data, &["erase", "--contact", ERASED], "contact-lens/1");
}
