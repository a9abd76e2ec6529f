//! Names that are known in the whole conversation, and where a word is meant as one of them.

use std::collections::BTreeMap;

use super::lexicon::{Is, meaning};
use super::view::{Piece, Tok, View};
use crate::text::fold;

/// Most names that metadata may bring.
pub(super) const MOST_NAMES: usize = 64;

/// A name in a turn: a byte span of the folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named {
    pub start: usize,
    pub end: usize,
}

pub(super) const PARTICLES: &[&str] = &[
    "van", "der", "den", "de", "la", "las", "los", "del", "von", "bin", "al", "da", "dos", "di", "el", "st", "le",
    "ten", "ter", "y", "zu",
];

/// Names that are known in the whole conversation, by folded word; the value says whether the word is also another word.
#[derive(Debug, Default)]
pub(super) struct KnownNames {
    words: BTreeMap<String, bool>,
    /// Names of scripts without spaces.
    scripts: Vec<String>,
}

impl KnownNames {
    pub(super) fn of_metadata(names: &[String]) -> Self {
        let mut known = Self::default();
        for name in names.iter().take(MOST_NAMES) {
            known.learn(fold(name).text());
        }
        known
    }

    /// Takes in a folded name.
    pub(super) fn learn(&mut self, name: &str) {
        if name.chars().any(crate::text::tokens::without_spaces) {
            let name = name.trim();
            if name.chars().count() >= 2
                && !self.scripts.iter().any(|known| known == name)
                && self.scripts.len() < MOST_NAMES
            {
                self.scripts.push(name.to_owned());
            }
            // Family and given name, once apart, are said alone later.
            for part in name.split([' ', '・']).filter(|part| *part != name && part.chars().count() >= 2) {
                if !self.scripts.iter().any(|known| known == part) && self.scripts.len() < MOST_NAMES {
                    self.scripts.push(part.to_owned());
                }
            }
            return;
        }
        for word in name.split(|character: char| !character.is_alphabetic() && character != '\'').map(possessed) {
            if word.chars().count() < 2 || PARTICLES.contains(&word) || self.words.len() >= 4 * MOST_NAMES {
                continue;
            }
            let meaning = meaning(word);
            let ambiguous = meaning.is(Is::Common)
                || meaning.is(Is::NameWord)
                || meaning.is(Is::Stop)
                || meaning.is(Is::Month)
                || meaning.is(Is::Title)
                || word.len() < 3;
            self.words.insert(word.to_owned(), ambiguous);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty() && self.scripts.is_empty()
    }

    /// Every place in a turn where a known name is meant.
    pub(super) fn find(&self, view: &View<'_>) -> Vec<Named> {
        let mut found: Vec<Named> = Vec::new();
        let text = view.folded.text();
        for name in &self.scripts {
            found.extend(
                text.match_indices(name.as_str()).map(|(start, name)| Named { start, end: start + name.len() }),
            );
        }
        let mut last_token = None;
        for (index, tok) in view.toks.iter().enumerate() {
            if tok.piece != Piece::Word {
                continue;
            }
            let word = possessed(view.text(tok));
            let Some(ambiguous) = self.words.get(word) else { continue };
            let follows = last_token.is_some_and(|last| last + 1 == index);
            let next_known = view
                .tok(index + 1)
                .filter(|next| next.piece == Piece::Word)
                .and_then(|next| self.words.get(possessed(view.text(next))));
            if *ambiguous && !(follows || next_known.is_some() || is_addressed(view, index)) {
                continue;
            }
            let end = tok.start + word.len();
            match found.last_mut().filter(|_| follows) {
                Some(before) => before.end = end,
                None => found.push(Named { start: tok.start, end }),
            }
            last_token = Some(index);
        }
        found
    }
}

pub(super) fn possessed(word: &str) -> &str {
    word.strip_suffix("'s").unwrap_or(word)
}

/// Whether a word that may be a name is used as one: capitalised and set off like an address.
pub(super) fn is_addressed(view: &View<'_>, index: usize) -> bool {
    let Some(tok) = view.tok(index) else { return false };
    let before = view.before(index);
    if before.is_some_and(|before| before.is(Is::Title))
        || before.is_some_and(|dot| view.text(dot) == ".")
            && index >= 2
            && view.tok(index - 2).is_some_and(|tok| tok.is(Is::Title))
    {
        return true;
    }
    if view.uncased || !tok.capital {
        return false;
    }
    let next = view.tok(index + 1);
    let closes =
        |tok: Option<&Tok>| tok.is_none_or(|tok| matches!(view.text(tok), "," | "." | "!" | "?" | ";" | ":" | "。"));
    let after_comma = before.is_some_and(|before| matches!(view.text(before), "," | "¿"));
    let first = before.is_none_or(|before| matches!(view.text(before), "." | "!" | "?"));
    let greeted =
        before.is_some_and(|before| before.is(Is::Greeting) || matches!(view.text(before), "you" | "por" | "esperar"));
    (after_comma || first || greeted) && closes(next)
        || greeted && next.is_none_or(|next| next.piece == Piece::Symbol)
        || introduced_directly(view, index)
}

pub(super) fn introduced_directly(view: &View<'_>, index: usize) -> bool {
    let two = (index.checked_sub(2).map(|at| view.text_at(at)), index.checked_sub(1).map(|at| view.text_at(at)));
    matches!(two, (Some("this"), Some("is")) | (Some("name"), Some("is")) | (Some("am"), Some("i")))
        || matches!(two.1, Some("i'm" | "it's"))
}
