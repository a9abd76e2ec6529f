//! Cuts a document into passages: a paragraph each, with its heading and first line. Plain text and Markdown.

/// A passage of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// The heading above it; empty where there is none.
    pub heading: String,
    /// The text, on one line.
    pub text: String,
    /// First line, from 1.
    pub line: u32,
}

/// Longest passage, characters: a longer paragraph is cut between lines.
const LONGEST: usize = 1_200;

/// The passages of a document.
pub fn split(document: &str) -> Vec<Passage> {
    let mut passages = Vec::new();
    let (mut heading, mut text, mut first) = (String::new(), String::new(), 0);
    let mut flush = |heading: &str, text: &mut String, line: u32| {
        if !text.trim().is_empty() {
            passages.push(Passage { heading: heading.to_owned(), text: std::mem::take(text), line });
        }
        text.clear();
    };
    for (line, number) in document.lines().zip(1u32..) {
        let line = line.trim();
        if line.starts_with('#') || line.is_empty() {
            flush(&heading, &mut text, first);
            if line.starts_with('#') {
                heading = line.trim_start_matches('#').trim().to_owned();
            }
            continue;
        }
        let item = line.starts_with("- ") || line.starts_with("* ");
        if item || text.chars().count() + line.chars().count() > LONGEST {
            flush(&heading, &mut text, first);
        }
        if text.is_empty() {
            first = number;
        } else {
            text.push(' ');
        }
        text.push_str(line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")).unwrap_or(line));
    }
    flush(&heading, &mut text, first);
    passages
}
