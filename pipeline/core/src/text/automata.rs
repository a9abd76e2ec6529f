//! Phrases as automata: one that is built quickly, and one that searches quickly, which find the same.
//!
//! Building the fast one takes longer than all else that a first contact needs. A process that was just started for one
//! contact never gets that back; one that analyses thousands does.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// Bytes that are searched before the fast automaton is built.
const WORTH: usize = 100_000;

/// Two automata of the same phrases, to be searched for all matches, also those that overlap.
#[derive(Debug)]
pub(crate) struct Automata {
    phrases: Vec<&'static str>,
    small: Option<AhoCorasick>,
    fast: OnceLock<Option<AhoCorasick>>,
    /// Bytes searched so far. Threads may overwrite each other's count: it only says when the fast one is built.
    searched: AtomicUsize,
}

impl Automata {
    pub(crate) fn new(phrases: Vec<&'static str>) -> Self {
        let small = build(&phrases, AhoCorasickKind::ContiguousNFA);
        Self { phrases, small, fast: OnceLock::new(), searched: AtomicUsize::new(0) }
    }

    /// The automaton to search a text of so many bytes with.
    pub(crate) fn search(&self, bytes: usize) -> Option<&AhoCorasick> {
        let searched = self.searched.load(Ordering::Relaxed);
        if searched >= WORTH {
            return self.fast.get_or_init(|| build(&self.phrases, AhoCorasickKind::DFA)).as_ref();
        }
        self.searched.store(searched.saturating_add(bytes), Ordering::Relaxed);
        self.small.as_ref()
    }
}

/// Building fails only beyond billions of states; then nothing is found.
fn build(phrases: &[&str], kind: AhoCorasickKind) -> Option<AhoCorasick> {
    AhoCorasick::builder().kind(Some(kind)).build(phrases).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_find_the_same() {
        let automata = Automata::new(vec!["my name", "my name is", "name"]);
        let text = "hi my name is ann, your name too";
        let found = |automata: &Automata| -> Vec<(usize, usize)> {
            let hits =
                automata.search(text.len()).into_iter().flat_map(|automaton| automaton.find_overlapping_iter(text));
            hits.map(|hit| (hit.start(), hit.end())).collect()
        };
        let first = found(&automata);
        assert_eq!(first.len(), 4);
        for _ in 0..WORTH / text.len() + 2 {
            assert_eq!(found(&automata), first);
        }
        assert!(automata.fast.get().is_some());
    }
}
