//! Whether statement and turns deny the same.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::words::{Word, alike, is_time, lines, same, words};
use crate::text::numbers::quantities;
use crate::text::{Language, fold, sentences, stop_words};

struct Polarity {
    /// Denies what follows.
    deny: HashSet<&'static str>,
    /// Says without a denial what others say with one.
    imply: HashSet<&'static str>,
    /// May be told with a denial, but denies nothing in a statement.
    weak: HashSet<&'static str>,
    /// Says that what follows is not there.
    lack: HashSet<&'static str>,
}

static POLARITY: LazyLock<Polarity> = LazyLock::new(|| {
    let mut polarity =
        Polarity { deny: HashSet::new(), imply: HashSet::new(), weak: HashSet::new(), lack: HashSet::new() };
    let all = lines(include_str!("../../resources/grounding/polarity.en.txt")).filter_map(|line| line.split_once(": "));
    for (class, words) in all {
        let of = match class {
            "deny" => &mut polarity.deny,
            "weak" => &mut polarity.weak,
            "lack" => &mut polarity.lack,
            _ => &mut polarity.imply,
        };
        of.extend(words.split_whitespace());
    }
    polarity
});

pub(super) fn denies(word: &str) -> bool {
    let bare = word.strip_suffix("'s").unwrap_or(word);
    POLARITY.deny.contains(bare) || word.ends_with("n't")
}

/// Whether the word at a position denies. "It shouldn't have been charged" says that it was; "can't you …" and "isn't it" ask.
pub(super) fn denies_at(words: &[Word], at: usize) -> bool {
    let Some(word) = words.get(at).filter(|word| denies(&word.text)) else { return false };
    let next = words.get(at + 1).map_or("", |word| word.text.as_str());
    let regrets = matches!(word.text.as_str(), "shouldn't" | "oughtn't" | "needn't") && next == "have";
    let asks =
        word.text.ends_with("n't") && matches!(next, "i" | "you" | "we" | "it" | "he" | "she" | "they" | "there");
    let hopes = word.text == "can't" && next == "wait";
    !(regrets || asks || hopes)
}

fn implies(word: &str) -> bool {
    POLARITY.imply.contains(word)
}

/// Whether one of the three words before a position denies.
pub(super) fn denied_at(words: &[Word], at: usize) -> bool {
    words.get(at.saturating_sub(3)..at).unwrap_or_default().iter().any(|word| denies(&word.text))
}

/// A piece of a sentence that says one thing.
struct Clause {
    words: Vec<Word>,
    /// What a denial is about, by denial: the first words that tell something after it.
    denied: Vec<Vec<Word>>,
    /// The same of what it is without.
    lacking: Vec<Vec<Word>>,
    /// Whether it denies, in whatever way.
    negative: bool,
    /// Whether it may be told with a denial.
    weak: bool,
    asks: bool,
}

/// Whether a word can be what a denial is about: any but articles, pronouns and auxiliaries.
fn tells(word: &Word) -> bool {
    word.weighs || !stop_words::is_stop_word(&word.text, Language::English) && word.text.len() > 2
}

fn clauses(folded: &str) -> Vec<Clause> {
    let mut found = Vec::new();
    for sentence in sentences(folded) {
        let asks = sentence.text.ends_with(['?', '？']);
        for piece in sentence.text.split([',', ';', ':']) {
            let all = words(piece);
            // "No, …" and "no thanks" answer and deny nothing themselves.
            let all = match all.as_slice() {
                [first, second, ..]
                    if first.text == "no"
                        && matches!(
                            second.text.as_str(),
                            "thanks" | "thank" | "it's" | "that's" | "i" | "we" | "problem" | "worries"
                        ) =>
                {
                    all.get(1..).unwrap_or_default().to_vec()
                }
                [only] if only.text == "no" => continue,
                [not, at, all] if not.text == "not" && at.text == "at" && all.text == "all" => continue,
                _ => all,
            };
            let parts = all
                .split(|word| matches!(word.text.as_str(), "but" | "because" | "so" | "although" | "though" | "and"));
            for part in parts.flat_map(scopes) {
                found.push(clause(part, asks));
            }
        }
    }
    // "I was promised a discount and it's not on my bill": what the denial speaks of stands in the clause before.
    for at in 1..found.len() {
        let refers = found.get(at).is_some_and(|clause| {
            clause.words.windows(3).any(|three| {
                let it = |word: &Word| {
                    matches!(
                        word.text.as_str(),
                        "it" | "it's" | "that" | "that's" | "they" | "they're" | "this" | "those"
                    )
                };
                matches!(three, [one, other, _] if it(one) && denies(&other.text))
                    || matches!(three, [one, _, other] if it(one) && other.text == "not")
            })
        });
        if let Some(before) = found.get_mut(at - 1).filter(|_| refers) {
            before.negative = true;
            before.weak = true;
        }
    }
    found
}

