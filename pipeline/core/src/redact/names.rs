//! Names that a turn introduces ("my name is …"), answers with, addresses ("Ms. Chen", "Hi Priya,") or spells.

use super::japanese_names::japanese;
use super::known_names::{Named, PARTICLES, possessed};
use super::labels;
use super::lexicon::{Is, meaning};
use super::name_form::{Sure, is_name_word, name_at, name_from};
use super::not_names::is_no_name;
use super::topics::Introduction;
use super::view::{Piece, Tok, View};

/// Names that the turn introduces or addresses. `asked` says that a name was asked for, `idle` that nothing was.
pub(super) fn introduced(view: &View<'_>, asked: bool, idle: bool) -> Vec<Named> {
    if !view.may_name() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for hit in view.introductions() {
        let from = view.index_at(hit.end);
        let phrase = view.folded.text().get(hit.start..hit.end).unwrap_or_default();
        let sure = match hit.kind {
            Introduction::Weak if phrase == "this is" => Sure::Caller,
            Introduction::Strong => Sure::Name,
            Introduction::Weak => Sure::Maybe,
            // Only letter case shows that a name follows.
            Introduction::Relation if view.uncased || !view.tok(from).is_some_and(|tok| tok.capital) => Sure::Maybe,
            Introduction::Relation => Sure::Name,
            Introduction::Title => Sure::Title,
        };
        let cased_title = sure != Sure::Title
            || !matches!(phrase, "miss" | "don" | "dr.")
            || view.tok(from).is_some_and(|next| next.capital);
        if cased_title && let Some(named) = name_from(view, from, sure) {
            found.push(named);
        }
    }
    if asked && let Some(named) = answer(view) {
        found.push(named);
    }
    closing_words(view, &mut found);
    greeted(view, &mut found);
    addressed(view, &mut found);
    labels::labelled(view, &mut found);
    labels::corrected(view, &mut found);
    labels::small_letters(view, &mut found);
    if asked {
        labels::family_first(view, &mut found);
    }
    japanese(view, asked, &mut found);
    found.retain(|named| !(view.index_at(named.start)..view.index_at(named.end)).any(|index| is_no_name(view, index)));
    found.sort_by_key(|named| (named.start, std::cmp::Reverse(named.end)));
    spelled(view, asked, idle, &mut found);
    found
}

/// Words that an answer to "your name?" begins with.
const LEADS: &[&str] = &[
    "yes",
    "yeah",
    "sure",
    "ok",
    "okay",
    "it's",
    "its",
    "it",
    "is",
    "my",
    "name",
    "the",
    "uh",
    "um",
    "oh",
    "well",
    "hi",
    "hello",
    "that's",
    "that",
    "would",
    "be",
    "for",
    "under",
    "on",
    "to",
    "a",
    "con",
    "es",
    "soy",
    "sí",
    "si",
    "nombre",
    "de",
    "mi",
    "me",
    "llamo",
    "el",
    "la",
    "sister's",
    "wife's",
    "husband's",
    "mother's",
    "father's",
    "son's",
    "daughter's",
    "brother's",
    "mine",
    "first",
    "last",
    "full",
    "of",
    "course",
    "so",
    "yep",
    "i'm",
    "im",
    "am",
    "i",
    "this",
    "should",
    "account",
    "claro",
    "you",
    "can",
    "put",
    "hers",
    "his",
    "her",
];

/// The name that an answer to the question for it begins with.
fn answer(view: &View<'_>) -> Option<Named> {
    if view.asks() && view.words() > 4 {
        return None;
    }
    let mut index = 0;
    while index < 8
        && view.tok(index).is_some_and(|tok| {
            (LEADS.contains(&view.text(tok))
                || matches!(view.text(tok), "," | "." | ":" | "¿")
                || tok.is(Is::Filler)
                || tok.is(Is::Title))
                && !(tok.capital && PARTICLES.contains(&view.text(tok)) && index == 0)
        })
    {
        index += 1;
    }
    name_at(view, index, Sure::Name)
}

/// Words that a name stands in front of.
pub(super) const CLOSING_WORDS: &[&str] = &["here", "speaking"];

