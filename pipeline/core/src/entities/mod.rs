//! Entities: words of a string map (Post Call Analytics' CSV format: `Text,Type`) found in turns at word boundaries.

use std::collections::BTreeMap;

use aftercall_schemas::results::{Entities, Entity};
use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use crate::redact::RedactedConversation;
use crate::text::phrases::stands_alone;

/// Version of this stage's rules.
pub const VERSION: &str = "entities/1";

/// Texts and the types they stand for.
#[derive(Debug, Clone)]
pub struct EntityMap {
    texts: Vec<(String, String)>,
    automaton: AhoCorasick,
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
        for record in reader.records() {
            let record = record.map_err(|error| broken(&error))?;
            let line = record.position().map(csv::Position::line);
            match (record.get(text).filter(|text| !text.is_empty()), record.get(kind).filter(|kind| !kind.is_empty())) {
                (Some(text), Some(kind)) => {
                    texts.entry(text.to_owned()).or_insert_with(|| kind.to_owned());
                }
                _ => return Err(EntityMapError { line, message: "a row needs a text and a type".to_owned() }),
            }
        }
        let texts: Vec<(String, String)> = texts.into_iter().collect();
        let automaton = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(texts.iter().map(|(text, _)| text))
            .map_err(|error| EntityMapError { line: None, message: error.to_string() })?;
        Ok(Self { texts, automaton })
    }
}

fn broken(error: &csv::Error) -> EntityMapError {
    EntityMapError { line: error.position().map(csv::Position::line), message: error.to_string() }
}

/// Every place where a text of the map stands as words of its own. Letter case does not count.
pub fn find(conversation: &RedactedConversation, map: &EntityMap) -> Entities {
    let mut found = Vec::new();
    for (position, turn) in (0u32..).zip(&conversation.conversation().turns) {
        let content = turn.content.as_str();
        let mut place = Places::new(content);
        for hit in map.automaton.find_iter(content) {
            let Some((text, (_, kind))) = content.get(hit.range()).zip(map.texts.get(hit.pattern().as_usize())) else {
                continue;
            };
            if !stands_alone(content, hit.start(), hit.end()) {
                continue;
            }
            let begin_char = place.of(hit.start());
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
