//! Names: known from metadata, introduced ("my name is …"), given when asked for, addressed ("Ms. Chen", "Hi Priya,").

use std::collections::BTreeMap;

use super::lexicon::{Is, meaning};
use super::topics::{INTRODUCTIONS, Introduction};
use super::view::{Piece, Tok, View};
use crate::text::fold;

/// Most words of a name.
const LONGEST: usize = 4;
/// Most names that metadata may bring.
const MOST_NAMES: usize = 64;

/// How sure it is that a name is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sure {
    /// "My name is", or an answer to the question for it.
    Name,
    /// "This is".
    Maybe,
    /// "Mrs".
    Title,
}

/// A name in a turn: a byte span of the folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named {
    pub start: usize,
    pub end: usize,
}

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

const PARTICLES: &[&str] = &[
    "van", "der", "den", "de", "la", "las", "los", "del", "von", "bin", "al", "da", "dos", "di", "el", "st", "le",
    "ten", "ter", "y", "zu",
];

fn possessed(word: &str) -> &str {
    word.strip_suffix("'s").unwrap_or(word)
}

/// Whether a word that may be a name is used as one: capitalised and set off like an address.
fn is_addressed(view: &View<'_>, index: usize) -> bool {
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

fn introduced_directly(view: &View<'_>, index: usize) -> bool {
    let two = (index.checked_sub(2).map(|at| view.text_at(at)), index.checked_sub(1).map(|at| view.text_at(at)));
    matches!(two, (Some("this"), Some("is")) | (Some("name"), Some("is")) | (Some("am"), Some("i")))
        || matches!(two.1, Some("i'm" | "it's"))
}

/// Names that the turn introduces or addresses. `asked` says that a name was asked for.
pub(super) fn introduced(view: &View<'_>, asked: bool) -> Vec<Named> {
    let mut found = Vec::new();
    for hit in INTRODUCTIONS.find(view.folded.text()) {
        let from = view.index_at(hit.end);
        let sure = match hit.kind {
            Introduction::Strong => Sure::Name,
            Introduction::Weak => Sure::Maybe,
            // Only letter case shows that a name follows.
            Introduction::Relation if view.uncased || !view.tok(from).is_some_and(|tok| tok.capital) => Sure::Maybe,
            Introduction::Relation => Sure::Name,
            Introduction::Title => Sure::Title,
        };
        let phrase = view.folded.text().get(hit.start..hit.end).unwrap_or_default();
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
    japanese(view, asked, &mut found);
    found.sort_by_key(|named| (named.start, std::cmp::Reverse(named.end)));
    spelled(view, asked, &mut found);
    found
}

/// The name that begins at a token, after fillers and titles.
fn name_from(view: &View<'_>, from: usize, sure: Sure) -> Option<Named> {
    let mut first = from;
    let mut skipped = 0;
    while let Some(tok) = view.tok(first) {
        let skip = tok.is(Is::Filler)
            || tok.is(Is::Title)
            || (sure == Sure::Name
                && matches!(view.text(tok), ":" | "\"" | "“" | "is" | "," | ".")
                && skipped < 2
                && first == from + skipped)
            || (sure == Sure::Title && view.text(tok) == ".");
        if !skip
            || skipped >= 3
            || (view.text(tok) == "." && !view.before(first).is_some_and(|before| before.is(Is::Title)))
        {
            break;
        }
        skipped += 1;
        first += 1;
    }
    name_at(view, first, sure)
}

/// The name that begins right at a token.
fn name_at(view: &View<'_>, first: usize, sure: Sure) -> Option<Named> {
    let mut last = None;
    let mut index = first;
    while index - first < LONGEST * 2 {
        let position = usize::from(last.is_some());
        let Some(tok) = view.tok(index) else { break };
        if view.text(tok) == "-"
            && last.is_some_and(|last| last + 1 == index)
            && view.touches(index - 1, index)
            && view.touches(index, index + 1)
            || view.text(tok) == "・" && last.is_some()
        {
            index += 1;
            continue;
        }
        if tok.piece == Piece::Word
            && PARTICLES.contains(&view.text(tok))
            && (tok.capital || last.is_some() || sure == Sure::Name)
            && particle_leads(view, index, sure)
        {
            index += 1;
            continue;
        }
        if !is_name_word(view, index, position, sure) {
            break;
        }
        last = Some(index);
        index += 1;
        // A possessive or the end of a clause ends a name.
        if view.text(tok).ends_with("'s") {
            break;
        }
    }
    let last = last?;
    let (begin, end) = (view.tok(first)?, view.tok(last)?);
    if sure == Sure::Maybe && (!stands_as_name(view, first, last) || is_company(view, first, last)) {
        return None;
    }
    Some(Named { start: begin.start, end: end.start + possessed(view.text(end)).len() })
}

fn particle_leads(view: &View<'_>, index: usize, sure: Sure) -> bool {
    let next =
        |at: usize| is_name_word(view, at, 1, sure) && view.tok(at).is_some_and(|tok| view.uncased || tok.capital);
    next(index + 1) || (PARTICLES.contains(&view.text_at(index + 1)) && next(index + 2))
}

/// Whether a token can be the first (`position` 0) or a later word of a name.
fn is_name_word(view: &View<'_>, index: usize, position: usize, sure: Sure) -> bool {
    let Some(tok) = view.tok(index) else { return false };
    if tok.piece != Piece::Word {
        return false;
    }
    let text = possessed(view.text(tok));
    let known = tok.is(Is::GivenName)
        || tok.is(Is::Surname)
        || text.len() < view.text(tok).len() && meaning(text).is(Is::GivenName);
    let length = text.chars().count();
    if view.touches(index, index + 1)
        && view.tok(index + 1).is_some_and(|next| next.piece == Piece::Digits || view.text(next) == "@")
    {
        return false;
    }
    let word = tok.is(Is::Common)
        || tok.is(Is::Stop)
        || tok.is(Is::Filler)
        || tok.is(Is::Greeting)
        || tok.meaning.number.is_some();
    if length == 1 {
        // An initial: in front of a name or inside one.
        let followed = view.tok(index + 1).is_some_and(|next| {
            next.piece == Piece::Word && next.capital && next.end - next.start > 2 && !next.is(Is::Common)
        });
        return tok.capital
            && !view.uncased
            && view.text(tok) != "i"
            && (position > 0 || sure == Sure::Name && followed);
    }
    if !view.uncased {
        if !tok.capital {
            return known && !tok.is(Is::NameWord) && !word && sure == Sure::Name && position == 0;
        }
        if position == 0 {
            // Orlando, Florence: a place, unless a family name follows where a name is expected.
            let followed = sure == Sure::Name
                && !tok.is(Is::Stop)
                && view.tok(index + 1).is_some_and(|next| {
                    next.piece == Piece::Word && next.capital && !next.is(Is::Common) && !next.is(Is::Stop)
                });
            return known || tok.is(Is::NameWord) && !tok.is(Is::Stop) || !word || followed;
        }
        return known || !tok.is(Is::Stop) && !tok.is(Is::Greeting);
    }
    let next_closes = |index: usize| {
        view.tok(index + 1).is_none_or(|next| {
            next.piece == Piece::Symbol || next.is(Is::Surname) || matches!(view.text(next), "and" | "y")
        })
    };
    if position == 0 {
        match sure {
            Sure::Maybe => tok.is(Is::GivenName) && !tok.is(Is::NameWord),
            Sure::Title => tok.is(Is::Surname) || tok.is(Is::GivenName) || (!word && length >= 3),
            Sure::Name => {
                (tok.is(Is::GivenName) && !tok.is(Is::NameWord))
                    || (tok.is(Is::Surname) && !word)
                    || (!word && length >= 3 && !denies(text))
                    || (tok.is(Is::NameWord) && !tok.is(Is::Stop) && next_closes(index))
            }
        }
    } else {
        !tok.is(Is::Stop) && !tok.is(Is::Greeting) && (known || tok.is(Is::NameWord) || !word)
    }
}

/// "Riverbend Utilities": the last word is a word and no family name.
fn is_company(view: &View<'_>, first: usize, last: usize) -> bool {
    last > first
        && view.tok(last).is_some_and(|tok| {
            tok.is(Is::Common) && !tok.is(Is::Surname) && !tok.is(Is::GivenName) && !tok.is(Is::NameWord)
        })
}

fn denies(text: &str) -> bool {
    text.ends_with("n't") || text.contains('\'')
}

/// After "this is" a name stands alone, with a family name, or in front of a word that goes with names.
fn stands_as_name(view: &View<'_>, first: usize, last: usize) -> bool {
    let Some(tok) = view.tok(first) else { return false };
    let text = view.text(tok);
    let nationality =
        !tok.is(Is::GivenName) && ["ish", "ese", "ian", "ican", "ean"].iter().any(|end| text.ends_with(end));
    if nationality {
        return false;
    }
    let next = view.text_at(last + 1);
    let closes = matches!(
        next,
        "" | ","
            | "."
            | "!"
            | ";"
            | "?"
            | "from"
            | "here"
            | "again"
            | "calling"
            | "speaking"
            | "with"
            | "at"
            | "and"
            | "de"
            | "y"
            | "in"
            | "by"
            | "。"
    );
    if tok.is(Is::GivenName) && !tok.is(Is::NameWord) {
        return true;
    }
    if tok.is(Is::NameWord) && tok.is(Is::Common) && last == first {
        return closes && next != "at" && next != "in" && next != "and";
    }
    // An unknown word alone, as in "this is Comcast", is no name; a calling person is.
    last > first
        || matches!(next, "again" | "calling" | "speaking" | "here" | "from" | "by")
        || (closes && matches!(next, "" | "." | "," | "!") && first == last && is_short(view) && !tok.is(Is::Common))
}

fn is_short(view: &View<'_>) -> bool {
    view.toks.len() <= 14
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

/// "Elena Park here", "John speaking": the name comes first.
fn closing_words(view: &View<'_>, found: &mut Vec<Named>) {
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
        let known = view.tok(first).is_some_and(|tok| tok.is(Is::GivenName) || index - first >= 2 && !view.uncased);
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
        if full || greeted || set_off {
            let last = if full || view.tok(index + 1).is_some_and(surname) { index + 1 } else { index };
            if let Some(end) = view.tok(last) {
                found.push(Named { start: tok.start, end: end.start + possessed(view.text(end)).len() });
            }
        }
    }
}

/// A name spelled letter by letter: `D E M I R`, `x-o-c`.
fn spelled(view: &View<'_>, asked: bool, found: &mut Vec<Named>) {
    let spelling = asked || !found.is_empty() || view.folded.text().contains("spel");
    if !spelling {
        return;
    }
    let single = |index: usize| view.tok(index).is_some_and(|tok| tok.piece == Piece::Word && tok.end - tok.start == 1);
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
            } else {
                break;
            }
        }
        // Letters with numbers are a code.
        let code = view.tok(at).is_some_and(super::view::Tok::is_number)
            || view.before(first).is_some_and(super::view::Tok::is_number);
        if letters >= 3
            && !code
            && let (Some(begin), Some(end)) = (view.tok(first), view.tok(last))
        {
            found.push(Named { start: begin.start, end: end.end });
        }
        index = at.max(index + 1);
    }
}

