//! Passwords, memorable words and answers to security questions: stated ("the password is …") or given when asked for.

use super::lexicon::Is;
use super::topics::Topic;
use super::view::{Piece, View};

/// Most words of a secret that is no single word.
const LONGEST: usize = 7;

/// Words that an answer begins with and that are not part of the secret.
const LEADS: &[&str] = &[
    "yes",
    "yeah",
    "sure",
    "ok",
    "okay",
    "oh",
    "gosh",
    "um",
    "uh",
    "er",
    "hmm",
    "it's",
    "its",
    "it",
    "was",
    "would",
    "be",
    "my",
    "that's",
    "that",
    "answer",
    "word",
    "password",
    "whole",
    "so",
    "well",
    "right",
    "think",
    "es",
    "era",
    "sí",
    "si",
    "mi",
    "please",
    "of",
    "course",
    "use",
    "let",
    "me",
    "see",
    "yep",
    "fine",
    "the",
    "make",
    "is",
    "contraseña",
    "clave",
    "claro",
    "bueno",
    "pues",
    "pet",
    "name",
    "he",
    "she",
    "her",
    "his",
    "called",
    "se",
    "llamaba",
    "believe",
    "guess",
    "probably",
    "should",
    "maiden",
    "try",
    "says",
];

/// Words that an answer begins with when it is none.
const REFUSALS: &[&str] = &[
    "oops",
    "ups",
    "whoops",
    "perfect",
    "great",
    "gracias",
    "maybe",
    "perhaps",
    "you're",
    "your",
    "youre",
    "welcome",
    "great",
    "awesome",
    "excellent",
    "cool",
    "nice",
    "good",
    "alright",
    "never",
    "no",
    "not",
    "don't",
    "dont",
    "why",
    "what",
    "which",
    "how",
    "who",
    "where",
    "when",
    "can",
    "can't",
    "cannot",
    "could",
    "do",
    "did",
    "does",
    "didn't",
    "never",
    "none",
    "nothing",
    "forgot",
    "i've",
    "i'm",
    "i'd",
    "sorry",
    "wait",
    "hold",
    "hang",
    "one",
    "just",
    "there",
    "you",
    "they",
    "we",
    "is",
    "are",
    "got",
    "sounds",
    "thanks",
    "thank",
    "isn't",
    "won't",
    "have",
    "haven't",
    "nope",
    "i",
    "rather",
    "por",
    "qué",
    "porque",
    "nada",
    "nunca",
    "olvidé",
    "recuerdo",
    "lo",
    "some",
    "any",
    "let's",
    "hello",
    "hi",
    "actually",
    "will",
    "great",
    "perfect",
    "if",
    "and",
    "but",
    "about",
    "after",
    "before",
    "already",
    "like",
    "this",
    "in",
    "on",
    "with",
    "from",
];

/// Secrets that the turn itself announces, as byte spans of the folded text.
pub(super) fn stated(view: &View<'_>) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (position, cue) in view.cues.iter().enumerate().filter(|(_, cue)| cue.kind == Topic::Password) {
        let until = view.cues.get(position + 1).map_or(usize::MAX, |next| next.start);
        if let Some(span) = value_after(view, cue.end, until) {
            found.push(span);
        }
    }
    // Letters, digits and symbols in one piece are no word of a sentence.
    if found.is_empty() && view.cues.iter().any(|cue| cue.kind == Topic::Password) {
        let text = view.folded.text();
        let mut reached = 0;
        for tok in view.toks.iter().filter(|tok| matches!(tok.piece, Piece::Word | Piece::Digits)) {
            if tok.start < reached {
                continue;
            }
            reached = chunk_end(text, tok.start);
            let chunk = text.get(tok.start..reached).unwrap_or_default();
            let has = |set: fn(char) -> bool| chunk.chars().any(set);
            if has(char::is_alphabetic)
                && has(|c| c.is_ascii_digit())
                && has(|c| matches!(c, '!' | '#' | '$' | '%' | '&' | '*' | '_' | '+'))
            {
                found.push((tok.start, reached));
            }
        }
    }
    found
}

/// The secret after a cue: something that looks like one within a few words, or the word after "is".
fn value_after(view: &View<'_>, from: usize, until: usize) -> Option<(usize, usize)> {
    let first = view.index_at(from);
    let text = view.folded.text();
    let mut announced = false;
    for index in first..first + 9 {
        let tok = view.tok(index).filter(|tok| tok.start < until)?;
        let word = view.text(tok);
        if matches!(tok.piece, Piece::Mask) {
            return None;
        }
        if matches!(word, "." | "!" | "?") && !view.touches(index, index + 1) {
            return None;
        }
        if matches!(tok.piece, Piece::Word | Piece::Digits) {
            let end = chunk_end(text, tok.start);
            let chunk = text.get(tok.start..end).unwrap_or_default();
            if looks_secret(chunk) && !looks_like_price(view, index) {
                return Some((tok.start, end));
            }
            let common = tok.is(Is::Common)
                || tok.is(Is::Stop)
                || tok.is(Is::Greeting)
                || word.ends_with("n't")
                || word.ends_with("ing");
            if announced && !common && tok.piece == Piece::Word && chunk.chars().count() >= 4 {
                return Some((tok.start, end));
            }
        }
        announced = matches!(word, "is" | ":" | "es" | "=" | "was" | "は" | "to" | "\"" | "“" | "as");
    }
    None
}

/// The end of a run without white space, without the punctuation that closes a sentence.
fn chunk_end(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let length = rest
        .find(|c: char| {
            c.is_whitespace()
                || c == ','
                || c == ';'
                || c == '"'
                || c == '”'
                || (!c.is_ascii() && !c.is_alphabetic())
                || crate::text::tokens::without_spaces(c)
        })
        .unwrap_or(rest.len());
    let chunk = rest.get(..length).unwrap_or_default();
    start + chunk.trim_end_matches(['.', '?', ')', ']', ':']).len()
}

