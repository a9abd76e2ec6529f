//! A disk that is really full, at many points of a run: nothing half published, an error that says what is missing, and
//! with more room the next run comes to the same end. Needs the right to mount a small file system; says aloud where it has
//! none.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::crash_warehouse::{end_of, nothing_is_half_published};
use crate::support::{Data, same_rows};

/// A file system of so many kilobytes in memory; it goes when it is dropped.
struct SmallDisk(PathBuf);

fn mount(options: &str, at: &Path) -> bool {
    let mount =
        Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(at).stderr(Stdio::null()).status();
    mount.is_ok_and(|status| status.success())
}

impl SmallDisk {
    fn new(kilobytes: u32, at: PathBuf) -> Option<Self> {
        std::fs::create_dir_all(&at).unwrap();
        mount(&format!("size={kilobytes}k"), &at).then(|| Self(at))
    }

    fn make_room(&self) {
        assert!(mount("remount,size=200m", &self.0), "{}", self.0.display());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(&self.0).status();
        if !unmounted.is_ok_and(|status| status.success()) {
            eprintln!("{} is still mounted", self.0.display());
        }
    }
}

/// What a run met.
enum Met {
    /// There was room for all of it.
    Room,
    /// It found the disk full before the dump began.
    FullBefore,
    /// It found the disk full while it dumped.
    FullInTheDump,
}

/// A run on a disk of so many kilobytes, and another with more room, which comes to the end that is expected. None where no
/// file system can be mounted.
fn check(kilobytes: u32, expected: &[Vec<Value>]) -> Option<Met> {
    let data = Data::new();
    let disk = SmallDisk::new(kilobytes, data.path().join("data"))?;
    let output = data.output(&["run", "samples"]);
    let met = if output.status.success() {
        Met::Room
    } else {
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains("No space left") || errors.contains("disk is full"), "{kilobytes} kB: {errors}");
        // A manifest may be there: what comes after it, the note that it was checked, found no room.
        nothing_is_half_published(&data);
        if data.path().join("data/warehouse").exists() { Met::FullInTheDump } else { Met::FullBefore }
    };
    disk.make_room();
    data.run(&["samples"]);
    same_rows(&end_of(&data), expected, &format!("{kilobytes} kB"));
    drop(disk);
    Some(met)
}

#[test]
fn a_disk_that_is_full() {
    let undisturbed = Data::new();
    undisturbed.run(&["samples"]);
    let expected = end_of(&undisturbed);
    let (mut before, mut in_the_dump) = (0, 0);
    // First how much room a run needs, by halves; then sizes right below that, where it is the dump that finds none.
    let (mut too_small, mut enough) = (200, 8_000);
    while enough - too_small > 40 {
        let middle = (too_small + enough) / 2;
        let Some(met) = check(middle, &expected) else {
            eprintln!("skipped: a full disk, because no file system can be mounted here");
            return;
        };
        match met {
            Met::Room => enough = middle,
            Met::FullBefore | Met::FullInTheDump => too_small = middle,
        }
        before += u32::from(matches!(met, Met::FullBefore));
        in_the_dump += u32::from(matches!(met, Met::FullInTheDump));
    }
    for kilobytes in [400, too_small - 60, too_small - 100, too_small - 140] {
        let met = check(kilobytes, &expected);
        before += u32::from(matches!(met, Some(Met::FullBefore)));
        in_the_dump += u32::from(matches!(met, Some(Met::FullInTheDump)));
    }
    assert!(before > 0 && in_the_dump > 1, "full before the dump {before} times, in the dump {in_the_dump} times");
}

#[test]
fn what_could_not_be_written_comes_into_the_same_revision() {
    let undisturbed = Data::new();
    undisturbed.run(&["samples"]);
    let expected = end_of(&undisturbed);

    let data = Data::new();
    let nothing = data.path().join("nothing");
    std::fs::create_dir(&nothing).unwrap();
    data.run(&[nothing.to_str().unwrap()]);
    let store = rusqlite::Connection::open(data.path().join("data/aftercall.sqlite")).unwrap();
    // There is room for all of the contacts but their records.
    store
        .execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON inputs WHEN NEW.origin LIKE '%contact-records%'
             BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END",
        )
        .unwrap();
    let output = data.output(&["run", "samples"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && errors.contains("disk is full") && errors.contains("run the same again"));
    assert!(!data.path().join("data/warehouse/contacts").exists(), "analysed without what could not be written");

    store.execute_batch("DROP TRIGGER full").unwrap();
    data.run(&["samples"]);
    same_rows(&end_of(&data), &expected, "run again");
}