/// "Elena Park here", "John speaking": the name comes first.
fn closing_words(view: &View<'_>, found: &mut Vec<Named>) {
    if !view.has(Is::Closes) {
        return;
    }
    for (index, tok) in view.toks.iter().enumerate() {
        let text = view.text(tok);
        let closes = match text {
            "here" => view.tok(index + 1).is_none_or(|next| {
                next.piece == Piece::Symbol || matches!(view.text(next), "from" | "again" | "with" | "i" | "calling")
            }),
            "speaking" => view.tok(index + 1).is_none_or(|next| !matches!(view.text(next), "with" | "to")),
            _ => false,
        };
        if !closes {
            continue;
        }
        let mut first = index;
        while first > 0
            && index - first < 3
            && is_name_word(view, first - 1, usize::from(first < index), Sure::Maybe)
            && view.tok(first - 1).is_some_and(|tok| tok.capital || view.uncased)
        {
            first -= 1;
        }
        let begins = view.before(first).is_none_or(|before| {
            before.piece == Piece::Symbol || before.is(Is::Greeting) || matches!(view.text(before), "is" | "it's")
        });
        // "Winslow speaking" is a name of its own, "Strictly speaking" is none.
        let announced =
            text == "speaking" && view.tok(first).is_some_and(|tok| tok.capital && !view.text(tok).ends_with("ly"));
        let known = view
            .tok(first)
            .is_some_and(|tok| tok.is(Is::GivenName) || (index - first >= 2 || announced) && !view.uncased);
        if first < index
            && begins
            && known
            && let (Some(begin), Some(end)) = (view.tok(first), view.tok(index - 1))
        {
            found.push(Named { start: begin.start, end: end.start + possessed(view.text(end)).len() });
        }
    }
}

/// "Hi Priya,", "Thank you Latoya.", ", Sarah." and full names of known words.
fn greeted(view: &View<'_>, found: &mut Vec<Named>) {
    if !view.has(Is::GivenName) && !view.folded.text().contains("'s") {
        return;
    }
    for (index, tok) in view.toks.iter().enumerate() {
        let text = view.text(tok);
        let given = tok.is(Is::GivenName) || text.ends_with("'s") && meaning(possessed(text)).is(Is::GivenName);
        if tok.piece != Piece::Word || !given || tok.is(Is::Stop) {
            continue;
        }
        let before = view.before(index);
        let place = before.is_some_and(|before| {
            matches!(
                view.text(before),
                "san" | "santa" | "saint" | "st" | "los" | "las" | "el" | "fort" | "port" | "mount" | "lake" | "cape"
            )
        });
        let surname = |next: &Tok| {
            let unknown = next.piece == Piece::Word
                && !next.is(Is::Common)
                && !next.is(Is::Stop)
                && !tok.is(Is::NameWord)
                && next.end - next.start > 2;
            // "Harper's Bakery" is a business.
            let unknown = unknown && !text.ends_with("'s");
            (next.is(Is::Surname) || unknown) && next.capital && tok.capital && !view.uncased
                || view.uncased && next.is(Is::Surname) && !next.is(Is::Common) && !tok.is(Is::NameWord)
        };
        let full = !place && view.tok(index + 1).is_some_and(surname);
        let greeted = !tok.is(Is::NameWord)
            && (tok.capital || view.uncased)
            && before.is_some_and(|before| {
                before.is(Is::Greeting)
                    || view.text(before) == "you" && index >= 2 && view.text_at(index - 2) == "thank"
            })
            && view
                .tok(index + 1)
                .is_none_or(|next| next.piece == Piece::Symbol || next.is(Is::Stop) || next.is(Is::Surname));
        let set_off = !tok.is(Is::NameWord)
            && tok.capital
            && !view.uncased
            && before.is_some_and(|before| view.text(before) == ",")
            && view.tok(index + 1).is_none_or(|next| matches!(view.text(next), "." | "," | "?" | "!"));
        if greeted || set_off {
            let last = if full || view.tok(index + 1).is_some_and(surname) { index + 1 } else { index };
            if let Some(end) = view.tok(last) {
                found.push(Named { start: tok.start, end: end.start + possessed(view.text(end)).len() });
            }
        }
    }
}

/// "Thank you so much, Xiomara." in cased text: a word that is none, set off after thanks or a greeting.
fn addressed(view: &View<'_>, found: &mut Vec<Named>) {
    if view.uncased || !view.has(Is::Greeting) && !view.folded.text().contains("thank") {
        return;
    }
    for (index, tok) in view.toks.iter().enumerate().skip(1) {
        let unknown = tok.piece == Piece::Word
            && tok.capital
            && tok.end - tok.start > 3
            && !tok.is(Is::Common)
            && !tok.is(Is::Stop)
            && !tok.is(Is::Greeting)
            && !tok.is(Is::Month)
            && tok.meaning.number.is_none();
        let ends = view.tok(index + 1).is_none_or(|next| matches!(view.text(next), "," | "." | "!" | "?"));
        if !unknown || !ends {
            continue;
        }
        let thanks =
            |text: &str| matches!(text, "thanks" | "thank" | "thankyou" | "cheers" | "sorry" | "bye" | "goodbye");
        let mut at = index;
        for _ in 0..5 {
            let Some(before) = view.before(at) else { break };
            let text = view.text(before);
            if thanks(text) || before.is(Is::Greeting) {
                found.push(Named { start: tok.start, end: tok.start + possessed(view.text(tok)).len() });
                break;
            }
            if !matches!(
                text,
                "you" | "so" | "very" | "much" | "again" | "," | "a" | "lot" | "there" | "for" | "now" | "then"
            ) {
                break;
            }
            at -= 1;
        }
    }
}

