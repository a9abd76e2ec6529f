//! Answers out of a folder of documents on this machine: a full-text index, and the sentences that fit, word for word.
//!
//! What is said is quoted, so it cannot say more than the documents do; the grounding check of the pipeline is run all the
//! same, as on every model's answer. Nothing leaves the machine.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::text::stop_words::is_stop_word;
use aftercall_core::text::{Language, sentences, tokens};
use async_trait::async_trait;
use rusqlite::{Connection, params};
use rust_stemmers::{Algorithm, Stemmer};

use super::grounded::{CitedPassage, supports};
use super::passages::split;
use super::{Answer, Answerer, Ask, Citation, Pace, Supported};
use crate::cache::canonical;

/// Passages that are looked at for one question.
const PASSAGES: u32 = 8;
/// Sentences of one answer.
const SENTENCES: usize = 2;
/// Part of the question's words that must stand in the passage.
const COVERED: f64 = 0.6;
/// Passages from which on a word counts as common: there is no need to count further.
const COMMON: u32 = 1_000;
/// Largest document, bytes.
const DOCUMENT_BYTES: u64 = 4 * 1024 * 1024;

/// A folder of documents, indexed.
pub struct Documents {
    index: Mutex<Connection>,
    version: String,
}

impl Documents {
    /// Indexes the `.md` and `.txt` files of a folder.
    ///
    /// # Errors
    /// The folder or a file that cannot be read, with its path.
    pub fn open(folder: &Path) -> Result<Self> {
        let mut documents = Vec::new();
        for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
            let failed = |error: String| {
                Error::new(ErrorKind::Storage, "the documents cannot be read")
                    .with("folder", folder.display())
                    .because(error)
            };
            let entry = entry.map_err(|error| failed(error.to_string()))?;
            let known = entry.path().extension().is_some_and(|extension| extension == "md" || extension == "txt");
            if !entry.file_type().is_file() || !known {
                continue;
            }
            let large = entry.metadata().is_ok_and(|metadata| metadata.len() > DOCUMENT_BYTES);
            if large {
                return Err(Error::new(ErrorKind::Config, "a document is larger than 4 MB")
                    .with("file", entry.path().display()));
            }
            let bytes = std::fs::read(entry.path()).map_err(|error| failed(error.to_string()))?;
            let name = entry.path().strip_prefix(folder).unwrap_or(entry.path()).display().to_string();
            documents.push((name, String::from_utf8_lossy(&bytes).into_owned()));
        }
        Self::of(documents.iter().map(|(name, text)| (name.as_str(), text.as_str())))
    }

    /// Indexes documents given by name and text.
    ///
    /// # Errors
    /// The index's.
    pub fn of<'a>(documents: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let mut hasher = blake3::Hasher::new();
        let mut index = Connection::open_in_memory().map_err(index_failed)?;
        let change = index.transaction().map_err(index_failed)?;
        change
            .execute_batch(
                "CREATE VIRTUAL TABLE passages USING fts5(heading, text, document UNINDEXED, line UNINDEXED, tokenize = 'porter unicode61');",
            )
            .map_err(index_failed)?;
        for (name, text) in documents {
            hasher.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes());
            hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
            let mut insert =
                change.prepare_cached("INSERT INTO passages VALUES (?1, ?2, ?3, ?4)").map_err(index_failed)?;
            for passage in split(text) {
                insert.execute(params![passage.heading, passage.text, name, passage.line]).map_err(index_failed)?;
            }
        }
        change.commit().map_err(index_failed)?;
        let version = hasher.finalize().to_hex().chars().take(16).collect();
        Ok(Self { index: Mutex::new(index), version })
    }

    /// The version of this knowledge: a digest of the documents.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The passages that a question is about, the best first, at most eight. None if its words say nothing.
    ///
    /// # Errors
    /// The index's.
    pub fn passages(&self, question: &str, locale: &str) -> Result<Vec<CitedPassage>> {
        let language = Language::of_tag(locale).unwrap_or(Language::English);
        let words = content(question, language);
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let hits = self.search(&words)?;
        let cited = |hit: Hit| CitedPassage {
            text: if hit.heading.is_empty() { hit.text } else { format!("{}: {}", hit.heading, hit.text) },
            citation: Citation { document: hit.document, line: Some(hit.line) },
        };
        Ok(hits.into_iter().map(cited).collect())
    }

    /// Those words of a question of which every passage that covers enough of it has at least one: the rarest. Ranking
    /// every passage with a common word is what takes the time, and such words rank nothing.
    fn telling(&self, words: &[String]) -> Result<Vec<String>> {
        let mut seen = BTreeSet::new();
        let distinct = words.iter().filter(|word| seen.insert(stems(std::slice::from_ref(word))));
        let index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let mut count = index
            .prepare_cached("SELECT count(*) FROM (SELECT 1 FROM passages WHERE passages MATCH ?1 LIMIT ?2)")
            .map_err(index_failed)?;
        let mut counted = Vec::new();
        for word in distinct {
            let found: u32 = count.query_row(params![quoted(word), COMMON], |row| row.get(0)).map_err(index_failed)?;
            counted.push((found, word.clone()));
        }
        counted.sort_by_key(|(found, _)| *found);
        // A passage may lack this many words and still be looked at, so one more must hold one that it has.
        let needed = (COVERED * counted.len() as f64).ceil() as usize;
        let most = counted.len().saturating_sub(needed) + 1;
        Ok(counted.into_iter().take(most).map(|(_, word)| word).collect())
    }

    /// The passages that have words of a question, the best first.
    fn search(&self, words: &[String]) -> Result<Vec<Hit>> {
        let query = words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" OR ");
        let index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let mut select = index
            .prepare_cached(
                "SELECT heading, text, document, line FROM passages WHERE passages MATCH ?1 ORDER BY bm25(passages, 2.0, 1.0) LIMIT ?2",
            )
            .map_err(index_failed)?;
        let rows = select
            .query_map(params![query, PASSAGES], |row| {
                Ok(Hit { heading: row.get(0)?, text: row.get(1)?, document: row.get(2)?, line: row.get(3)? })
            })
            .map_err(index_failed)?;
        rows.collect::<rusqlite::Result<_>>().map_err(index_failed)
    }
}

