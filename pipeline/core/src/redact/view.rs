//! A turn as detection sees it: folded text, tokens with their meanings, masks that stand in it already, and cues.

use std::cell::OnceCell;
use std::sync::LazyLock;

use regex::Regex;

use super::lexicon::{Is, Meaning, Number, meaning};
use super::settings::{Kind, RedactionSettings};
use super::topics::{CUES, CueLanguage, INTRODUCTIONS, Introduction, Topic};
use crate::text::phrases::Hit;
use crate::text::{Folded, TokenKind, fold, tokens};

/// What a token is to detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    Word,
    Digits,
    Ideograph,
    Symbol,
    /// A mask, ours or a service's.
    Mask,
}

/// A token of the folded text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tok {
    pub start: usize,
    pub end: usize,
    pub piece: Piece,
    pub meaning: Meaning,
    /// Begins with a capital letter in the original.
    pub capital: bool,
    /// Its second letter is a capital too.
    pub capitals: bool,
}

impl Tok {
    pub(super) const fn is(&self, property: Is) -> bool {
        self.meaning.is(property)
    }

    /// Digits, or a word that stands for a number.
    pub(super) fn is_number(&self) -> bool {
        self.piece == Piece::Digits || self.meaning.number.is_some_and(|number| !matches!(number, Number::Times(_)))
    }
}

/// A turn ready for detection.
pub(super) struct View<'a> {
    pub folded: Folded<'a>,
    pub toks: Vec<Tok>,
    pub cues: Vec<Hit<Topic>>,
    /// Letter case tells nothing: all capitals or none.
    pub uncased: bool,
    /// Tokens that stand for numbers, ordinals included.
    pub numbers: usize,
    /// Kinds of the masks that stand in the text already; what they hide was an answer.
    pub masked: Vec<Option<Kind>>,
    /// Tokens that are no symbols. Every run of the turn asks for it.
    words: usize,
    /// What the words are, taken together.
    all: Meaning,
    introductions: OnceCell<Vec<Hit<Introduction>>>,
}

/// A mask that stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mask<'a> {
    pub kind: &'a str,
    pub start: usize,
    pub end: usize,
}

static MASKS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\[([A-Z][A-Z_]+)\]|\{([A-Z][A-Z_]+)\}|\*{3,}|#{4,}|[Xx]{4,}|•{3,}").ok());

/// The masks that stand in a text already, in order.
pub(super) fn masks(text: &str) -> Vec<Mask<'_>> {
    // Most text has none of the characters that masks are made of; two of the same in a row begin a mask of signs.
    let bytes = text.as_bytes();
    // Without an early end these loops take many bytes at a time.
    let brackets = || bytes.iter().fold(false, |any, byte| any | matches!(byte, b'[' | b'{'));
    let signs = || {
        bytes.iter().zip(bytes.get(1..).unwrap_or_default()).fold(false, |any, (byte, next)| {
            let sign = (matches!(byte, b'*' | b'#' | b'X' | b'x')) & (byte | 0x20 == next | 0x20);
            any | sign | ((*byte == 0xe2) & (*next == 0x80))
        })
    };
    if !brackets() && !signs() {
        return Vec::new();
    }
    let Some(masks) = MASKS.as_ref() else { return Vec::new() };
    masks
        .captures_iter(text)
        .filter_map(|captures| {
            let whole = captures.get(0)?;
            let kind = captures.get(1).or(captures.get(2)).map_or("PII", |name| name.as_str());
            Some(Mask { kind, start: whole.start(), end: whole.end() })
        })
        .collect()
}

/// Whether the character at a byte and the one after it are capitals.
fn capitals_at(content: &str, at: usize) -> (bool, bool) {
    let bytes = content.as_bytes();
    if let (Some(first), second) = (bytes.get(at), bytes.get(at + 1))
        && first.is_ascii()
        && second.is_none_or(u8::is_ascii)
    {
        return (first.is_ascii_uppercase(), second.is_some_and(u8::is_ascii_uppercase));
    }
    let mut characters = content.get(at..).unwrap_or_default().chars();
    let mut next = || characters.next().is_some_and(char::is_uppercase);
    (next(), next())
}

