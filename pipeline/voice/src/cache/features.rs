//! What a question is about: the kind of question, its content words, its numbers and the marks that turn an
//! answer round. Two questions with the same features ask the same, as far as this product dares to say.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aftercall_core::text::numbers::quantities;
use aftercall_core::text::tokens::written_without_spaces;
use regex::Regex;

use super::context::question_in;
use super::forms::one_form;
use super::normal::normalise;
use super::rules::{Place, Rules};
use super::words::{content, meanings};
use super::{japanese, spanish};

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Features {
    /// The normal form.
    pub normal: String,
    /// All that was said, with one wording for expressions that mean the same.
    pub said: String,
    /// The words of that, in the form in which they are compared.
    pub words: BTreeSet<String>,
    /// What it can be taken to ask, one to three; none where the text cannot be taken apart.
    pub readings: Vec<Reading>,
    /// Numbers, in order, with the unit after them.
    pub numbers: Vec<String>,
    /// Days, months and words such as "tomorrow".
    pub dates: BTreeSet<String>,
    /// Whether an odd number of negations stands in it.
    pub negated: bool,
    /// It asks for the caller's own data.
    pub own_data: bool,
}

/// One way to take a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    /// How it asks.
    pub kind: Kind,
    /// Content words, in order, each with the small word that says which part it plays.
    pub content: Vec<String>,
}

/// Most readings of one question: each is a key to look up.
const READINGS: usize = 3;

/// How a question asks. The answers to "how do I" and "can I" differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Do,
    Can,
    Must,
    Cost,
    Until,
    Within,
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
    WhetherPast,
}

impl Kind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Do => "do",
            Self::Can => "can",
            Self::Must => "must",
            Self::Cost => "cost",
            Self::Until => "until",
            Self::Within => "within",
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
            Self::WhetherPast => "whether it was",
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
        (r"^until what time (?:can|do|must) i ".to_owned(), Kind::Until),
        (r"^within what time can i ".to_owned(), Kind::Within),
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
        (r"^(?:is|are|does|do|will|would|should|must) (?:you |there )?".to_owned(), Kind::Whether),
        (r"^(?:was|were|did|has|have|had) (?:you |there )?".to_owned(), Kind::WhetherPast),
    ]
    .into_iter()
    .filter_map(|(pattern, kind)| Some((Regex::new(&pattern).ok()?, kind)))
    .collect()
});

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
    "see",
    "view",
    "check",
    "print",
    "block",
    "unblock",
    "request",
    "dispute",
    "submit",
    "apply",
    "complain",
    "report",
    "upload",
    "leave",
    "track",
    "rename",
    "redeem",
    "renew",
];

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

static FRAMES: LazyLock<Rules> =
    LazyLock::new(|| Rules::read(include_str!("../../resources/frames.en.txt"), Place::Whole));

/// Takes a question apart.
pub(super) fn features(question: &str) -> Features {
    let normal = normalise(question);
    if written_without_spaces(&normal) {
        return japanese_features(normal);
    }
    if let Some(said) = spanish::said(question) {
        return spanish_features(normal, said);
    }
    let (said, asked) = question_in(question, &normal);
    let mut readings: Vec<Reading> = Vec::new();
    let mut own_data = false;
    for form in forms(&asked) {
        let (kind, rest) = opened(&form);
        // The first way to take it decides whether it asks for one's own; another that does is no way to take it.
        let own = of_ones_own(&said, &form, kind);
        if readings.is_empty() {
            own_data |= own;
        } else if own {
            continue;
        }
        let reading = Reading { kind, content: content(&rest) };
        if tells_something(&reading.content) && !readings.contains(&reading) && readings.len() < READINGS {
            readings.push(reading);
        }
    }
    let words: Vec<&str> = said.split(' ').collect();
    Features {
        numbers: numbers(&said),
        words: meanings(&said),
        dates: (0..words.len()).filter_map(|at| date(&words, at)).collect(),
        negated: words.iter().filter(|word| NEGATIONS.contains(word)).count() % 2 == 1,
        own_data,
        readings,
        said,
        normal,
    }
}

