//! What a question is about: the kind of question, its content words, its numbers and the marks that turn an
//! answer round. Two questions with the same features ask the same, as far as this product dares to say.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use aftercall_core::text::numbers::quantities;
use regex::Regex;
use rust_stemmers::{Algorithm, Stemmer};

use super::forms::one_form;
use super::normal::normalise;

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Features {
    /// The normal form.
    pub normal: String,
    /// How it asks.
    pub kind: Kind,
    /// Content words, in order, each with the small word that says which part it plays; empty where the text cannot be
    /// taken apart.
    pub content: Vec<String>,
    /// Numbers, in order, with the unit after them.
    pub numbers: Vec<String>,
    /// Days, months and words such as "tomorrow".
    pub dates: BTreeSet<String>,
    /// Whether an odd number of negations stands in it.
    pub negated: bool,
    /// It asks for the caller's own data.
    pub own_data: bool,
}

/// How a question asks. The answers to "how do I" and "can I" differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Do,
    Can,
    Must,
    Cost,
    HowLong,
    HowMany,
    How,
    When,
    Where,
    Who,
    Why,
    Which,
    What,
    Whether,
}

impl Kind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Do => "do",
            Self::Can => "can",
            Self::Must => "must",
            Self::Cost => "cost",
            Self::HowLong => "how long",
            Self::HowMany => "how many",
            Self::How => "how",
            Self::When => "when",
            Self::Where => "where",
            Self::Who => "who",
            Self::Why => "why",
            Self::Which => "which",
            Self::What => "what",
            Self::Whether => "whether",
        }
    }
}

/// Words around a question that ask nothing: taken away before its kind is read.
static COURTESY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^(?:
        (?:can|could|would|will)\ you\ (?:tell|explain\ to|inform)\ me\ (?:please\ )?|(?:i\ am|i'm)\ (?:wondering|calling\ to\ ask)\ 
        |would\ you\ be\ so\ kind\ as\ to\ tell\ me\ |may\ i\ (?:ask|enquire|know)\ |do\ you\ know\ |i\ (?:wanted|want|would\ like|wish)\ to\ know\ (?:like\ )?
        |i\ was\ wondering\ |(?:can|could)\ i\ ask\ |tell\ me\ |i\ (?:wanted|want|would\ like)\ to\ ask\ (?:you\ )?(?:about\ )?|i\ have\ a\ question\ about\ )+",
    )
    .ok()
});

/// The openings of a question, most specific first.
static OPENINGS: LazyLock<Vec<(Regex, Kind)>> = LazyLock::new(|| {
    const WHO: &str = "(?:i|you|we|one|he|she|they|it|someone|somebody)";
    [
        (r"^what (?:do i have|do i need) to do (?:to|for) ".to_owned(), Kind::Do),
        (r"^what is the (?:way|procedure|process|best way) (?:to|for|of) ".to_owned(), Kind::Do),
        (r"^what are the steps (?:to|for|of) ".to_owned(), Kind::Do),
        (
            r"^(?:explain )?how (?:to|do i|can i|could i|should i|would i|may i|does one|do you|do we|can we) "
                .to_owned(),
            Kind::Do,
        ),
        (r"^i (?:want|would like|need|wish|am trying|am looking) to ".to_owned(), Kind::Do),
        (r"^(?:can|could|may|am) i (?:be )?(?:able to |allowed to )?".to_owned(), Kind::Can),
        (r"^is it (?:possible|okay|ok|allowed) (?:for me )?to ".to_owned(), Kind::Can),
        (r"^must i ".to_owned(), Kind::Must),
        (r"^how much (?:is|are|does|do|for|will|would)? ?".to_owned(), Kind::Cost),
        (
            r"^what (?:is|are|does|do|will|would) (?:the )?(?:cost|price|fee|charge)s? (?:of|for)? ?".to_owned(),
            Kind::Cost,
        ),
        (r"^what (?:does|do|would|will) (?P<rest>.*) cost".to_owned(), Kind::Cost),
        (r"^what (?:does|do) (?P<rest>.*) mean$".to_owned(), Kind::What),
        (
            r"^(?:(?:can|could|would) you )?explain (?:what )?(?P<rest>.*?)(?: is| are| means| mean)?$".to_owned(),
            Kind::What,
        ),
        (r"^how long (?:is|are|does|do|will|would)? ?".to_owned(), Kind::HowLong),
        (r"^how (?:many|often|big|far|late|old|heavy) ".to_owned(), Kind::HowMany),
        (r"^how ".to_owned(), Kind::How),
        (
            r"^(?:when|what time|at what time|on what day|what day) (?:is|are|does|do|will|can|has|have)? ?".to_owned(),
            Kind::When,
        ),
        (format!(r"^where (?:is|are|does|do|will|can|has|have)? ?{WHO}? ?"), Kind::Where),
        (r"^who(?:m)? (?:is|are|does|do|will|can|has|have|was|were)? ?".to_owned(), Kind::Who),
        (r"^why (?:is|are|does|do|will|can|has|have|was|were|did)? ?".to_owned(), Kind::Why),
        (r"^which ".to_owned(), Kind::Which),
        (r"^what (?:is|are|does|do|will|can|has|have|was|were)? ?".to_owned(), Kind::What),
        (
            r"^(?:is|are|was|were|does|do|did|has|have|had|will|would|should|must) (?:you |there )?".to_owned(),
            Kind::Whether,
        ),
    ]
    .into_iter()
    .filter_map(|(pattern, kind)| Some((Regex::new(&pattern).ok()?, kind)))
    .collect()
});