/// A part and what it says "without": that is denied, the rest is not.
fn scopes(part: &[Word]) -> impl Iterator<Item = &[Word]> {
    let at = part.iter().position(|word| matches!(word.text.as_str(), "without" | "until" | "unless" | "instead"));
    let (before, after) = part.split_at(at.unwrap_or(part.len()));
    [before, after].into_iter().filter(|part| !part.is_empty())
}

fn clause(part: &[Word], asks: bool) -> Clause {
    let denied: Vec<Vec<Word>> =
        part.iter().enumerate().filter(|(at, _)| denies_at(part, *at)).map(|(at, _)| heads(part, at)).collect();
    let lacks = |word: &Word| POLARITY.lack.contains(word.text.as_str());
    let lacking: Vec<Vec<Word>> =
        part.iter().enumerate().filter(|(_, word)| lacks(word)).map(|(at, _)| heads(part, at)).collect();
    let negative = !denied.is_empty() || !lacking.is_empty() || part.iter().any(|word| implies(&word.text));
    let weak = negative || part.iter().any(|word| POLARITY.weak.contains(word.text.as_str()));
    Clause { words: part.to_vec(), denied, lacking, negative, weak, asks }
}

/// What a denial is about: the first words that tell something, of the few after it. "You pay nothing" is about paying.
fn heads(part: &[Word], at: usize) -> Vec<Word> {
    let object = part.get(at).is_some_and(|word| matches!(word.text.as_str(), "nothing" | "nobody" | "none"));
    let near = || part.get(at + 1..).unwrap_or_default().iter().take(6);
    // "Don't try and glue it" is about gluing.
    let light =
        |word: &&Word| matches!(word.text.as_str(), "try" | "trying" | "bother" | "attempt" | "start" | "starting");
    let mut heads: Vec<Word> = near().filter(|word| word.weighs && !light(word)).take(2).cloned().collect();
    if heads.is_empty() && object {
        heads.extend(part.get(..at).unwrap_or_default().iter().rev().take(2).find(|word| word.weighs).cloned());
    }
    if heads.is_empty() {
        heads = near().filter(|word| tells(word)).take(1).cloned().collect();
    }
    heads
}

fn has(clause: &Clause, wanted: &Word) -> bool {
    clause.words.iter().any(|word| same(&word.stem, &wanted.stem))
}

fn first_word(text: &str) -> Option<&str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'').find(|word| !word.is_empty())
}

/// Whether a turn begins with no.
fn begins_with_no(content: &str) -> bool {
    first_word(content).is_some_and(|word| {
        matches!(word, "No" | "no" | "Nope" | "nope" | "Nah" | "nah" | "NO" | "Not" | "not" | "Never" | "never")
    })
}

pub(super) fn begins_with_yes(content: &str) -> bool {
    first_word(content).is_some_and(|word| {
        matches!(
            word,
            "Yes" | "yes" | "Yeah" | "yeah" | "Yep" | "yep" | "Sure" | "sure" | "Correct" | "correct" | "Sí" | "sí"
        )
    })
}

/// Whether a question asks for an objection, so that no is a yes to what it is about: "is that a problem?"
pub(super) fn asks_for_objection(content: &str) -> bool {
    let folded = fold(content);
    words(folded.text()).windows(2).any(|pair| {
        let [before, word] = pair else { return false };
        matches!(
            (before.text.as_str(), word.text.as_str()),
            ("a", "problem") | ("an", "issue") | ("you", "mind") | ("any", "objection" | "objections")
        )
    })
}

/// Whether a turn refuses what was asked before it: it begins with no, regrets, or denies "it" or "that".
pub(super) fn refuses(content: &str) -> bool {
    let folded = fold(content);
    let regrets = ["afraid", "unfortunately"].iter().any(|word| folded.text().contains(word));
    begins_with_no(content)
        || clauses(folded.text()).iter().any(|clause| {
            !clause.denied.is_empty()
                && (regrets
                    || clause.words.len() <= 7
                        && clause.words.iter().any(|word| {
                            matches!(word.text.as_str(), "it" | "it's" | "that" | "that's" | "think" | "believe")
                        }))
        })
}

/// What the turns answer.
pub(super) struct Answers<'a> {
    /// What was asked before a turn that begins with no.
    pub refused: &'a str,
    /// Whether a turn says no to a question that asks for an objection.
    pub unobjected: bool,
}

