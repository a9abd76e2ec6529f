//! Rules that put one wording for another, read from a file of the form that `resources/phrases.en.txt` explains: what a help line's
//! callers say in many ways is knowledge of the language, and better proofread as a list of words than as patterns in code.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex_automata::meta::{Config, Regex};
use regex_automata::util::captures::Captures;
use regex_automata::util::syntax;

/// Where a rule may match.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Wherever its words stand.
    Anywhere,
    /// A text as a whole.
    Whole,
}

/// A file's rules, in its order.
pub(super) struct Rules(Vec<Rule>);

struct Rule {
    /// Words that every match has: looked for first, because that is quick.
    has: Vec<String>,
    /// Words of which a match begins with one; none where any may stand there.
    first: Option<Vec<String>>,
    pattern: Regex,
    /// Wordings of the same; more than one where the words can be read in two ways.
    instead: Vec<String>,
}

impl Rules {
    /// Reads a file. A line that is no rule is passed over; a test says that there is none.
    pub(super) fn read(file: &str, place: Place) -> Self {
        Self(lines(file).filter_map(|line| rule(line, place)).collect())
    }

    /// The text after all rules; each is applied in its turn.
    pub(super) fn apply(&self, text: &str) -> String {
        self.readings(text).into_iter().next().unwrap_or_default()
    }

    /// All readings of a text, the first wording first.
    pub(super) fn readings(&self, text: &str) -> Vec<String> {
        let mut readings = vec![format!("{} ", text.trim())];
        for rule in &self.0 {
            let mut next: Vec<String> = Vec::with_capacity(readings.len());
            for reading in readings {
                match rule.wordings(&reading) {
                    Some(wordings) => next.extend(wordings),
                    None => next.push(reading),
                }
            }
            readings = next;
        }
        readings.into_iter().map(|reading| reading.trim().to_owned()).collect()
    }
}

/// How often a rule is applied to what it left.
const AGAIN: usize = 3;

/// The words that a file's rules know, on either side.
pub(super) fn known_words(file: &str) -> impl Iterator<Item = String> {
    lines(file)
        .flat_map(|line| line.split(|character: char| !character.is_alphanumeric() && !"'-~".contains(character)))
        .flat_map(|word| word.strip_prefix('~').map_or_else(|| vec![word.to_owned()], forms))
        .filter(|word| !word.is_empty())
}

/// Lines that are no comment.
pub(super) fn lines(file: &str) -> impl Iterator<Item = &str> {
    file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

impl Rule {
    fn wordings(&self, text: &str) -> Option<Vec<String>> {
        let first = text.split(' ').next().unwrap_or_default();
        if self.first.as_ref().is_some_and(|words| !words.iter().any(|word| word == first))
            || !self.has.iter().all(|word| text.contains(word.as_str()))
        {
            return None;
        }
        let all: Vec<String> = self
            .instead
            .iter()
            .filter_map(|instead| {
                let mut changed: Option<String> = None;
                // Words that stand side by side and are both of the rule share the space between them: the second is found anew.
                for _ in 0..AGAIN {
                    let from = changed.as_deref().unwrap_or(text);
                    match self.replaced(from, instead) {
                        Some(next) if next != from => changed = Some(next),
                        _ => break,
                    }
                }
                changed
            })
            .collect();
        (!all.is_empty()).then_some(all)
    }

    /// The text with each match in other words; none if there is no match.
    fn replaced(&self, text: &str, instead: &str) -> Option<String> {
        let mut changed: Option<String> = None;
        let mut end = 0;
        for found in self.pattern.captures_iter(text) {
            let Some(span) = found.get_match() else { continue };
            let changed = changed.get_or_insert_default();
            changed.push_str(text.get(end..span.start()).unwrap_or_default());
            changed.push_str(&filled(instead, text, &found));
            end = span.end();
        }
        changed.map(|changed| changed + text.get(end..).unwrap_or_default())
    }
}

/// The words instead, with what was kept in its place.
fn filled(instead: &str, text: &str, found: &Captures) -> String {
    let part = |name: &str| {
        let span = found.get_group_by_name(name);
        span.and_then(|span| text.get(span.start..span.end)).unwrap_or_default()
    };
    let mut words = part("lead").to_owned();
    let mut next = 1;
    for word in instead.split(' ').filter(|word| !word.is_empty()) {
        if KEPT.contains(&word) {
            words.push_str(part(&format!("s{next}")));
            next += 1;
        } else if let Some(number) = word.strip_prefix('*') {
            words.push_str(part(&format!("s{number}")));
        } else if let Some(number) = word.strip_prefix('$') {
            words.push_str(part(&format!("g{number}")));
        } else {
            words.push_str(word);
            words.push(' ');
        }
    }
    words
}

fn rule(line: &str, place: Place) -> Option<Rule> {
    let (left, right) = line.split_once(" = ").or_else(|| Some((line.strip_suffix(" =")?, "")))?;
    let (body, has) = pattern(left.trim());
    let pattern = match place {
        Place::Anywhere => format!("(?P<lead>^| ){body}"),
        Place::Whole => format!("^{body}$"),
    };
    Some(Rule {
        has,
        first: if place == Place::Whole { first_words(left.trim()) } else { None },
        pattern: compiled(&pattern)?,
        instead: right.split("||").map(|wording| wording.trim().to_owned()).collect(),
    })
}

/// A pattern, compiled for texts of a few words and no further: the machines that a long text is searched with would take ten
/// times as long to make, in a program that has hundreds of rules and that a caller waits for. It reads bytes: what it finds
/// begins and ends at a blank, so no letter is ever cut in two.
fn compiled(pattern: &str) -> Option<Regex> {
    let short = Config::new().hybrid(false).dfa(false).onepass(false).auto_prefilter(false).utf8_empty(false);
    let bytes = syntax::Config::new().unicode(false).utf8(false);
    Regex::builder().configure(short).syntax(bytes).build(pattern).ok()
}

/// The words of which a left side begins with one, where they are plain to see.
fn first_words(left: &str) -> Option<Vec<String>> {
    let alternatives = match left.strip_prefix('(') {
        Some(inside) => inside.get(..inside.find(')')?)?,
        None => left.split(' ').next()?,
    };
    let words = alternatives.split('|').map(|wording| wording.trim().split(' ').next().unwrap_or_default().to_owned());
    let words: Vec<String> = words.collect();
    let plain = |word: &String| {
        !word.is_empty()
            && !KEPT.contains(&word.as_str())
            && word.chars().all(|c| c.is_alphanumeric() || "'-".contains(c))
    };
    words.iter().all(plain).then_some(words)
}

/// Signs of a left side whose words are kept: counted together, in their order.
const KEPT: &[&str] = &["*", "_", "&", "%ing", "%ed"];

/// The left side as a pattern, in which every word ends with its space, and the words that stand outside of all brackets.
fn pattern(left: &str) -> (String, Vec<String>) {
    let (mut pattern, mut has) = (String::new(), Vec::new());
    let (mut depth, mut kept, mut groups) = (0u32, 0u32, 0u32);
    let mut word = String::new();
    for character in left.chars().chain([' ']) {
        if !" ()[]|".contains(character) {
            word.push(character);
            continue;
        }
        if KEPT.contains(&word.as_str()) {
            kept += 1;
            let what = match word.as_str() {
                "*" => "(?:[^ ;]+ )+?".to_owned(),
                "&" => format!("(?:{}) ", NOUNS.join("|")),
                "%ing" => "[^ ;]+ing ".to_owned(),
                "%ed" => "[^ ;]+ed ".to_owned(),
                _ => "[^ ;]+ ".to_owned(),
            };
            pattern.push_str(&format!("(?P<s{kept}>{what})"));
        } else if let Some(verb) = word.strip_prefix('~') {
            pattern.push_str(&format!("(?:{}) ", forms(verb).join("|")));
        } else if !word.is_empty() {
            pattern.push_str(&regex::escape(&word));
            pattern.push(' ');
            if depth == 0 {
                has.push(format!("{word} "));
            }
        }
        word.clear();
        match character {
            '(' => {
                groups += 1;
                pattern.push_str(&format!("(?P<g{groups}>"));
                depth += 1;
            }
            '[' => {
                pattern.push_str("(?:");
                depth += 1;
            }
            ')' | ']' => {
                pattern.push_str(if character == ']' { ")?" } else { ")" });
                depth = depth.saturating_sub(1);
            }
            '|' => pattern.push('|'),
            _ => {}
        }
    }
    (pattern, has)
}

/// Nouns that are made of a verb.
static NOUNS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    lines(include_str!("../../resources/derivations.en.txt")).flat_map(|line| line.split(' ').skip(1)).collect()
});