/// Words that carry nothing of what is asked.
const EMPTY: &[&str] = &[
    "a", "an", "the", "i", "me", "my", "mine", "you", "your", "yours", "we", "us", "our", "it", "its", "do", "does",
    "is", "are", "am", "be", "to", "of", "at", "in", "on", "and", "that", "this", "there", "guy", "guys", "people",
    "if", "as", "get", "for", "have", "has", "will", "would", "could", "just", "like", "want", "need", "possible",
    "somehow", "exactly", "actually", "can", "still", "also", "really",
];

/// Small words that change an answer: where one of these stands before a word, both count together.
const TURNING: &[&str] =
    &["from", "into", "onto", "than", "before", "after", "versus", "over", "under", "by", "with", "without", "for"];

/// What is done the same wherever one is: "where can I reset it" asks how.
const ANYWHERE: &[&str] = &[
    "reset",
    "download",
    "change",
    "update",
    "cancel",
    "activate",
    "deactivate",
    "enable",
    "disable",
    "remove",
    "delete",
    "enroll",
    "register",
    "rename",
    "see",
    "view",
    "check",
    "print",
    "block",
    "unblock",
    "request",
    "dispute",
];

const ARTICLES: &[&str] = &["a", "an", "the", "my", "your", "our"];

const NEGATIONS: &[&str] = &["not", "no", "never", "without", "nothing", "none", "neither", "nobody", "unable"];

const DATES: &[&str] = &[
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "today",
    "tomorrow",
    "yesterday",
    "tonight",
    "morning",
    "afternoon",
    "evening",
    "night",
    "noon",
    "midnight",
    "week",
    "weekend",
    "month",
    "year",
    "winter",
    "summer",
    "spring",
    "autumn",
    "fall",
    "christmas",
    "easter",
    "now",
    "next",
    "last",
    "this",
];

/// The first word of its group of synonyms.
static SYNONYMS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let stemmer = Stemmer::create(Algorithm::English);
    let mut groups = HashMap::new();
    for line in include_str!("../../resources/synonyms.en.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let Some(first) = words.next() else { continue };
        let first = stemmer.stem(first).into_owned();
        for word in words {
            groups.insert(stemmer.stem(word).into_owned(), first.clone());
        }
    }
    groups
});

/// A word in the form in which words are compared: its stem, or the first word of its group of synonyms.
pub(crate) fn canonical(word: &str) -> String {
    let stem = Stemmer::create(Algorithm::English).stem(word).into_owned();
    SYNONYMS.get(&stem).cloned().unwrap_or(stem)
}

