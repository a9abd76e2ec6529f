//! Lists of Japanese family and given names, looked up where a name may begin. They decide nothing by themselves.

use std::sync::LazyLock;

/// Bytes of the longest family name: five characters.
const LONGEST: usize = 15;

/// The names of a file in the order of their bytes.
fn sorted(file: &'static str) -> Vec<&'static str> {
    let mut names: Vec<&str> =
        file.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect();
    names.sort_unstable();
    names
}

static FAMILY: LazyLock<Vec<&str>> =
    LazyLock::new(|| sorted(include_str!("../../resources/redaction/japanese_family_names.txt")));

static GIVEN: LazyLock<Vec<&str>> =
    LazyLock::new(|| sorted(include_str!("../../resources/redaction/japanese_given_names.txt")));

pub(super) fn is_family(name: &str) -> bool {
    FAMILY.binary_search(&name).is_ok()
}

pub(super) fn is_given(name: &str) -> bool {
    GIVEN.binary_search(&name).is_ok()
}

/// Bytes of the longest family name that a text begins with; one of a single kanji is too often another word.
pub(super) fn family_at(text: &str) -> Option<usize> {
    (4..=LONGEST).rev().find(|length| text.get(..*length).is_some_and(is_family))
}
