//! Phrases of a data file, each with a kind, found in folded text in one linear pass.
//!
//! A file has one phrase a line: `kind<TAB>phrase`; lines that start with `#` are comments. A phrase matches where no letter
//! or digit touches it, except in scripts without spaces. Of overlapping phrases the leftmost, then the longest counts.

use std::cmp::Reverse;
use std::sync::OnceLock;

use super::automata::Automata;
use super::tokens::without_spaces;

/// Phrases and their kinds. Most text is ASCII and can have none of the other phrases: an automaton without them is a
/// fraction of the size of the whole one and stays in the processor's cache. Each is built when a text first needs it.
#[derive(Debug)]
pub struct Phrases<K> {
    phrases: Vec<(K, &'static str)>,
    ascii: OnceLock<Table<K>>,
    all: OnceLock<Table<K>>,
}

#[derive(Debug)]
struct Table<K> {
    kinds: Vec<K>,
    automata: Automata,
}

impl<K: Copy> Table<K> {
    fn new(phrases: impl Iterator<Item = (K, &'static str)>) -> Self {
        let (kinds, phrases) = phrases.unzip();
        // All matches are asked for, also those that lie in others: "ssn is" begins like "ssn issued" and must not hide "ssn".
        Self { kinds, automata: Automata::new(phrases) }
    }
}

/// A phrase in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit<K> {
    /// Kind of the phrase.
    pub kind: K,
    /// First byte in the folded text.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
}

impl<K: Copy> Phrases<K> {
    /// Reads files. Lines whose kind is not known are left out; a test reads the shipped files strictly.
    pub fn read(files: &[&'static str], kind: impl Fn(&str) -> Option<K>) -> Self {
        let lines = files.iter().flat_map(|file| file.lines()).filter(|line| !line.starts_with('#'));
        Self::new(
            lines
                .filter_map(|line| line.split_once('\t'))
                .filter_map(|(name, phrase)| Some((kind(name)?, phrase.trim()))),
        )
    }

    /// Phrases that are already in folded form.
    pub fn new(phrases: impl Iterator<Item = (K, &'static str)>) -> Self {
        let phrases = phrases.filter(|(_, phrase)| !phrase.is_empty()).collect();
        Self { phrases, ascii: OnceLock::new(), all: OnceLock::new() }
    }

    fn table(&self, text: &str) -> &Table<K> {
        let all = || self.phrases.iter().copied();
        if text.is_ascii() {
            self.ascii.get_or_init(|| Table::new(all().filter(|(_, phrase)| phrase.is_ascii())))
        } else {
            self.all.get_or_init(|| Table::new(all()))
        }
    }

    /// Every phrase in a folded text, in order, without overlaps.
    pub fn find(&self, folded: &str) -> impl Iterator<Item = Hit<K>> + use<K> {
        let Table { kinds, automata } = self.table(folded);
        let mut hits: Vec<Hit<usize>> = automata
            .search(folded.len())
            .into_iter()
            .flat_map(|automaton| automaton.find_overlapping_iter(folded))
            .filter(|hit| stands_alone(folded, hit.start(), hit.end()))
            .map(|hit| Hit { kind: hit.pattern().as_usize(), start: hit.start(), end: hit.end() })
            .collect();
        leftmost_longest(&mut hits);
        let found: Vec<Hit<K>> = hits
            .into_iter()
            .filter_map(|hit| Some(Hit { kind: *kinds.get(hit.kind)?, start: hit.start, end: hit.end }))
            .collect();
        found.into_iter()
    }
}

/// Of overlapping hits the leftmost, of these the longest, of these the one of the first kind stays.
pub fn leftmost_longest<K: Copy + Ord>(hits: &mut Vec<Hit<K>>) {
    hits.sort_unstable_by_key(|hit| (hit.start, Reverse(hit.end), hit.kind));
    let mut free_from = 0;
    hits.retain(|hit| {
        let free = hit.start >= free_from;
        if free {
            free_from = hit.end;
        }
        free
    });
}

/// Whether no letter or digit touches a span. Where the span begins or ends with a character of a script without spaces,
/// or with a symbol, anything may touch it there.
pub fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let bound = |inside: Option<char>, outside: Option<char>| {
        let open = inside.is_none_or(|c| !c.is_alphanumeric() || without_spaces(c));
        open || outside.is_none_or(|c| !c.is_alphanumeric() || without_spaces(c))
    };
    let (Some(before), Some(inside), Some(after)) = (text.get(..start), text.get(start..end), text.get(end..)) else {
        return false;
    };
    bound(inside.chars().next(), before.chars().next_back()) && bound(inside.chars().next_back(), after.chars().next())
}