/// Adds a reason where one side denies and the other does not.
pub(super) fn compare(said: &str, known: &str, answers: &Answers<'_>, said_words: &[Word], reasons: &mut Vec<String>) {
    let Answers { refused, unobjected } = *answers;
    let (ours, theirs) = (clauses(said), clauses(known));
    let no = !unobjected && known.lines().any(begins_with_no) || !refused.is_empty();
    let denial = ours.iter().any(|clause| !clause.denied.is_empty());
    if denial {
        let yes = known.lines().any(begins_with_yes) && !theirs.iter().any(|clause| !clause.denied.is_empty());
        if !no && !theirs.iter().any(|clause| clause.weak && (!yes || about(&ours, clause))) {
            reasons.push("negation: the statement denies what no turn denies".to_owned());
        } else if let Some(word) = affirmed(&ours, &theirs) {
            reasons.push(format!("negation: the turns do not deny {word}"));
        }
    }
    if let Some(word) = contradicted(&ours, &theirs) {
        reasons.push(format!("negation: the turns deny {word}"));
        return;
    }
    if denial || !no || ours.iter().any(|clause| clause.negative) {
        return;
    }
    // The question that was answered with no: the statement may not say what it asks, unless the turn says it itself.
    let is_in = |words: &[Word], wanted: &Word| words.iter().any(|word| alike(&word.stem, &wanted.stem));
    let (asked, told) = (words(refused), words(known));
    let repeats = |wanted: &Word| told.iter().any(|word| same(&word.stem, &wanted.stem));
    let refuses = said_words.iter().any(|word| word.weighs && is_in(&asked, word) && !repeats(word));
    let shares = said_words.iter().any(|word| word.weighs && repeats(word));
    if !shares && (refuses || known.split_whitespace().count() <= 6) {
        reasons.push("negation: the turns deny what the statement says".to_owned());
    }
}

/// Whether a clause speaks of what the statement denies.
fn about(ours: &[Clause], clause: &Clause) -> bool {
    let mut heads = ours.iter().flat_map(|clause| &clause.denied).flatten();
    heads.any(|head| clause.words.iter().any(|word| alike(&word.stem, &head.stem)))
}

/// A word that the statement denies, while the clauses of the turns that have it deny nothing. Where none has it, the
/// clause that shares most with the statement tells.
fn affirmed(ours: &[Clause], theirs: &[Clause]) -> Option<String> {
    let positive = |clause: &Clause| !clause.weak && !clause.asks;
    for clause in ours.iter().filter(|clause| !clause.denied.is_empty()) {
        for head in clause.denied.iter().flatten().filter(|head| head.weighs) {
            let mut with = theirs.iter().filter(|clause| has(clause, head)).peekable();
            if with.peek().is_some() {
                if with.all(positive) {
                    return Some(head.text.clone());
                }
                return None;
            }
        }
        let shared = |their: &&Clause| {
            let is_in = |word: &&Word| word.weighs && their.words.iter().any(|other| alike(&word.stem, &other.stem));
            clause.words.iter().filter(is_in).count()
        };
        let best = theirs.iter().max_by_key(shared).filter(|best| shared(best) >= 2 && positive(best));
        if let Some(head) = best.and(clause.denied.iter().flatten().next()) {
            return Some(head.text.clone());
        }
    }
    None
}

/// A word that a turn denies, while the statement says it and denies nothing there.
fn contradicted(ours: &[Clause], theirs: &[Clause]) -> Option<String> {
    let says =
        |wanted: &Word| ours.iter().any(|clause| clause.words.iter().any(|word| alike(&word.stem, &wanted.stem)));
    let denials =
        theirs.iter().filter(|clause| !clause.asks).flat_map(|clause| clause.denied.iter().chain(&clause.lacking));
    denials.into_iter().find_map(|heads| {
        let compared = |head: &&Word| !is_time(&head.text) && quantities(&head.text).is_empty();
        // What a denied verb is about counts where the statement has that verb in other words.
        let count = if heads.first().is_some_and(&says) { 2 } else { 1 };
        heads.iter().take(count).filter(compared).find_map(|head| {
            let affirmed =
                theirs.iter().any(|clause| !clause.negative && clause.words.iter().any(|word| word.stem == head.stem));
            let mut said = ours.iter().filter(|clause| has(clause, head)).peekable();
            said.peek()?;
            let holds = |clause: &Clause| {
                !clause.weak && !clause.words.iter().any(|word| word.text == "only") && !is_left(&clause.words, head)
            };
            (!affirmed && said.all(holds)).then(|| head.text.clone())
        })
    })
}

/// "From Thursday to Friday", "swapped the voucher for money": what is said only to be given up.
fn is_left(words: &[Word], head: &Word) -> bool {
    words.windows(2).any(|pair| matches!(pair, [from, word] if from.text == "from" && alike(&word.stem, &head.stem)))
}
