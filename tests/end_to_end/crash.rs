//! Killed at any moment, hundreds of times, and started again: nothing is lost and nothing is there twice.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Data, same_rows, shared};

const KILLS: u32 = 240;
const RUNS_A_ROUND: u64 = 6;

/// Numbers that look random; the same in every run, so a failure names its round.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound.max(1)
    }
}

fn everything(data: &Data) -> Vec<Vec<Value>> {
    let mut rows: Vec<_> = [
        "SELECT * FROM contacts_all ORDER BY instance_id, contact_id, revision",
        "SELECT * FROM turns_all ORDER BY instance_id, contact_id, revision, turn",
        "SELECT * FROM summaries_all ORDER BY instance_id, contact_id, revision, use_case, position",
    ]
    .map(|sql| data.rows(sql))
    .into();
    let quarantined = data.json(&["quarantine", "list"]);
    let mut ids: Vec<_> = quarantined.as_array().unwrap().iter().map(|entry| entry["quarantine_id"].clone()).collect();
    ids.sort_by_key(ToString::to_string);
    rows.push(ids);
    rows
}

#[test]
fn killed_at_any_moment() {
    let mut inputs = vec!["samples".to_string()];
    for name in ["hvb_sample", "aws_tca_example", "abcd_sample", "aci_bench"] {
        let found = shared(&format!("conversations/{name}.open.jsonl.gz"));
        inputs.extend(found.map(|path| path.display().to_string()));
    }
    let paths: Vec<_> = inputs.iter().map(String::as_str).collect();
    let clean = Data::new();
    let started = Instant::now();
    clean.run(&paths);
    let whole = started.elapsed();
    let expected = everything(&clean);

    let mut dice = Dice(1);
    let mut killed = 0;
    for round in 0.. {
        if killed >= KILLS {
            break;
        }
        assert!(
            round < KILLS,
            "hardly any run is killed before its end: {killed} of {}",
            u64::from(round) * RUNS_A_ROUND
        );
        let data = Data::new();
        for run in 1..=RUNS_A_ROUND {
            let mut child = data.command(&[&["--json", "run"], paths.as_slice()].concat());
            let mut child = child.stdout(std::process::Stdio::null()).spawn().unwrap();
            // A later run of a round has less left to do.
            let wait = dice.below(u64::try_from(whole.as_micros()).unwrap() / run);
            // The moment of the kill is the subject of the test, so this waits for a time and not for an event.
            std::thread::sleep(Duration::from_micros(wait));
            child.kill().unwrap();
            killed += u32::from(!child.wait().unwrap().success());
        }
        data.run(&paths);
        same_rows(&everything(&data), &expected, &format!("round {round}"));
    }
}
