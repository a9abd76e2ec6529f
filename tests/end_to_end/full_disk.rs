//! A disk that is really full, at many points of a run: nothing half published, an error that says what is missing, and
//! with more room the next run comes to the same end. Needs the right to mount a small file system; says aloud where it has
//! none.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::crash_warehouse::{end_of, nothing_is_half_published};
use crate::support::Data;

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

#[test]
fn a_disk_that_is_full() {
    let undisturbed = Data::new();
    undisturbed.run(&["samples"]);
    let expected = end_of(&undisturbed);
    let (mut full, mut in_the_dump) = (0, 0);
    for kilobytes in (200..2400).step_by(200) {
        let data = Data::new();
        let Some(disk) = SmallDisk::new(kilobytes, data.path().join("data")) else {
            eprintln!("skipped: a full disk, because no file system can be mounted here");
            return;
        };
        let output = data.output(&["run", "samples"]);
        if !output.status.success() {
            full += 1;
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(errors.contains("No space left") || errors.contains("disk is full"), "{kilobytes} kB: {errors}");
            in_the_dump += u32::from(data.path().join("data/warehouse").exists());
            // A manifest may be there: what comes after it, the note that it was checked, found no room.
            nothing_is_half_published(&data);
        }
        disk.make_room();
        data.run(&["samples"]);
        for (rows, expected) in end_of(&data).iter().zip(&expected) {
            assert_eq!(rows, expected, "{kilobytes} kB");
        }
        drop(disk);
    }
    assert!(full > 3 && in_the_dump > 1, "{full} runs found the disk full, {in_the_dump} of them while they dumped");
}