const JAPANESE_AFTER: &[&str] = &["と申します", "ともうします", "といいます", "と言います", "と申しまして", "と申す"];
const JAPANESE_COPULA: &[&str] = &["でございます", "になります", "です", "ですが", "だ"];
const JAPANESE_SURNAMES: &[&str] = &[
    "佐藤",
    "鈴木",
    "高橋",
    "田中",
    "伊藤",
    "渡辺",
    "渡邊",
    "山本",
    "中村",
    "小林",
    "加藤",
    "吉田",
    "山田",
    "佐々木",
    "山口",
    "松本",
    "井上",
    "木村",
    "林",
    "斎藤",
    "斉藤",
    "清水",
    "山崎",
    "森",
    "池田",
    "橋本",
    "阿部",
    "石川",
    "山下",
    "中島",
    "石井",
    "小川",
    "前田",
    "岡田",
    "長谷川",
    "藤田",
    "後藤",
    "近藤",
    "村上",
    "遠藤",
    "青木",
    "坂本",
    "福田",
    "太田",
    "西村",
    "藤井",
    "金子",
    "藤原",
    "岡本",
    "三浦",
    "中野",
    "中川",
    "原田",
    "松田",
    "竹内",
    "小野",
    "田村",
    "中山",
    "和田",
    "石田",
    "森田",
    "上田",
    "原",
    "内田",
    "柴田",
    "酒井",
    "宮崎",
    "横山",
    "高木",
    "安藤",
    "宮本",
    "大野",
    "小島",
    "谷口",
    "今井",
    "工藤",
    "高田",
    "増田",
    "丸山",
    "杉山",
    "村田",
    "大塚",
    "新井",
    "小山",
    "平野",
    "河野",
    "藤本",
    "野口",
    "武田",
    "上野",
    "松井",
    "千葉",
    "岩崎",
    "菅原",
    "木下",
    "久保",
    "佐野",
    "野村",
    "松尾",
    "市川",
    "菊地",
    "杉本",
    "古川",
    "大西",
    "島田",
    "水野",
    "桜井",
    "吉川",
    "山内",
    "西田",
];

