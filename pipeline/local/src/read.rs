//! Finds files and opens them for `aftercall_core::documents`. What a file is, is told from its bytes; a name only decides
//! whether a file of a folder is looked at closely.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

pub use aftercall_core::documents::{Evidence, Limits, Piece};
use aftercall_core::error::{Error, ErrorKind, Result};

/// Ending of the small file beside a document that says whose it is (`call.json` has `call.json.contact.json`).
const SIDECAR: &str = ".contact.json";

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// Its size on disk.
    pub size_bytes: u64,
}

impl Source {
    /// The bytes of the sidecar beside it, if there is one.
    pub fn sidecar(&self) -> Result<Option<Vec<u8>>> {
        let mut name = self.path.clone().into_os_string();
        name.push(SIDECAR);
        match std::fs::read(&name) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::new(ErrorKind::NotFound, "a sidecar cannot be read")
                .with("path", Path::new(&name).display())
                .because(error)),
        }
    }
}

/// What [`find`] found.
#[derive(Debug, Default)]
pub struct Found {
    /// Files to read, in the order of their paths.
    pub sources: Vec<Source>,
    /// Files of folders that are no JSON by name or first byte.
    pub skipped: Vec<PathBuf>,
}

/// The files that paths stand for: a file is itself, a folder everything below it but hidden files and `except`.
pub fn find(paths: &[PathBuf], except: &Path) -> Result<Found> {
    let mut found = Found::default();
    let except = except.canonicalize().ok();
    for path in paths {
        let failed = |error: io::Error| {
            Error::new(ErrorKind::NotFound, "this path cannot be read").with("path", path.display()).because(error)
        };
        let metadata = std::fs::metadata(path).map_err(failed)?;
        if !metadata.is_dir() {
            found.sources.push(Source { path: path.clone(), size_bytes: metadata.len() });
            continue;
        }
        let visible = |entry: &walkdir::DirEntry| {
            let hidden = entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
            let excepted = entry.file_type().is_dir() && except.is_some() && entry.path().canonicalize().ok() == except;
            !hidden && !excepted
        };
        for entry in walkdir::WalkDir::new(path).sort_by_file_name().into_iter().filter_entry(visible) {
            let entry = entry.map_err(|error| {
                Error::new(ErrorKind::NotFound, "this folder cannot be read")
                    .with("path", path.display())
                    .because(error)
            })?;
            if !entry.file_type().is_file() {
                continue;
            }
            let size_bytes = entry.metadata().map_or(0, |metadata| metadata.len());
            match looks_like_json(entry.path()).map_err(failed)? {
                true => found.sources.push(Source { path: entry.into_path(), size_bytes }),
                false => found.skipped.push(entry.into_path()),
            }
        }
    }
    found.sources.dedup();
    Ok(found)
}

/// Whether a file of a folder is worth reading: it has a name that promises JSON, or begins like JSON or gzip.
fn looks_like_json(path: &Path) -> io::Result<bool> {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    if name.ends_with(SIDECAR) {
        return Ok(false);
    }
    let promising = [".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz"];
    if promising.iter().any(|ending| name.ends_with(ending)) {
        return Ok(true);
    }
    let mut first = [0; 2];
    let read = File::open(path)?.read(&mut first)?;
    Ok(matches!(first.get(..read), Some([b'{' | b'[', ..] | [0x1f, 0x8b])))
}

/// Gives the documents of a file to `take`, one after the other, until `take` says `false`. Only a file that cannot be
/// opened is an error.
pub fn documents(source: &Source, limits: Limits, take: impl FnMut(Piece) -> bool) -> Result<()> {
    let path = source.path.as_path();
    let file = File::open(path).map_err(|error| {
        Error::new(ErrorKind::NotFound, "this file cannot be opened").with("path", path.display()).because(error)
    })?;
    let name = path.display().to_string();
    aftercall_core::documents::documents(BufReader::with_capacity(1 << 17, file), &name, limits, take);
    Ok(())
}
