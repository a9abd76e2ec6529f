//! A long list of words that is searched where it lies: nothing is read or built before the first look.

/// Words of a data file, separated by white space, in the order of their bytes; lines that start with `#` stand before them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SortedWords(&'static str);

impl SortedWords {
    pub(crate) fn new(file: &'static str) -> Self {
        let mut words = file;
        while words.starts_with('#') {
            words = words.split_once('\n').map_or("", |(_, rest)| rest);
        }
        Self(words)
    }

    /// Whether a word is in the list, by halving the text.
    pub(crate) fn contains(self, word: &str) -> bool {
        let bytes = self.0.as_bytes();
        let space = |at: usize| bytes.get(at).is_none_or(u8::is_ascii_whitespace);
        let (mut low, mut high) = (0, bytes.len());
        while low < high {
            // The word around the middle; a break between words belongs to the word before it.
            let mut begin = low + (high - low) / 2;
            while begin > low && !space(begin - 1) {
                begin -= 1;
            }
            let mut end = begin;
            while !space(end) {
                end += 1;
            }
            match bytes.get(begin..end).unwrap_or_default().cmp(word.as_bytes()) {
                std::cmp::Ordering::Equal => return true,
                std::cmp::Ordering::Less => low = end + 1,
                std::cmp::Ordering::Greater => high = begin,
            }
        }
        false
    }

    /// The words, in order.
    #[cfg(test)]
    pub(crate) fn words(self) -> impl Iterator<Item = &'static str> {
        self.0.split_whitespace()
    }
}

#[cfg(test)]
mod tests {
    use super::SortedWords;

    #[test]
    fn every_word_is_found_and_no_other() {
        let list = SortedWords::new("# A list.\n# Of words.\nab abc b\nba\nzz\n");
        for word in ["ab", "abc", "b", "ba", "zz"] {
            assert!(list.contains(word), "{word}");
        }
        for word in ["", "a", "abcd", "bb", "list", "#", "zzz", " "] {
            assert!(!list.contains(word), "{word}");
        }
        assert!(!SortedWords::new("").contains("a"));
    }
}