/// Letters with digits or with symbols inside, as passwords have them.
fn looks_secret(chunk: &str) -> bool {
    let letters = chunk.chars().any(char::is_alphabetic);
    let digits = chunk.chars().any(|c| c.is_ascii_digit());
    let symbols = chunk
        .trim_end_matches('!')
        .chars()
        .any(|c| matches!(c, '-' | '_' | '!' | '@' | '#' | '$' | '%' | '&' | '*' | '+'));
    let length = chunk.chars().count();
    length >= 5 && letters && digits
        || length >= 8 && letters && symbols && chunk.contains(['_', '!', '@', '#', '$', '%', '&', '*'])
        || length >= 5 && letters && chunk.ends_with('!') && digits
}

fn looks_like_price(view: &View<'_>, index: usize) -> bool {
    view.before(index).is_some_and(|before| matches!(view.text(before), "$" | "€" | "£"))
}

/// The secret that an answer consists of, as a byte span of the folded text.
pub(super) fn answer(view: &View<'_>) -> Option<(usize, usize)> {
    if view.asks() || view.toks.is_empty() {
        return None;
    }
    if !view.folded.text().is_ascii()
        && let Some(span) = japanese_answer(view)
    {
        return Some(span);
    }
    if matches!(
        view.text_at(0),
        "is" | "do" | "did" | "can" | "could" | "what" | "why" | "which" | "how" | "who" | "would" | "are" | "does"
    ) {
        return None;
    }
    if let Some(span) = secret_word(view) {
        return Some(span);
    }
    let mut first = 0;
    while view.tok(first).is_some_and(|tok| {
        LEADS.contains(&view.text(tok)) || matches!(view.text(tok), "," | ":" | "\"" | "." | "!" | "“" | "…")
    }) {
        first += 1;
    }
    let begin = view.tok(first).filter(|tok| tok.piece != Piece::Mask)?;
    if REFUSALS.contains(&view.text(begin)) && !supposes(view, first) {
        return None;
    }
    if supposes(view, first) {
        first += 2;
        while view.tok(first).is_some_and(|tok| LEADS.contains(&view.text(tok))) {
            first += 1;
        }
    }
    let begin = view.tok(first).filter(|tok| tok.piece != Piece::Mask)?;
    let mut last = first;
    let mut words = 0;
    for (index, tok) in view.toks.iter().enumerate().skip(first) {
        let text = view.text(tok);
        let ends = match tok.piece {
            Piece::Mask => true,
            Piece::Symbol => {
                matches!(text, "," | ";" | "(" | "\"" | "”")
                    || matches!(text, "." | "!" | "?")
                        && !(view.touches(index, index + 1) && index + 1 < view.toks.len())
            }
            Piece::Word => {
                matches!(text, "and" | "but" | "if" | "because" | "that's")
                    || view.cues.binary_search_by_key(&tok.start, |cue| cue.start).is_ok() && index > first
            }
            _ => false,
        };
        if ends {
            // An exclamation mark that touches digits belongs to a password.
            if text == "!"
                && view.touches(index - 1, index)
                && view.tok(index - 1).is_some_and(|tok| tok.piece == Piece::Digits)
            {
                last = index;
            }
            break;
        }
        let apart = index == first || !view.touches(index - 1, index);
        words += usize::from(tok.piece != Piece::Symbol && apart);
        last = index;
    }
    let end = view.tok(last)?.end;
    (words <= LONGEST).then_some((begin.start, end))
}

/// "I think it's …": an answer, unlike "I don't know".
fn supposes(view: &View<'_>, first: usize) -> bool {
    view.text_at(first) == "i"
        && matches!(view.text_at(first + 1), "think" | "believe" | "guess" | "reckon" | "used" | "put")
}

fn japanese_answer(view: &View<'_>) -> Option<(usize, usize)> {
    let text = view.folded.text();
    let mut answer = text.trim_end_matches(['。', '、', ' ', '!']);
    for ending in ["でございます", "だったと思います", "になります", "ですね", "です", "でした", "だよ", "だ"]
    {
        if let Some(rest) = answer.strip_suffix(ending) {
            answer = rest;
            break;
        }
    }
    let mut start = 0;
    for lead in ["はい", "ええと", "えっと", "、", " ", "それは", "確か", "たしか"] {
        if let Some(rest) = answer.get(start..).and_then(|rest| rest.strip_prefix(lead)) {
            start = answer.len() - rest.len();
        }
    }
    let secret = answer.get(start..)?;
    let length = secret.chars().count();
    let sentence = ["ません", "ない", "ますか", "忘れ", "ください", "わから", "覚え", "を", "何", "ちょっと"]
        .iter()
        .any(|word| secret.contains(word));
    (1..=12)
        .contains(&length)
        .then_some(())
        .filter(|()| !sentence && secret.chars().any(char::is_alphanumeric) && !secret.is_ascii())?;
    Some((start, start + secret.len()))
}

/// The only piece of an answer that can be a password: letters with digits.
fn secret_word(view: &View<'_>) -> Option<(usize, usize)> {
    let text = view.folded.text();
    let mut found = None;
    let mut reached = 0;
    for tok in view.toks.iter().filter(|tok| matches!(tok.piece, Piece::Word | Piece::Digits)) {
        if tok.start < reached {
            continue;
        }
        reached = chunk_end(text, tok.start);
        if text.get(tok.start..reached).is_some_and(looks_secret) {
            if found.is_some() {
                return None;
            }
            found = Some((tok.start, reached));
        }
    }
    found
}