/// The form of a word under which its verb stands in the list of verbs.
pub(super) fn base_form(word: &str) -> &str {
    static BASES: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
        lines(include_str!("../../resources/verbs.en.txt"))
            .filter_map(|line| line.split_once(' '))
            .flat_map(|(base, others)| others.split(' ').map(move |other| (other, base)))
            .collect()
    });
    BASES.get(word).copied().unwrap_or(word)
}

/// The forms of a verb: those of the list, or the regular ones.
fn forms(verb: &str) -> Vec<String> {
    static IRREGULAR: LazyLock<HashMap<&str, Vec<String>>> = LazyLock::new(|| {
        lines(include_str!("../../resources/verbs.en.txt"))
            .filter_map(|line| Some((line.split(' ').next()?, line.split(' ').map(str::to_owned).collect())))
            .collect()
    });
    if let Some(known) = IRREGULAR.get(verb) {
        return known.clone();
    }
    let stem = verb.strip_suffix('e').unwrap_or(verb);
    vec![verb.to_owned(), format!("{verb}s"), format!("{stem}ed"), format!("{stem}ing")]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Place, lines, rule};

    /// A line that is no rule would be passed over in silence, and so would a sign that stands for nothing.
    #[test]
    fn every_line_is_a_rule() {
        let files = [
            include_str!("../../resources/phrases.en.txt"),
            include_str!("../../resources/frames.en.txt"),
            include_str!("../../resources/contexts.en.txt"),
            include_str!("../../resources/phrases.es.txt"),
            include_str!("../../resources/frames.es.txt"),
        ];
        for line in files.into_iter().flat_map(lines) {
            let Some(rule) = rule(line, Place::Whole) else { panic!("{line}") };
            let names: Vec<&str> = rule.pattern.group_info().all_names().filter_map(|(_, _, name)| name).collect();
            let kept = names.iter().filter(|name| name.starts_with('s')).count();
            for wording in &rule.instead {
                let (mut all, mut next) = (Vec::new(), 0);
                for word in wording.split(' ') {
                    if super::KEPT.contains(&word) {
                        next += 1;
                        all.push(format!("s{next}"));
                    } else if let Some(number) = word.strip_prefix('*') {
                        all.push(format!("s{number}"));
                    } else if let Some(number) = word.strip_prefix('$') {
                        all.push(format!("g{number}"));
                    }
                }
                assert!(all.iter().all(|name| names.contains(&name.as_str())), "{line}");
                // What a sign stands for is never lost.
                let stands: BTreeSet<&String> = all.iter().filter(|name| name.starts_with('s')).collect();
                assert_eq!(stands.len(), kept, "{line}");
            }
        }
    }
}