/// Takes a question apart.
pub(super) fn features(question: &str) -> Features {
    let normal = normalise(question);
    let asked = COURTESY.as_ref().map_or_else(|| normal.clone(), |found| found.replace(&normal, "").into_owned());
    let asked = asked.strip_prefix("if ").or_else(|| asked.strip_prefix("whether ")).unwrap_or(&asked);
    let asked = one_form(asked);
    let opening = OPENINGS.iter().find_map(|(pattern, kind)| Some((pattern.find(&asked)?.end(), *kind, pattern)));
    let (kind, rest) = match opening {
        Some((end, kind, pattern)) => {
            let after = asked.get(end..).unwrap_or_default();
            // "what does the plan cost": the verb stands at the end.
            let inner = pattern.captures(&asked).and_then(|found| Some(found.name("rest")?.as_str().to_owned()));
            let rest = inner.map_or_else(|| after.to_owned(), |inner| format!("{inner} {after}"));
            (kind, if kind == Kind::Cost { without_cost(rest.trim()) } else { rest })
        }
        None => (Kind::Do, asked.clone()),
    };
    let first = rest.split_whitespace().next().unwrap_or_default();
    let kind = if kind == Kind::Where && ANYWHERE.contains(&first) { Kind::Do } else { kind };
    let numbers = quantities(&normal)
        .into_iter()
        .map(|found| {
            format!("{}{} {}", found.whole, if found.ordinal { "th" } else { "" }, found.unit.unwrap_or_default())
        })
        .collect();
    let words: Vec<&str> = normal.split(' ').collect();
    Features {
        numbers,
        dates: words.iter().filter(|word| DATES.contains(word)).map(|word| (*word).to_owned()).collect(),
        negated: words.iter().filter(|word| NEGATIONS.contains(word)).count() % 2 == 1,
        own_data: own_data(&normal, kind),
        content: content(&rest),
        kind,
        normal,
    }
}

fn without_cost(text: &str) -> String {
    text.strip_suffix(" cost").or_else(|| text.strip_suffix(" costs")).unwrap_or(text).to_owned()
}

/// The content words, in order: "a child for a parent" is not "a parent for a child". Nothing for a language without spaces: there only the same question serves.
fn content(text: &str) -> Vec<String> {
    if aftercall_core::text::tokens::written_without_spaces(text) {
        return Vec::new();
    }
    let stemmer = Stemmer::create(Algorithm::English);
    let words: Vec<&str> = text.split_whitespace().map(|word| word.strip_suffix("'s").unwrap_or(word)).collect();
    let mut content = Vec::new();
    for (at, word) in words.iter().enumerate() {
        // "turn on", "log in", "check out": the little word is part of the verb.
        let particle = at > 0
            && matches!(*word, "on" | "in")
            && at.checked_sub(1).and_then(|at| words.get(at)).is_some_and(|verb| {
                matches!(*verb, "turn" | "switch" | "log" | "sign" | "check" | "put" | "opt" | "cash" | "trade")
            });
        if (EMPTY.contains(word) || TURNING.contains(word)) && !particle {
            continue;
        }
        let stem = stemmer.stem(word).into_owned();
        let word = SYNONYMS.get(&stem).cloned().unwrap_or(stem);
        // "from Leeds", "to Luton", "before lunch": the small word says which part the next one plays.
        let before = words.get(..at).unwrap_or_default().iter().rev().find(|before| !ARTICLES.contains(before));
        match before.filter(|before| TURNING.contains(before) || **before == "to" && words.contains(&"from")) {
            Some(before) => content.push(format!("{before} {word}")),
            None => content.push(word),
        }
    }
    content
}

static OWN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)\b(?:my|mine|our|ours)\b
        | \b(?:do|did|have|am)\ i\ (?:have|owe|owed|got|get|own|been|still|already|spent|spend|used|use)\b
        | \bi\ owe\b | \bwas\ i\b | \bam\ i\b | \bhave\ i\b | \bdid\ i\b
        | \bmi\b | \bmis\b | \bmío\b | \bmía\b | 私の | うちの | 自分の",
    )
    .ok()
});

/// Words that ask for how things stand.
static STATUS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b(?:yet|already|right now|so far|at the moment)\b").ok());

/// Whether the caller's own data is asked for. "How do I reset my password" is the same for all; "what is my balance" is
/// not. In doubt it is the caller's own.
fn own_data(normal: &str, kind: Kind) -> bool {
    let matches = |pattern: &LazyLock<Option<Regex>>| pattern.as_ref().is_none_or(|pattern| pattern.is_match(normal));
    matches(&OWN) && (!matches!(kind, Kind::Do | Kind::Can) || matches(&STATUS) || tells(normal))
}

/// "Tell me my balance", "I want to know my limit": a request for a fact in the form of a wish.
fn tells(normal: &str) -> bool {
    const TELLING: &[&str] = &[
        "tell me my",
        "know my",
        "see my",
        "check my",
        "hear my",
        "have my",
        "read me my",
        "give me my",
        "what my",
        "find out my",
        "mi saldo",
        "私の",
    ];
    TELLING.iter().any(|part| normal.contains(part)) || normal.starts_with("my ") || normal.starts_with("cuál es mi")
}
