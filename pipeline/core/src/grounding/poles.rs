//! Ideas that are either so or not so: available or sold out, allowed or forbidden, working or broken. A statement may not say
//! the one where all that its turns say of it is the other. Which words say which is a data file; a denial turns them round.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::MOST_WORDS;
use super::negation::{denies, denies_at};
use super::words::{Word, lines, words};
use crate::text::sentences;

/// A way of saying that something is so, or that it is not.
struct Form {
    /// Words that follow the first.
    rest: Vec<String>,
    idea: u16,
    so: bool,
    /// Only turns say it so.
    loose: bool,
    /// And a statement that denies it.
    deniable: bool,
}

/// In a form, between a verb and its particle: "turned … down".
const GAP: &str = "...";

/// Words that a gap may have.
const WIDEST_GAP: usize = 3;

impl Form {
    /// The last word of the form, where it stands in a clause from a position on.
    fn end(&self, clause: &[Word], at: usize) -> Option<usize> {
        let mut here = at;
        let mut rest = self.rest.iter();
        while let Some(word) = rest.next() {
            if word == GAP {
                let wanted = rest.next()?;
                let near = clause.get(here + 1..).unwrap_or_default().iter().take(WIDEST_GAP + 1);
                here += 1 + near.into_iter().position(|word| word.text == *wanted)?;
            } else {
                here += 1;
                clause.get(here).filter(|other| other.text == *word)?;
            }
        }
        Some(here)
    }
}

static FORMS: LazyLock<HashMap<String, Vec<Form>>> = LazyLock::new(|| {
    let mut forms: HashMap<String, Vec<Form>> = HashMap::new();
    let all = lines(include_str!("../../resources/grounding/poles.en.txt")).filter_map(|line| line.split_once(": "));
    for ((_, sides), idea) in all.zip(0u16..) {
        for (side, so) in sides.split(" / ").zip([true, false]) {
            for form in side.split_whitespace() {
                let (loose, deniable) = (form.starts_with(['~', '^']), form.starts_with('^'));
                for said in inflected(form.trim_start_matches(['~', '^'])) {
                    let mut all = said.split(' ').map(str::to_owned);
                    let Some(first) = all.next() else { continue };
                    let rest: Vec<String> = all.collect();
                    // "Unsatisfactory" need not be listed beside "satisfactory".
                    if rest.is_empty() && !loose && first.len() > 5 {
                        for prefix in ["un", "in", "im", "dis", "non-"] {
                            let form = Form { rest: Vec::new(), idea, so: !so, loose, deniable };
                            forms.entry(format!("{prefix}{first}")).or_default().push(form);
                        }
                    }
                    forms.entry(first).or_default().push(Form { rest, idea, so, loose, deniable });
                }
            }
        }
    }
    forms
});

/// All forms of a regular verb that ends with a star, else the words themselves.
fn inflected(form: &str) -> Vec<String> {
    let Some(verb) = form.strip_suffix('*') else { return vec![form.replace('_', " ")] };
    let root = verb.strip_suffix('e').unwrap_or(verb);
    let third = if verb.ends_with("sh") { "es" } else { "s" };
    vec![verb.to_owned(), format!("{verb}{third}"), format!("{root}ed"), format!("{root}ing")]
}

/// What a text says of an idea.
#[derive(Debug, Clone)]
struct Said {
    idea: u16,
    so: bool,
    loose: bool,
    /// Whether a denial turned it round.
    denied: bool,
    /// Whether it is asked or supposed, so that it says neither.
    open: bool,
    at: (usize, usize),
    text: String,
}

/// Words of a clause that are looked at together, so that speech without punctuation takes no longer than other text.
const LONGEST_CLAUSE: usize = 60;

/// Words before an idea in which a denial of it is looked for: a plain one, and a verb whose object it may be.
const REACH: usize = 4;
const REACH_OF_VERB: usize = 9;

/// Denials of what stands from one word to another: before it, or after a verb such as "could".
fn denials(clause: &[Word], from: usize, to: usize) -> usize {
    let before = clause.get(from.saturating_sub(REACH_OF_VERB)..from).unwrap_or_default();
    let near = (from.saturating_sub(REACH)..from).filter(|at| denies_at(clause, *at)).count();
    let verbs = before.iter().filter(|word| turns_round(word)).count();
    let auxiliary = from == to
        && clause.get(from).is_some_and(|word| matches!(word.text.as_str(), "could" | "can" | "must" | "may"));
    let after = clause.get(to + 1).is_some_and(|word| matches!(word.text.as_str(), "not" | "no" | "never" | "neither"));
    near + verbs + usize::from(auxiliary && after)
}

/// Whether something else in a clause is denied, so that it is not plain what the clause says of an idea.
fn elsewhere(clause: &[Word], from: usize, to: usize) -> bool {
    clause.iter().enumerate().any(|(at, word)| (at < from || at > to) && (denies(&word.text) || turns_round(word)))
}

fn breaks(word: &Word) -> bool {
    matches!(
        word.text.as_str(),
        "but" | "because" | "so" | "although" | "though" | "and" | "while" | "as" | "or" | "which"
    )
}

/// From here on a clause supposes or asks.
fn supposes(word: &Word) -> bool {
    matches!(word.text.as_str(), "if" | "whether" | "unless" | "until" | "when" | "once" | "should" | "only")
}

/// Denies what follows it, in words that are no plain denial.
fn turns_round(word: &Word) -> bool {
    matches!(
        word.text.as_str(),
        "without"
            | "hardly"
            | "barely"
            | "fail"
            | "failed"
            | "fails"
            | "failure"
            | "failing"
            | "refuse"
            | "refused"
            | "refuses"
            | "refusing"
            | "declined"
            | "declines"
            | "yet"
            | "stopped"
    )
}

