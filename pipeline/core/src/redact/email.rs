//! E-mail addresses: written, and spoken as "ana dot paula at example dot com".

use std::sync::LazyLock;

use regex::Regex;

use super::codes::TokSpan;
use super::lexicon::Is;
use super::settings::Kind;
use super::view::{Piece, Tok, View};

static WRITTEN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[\p{L}\p{N}._%+'-]*[\p{L}\p{N}_%+-]\s?@\s?[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+").ok());

/// Longest local part and domain, tokens.
const LONGEST: usize = 14;

const TOP_LEVELS: &[&str] = &[
    "com", "net", "org", "edu", "gov", "io", "co", "uk", "es", "jp", "de", "fr", "it", "nl", "pt", "br", "mx", "ie",
    "ca", "au", "us", "info", "biz", "me", "app", "dev", "example", "test", "eu", "ch", "at", "be", "tv", "mil",
    "online", "shop", "ar", "cl", "コム",
];

/// Where a local part cannot begin: the word before it.
const BOUNDARIES: &[&str] = &[
    "is",
    "it's",
    "its",
    "to",
    "email",
    "emails",
    "address",
    "mail",
    "correo",
    "es",
    "so",
    "que",
    "yes",
    "yeah",
    "sure",
    "okay",
    "ok",
    "su",
    "my",
    "your",
    "send",
    "use",
    "use",
    "a",
    "sí",
    "si",
    "uh",
    "um",
    "email's",
    "mail's",
    "at",
    "on",
    "me",
    "e-mail",
    "for",
    "de",
    "はい",
    "try",
    "that's",
    "thats",
    "with",
    "well",
    "electrónico",
    "electronico",
    "was",
    "be",
    "now",
    "again",
    "and",
    "no",
    "not",
    "it",
    "her",
    "his",
];

/// Words that say the at sign.
pub(super) const AT_WORDS: &[&str] = &["at", "arroba", "アットマーク", "アット", "arobase", "chiocciola"];

fn is_at(view: &View<'_>, tok: &Tok) -> bool {
    tok.is(Is::At) || view.text(tok) == "@"
}

fn is_dot(text: &str) -> bool {
    matches!(text, "dot" | "punto" | "ドット" | "." | "point" | "ponto" | "punkt" | "period")
}

/// Addresses written with an at sign, as byte spans of the folded text.
pub(super) fn written(view: &View<'_>) -> Vec<(usize, usize)> {
    let text = view.folded.text();
    if !text.contains('@') {
        return Vec::new();
    }
    let Some(written) = WRITTEN.as_ref() else { return Vec::new() };
    written
        .find_iter(text)
        .map(|hit| {
            // Letters of a script without spaces in front are the sentence, not the address.
            let skip = hit
                .as_str()
                .char_indices()
                .filter(|(_, c)| !c.is_ascii())
                .map(|(at, c)| at + c.len_utf8())
                .take_while(|at| hit.as_str().get(*at..).is_some_and(|rest| rest.contains('@')))
                .last();
            let tail = hit
                .as_str()
                .char_indices()
                .skip_while(|(_, c)| *c != '@')
                .find(|(_, c)| !c.is_ascii())
                .map_or(hit.as_str().len(), |(at, _)| at);
            (hit.start() + skip.unwrap_or(0), hit.start() + tail)
        })
        .filter(|(start, end)| start < end)
        .collect()
}

/// Spoken addresses.
pub(super) fn spoken(view: &View<'_>, asked: bool) -> Vec<TokSpan> {
    let mut found: Vec<TokSpan> = Vec::new();
    if !view.has(Is::At) && !view.folded.text().contains('@') {
        return found;
    }
    for (index, tok) in view.toks.iter().enumerate() {
        if tok.piece == Piece::Mask || !is_at(view, tok) {
            continue;
        }
        let Some(last) = domain_end(view, index) else { continue };
        if view.text(tok) != "@" && is_site(view, index, last) {
            continue;
        }
        let floor = found.last().map_or(0, |span| span.last + 1);
        // An answer to the question for it is the address from its begin, however it is spelled: "s as in sam, at …".
        let whole = asked && floor == 0 && index <= LONGEST && index > 0;
        let first = if whole {
            view.toks
                .iter()
                .take(index)
                .take_while(|tok| {
                    tok.piece == Piece::Symbol
                        || tok.is(Is::Filler)
                        || BOUNDARIES.contains(&view.text(tok)) && view.text(tok) != "a"
                })
                .count()
                .min(index - 1)
        } else {
            local_begin(view, index, floor)
        };
        found.push(TokSpan { kind: Kind::Email, first, last });
    }
    found
}

/// "I ordered at www.shop.example/sale": whether a web site stands after an "at", not the domain of an address.
fn is_site(view: &View<'_>, at: usize, last: usize) -> bool {
    let written = last >= 2 && view.touches(last - 2, last - 1) && view.touches(last - 1, last);
    let path = view.text_at(last + 1) == "/" && view.touches(last, last + 1);
    let visited = view.before(at).is_some_and(|before| {
        matches!(
            view.text(before),
            "order"
                | "ordered"
                | "bought"
                | "buy"
                | "purchased"
                | "shop"
                | "shopping"
                | "shopped"
                | "looked"
                | "looking"
                | "saw"
                | "found"
                | "online"
                | "site"
                | "website"
                | "page"
                | "available"
                | "visit"
                | "registered"
                | "it"
                | "this"
                | "one"
                | "them"
        )
    });
    view.text_at(at + 1) == "www" || written && (path || visited)
}

/// The last token of the domain after an "at": up to three words, "dot", a top level, and more of the same.
pub(super) fn domain_end(view: &View<'_>, at: usize) -> Option<usize> {
    let mut index = at + 1;
    while !dot_at(view, index) {
        let tok = view.tok(index)?;
        let text = view.text(tok);
        let allowed = match tok.piece {
            Piece::Word | Piece::Digits | Piece::Ideograph => !tok.is(Is::Stop) || text.len() == 1,
            Piece::Symbol => matches!(text, "-"),
            Piece::Mask => false,
        };
        if !allowed || index - at > 4 {
            return None;
        }
        index += 1;
    }
    if index == at + 1 {
        return None;
    }
    let mut last = None;
    while dot_at(view, index) && index - at < LONGEST {
        let Some(next) = view.tok(index + 1).filter(|next| next.piece == Piece::Word) else { break };
        if TOP_LEVELS.contains(&view.text(next)) {
            last = Some(index + 1);
        }
        index += 2;
    }
    last
}

fn local_begin(view: &View<'_>, at: usize, floor: usize) -> usize {
    let mut first = at;
    while first > floor && at - first < LONGEST {
        let Some(tok) = view.before(first) else { break };
        let text = view.text(tok);
        let joins = match tok.piece {
            Piece::Mask => false,
            Piece::Digits => true,
            Piece::Word | Piece::Ideograph => {
                !BOUNDARIES.contains(&text) && !is_particle(text)
                    || (text == "a" && first < at && (is_dot(view.text_at(first)) || is_letter(view, first)))
                    || (text == "with" && view.text_at(first) == "a" && is_letter(view, first + 1))
                    || (matches!(text, "no" | "all" | "in" | "with") && first < at && is_remark(view.text_at(first)))
            }
            Piece::Symbol => match text {
                "." | "-" | "_" | "+" | "'" => {
                    view.touches(first - 1, first) || view.touches(first.saturating_sub(2), first - 1)
                }
                "," => aside_follows(view, first),
                _ => false,
            },
        };
        if !joins {
            break;
        }
        first -= 1;
    }
    // A symbol or a filler begins no address.
    while first < at
        && view
            .tok(first)
            .is_some_and(|tok| tok.piece == Piece::Symbol || tok.is(Is::Filler) && view.text(tok) != "dash")
    {
        first += 1;
    }
    first
}

/// A spoken dot, or a written one that touches both sides.
fn dot_at(view: &View<'_>, index: usize) -> bool {
    let text = view.text_at(index);
    is_dot(text) && (text != "." || index > 0 && view.touches(index - 1, index) && view.touches(index, index + 1))
}

fn is_letter(view: &View<'_>, index: usize) -> bool {
    view.tok(index).is_some_and(|tok| tok.piece == Piece::Word && tok.end - tok.start == 1)
}

fn is_remark(text: &str) -> bool {
    matches!(
        text,
        "apostrophe"
            | "space"
            | "spaces"
            | "dots"
            | "dot"
            | "dashes"
            | "caps"
            | "capitals"
            | "underscore"
            | "underscores"
            | "one"
            | "lower"
            | "lowercase"
            | "hyphen"
    )
}

fn is_particle(text: &str) -> bool {
    matches!(text, "は" | "が" | "を" | "に" | "です" | "の" | "で")
}

/// "…, all one word, no apostrophe, at …": remarks on how it is written.
fn aside_follows(view: &View<'_>, index: usize) -> bool {
    matches!(
        view.text_at(index),
        "all"
            | "no"
            | "lower"
            | "lowercase"
            | "one"
            | "at"
            | "with"
            | "arroba"
            | "todo"
            | "then"
            | "dot"
            | "underscore"
    )
}