/// "I will not" is no question that a content word tells from others.
fn tells_something(content: &[String]) -> bool {
    content.iter().any(|word| !matches!(word.as_str(), "not" | "no" | "i" | "me" | "we" | "us" | "you"))
}

/// Numbers with the unit after them, in order.
fn numbers(said: &str) -> Vec<String> {
    // "A new one" is no number.
    static PRONOUN: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\b(a|an|the|my|another)( \w+)? one\b").ok());
    let said = PRONOUN.as_ref().map_or_else(|| said.into(), |pronoun| pronoun.replace_all(said, "$1$2"));
    let found = quantities(&said).into_iter();
    found
        .map(|found| {
            format!("{}{} {}", found.whole, if found.ordinal { "th" } else { "" }, found.unit.unwrap_or_default())
        })
        .collect()
}

fn spanish_features(normal: String, said: String) -> Features {
    let reading = spanish::reading(&said);
    let words: Vec<&str> = said.split(' ').collect();
    Features {
        numbers: numbers(&said),
        dates: words.iter().filter(|word| spanish::DATES.contains(word)).map(|word| (*word).to_owned()).collect(),
        negated: words.iter().filter(|word| spanish::NEGATIONS.contains(word)).count() % 2 == 1,
        own_data: of_ones_own(&normal, "", reading.kind),
        words: spanish::meanings(&said),
        readings: Some(reading).filter(|reading| !reading.content.is_empty()).into_iter().collect(),
        said,
        normal,
    }
}

/// What is left of a Japanese question must be the same, so that there is nothing to count in it.
fn japanese_features(normal: String) -> Features {
    let reading = japanese::reading(&normal);
    Features {
        numbers: numbers(&normal),
        dates: BTreeSet::new(),
        negated: false,
        own_data: of_ones_own(&normal, "", reading.as_ref().map_or(Kind::What, |reading| reading.kind)),
        words: BTreeSet::new(),
        readings: reading.into_iter().collect(),
        said: normal.clone(),
        normal,
    }
}

/// Whether a word names a day, a month or a time.
pub(super) fn is_date(word: &str) -> bool {
    let one = word.strip_suffix('s').unwrap_or(word);
    DATES.contains(&word) || DATES.contains(&one) || matches!(word, "day" | "xmas")
}

/// A day, month or time; "Sundays" is one too, "may I", "how does this work" and "how long does it last" are none.
fn date(words: &[&str], at: usize) -> Option<String> {
    let word = words.get(at).copied()?;
    let one = word.strip_suffix('s').filter(|one| DATES.contains(one)).unwrap_or(word);
    let next = words.get(at + 1).copied();
    let before = at.checked_sub(1).and_then(|before| words.get(before)).copied().unwrap_or_default();
    let none = match one {
        "may" => {
            next.is_some_and(|next| matches!(next, "i" | "we" | "one" | "you" | "a" | "my" | "the" | "be"))
                && before != "in"
        }
        "this" => next.is_none_or(|next| !DATES.contains(&next)),
        "last" => next.is_none_or(|next| next == "if"),
        _ => false,
    };
    (DATES.contains(&one) && !none).then(|| one.to_owned())
}

/// A question in the forms that count. The rules go over it twice, because what one of them leaves another may know.
fn forms(asked: &str) -> Vec<String> {
    let courtesy =
        COURTESY.as_ref().map_or_else(|| asked.to_owned(), |found| found.replace(asked, "asks ").into_owned());
    let asks = courtesy.strip_prefix("asks asks ").map_or(courtesy.clone(), |rest| format!("asks {rest}"));
    let asks = if OPENINGS.iter().any(|(pattern, _)| pattern.is_match(&asks)) || asks.starts_with("asks ") {
        asks
    } else {
        format!("terse {asks}")
    };
    let mut all = Vec::new();
    for reading in FRAMES.readings(&asks) {
        let reading = reading.strip_prefix("terse ").unwrap_or(&reading).to_owned();
        for again in FRAMES.readings(&one_form(&reading)) {
            let form = one_form(&again);
            if !all.contains(&form) {
                all.push(form);
            }
        }
    }
    all
}