fn found(folded: &str) -> Vec<Said> {
    let mut all = Vec::new();
    let mut left = MOST_WORDS;
    for sentence in sentences(folded) {
        let asks = sentence.text.ends_with(['?', '？']);
        for piece in sentence.text.split([',', ';', ':']) {
            let mut words = words(piece);
            words.truncate(left);
            left -= words.len();
            for clause in words.split(breaks).flat_map(|clause| clause.chunks(LONGEST_CLAUSE)) {
                of_clause(clause, asks, &mut all);
            }
            if left == 0 {
                return all;
            }
        }
    }
    all
}

fn of_clause(clause: &[Word], asks: bool, all: &mut Vec<Said>) {
    let mut here: Vec<Said> = Vec::new();
    let supposed = clause.iter().position(supposes).unwrap_or(usize::MAX);
    for (at, word) in clause.iter().enumerate() {
        for form in FORMS.get(&word.text).into_iter().flatten() {
            let Some(end) = form.end(clause, at) else { continue };
            let denials = denials(clause, at, end);
            let denied = denials % 2 == 1;
            let text = clause.get(at..=end).unwrap_or_default();
            here.push(Said {
                idea: form.idea,
                so: form.so != denied,
                loose: form.loose && !(form.deniable && denied),
                denied,
                open: asks || at > supposed || denials == 0 && elsewhere(clause, at, end),
                at: (at, end),
                text: text.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "),
            });
        }
    }
    let spans: Vec<(usize, usize)> = here.iter().map(|said| said.at).collect();
    here.retain(|said| {
        let (from, to) = said.at;
        !spans.iter().any(|(start, end)| *start <= from && to <= *end && end - start > to - from)
    });
    all.extend(here);
}

/// What is asked in a text, as if it were said.
pub(super) struct Answered<'a> {
    /// What was asked before a turn that says no.
    pub denied: &'a str,
    /// What was asked before a turn that says yes.
    pub granted: &'a str,
}

/// What comes of comparing the ideas of a statement with those of its turns.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Why an idea does not agree, if all that the turns say of it is the opposite.
    pub reason: Option<String>,
    /// Whether the statement denies something and the turns say the same without a denial, or the other way round.
    pub explained: bool,
}

pub(super) fn compare(said: &str, known: &str, answered: &Answered<'_>) -> Outcome {
    let ours = found(said);
    if ours.is_empty() {
        return Outcome::default();
    }
    let mut theirs: Vec<Said> = found(known).into_iter().filter(|said| !said.open).collect();
    let asked = |text: &str, granted: bool| {
        found(text).into_iter().map(move |said| Said { so: said.so == granted, ..said }).collect::<Vec<_>>()
    };
    theirs.extend(asked(answered.denied, false));
    theirs.extend(asked(answered.granted, true));
    let mut outcome = Outcome::default();
    for our in ours.iter().filter(|our| !our.open) {
        let mut same = theirs.iter().filter(|other| other.idea == our.idea);
        if ours.iter().any(|other| other.idea == our.idea && other.so != our.so) {
            continue;
        }
        if theirs.iter().any(|other| other.idea == our.idea && other.so == our.so) {
            let mixed = theirs.iter().any(|other| other.idea == our.idea && other.so != our.so);
            outcome.explained |= !mixed && (!our.so || our.denied);
        } else if let Some(opposite) = same.next().filter(|_| !our.loose && outcome.reason.is_none()) {
            outcome.reason =
                Some(format!("negation: the statement says {}, the turns say {}", our.text, opposite.text));
        }
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::{Answered, Outcome, compare};

    fn against(said: &str, known: &str) -> Outcome {
        compare(said, known, &Answered { denied: "", granted: "" })
    }

    #[test]
    fn an_idea_and_its_opposite_do_not_agree() {
        assert!(against("the room was available", "we are fully booked then").reason.is_some());
        assert!(against("the agent turned the request down", "yes, that works").reason.is_some());
        assert!(against("she could not pay", "i can pay that").reason.is_some());
    }

    #[test]
    fn a_denial_turns_an_idea_round() {
        let outcome = against("the shoes were no longer available", "they are sold out");
        assert!(outcome.reason.is_none() && outcome.explained);
        assert!(against("the result was unsatisfactory", "that's not satisfactory").reason.is_none());
    }

    #[test]
    fn what_is_asked_or_supposed_says_neither() {
        assert!(against("the customer asked whether it was allowed", "it is forbidden").reason.is_none());
        assert!(against("it was forbidden", "is it allowed?").reason.is_none());
    }

    #[test]
    fn an_answer_counts_with_its_question() {
        let answered = Answered { denied: "is it safe to drink?", granted: "" };
        assert!(compare("the water is safe", "no.", &answered).reason.is_some());
    }

    /// A way of saying both would agree with everything.
    #[test]
    fn no_form_is_on_both_sides() {
        for line in super::lines(include_str!("../../resources/grounding/poles.en.txt")) {
            let sides = line.split_once(": ").and_then(|(_, sides)| sides.split_once(" / "));
            assert!(sides.is_some(), "{line}");
            let Some((so, not)) = sides else { continue };
            let bare = |form: &str| form.trim_start_matches(['~', '^']).to_owned();
            let not: Vec<String> = not.split_whitespace().map(bare).collect();
            let both: Vec<&str> = so.split_whitespace().filter(|form| not.contains(&bare(form))).collect();
            assert!(both.is_empty(), "{both:?}");
        }
    }
}