impl View<'static> {
    /// It keeps a folded copy of the text, so that it can outlive a round of masking that leaves the text as it is.
    pub(super) fn new(content: &str, settings: &RedactionSettings) -> Self {
        let folded = fold(content).into_owned();
        let masks = masks(content);
        let masked: Vec<Option<Kind>> = masks.iter().map(|mask| Kind::parse(mask.kind)).collect();
        let mut toks: Vec<Tok> = Vec::with_capacity(content.len() / 4 + 4);
        let (mut capitals, mut smalls, mut numbers) = (0usize, 0usize, 0usize);
        let mut all = Meaning::default();
        let mut masks = masks.iter().peekable();
        for token in tokens(folded.text()) {
            let origin = folded.origin(token.start);
            while masks.next_if(|mask| mask.end <= origin).is_some() {}
            if let Some(mask) = masks.peek().filter(|mask| mask.start <= origin) {
                match toks
                    .last_mut()
                    .filter(|last| last.piece == Piece::Mask && folded.origin(last.start) >= mask.start)
                {
                    Some(last) => last.end = token.end,
                    None => toks.push(Tok {
                        start: token.start,
                        end: token.end,
                        piece: Piece::Mask,
                        meaning: Meaning::default(),
                        capital: false,
                        capitals: false,
                    }),
                }
                continue;
            }
            let (piece, meaning) = match token.kind {
                TokenKind::Word => (Piece::Word, meaning(token.text)),
                TokenKind::Digits => (Piece::Digits, Meaning::default()),
                TokenKind::Ideograph => (Piece::Ideograph, meaning(token.text)),
                TokenKind::Symbol => (Piece::Symbol, Meaning::default()),
            };
            let (capital, second_capital) = capitals_at(content, origin);
            if piece == Piece::Word && token.end - token.start > 1 {
                if second_capital {
                    capitals += 1;
                } else {
                    smalls += 1;
                }
            }
            all.also(meaning);
            let tok = Tok { start: token.start, end: token.end, piece, meaning, capital, capitals: second_capital };
            numbers += usize::from(tok.is_number() || tok.is(Is::Ordinal));
            toks.push(tok);
        }
        // Capitals of a code (SE15) do not show that names would be capitalised.
        let any_capital = toks.windows(2).any(|pair| matches!(pair, [tok, next] if tok.capital && !(tok.end - tok.start <= 3 && next.piece == Piece::Digits && next.start == tok.end) && tok.end - tok.start != 2)) || toks.last().is_some_and(|tok| tok.capital && tok.end - tok.start > 3);
        // What a mask hides may have been capitalised: with one in the text, small letters show nothing.
        let uncased = capitals > smalls || !any_capital && masked.is_empty();
        let allowed = |language: CueLanguage| language.code().is_none_or(|code| settings.languages.contains(code));
        let cues = CUES
            .find(folded.text())
            .filter(|hit| allowed(hit.kind.1))
            .map(|hit| Hit { kind: hit.kind.0, start: hit.start, end: hit.end })
            .collect();
        let words = toks.iter().filter(|tok| tok.piece != Piece::Symbol).count();
        Self { folded, toks, cues, uncased, numbers, masked, words, all, introductions: OnceCell::new() }
    }
}

impl View<'_> {
    /// The phrases that introduce names.
    pub(super) fn introductions(&self) -> &[Hit<Introduction>] {
        self.introductions.get_or_init(|| INTRODUCTIONS.find(self.folded.text()).collect())
    }

    /// Whether any word of the turn has a property.
    pub(super) const fn has(&self, property: Is) -> bool {
        self.all.is(property)
    }

    pub(super) fn tok(&self, index: usize) -> Option<&Tok> {
        self.toks.get(index)
    }

    /// The token before another one.
    pub(super) fn before(&self, index: usize) -> Option<&Tok> {
        index.checked_sub(1).and_then(|before| self.toks.get(before))
    }

    /// The folded text of a token.
    pub(super) fn text(&self, tok: &Tok) -> &str {
        self.folded.text().get(tok.start..tok.end).unwrap_or_default()
    }

    /// The folded text of a token by its position; empty past the end.
    pub(super) fn text_at(&self, index: usize) -> &str {
        self.toks.get(index).map_or("", |tok| self.text(tok))
    }

    /// Whether two neighbouring tokens touch.
    pub(super) fn touches(&self, left: usize, right: usize) -> bool {
        self.tok(left).zip(self.tok(right)).is_some_and(|(left, right)| left.end == right.start)
    }

    /// Index of the first token that begins at or after a byte of the folded text.
    pub(super) fn index_at(&self, byte: usize) -> usize {
        self.toks.partition_point(|tok| tok.start < byte)
    }

    /// The topic of the last cue that begins before a byte, and where that cue ends.
    pub(super) fn cue_before(&self, byte: usize) -> Option<&Hit<Topic>> {
        let index = self.cues.partition_point(|cue| cue.end <= byte);
        index.checked_sub(1).and_then(|last| self.cues.get(last))
    }

    /// The first cue that begins at or after a byte.
    pub(super) fn cue_after(&self, byte: usize) -> Option<&Hit<Topic>> {
        self.cues.get(self.cues.partition_point(|cue| cue.start < byte))
    }

    /// Whether the turn asks: it ends with a question mark or begins with a question word.
    pub(super) fn asks(&self) -> bool {
        self.toks.last().is_some_and(|last| matches!(self.text(last), "?" | "？"))
    }

    /// Whether a word can be a name: of a list, or of none of the lists of words. Most turns have none.
    pub(super) fn may_name(&self) -> bool {
        !self.folded.text().is_ascii()
            || self.toks.iter().any(|tok| {
                let listed = tok.is(Is::GivenName) || tok.is(Is::Surname) || tok.is(Is::NameWord);
                let unknown = !tok.is(Is::Common) && !tok.is(Is::Stop) && !matches!(self.text(tok), "i" | "a");
                tok.piece == Piece::Word && (listed || unknown)
            })
    }

    /// Whether a mask of one of the kinds stands in the text.
    pub(super) fn has_mask(&self, kinds: &[Kind]) -> bool {
        self.masked.iter().flatten().any(|kind| kinds.contains(kind))
    }

    /// Tokens that are no symbols.
    pub(super) const fn words(&self) -> usize {
        self.words
    }
}
