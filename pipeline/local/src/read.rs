//! Reads files and folders to documents: gzip or not, one JSON document a file, several after each other, or one a line.
//! What it is, is told from the bytes; a name only decides whether a file of a folder is looked at closely. Memory is
//! bounded by [`Limits::document_bytes`], not by the file. It must not decide what a document means.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use aftercall_core::error::{Error, ErrorKind, Reason, Rejected, Result};
use flate2::bufread::MultiGzDecoder;
use serde_json::value::RawValue;

/// How much is read at the most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest document; a longer one is put aside.
    pub document_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { document_bytes: 64 * 1024 * 1024 }
    }
}

/// One document of a file, or why there is none.
#[derive(Debug)]
pub enum Piece {
    /// A document.
    Document {
        /// File, with the line where the file has one document a line.
        origin: String,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// Something that cannot be read as a document.
    Unreadable {
        /// File and line.
        origin: String,
        /// Why.
        rejected: Rejected,
        /// What there is of it.
        evidence: Evidence,
    },
}

/// What there is of an unreadable document.
#[derive(Debug)]
pub enum Evidence {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Too many to copy.
    LeftInPlace {
        /// How many.
        size_bytes: u64,
    },
}

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

/// Gives the documents of a file to `take`, one after the other, until `take` says `false`. An unreadable part is given
/// as such and the rest is read on; only a file that cannot be opened is an error.
pub fn documents(source: &Source, limits: Limits, mut take: impl FnMut(Piece) -> bool) -> Result<()> {
    let path = source.path.as_path();
    let file = File::open(path).map_err(|error| {
        Error::new(ErrorKind::NotFound, "this file cannot be opened").with("path", path.display()).because(error)
    })?;
    let mut file = BufReader::with_capacity(1 << 17, file);
    let name = path.display().to_string();
    let zipped = file.fill_buf().is_ok_and(|bytes| bytes.starts_with(&[0x1f, 0x8b]));
    if zipped {
        let mut inner = BufReader::with_capacity(1 << 17, MultiGzDecoder::new(file));
        pieces(&mut inner, &name, limits, &mut take);
    } else {
        pieces(&mut file, &name, limits, &mut take);
    }
    Ok(())
}

/// One line, as far as it may be kept.
enum Line {
    End,
    Whole(Vec<u8>),
    TooLong { size_bytes: u64 },
    Broken { bytes: Vec<u8>, error: io::Error },
}

/// Reads to the end of the line. A line that is longer than `limit` is read over, not kept.
fn read_line(reader: &mut impl BufRead, limit: usize) -> Line {
    let mut bytes = Vec::new();
    let mut size: u64 = 0;
    loop {
        let available = match reader.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Line::Broken { bytes, error },
        };
        if available.is_empty() {
            return match size {
                0 => Line::End,
                size if size > limit as u64 => Line::TooLong { size_bytes: size },
                _ => Line::Whole(bytes),
            };
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(available.len(), |end| end + 1);
        size += used as u64;
        if size <= limit as u64 {
            bytes.extend_from_slice(available.get(..used).unwrap_or(available));
        } else {
            bytes = Vec::new();
        }
        reader.consume(used);
        if end.is_some() {
            return if size > limit as u64 { Line::TooLong { size_bytes: size } } else { Line::Whole(bytes) };
        }
    }
}

fn pieces(reader: &mut impl BufRead, name: &str, limits: Limits, take: &mut impl FnMut(Piece) -> bool) {
    let mut number = 0_u64;
    // The first line decides: a whole JSON value means one document a line.
    let first = loop {
        number += 1;
        match read_line(reader, limits.document_bytes) {
            Line::Whole(line) if blank(&line) => {}
            line => break line,
        }
    };
    let first = match first {
        Line::End => return,
        Line::Whole(first) => first,
        Line::TooLong { size_bytes } => {
            // A single line of this size is as likely the only one; the lines after it are read all the same.
            if !take(too_large(format!("{name}:{number}"), size_bytes, limits)) {
                return;
            }
            return lines(reader, name, number, limits, take);
        }
        Line::Broken { bytes, error } => {
            take(broken(name.to_string(), bytes, &error));
            return;
        }
    };
    if is_json(&first) {
        if take(Piece::Document { origin: format!("{name}:{number}"), bytes: first }) {
            lines(reader, name, number, limits, take);
        }
        return;
    }
    let mut bytes = first;
    let room = limits.document_bytes.saturating_sub(bytes.len()) as u64;
    if let Err(error) = reader.by_ref().take(room + 1).read_to_end(&mut bytes) {
        take(broken(name.to_string(), bytes, &error));
        return;
    }
    if bytes.len() > limits.document_bytes {
        let rest = io::copy(reader, &mut io::sink()).unwrap_or(0);
        take(too_large(name.to_string(), bytes.len() as u64 + rest, limits));
        return;
    }
    documents_of(bytes, name, take);
}

fn lines(reader: &mut impl BufRead, name: &str, mut number: u64, limits: Limits, take: &mut impl FnMut(Piece) -> bool) {
    loop {
        number += 1;
        let origin = || format!("{name}:{number}");
        let go_on = match read_line(reader, limits.document_bytes) {
            Line::End => return,
            Line::Whole(bytes) if blank(&bytes) => true,
            Line::Whole(bytes) => take(Piece::Document { origin: origin(), bytes }),
            Line::TooLong { size_bytes } => take(too_large(origin(), size_bytes, limits)),
            Line::Broken { bytes, error } => {
                take(broken(origin(), bytes, &error));
                return;
            }
        };
        if !go_on {
            return;
        }
    }
}

/// The documents that stand one after the other in `bytes`. What is no JSON is one document, for its format to refuse.
fn documents_of(bytes: Vec<u8>, name: &str, take: &mut impl FnMut(Piece) -> bool) {
    let values: std::result::Result<Vec<&RawValue>, _> =
        serde_json::Deserializer::from_slice(&bytes).into_iter().collect();
    match values {
        Ok(values) if values.len() > 1 => {
            for (index, value) in values.into_iter().enumerate() {
                let origin = format!("{name}#{}", index + 1);
                if !take(Piece::Document { origin, bytes: value.get().as_bytes().to_vec() }) {
                    return;
                }
            }
        }
        _ => drop(take(Piece::Document { origin: name.to_string(), bytes })),
    }
}

fn blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

fn is_json(line: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok()
}

fn too_large(origin: String, size_bytes: u64, limits: Limits) -> Piece {
    let detail = format!(
        "{size_bytes} bytes, more than the limit of {}; raise `limits.document_bytes`, or split the document",
        limits.document_bytes
    );
    let rejected = Rejected::new(Reason::TooLarge, detail);
    Piece::Unreadable { origin, rejected, evidence: Evidence::LeftInPlace { size_bytes } }
}

fn broken(origin: String, bytes: Vec<u8>, error: &io::Error) -> Piece {
    let detail = format!("cannot be read to its end: {error}; fetch the file again");
    let rejected = Rejected::new(Reason::Truncated, detail);
    Piece::Unreadable { origin, rejected, evidence: Evidence::Bytes(bytes) }
}
