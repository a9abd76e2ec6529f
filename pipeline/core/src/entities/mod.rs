//! Entities: words of a string map (Post Call Analytics' CSV format: `Text,Type`) found in turns at word boundaries. A text
//! between slashes is a pattern: `/ORD-[0-9]{6}/,ORDER`. Linear in the text, once for the words and once for each pattern.

use std::collections::BTreeMap;

use aftercall_schemas::results::{Entities, Entity};
use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use regex::{Regex, RegexBuilder};

use crate::redact::RedactedConversation;
use crate::text::fold;
use crate::text::phrases::{Hit, leftmost_longest, stands_alone};

/// Version of this stage's rules.
pub const VERSION: &str = "entities/2";
/// Longest form of a pattern in memory, bytes: "a{1000}{1000}" must not take it all.
const PATTERN_BYTES: usize = 1 << 20;

/// Texts and patterns, and the types they stand for.
#[derive(Debug, Clone)]
pub struct EntityMap {
    /// Types, first those of the texts, in the automaton's order, then those of the patterns.
    types: Vec<String>,
    automaton: AhoCorasick,
    patterns: Vec<Regex>,
}

/// Why a file is not a string map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityMapError {
    /// Line of the file, from 1; null where the whole is meant.
    pub line: Option<u64>,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for EntityMapError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for EntityMapError {}

impl EntityMap {
    /// A map of CSV with the header `Text,Type`. Of several types for one text the first counts.
    pub fn from_csv(csv: &str) -> Result<Self, EntityMapError> {
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
        let headers = reader.headers().map_err(|error| broken(&error))?.clone();
        let column = |name: &str| headers.iter().position(|header| header.eq_ignore_ascii_case(name));
        let (Some(text), Some(kind)) = (column("Text"), column("Type")) else {
            return Err(EntityMapError {
                line: Some(1),
                message: "the header must name the columns Text and Type".to_owned(),
            });
        };
        let mut texts: BTreeMap<String, String> = BTreeMap::new();
        let mut patterns: Vec<(Regex, String)> = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| broken(&error))?;
            let line = record.position().map(csv::Position::line);
            let (Some(text), Some(kind)) =
                (record.get(text).filter(|text| !text.is_empty()), record.get(kind).filter(|kind| !kind.is_empty()))
            else {
                return Err(EntityMapError { line, message: "a row needs a text and a type".to_owned() });
            };
            match text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).filter(|pattern| !pattern.is_empty()) {
                Some(pattern) => {
                    let built = RegexBuilder::new(pattern).case_insensitive(true).size_limit(PATTERN_BYTES).build();
                    let built = built.map_err(|error| EntityMapError { line, message: error.to_string() })?;
                    patterns.push((built, kind.to_owned()));
                }
                None => {
                    texts.entry(fold(text).text().to_owned()).or_insert_with(|| kind.to_owned());
                }
            }
        }
        let automaton = AhoCorasickBuilder::new()
            .build(texts.keys())
            .map_err(|error| EntityMapError { line: None, message: error.to_string() })?;
        let (patterns, types_of_patterns): (Vec<Regex>, Vec<String>) = patterns.into_iter().unzip();
        let types = texts.into_values().chain(types_of_patterns).collect();
        Ok(Self { types, automaton, patterns })
    }

    /// Places of texts and patterns in a turn, in order, without overlaps: bytes of the turn, and which type.
    fn hits(&self, content: &str) -> Vec<Hit<usize>> {
        let folded = fold(content);
        let texts = self.automaton.find_overlapping_iter(folded.text()).map(|hit| Hit {
            kind: hit.pattern().as_usize(),
            start: folded.origin(hit.start()),
            end: folded.origin(hit.end()),
        });
        let first_pattern = self.types.len().saturating_sub(self.patterns.len());
        let patterns = self.patterns.iter().zip(first_pattern..).flat_map(|(pattern, kind)| {
            pattern.find_iter(content).map(move |hit| Hit { kind, start: hit.start(), end: hit.end() })
        });
        let mut hits: Vec<Hit<usize>> = texts
            .chain(patterns)
            .filter(|hit| hit.start < hit.end && stands_alone(content, hit.start, hit.end))
            .collect();
        leftmost_longest(&mut hits);
        hits
    }
}

fn broken(error: &csv::Error) -> EntityMapError {
    EntityMapError { line: error.position().map(csv::Position::line), message: error.to_string() }
}

/// Every place where a text or pattern of the map stands as words of its own. Letter case does not count.
pub fn find(conversation: &RedactedConversation, map: &EntityMap) -> Entities {
    let mut found = Vec::new();
    for (position, turn) in (0u32..).zip(&conversation.conversation().turns) {
        let content = turn.content.as_str();
        let mut place = Places::new(content);
        for hit in map.hits(content) {
            let Some((text, kind)) = content.get(hit.start..hit.end).zip(map.types.get(hit.kind)) else { continue };
            let begin_char = place.of(hit.start);
            found.push(Entity {
                entity_type: kind.clone(),
                text: text.to_owned(),
                turn: position,
                begin_char,
                end_char: begin_char.saturating_add(u32::try_from(text.chars().count()).unwrap_or(u32::MAX)),
            });
        }
    }
    Entities { found }
}

/// Character positions of ascending byte positions in one pass.
struct Places<'a> {
    text: &'a str,
    byte: usize,
    character: u32,
}

impl<'a> Places<'a> {
    const fn new(text: &'a str) -> Self {
        Self { text, byte: 0, character: 0 }
    }

    fn of(&mut self, byte: usize) -> u32 {
        if let Some(between) = self.text.get(self.byte..byte) {
            self.character = self.character.saturating_add(u32::try_from(between.chars().count()).unwrap_or(u32::MAX));
            self.byte = byte;
        }
        self.character
    }
}