/// Letters of which at least four differ, in a turn without digits or words for them.
fn spells_itself(view: &View<'_>) -> bool {
    let mut distinct = std::collections::BTreeSet::new();
    for tok in view.toks.iter().filter(|tok| tok.piece != Piece::Symbol) {
        let single = tok.piece == Piece::Word && tok.end - tok.start == 1;
        if tok.is_number() && !single {
            return false;
        }
        if single {
            distinct.insert(view.text(tok));
        }
    }
    distinct.len() >= 4
}

/// A name spelled letter by letter: `D E M I R`, `x-o-c`.
fn spelled(view: &View<'_>, asked: bool, idle: bool, found: &mut Vec<Named>) {
    let letters = view.toks.iter().filter(|tok| tok.piece == Piece::Word && tok.end - tok.start == 1).count();
    // Two letters make no name but where one is said by a word; names of letters count where a name was asked for.
    if letters < 2 && !asked {
        return;
    }
    // A turn of letters alone, with a vowel: nobody spells a code without numbers that way.
    let vowel = view.toks.iter().any(|tok| matches!(view.text(tok), "a" | "e" | "i" | "o" | "u"));
    let alone = idle && view.numbers == 0 && letters >= 5 && view.words() <= letters + 2 && vowel;
    let text = view.folded.text();
    let said = ["spel", "se escribe", "deletre"].iter().any(|word| text.contains(word));
    // Five letters in a row and a vowel among them, in a turn without numbers.
    let long = letters >= 5 && vowel && spells_itself(view);
    let spelling = asked || !found.is_empty() || alone || said || long;
    if !spelling {
        return;
    }
    let single = |index: usize| {
        view.tok(index).is_some_and(|tok| {
            tok.piece == Piece::Word
                && (view.text(tok).chars().count() == 1 || asked && labels::is_letter_name(view.text(tok)))
        })
    };
    let mut index = 0;
    while index < view.toks.len() {
        if !single(index) {
            index += 1;
            continue;
        }
        let (first, mut last, mut letters) = (index, index, 1);
        let mut at = index + 1;
        loop {
            if single(at) {
                letters += 1;
                last = at;
                at += 1;
            } else if matches!(view.text_at(at), "-" | "," | ".") && single(at + 1) {
                at += 1;
            } else if let Some(word) = exemplified(view, at) {
                last = word;
                at = word + 1 + usize::from(view.text_at(word + 1) == ",");
                if !single(at) {
                    break;
                }
            } else {
                break;
            }
        }
        // Letters with numbers are a code.
        let code = view.tok(at).is_some_and(super::view::Tok::is_number)
            || view.before(first).is_some_and(super::view::Tok::is_number);
        let meant = last > first && exemplified(view, first + 1).is_some();
        if (letters >= 3 || letters >= 2 && meant)
            && !code
            && let (Some(begin), Some(end)) = (view.tok(first), view.tok(last))
        {
            // The first letter may have been taken for a name.
            match found.iter_mut().find(|named| named.start == begin.start) {
                Some(named) => named.end = named.end.max(end.end),
                None => found.push(Named { start: begin.start, end: end.end }),
            }
        }
        index = at.max(index + 1);
    }
}

/// "B as in boy", "b de bueno": the word that says which letter is meant, after the letter in front of `at`.
fn exemplified(view: &View<'_>, at: usize) -> Option<usize> {
    let word = match (view.text_at(at), view.text_at(at + 1)) {
        ("as", "in") => at + 2,
        ("for" | "de" | "like", _) => at + 1,
        _ => return None,
    };
    let initial = |index: usize| view.text_at(index).chars().next();
    (view.tok(word).is_some_and(|tok| tok.piece == Piece::Word && tok.end - tok.start > 1)
        && initial(word) == initial(at - 1))
    .then_some(word)
}
