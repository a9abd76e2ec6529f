//! From bytes to a typed document: gzip, UTF-8, JSON, and what to say when one of them fails. It knows no format.

use std::borrow::Cow;
use std::io::Read;

use serde::Deserialize;
use serde_json::error::Category;

use crate::error::{Reason, Rejected};

/// The document as text: inflated if it is gzip, without a byte order mark.
///
/// # Errors
/// `truncated`, `too_large` or `not_json` for gzip that cannot be inflated; `invalid_utf8`.
pub fn text(document: &[u8], max_inflated_bytes: u64) -> Result<Cow<'_, str>, Rejected> {
    if document.starts_with(&[0x1f, 0x8b]) {
        let inflated = inflate(document, max_inflated_bytes)?;
        return match String::from_utf8(inflated) {
            Ok(text) if text.starts_with('\u{feff}') => Ok(Cow::Owned(text.trim_start_matches('\u{feff}').to_owned())),
            Ok(text) => Ok(Cow::Owned(text)),
            Err(error) => Err(invalid_utf8(error.utf8_error())),
        };
    }
    let text = std::str::from_utf8(document).map_err(invalid_utf8)?;
    Ok(Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)))
}

fn invalid_utf8(error: std::str::Utf8Error) -> Rejected {
    Rejected::new(Reason::InvalidUtf8, format!("byte {} is not UTF-8; write the file as UTF-8", error.valid_up_to()))
}

fn inflate(document: &[u8], limit: u64) -> Result<Vec<u8>, Rejected> {
    let mut inflated = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(document).take(limit.saturating_add(1));
    if let Err(error) = reader.read_to_end(&mut inflated) {
        let at = inflated.len();
        return Err(match error.kind() {
            std::io::ErrorKind::UnexpectedEof => {
                Rejected::new(Reason::Truncated, format!("the gzip ends in the middle, after {at} bytes of content"))
            }
            _ => Rejected::new(Reason::NotJson, format!("the gzip is damaged after {at} bytes of content")),
        });
    }
    if inflated.len() as u64 > limit {
        return Err(Rejected::new(Reason::TooLarge, format!("the gzip holds more than {limit} bytes")));
    }
    Ok(inflated)
}

/// Reads a document into its type.
///
/// # Errors
/// `truncated`, `not_json`, or `invalid_structure` with the path of the field that is wrong.
pub fn json<'a, T: Deserialize<'a>>(text: &'a str, format: &str) -> Result<T, Rejected> {
    serde_json::from_str(text).map_err(|error| {
        // The parser calls some wrong values a fault of syntax; a document that can be skipped as a whole has none.
        let is_json = || serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
        match error.classify() {
            Category::Data => wrong_field::<T>(text, format, &error),
            Category::Syntax if is_json() => wrong_field::<T>(text, format, &error),
            _ => broken(&error),
        }
    })
}

/// Reads the document again, only to learn where the mistake is. The parser's own message is not used: it quotes values.
fn wrong_field<'a, T: Deserialize<'a>>(text: &'a str, format: &str, error: &serde_json::Error) -> Rejected {
    let mut parser = serde_json::Deserializer::from_str(text);
    let path = match serde_path_to_error::deserialize::<_, T>(&mut parser) {
        Ok(_) => String::from("?"),
        Err(error) => error.path().to_string(),
    };
    // A path can contain keys that are data; these need not be short.
    let path: String = path.chars().take(200).collect();
    let detail =
        format!("{format}: `{path}` has a value of the wrong kind (line {}, column {})", error.line(), error.column());
    Rejected::new(Reason::InvalidStructure, detail)
}

/// Why text is not JSON.
pub fn broken(error: &serde_json::Error) -> Rejected {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        Category::Eof => {
            Rejected::new(Reason::Truncated, format!("the JSON ends in the middle, at line {line}, column {column}"))
        }
        Category::Data => {
            Rejected::new(Reason::InvalidStructure, format!("a wrong value at line {line}, column {column}"))
        }
        Category::Syntax | Category::Io => {
            // These words are the parser's, without any of the document's text.
            let words = error.to_string();
            if words.starts_with("number out of range") || words.starts_with("recursion limit") {
                Rejected::new(Reason::InvalidStructure, words)
            } else {
                Rejected::new(Reason::NotJson, format!("not JSON at line {line}, column {column}"))
            }
        }
    }
}