/// Japanese names: in front of "と申します", of "です" where a name was asked for, of 様 and さん.
fn japanese(view: &View<'_>, asked: bool, found: &mut Vec<Named>) {
    let text = view.folded.text();
    if text.is_ascii() {
        return;
    }
    let mut markers: Vec<(usize, bool)> = Vec::new();
    for marker in JAPANESE_AFTER {
        markers.extend(text.match_indices(marker).map(|(at, _)| (at, true)));
    }
    for marker in ["様", "さん", "さま"] {
        markers.extend(text.match_indices(marker).map(|(at, _)| (at, false)));
    }
    for marker in JAPANESE_COPULA {
        markers.extend(text.match_indices(marker).map(|(at, _)| (at, asked)));
    }
    if asked {
        markers.push((text.trim_end_matches(['。', '、', ' ']).len(), true));
    }
    for (at, certain) in markers {
        let Some(before) = text.get(..at) else { continue };
        let start = before
            .char_indices()
            .rev()
            .take(12)
            .take_while(|(_, c)| is_name_character(*c))
            .last()
            .map(|(start, _)| start);
        let Some((start, name)) = start.and_then(|start| Some((start, before.get(start..)?.trim()))) else { continue };
        let start = start + before.get(start..).map_or(0, |piece| piece.len() - piece.trim_start().len());
        let length = name.chars().count();
        let surname = JAPANESE_SURNAMES.iter().any(|surname| name.starts_with(surname));
        let honorific =
            before.ends_with(['お', 'ご']) || matches!(name, "客" | "皆" | "奥" | "者" | "担当者" | "契約者" | "本人");
        let unsure_but_known = surname && length <= 5;
        if (2..=8).contains(&length) && !honorific && (certain && !is_japanese_word(name) || unsure_but_known) {
            found.push(Named { start, end: start + name.len() });
        }
    }
    // 名義は木村翔太です, 私は田中…: a family name after a particle.
    for cue in ["名義は", "名前は", "氏名は", "担当の", "担当は"] {
        for (at, cue) in text.match_indices(cue) {
            let start = at + cue.len();
            let Some(rest) = text.get(start..) else { continue };
            let length: usize =
                rest.chars().take(8).take_while(|c| is_name_character(*c) && *c != ' ').map(char::len_utf8).sum();
            let name = rest.get(..length).unwrap_or_default();
            if name.chars().count() >= 2 && !is_japanese_word(name) {
                found.push(Named { start, end: start + length });
            }
        }
    }
}

fn is_name_character(character: char) -> bool {
    matches!(character, '一'..='鿿' | 'ァ'..='ヺ' | 'ー' | '・' | '々' | ' ')
}

/// Words of kanji or katakana that answer other questions.
fn is_japanese_word(name: &str) -> bool {
    [
        "解約",
        "変更",
        "確認",
        "予約",
        "注文",
        "契約",
        "会員",
        "本人",
        "担当",
        "家族",
        "会社",
        "株式会社",
        "カード",
        "サービス",
        "サポート",
        "センター",
        "問題",
        "大丈夫",
        "結構",
        "以上",
        "必要",
        "可能",
        "不要",
        "無理",
        "同",
        "新規",
        "継続",
        "支払",
        "電話",
        "番号",
        "住所",
        "主人",
        "妻",
        "母",
        "父",
        "連名",
        "名前",
        "東京",
        "大阪",
        "京都",
        "銀行",
        "保険",
        "コール",
        "料金",
        "プラン",
    ]
    .iter()
    .any(|word| name.contains(word))
}
