//! Phrases that steer a conversation: asking for a person, ending, correcting. One regular expression each, linear time.

use std::sync::LazyLock;

use regex::Regex;

/// How a caller ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// What was wrong is right now.
    Solved,
    /// Nothing more.
    Goodbye,
}

/// A pattern that is known to be right; a wrong one matches nothing, and its test fails.
fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

static PERSON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?xi)
        \b(?:talk|speak|connect|transfer|put|pass|get|give|want|need|have)\b .{0,30}?
        \b(?:an?\ |the\ |to\ |some)?(?:real\ |live\ |actual\ |human\ )*
        (?:agent|person|human|representative|operator|someone|somebody|advis[eo]r|colleague)\b
        | ^(?:an?\ |the\ )?(?:real\ |live\ )?(?:agent|operator|representative|human)(?:\ please)?[.!]?$
        | \b(?:hablar|comunicar|pasar)\w*\b .{0,20} \b(?:agente|persona|alguien|operador)\b
        | (?:担当者|オペレーター|人)(?:に|と)",
    )
});

/// Asking about such people is not asking for one.
static ABOUT_PERSON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(r"(?i)^(?:who|what|when|where|why|how|which|is|are|does|do you have to|do i (?:need|have))\b")
});

static SOLVED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?xi)^(?:(?:yes|great|perfect|okay|ok|thanks|thank\ you|oh|ah)[,.!]?\ )*
        (?:that|it|this)(?:'s|\ is|\ has)?\ (?:already\ |now\ )?
        (?:fixed(?:\ it)?|solved(?:\ it)?|worked|works(?:\ now)?|working(?:\ now)?|did\ it|helped|resolved(?:\ it)?)
        (?:[,.!]?\ (?:now|thanks|thank\ you|again|great|bye|goodbye))*[.!]?$
        | ^(?:eso\ lo\ arregló|ya\ funciona|ya\ está\ resuelto)",
    )
});

static GOODBYE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?xi)^(?:(?:no|nope|okay|ok|great|perfect|thanks|thank\ you|alright)[,.!]?\ )*
        (?:(?:good)?bye(?:\ bye)?|that(?:'s|\ is|\ will\ be|'ll\ be)\ (?:all|it|everything)|nothing(?:\ else|\ more)?
        |no\ (?:thanks|thank\ you)|i(?:'m|\ am)\ (?:done|good|all\ set)|have\ a\ (?:nice|good)\ day|adiós|nada\ más)
        (?:[,.!]?\ (?:thanks|thank\ you|for\ now|bye|goodbye|for\ today|gracias))*[.!]?$
        | ^(?:no,?\ )?(?:thanks|thank\ you)(?:\ (?:very\ much|so\ much|bye|goodbye))?[.!]?$",
    )
});

static REPAIR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?xi)^(?:(?:no|nope|sorry|wait|actually|not\ that|that's\ not\ (?:it|what\ i\ (?:asked|meant|said)))[,.!]?\ )+
        (?:(?:i\ (?:meant?|said|was\ asking(?:\ about)?|am\ asking(?:\ about)?|wanted)|what\ i\ meant?\ (?:is|was)|rather)
        [,:]?\ ?(?:to\ (?:ask|say)(?:\ about)?\ )?)
        | ^i\ (?:meant|mean)[,:]?\ (?:to\ (?:ask|say)(?:\ about)?\ )?
        | ^(?:no,?\ )?(?:me\ refería\ a|quise\ decir|quería\ decir)\ ",
    )
});

fn matches(pattern: &LazyLock<Option<Regex>>, words: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(words))
}

/// Whether a person is asked for.
pub(super) fn wants_person(words: &str) -> bool {
    matches(&PERSON, words) && !matches(&ABOUT_PERSON, words)
}

/// Whether the caller is done.
pub(super) fn ending(words: &str) -> Option<Ending> {
    if matches(&SOLVED, words) {
        Some(Ending::Solved)
    } else if matches(&GOODBYE, words) {
        Some(Ending::Goodbye)
    } else {
        None
    }
}

/// What was meant, if the words correct what was said before.
pub(super) fn repair(words: &str) -> Option<&str> {
    let found = REPAIR.as_ref()?.find(words)?;
    words.get(found.end()..).map(str::trim)
}