/// A word as a term. Quoted, so that no word of a caller is an operator of the index.
fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('"', ""))
}

fn index_failed(error: rusqlite::Error) -> Error {
    Error::new(ErrorKind::Storage, "the index of the documents failed").because(error)
}

struct Hit {
    heading: String,
    text: String,
    document: String,
    line: u32,
}

/// Answers by quoting.
pub struct LocalAnswerer(pub Documents);

#[async_trait]
impl Answerer for LocalAnswerer {
    fn pace(&self, _question: &str) -> Pace {
        Pace::Quick
    }

    async fn answer(&self, ask: &Ask<'_>) -> Result<Answer> {
        let language = Language::of_tag(ask.locale).unwrap_or(Language::English);
        let words: Vec<String> = content(ask.question, language);
        if words.is_empty() {
            return Ok(Answer::Unknown);
        }
        let hits = self.0.search(&self.0.telling(&words)?)?;
        Ok(hits
            .iter()
            .filter_map(|hit| quote(hit, ask.question, &words, language))
            .next()
            .map_or(Answer::Unknown, Answer::Supported))
    }
}

/// Words of a question that carry a topic.
fn content(text: &str, language: Language) -> Vec<String> {
    const ASKING: &[&str] =
        &["tell", "explain", "please", "know", "want", "need", "get", "many", "much", "long", "mean"];
    let mut words: Vec<String> = tokens::words(text)
        .into_iter()
        .filter(|word| !is_stop_word(word, language) && !ASKING.contains(&word.as_str()))
        .collect();
    words.dedup();
    words.truncate(32);
    words
}

fn stems(words: &[String]) -> BTreeSet<String> {
    words.iter().map(|word| stem(word)).collect()
}