/// How a form asks, and what is left of it.
fn opened(asked: &str) -> (Kind, String) {
    let opening = OPENINGS.iter().find_map(|(pattern, kind)| Some((pattern.find(asked)?.end(), *kind, pattern)));
    let Some((end, kind, pattern)) = opening else { return (Kind::Do, asked.to_owned()) };
    let after = asked.get(end..).unwrap_or_default();
    // "what does the plan cost": the verb stands at the end.
    let inner = pattern.captures(asked).and_then(|found| Some(found.name("rest")?.as_str().to_owned()));
    let rest = inner.map_or_else(|| after.to_owned(), |inner| format!("{inner} {after}"));
    let rest = if kind == Kind::Cost { without_cost(rest.trim()) } else { rest };
    let first = rest.split_whitespace().next().unwrap_or_default();
    (if kind == Kind::Where && ANYWHERE.contains(&first) { Kind::Do } else { kind }, rest)
}

fn without_cost(text: &str) -> String {
    text.strip_suffix(" cost").or_else(|| text.strip_suffix(" costs")).unwrap_or(text).to_owned()
}

static OWN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)\b(?:my|mine|our|ours)\b
        | \b(?:do|did|have|am)\ i\ (?:have|owe|owed|got|get|own|been|still|already|spent|spend|used|use)\b
        | \bi\ owe\b | \bwas\ i\b | \bam\ i\b | \bhave\ i\b | \bdid\ i\b
        | \btengo\b | \bdebo\b | \bme\ queda | \bmi\b | \bmis\b | \bmío\b | \bmía\b | 私の | うちの | 自分の",
    )
    .ok()
});

/// Words that ask for how things stand.
static STATUS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b(?:yet|already|right now|so far|at the moment)\b").ok());

/// What is the same for all, whoever's card it is: the fee for using "my card" abroad, what to do "if my flight is delayed".
static FOR_ALL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^(?:what\ (?:is|are)\ .*\ (?:weight|size)\ limit$|what\ does\ .*\ mean$|what\ do\ i\ need\ to\ |(?:does|will)\ .*\ work\ (?:in|with|abroad)
        |is\ .*\ included\ in\b|is\ there\ a\ fee\ for|what\ should\ i\ do\ if|what\ happens\ if|what\ is\ the\ (?:weight|size)\ limit
        |where\ do\ i\ (?:send|enter|get)|where\ is\ the\ nearest|who\ do\ i\ (?:call|contact))\b",
    )
    .ok()
});

/// What the company keeps of a caller.
static HELD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"\bmy (?:own )?(?:plan|policy|contract|account|insurance|membership|subscription|order|bill|balance|tariff)\b",
    )
    .ok()
});

/// "How do I check my balance" asks for the way, not for the balance.
static WAY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b(?:(?:how|where) (?:do|can|could|should) i|how to|way to|steps to|how i can) (?:check|see|view|find out|hear|have) my\b").ok()
});

/// Whether the caller's own data is asked for. "How do I reset my password" is the same for all; "what is my balance" is
/// not. In doubt it is the caller's own.
fn of_ones_own(normal: &str, form: &str, kind: Kind) -> bool {
    static MINE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b(?:my|our)\b").ok());
    // What one has to do is the same for all, and so is where one gets a thing.
    let normal = &normal
        .replace("do i have to ", "must i ")
        .replace("where do i get ", "where ")
        .replace("how do i get ", "how do i ")
        .replace("when do i get ", "when ");
    let matches = |pattern: &LazyLock<Option<Regex>>| pattern.as_ref().is_none_or(|pattern| pattern.is_match(normal));
    if !matches(&HELD) && FOR_ALL.as_ref().is_some_and(|pattern| pattern.is_match(form)) {
        let others =
            MINE.as_ref().map_or_else(|| normal.to_owned(), |mine| mine.replace_all(normal, "the").into_owned());
        return OWN.as_ref().is_none_or(|pattern| pattern.is_match(&others)) || matches(&OWN) && matches(&STATUS);
    }
    matches(&OWN) && (!matches!(kind, Kind::Do | Kind::Can) || matches(&STATUS) || tells(normal) && !matches(&WAY))
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
    TELLING.iter().any(|part| normal.contains(part))
        || normal.starts_with("my ") && !normal.contains(" how ") && !normal.contains(" what ")
        || normal.starts_with("cuál es mi")
}
