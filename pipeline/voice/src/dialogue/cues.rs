//! Phrases that steer a conversation: asking for a person, ending, correcting, referring to an earlier call. One regular expression each, linear time.

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
        \b(?:talk|speak|connect|transfer|put|pass|get|give|want|need|have)\b
        # Nothing but the way to a person in between: who wants a plan for one person asks for a plan.
        (?:,?\ (?:an?|the|to|with|me|us|you|through|over|on|some|real|live|actual|human|your|one\ of\ your|please|speak|talk|get|be
        |connected|transferred|passed|put|hold\ of|touch|in|help|from|customer|care|support|service|services|sales|billing))*
        \ (?:agents?|person|human|representative|rep|operator|someone|somebody|advis[eo]r|colleague)\b
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

static CALLS_BEFORE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?xi)
        \b(?:last|previous|earlier|other)\ (?:time|call|chat|conversation)\b
        | \b(?:i|we)(?:'ve|'d|\ have|\ had)?\ (?:already\ )?(?:called|phoned|rang|spoke|talked|asked|contacted\ you|told\ you)
          \ .{0,40}? \b(?:before|already|yesterday|earlier|last\ (?:week|month|night)|on\ (?:mon|tues|wednes|thurs|fri|satur|sun)day
          |(?:days?|weeks?|hours?)\ ago)\b
        | \b(?:same|that)\ (?:problem|issue|thing|question|matter)\ (?:again|as\ before|as\ last\ time|is\ back|came\ back)\b
        | \b(?:la\ última\ (?:vez|llamada)|mi\ (?:última\ )?llamada\ anterior|ya\ (?:llamé|pregunté)|(?:llamé|hablé)\ (?:ayer|antes))
        | \b(?:el\ mismo\ problema\ (?:otra\ vez|de\ nuevo))
        | 前回|この前|先日(?:も|の|、)?(?:電話|お電話|問い合わせ)|また同じ",
    )
});

fn matches(pattern: &LazyLock<Option<Regex>>, words: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(words))
}

/// Whether a person is asked for.
pub(super) fn wants_person(words: &str) -> bool {
    matches(&PERSON, words) && !matches(&ABOUT_PERSON, words)
}

/// Whether the words refer to a call before this one.
pub(super) fn calls_before(words: &str) -> bool {
    matches(&CALLS_BEFORE, words)
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
