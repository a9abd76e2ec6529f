//! Splits bytes into documents: gzip or not, one JSON document, several after each other, or one a line. Memory is bounded by
//! [`Limits::document_bytes`], not by the length of the input. It must not decide what a document means, nor open files.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use serde_json::value::RawValue;

use crate::error::{Reason, Rejected};

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

/// Gives the documents of `reader` to `take`, one after the other, until `take` says `false`. An unreadable part is given
/// as such and the rest is read on. `name` is where the bytes come from: it begins every origin.
pub fn documents(mut reader: impl BufRead, name: &str, limits: Limits, mut take: impl FnMut(Piece) -> bool) {
    let zipped = reader.fill_buf().is_ok_and(|bytes| bytes.starts_with(&[0x1f, 0x8b]));
    if zipped {
        pieces(&mut BufReader::with_capacity(1 << 17, MultiGzDecoder::new(reader)), name, limits, &mut take);
    } else {
        pieces(&mut reader, name, limits, &mut take);
    }
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