fn stem(word: &str) -> String {
    Stemmer::create(Algorithm::English).stem(word).into_owned()
}

/// Words of a question that a passage may lack and answer it all the same: what is asked for is not said by them.
const LIGHT: &[&str] = &[
    "able",
    "allowed",
    "amount",
    "available",
    "currently",
    "details",
    "find",
    "give",
    "happen",
    "happens",
    "help",
    "information",
    "kind",
    "make",
    "number",
    "offer",
    "possible",
    "question",
    "see",
    "take",
    "thing",
    "time",
    "use",
    "way",
    "work",
    "works",
];

/// Words that ask what something costs.
const COSTS: &[&str] = &["charge", "cost", "costs", "expensive", "fee", "fees", "price", "prices"];

/// What a passage has that says what something costs.
const AMOUNTS: &[&str] =
    &["free", "cent", "cents", "dollar", "dollars", "euro", "euros", "pound", "pounds", "percent", "$", "€", "£", "%"];

/// Whether a word of the question that a passage has not tells what is asked from what is there: "the small plan" from "the
/// gold plan", "in Turkey" from "in Switzerland", "to close" from "to open". In doubt it does: "I don't know" is never wrong.
fn tells_apart(word: &str, passage: &str) -> bool {
    if LIGHT.contains(&word) {
        return false;
    }
    let lower = passage.to_lowercase();
    if COSTS.contains(&word) {
        let has = |amount: &&str| {
            lower
                .split(|c: char| c.is_whitespace() || c == '.' || c == ',')
                .any(|part| part == *amount || amount.len() < 4 && part.contains(*amount))
        };
        return !AMOUNTS.iter().any(has);
    }
    // A word that means the same will do. Related ones, as the grounding check takes them, will not: Friday is related to
    // Wednesday.
    let meant = canonical(word);
    !tokens::words(passage).iter().any(|known| canonical(known) == meant)
}

/// Small words that are passed over in a search and tell what is asked all the same: "the first order", "to log out".
fn small_words_differ(question: &str, passage: &str) -> bool {
    const TELLING: &[&str] = &["first", "last", "off", "second", "third", "without"];
    const BEFORE_OUT: &[&str] = &["check", "checking", "log", "logging", "opt", "sign"];
    let (asked, there) = (tokens::words(question), tokens::words(passage));
    let lacks = |word: &str| asked.iter().any(|one| one == word) && !there.iter().any(|one| one == word);
    let out = asked.windows(2).any(|pair| match pair {
        [verb, out] => out == "out" && BEFORE_OUT.contains(&verb.as_str()),
        _ => false,
    });
    TELLING.iter().any(|word| lacks(word)) || out && lacks("out")
}

/// The sentences of a passage that answer, if it has enough of the question's words and the grounding check agrees.
fn quote(hit: &Hit, question: &str, words: &[String], language: Language) -> Option<Supported> {
    let asked = stems(words);
    let has = |text: &str| stems(&content(text, language)).intersection(&asked).count();
    let passage = format!("{} {}", hit.heading, hit.text);
    let whole = stems(&content(&passage, language));
    let covered = asked.intersection(&whole).count();
    if (covered as f64) < COVERED * asked.len() as f64 {
        return None;
    }
    let missing = words.iter().filter(|word| !whole.contains(&stem(word)));
    if missing.into_iter().any(|word| tells_apart(word, &passage)) || small_words_differ(question, &passage) {
        return None;
    }
    // The best sentence and the one after it, in their order.
    let all: Vec<&str> = sentences(&hit.text).into_iter().map(|sentence| sentence.text).collect();
    let best = all.iter().enumerate().max_by_key(|(at, sentence)| (has(sentence), all.len() - at)).map(|(at, _)| at)?;
    let text = all.get(best..all.len().min(best + SENTENCES))?.join(" ");
    let supported = supports(&text, &[&hit.text]);
    let citations = vec![Citation { document: hit.document.clone(), line: Some(hit.line) }];
    supported.then_some(Supported { text, citations, from_customer_data: false })
}
