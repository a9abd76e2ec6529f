//! Objects as files below a folder. An object is written to a temporary name and renamed, so a killed process leaves it
//! whole or not there at all; an fsync a file is not paid (power loss may cost the last objects, which the next run
//! writes again).

use std::fs;
use std::io::{self, ErrorKind as Io};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aftercall_core::error::{Error, ErrorKind, Result, Retry};
use aftercall_stages::ports::Objects;
use async_trait::async_trait;

/// Where objects are written before they get their name.
const TEMPORARY: &str = ".tmp";
/// No object takes as long to write, so that what is older is litter, whoever wrote it.
const LITTER: Duration = Duration::from_secs(24 * 3600);
/// Nor this long where the process that its name begins with is not there. It may run in a container of its own.
const ABANDONED: Duration = Duration::from_secs(60);

/// Objects below a folder.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    next: AtomicU64,
}

impl Folder {
    /// Objects below `root`, which is made if it is not there. Litter of killed processes is removed.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self> {
        let root = root.into();
        let temporary = root.join(TEMPORARY);
        fs::create_dir_all(&temporary).map_err(|error| storage("the data folder cannot be made", &temporary, error))?;
        remove_litter(&temporary)
            .map_err(|error| storage("what a killed process left cannot be removed", &temporary, error))?;
        Ok(Self { root, next: AtomicU64::new(0) })
    }

    /// The file of a key.
    pub fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    /// Writes the bytes to a name that nobody else uses.
    fn write_temporary(&self, bytes: &[u8]) -> Result<PathBuf> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let temporary = self.root.join(TEMPORARY).join(format!("{}-{number}", std::process::id()));
        fs::write(&temporary, bytes).map_err(|error| storage("an object cannot be written", &temporary, error))?;
        Ok(temporary)
    }

    /// Writes unless the file is there: of two processes one wins.
    fn write_if_absent(&self, key: &str, bytes: &[u8]) -> Result<bool> {
        let path = self.path(key);
        let temporary = self.write_temporary(bytes)?;
        let folder = path.parent().unwrap_or(&self.root);
        let linked = fs::create_dir_all(folder).and_then(|()| fs::hard_link(&temporary, &path));
        fs::remove_file(&temporary).map_err(|error| storage("an object cannot be removed", &temporary, error))?;
        match linked {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == Io::AlreadyExists => Ok(false),
            Err(error) => Err(storage("an object cannot be written", &path, error)),
        }
    }

    fn write(&self, key: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path(key);
        let temporary = self.write_temporary(bytes)?;
        let renamed = match fs::rename(&temporary, &path) {
            Err(error) if error.kind() == Io::NotFound => {
                let folder = path.parent().unwrap_or(&self.root);
                fs::create_dir_all(folder).and_then(|()| fs::rename(&temporary, &path))
            }
            renamed => renamed,
        };
        renamed.map_err(|error| storage("an object cannot be written", &path, error))
    }
}

/// Removes temporary files that no living process writes.
fn remove_litter(temporary: &Path) -> io::Result<()> {
    for entry in fs::read_dir(temporary)? {
        let entry = entry?;
        let name = entry.file_name();
        // What is not named as we name them is not ours.
        let Some(process) = name.to_str().and_then(|name| name.split_once('-')?.0.parse::<u32>().ok()) else {
            continue;
        };
        let removed = entry.metadata().and_then(|metadata| {
            // A file from the future, by a clock that was wrong, is as young as can be.
            let age = metadata.modified()?.elapsed().unwrap_or_default();
            if age > LITTER || (age > ABANDONED && !may_be_running(process)) {
                return fs::remove_file(entry.path());
            }
            Ok(())
        });
        match removed {
            // It got its name meanwhile, or somebody else removed it.
            Err(error) if error.kind() == Io::NotFound => {}
            removed => removed?,
        }
    }
    Ok(())
}

/// Whether a process is running; where the system does not say, it may be.
fn may_be_running(process: u32) -> bool {
    let processes = Path::new("/proc");
    !processes.join("self").exists() || processes.join(process.to_string()).exists()
}

#[async_trait]
impl Objects for Folder {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<()> {
        self.write(key, bytes)
    }

    async fn put_if_absent(&self, key: &str, bytes: &[u8]) -> Result<bool> {
        self.write_if_absent(key, bytes)
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let path = self.path(key);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == Io::NotFound => Ok(None),
            Err(error) => Err(storage("an object cannot be read", &path, error)),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let mut keys = Vec::new();
        let folder = self.path(prefix);
        for entry in walkdir::WalkDir::new(&folder) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if error.io_error().is_some_and(|error| error.kind() == Io::NotFound) => continue,
                Err(error) => {
                    return Err(Error::new(ErrorKind::Storage, "a folder cannot be listed")
                        .with("folder", folder.display())
                        .because(error));
                }
            };
            let relative = entry.path().strip_prefix(&self.root).unwrap_or(entry.path());
            if entry.file_type().is_file() && !relative.starts_with(TEMPORARY) {
                let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
                keys.push(parts.join("/"));
            }
        }
        keys.sort();
        Ok(keys)
    }

    async fn remove(&self, key: &str) -> Result<()> {
        let path = self.path(key);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != Io::NotFound => Err(storage("an object cannot be removed", &path, error)),
            _ => Ok(()),
        }
    }
}

fn storage(what: &str, path: &Path, error: io::Error) -> Error {
    Error::new(ErrorKind::Storage, what).with("path", path.display()).because(error).retry(Retry::Later)
}
