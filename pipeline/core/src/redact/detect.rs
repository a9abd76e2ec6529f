//! Walks through a conversation and finds what is to be masked.
//!
//! What a number means is decided by the nearest phrase before it in its turn, else by what was asked for in the turns
//! before, else by its own form. Parts of a number that is read out over several turns are held until they are enough.

use aftercall_schemas::{ParticipantRole, Turn};

use super::address;
use super::codes::{TokSpan, codes};
use super::dates;
use super::email;
use super::lexicon::Is;
use super::names::{self, KnownNames};
use super::runs::{Run, runs};
use super::secrets;
use super::settings::{Kind, RedactionSettings};
use super::shapes::{Context, Fit, fit, formatted, least_digits};
use super::topics::Topic;
use super::view::{Piece, View};

/// A span of a text that holds personal data, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
}

/// Turns that a question is remembered for.
const REMEMBERED: usize = 7;
/// Turns after an answer in which more of it may come.
const REMEMBERED_ANSWERED: usize = 4;
/// Most numbers that are known again.
const MOST_SEEN: usize = 24;
/// Most parts that a card number is read out in.
const MOST_PARTS: usize = 6;

/// A turn and what has been found in it.
struct Page<'a> {
    view: View<'a>,
    claimed: Vec<bool>,
    /// Spans of the folded text.
    spans: Vec<Found>,
}

impl Page<'_> {
    /// Takes tokens for a kind, unless one of them is taken already.
    fn claim(&mut self, kind: Kind, first: usize, last: usize) -> bool {
        let (Some(begin), Some(end)) = (self.view.tok(first), self.view.tok(last)) else { return false };
        let span = Found { kind, start: begin.start, end: end.end };
        self.claim_span(span, first, last)
    }

    fn claim_span(&mut self, span: Found, first: usize, last: usize) -> bool {
        match self.claimed.get_mut(first..=last) {
            Some(tokens) if tokens.iter().all(|claimed| !claimed) => tokens.fill(true),
            _ => return false,
        }
        self.spans.push(span);
        true
    }

    /// Takes a byte span of the folded text.
    fn claim_bytes(&mut self, kind: Kind, start: usize, end: usize) -> bool {
        if start >= end {
            return false;
        }
        let first = self.view.toks.partition_point(|tok| tok.end <= start);
        let after = self.view.index_at(end);
        after > first && self.claim_span(Found { kind, start, end }, first, after - 1)
    }

    fn is_free(&self, first: usize, last: usize) -> bool {
        self.claimed.get(first..=last).is_some_and(|tokens| tokens.iter().all(|claimed| !claimed))
    }
}

/// A part of a number that waits for the rest.
#[derive(Clone)]
struct Part {
    page: usize,
    first: usize,
    last: usize,
    digits: String,
    role: ParticipantRole,
    kind: Option<Kind>,
}

/// What has been asked for and not been over since.
#[derive(Default)]
struct Dialogue {
    asked: Vec<Topic>,
    asker: Option<ParticipantRole>,
    age: usize,
    answered: bool,
    /// Turns since a card was the topic.
    since_card: Option<usize>,
    parts: Vec<Part>,
    /// Numbers that are known, so that a read-back is what it repeats; none for a number that is no secret.
    seen: Vec<(String, Option<Kind>)>,
}

impl Dialogue {
    fn asks_of(&self, role: ParticipantRole) -> &[Topic] {
        let limit = if self.answered { REMEMBERED_ANSWERED } else { REMEMBERED };
        if self.age > limit || self.asker == Some(role) && self.age > 2 { &[] } else { &self.asked }
    }

    /// Remembers a number that is long enough to be known again.
    fn saw(&mut self, digits: &str, kind: Option<Kind>) {
        if digits.len() >= 5 {
            if self.seen.len() >= MOST_SEEN {
                self.seen.remove(0);
            }
            self.seen.push((digits.to_owned(), kind));
        }
    }

    fn is_card(&self) -> bool {
        self.since_card.is_some_and(|turns| turns <= 6)
    }
}

/// What is to be masked in each turn: ascending spans without overlaps. `names` are names known from metadata.
pub fn spans(turns: &[Turn], names: &[String], settings: &RedactionSettings) -> Vec<Vec<Found>> {
    detected(turns, names, settings).0
}

/// The same, and whether masking can uncover more: names that no phrase touches hide nothing that decides.
pub(super) fn detected(turns: &[Turn], names: &[String], settings: &RedactionSettings) -> (Vec<Vec<Found>>, bool) {
    let texts: Vec<(ParticipantRole, &str)> = turns.iter().map(|turn| (turn.role, turn.content.as_str())).collect();
    detect(&texts, names, settings)
}

/// The same for a text that stands alone.
pub(super) fn spans_of_text(text: &str, names: &[String], settings: &RedactionSettings) -> Vec<Found> {
    detect(&[(ParticipantRole::Unknown, text)], names, settings).0.pop().unwrap_or_default()
}

fn detect(
    texts: &[(ParticipantRole, &str)],
    names: &[String],
    settings: &RedactionSettings,
) -> (Vec<Vec<Found>>, bool) {
    let mut known = KnownNames::of_metadata(names);
    let mut pages: Vec<Page<'_>> = Vec::with_capacity(texts.len());
    let mut dialogue = Dialogue::default();
    for (role, text) in texts {
        let view = View::new(text, settings);
        let claimed = view.toks.iter().map(|tok| tok.piece == Piece::Mask).collect();
        pages.push(Page { view, claimed, spans: Vec::new() });
        turn(&mut pages, *role, &mut dialogue, &mut known);
    }
    if !known.is_empty() {
        for page in &mut pages {
            for named in known.find(&page.view) {
                page.claim_bytes(Kind::Name, named.start, named.end);
            }
        }
    }
    let again = pages.iter().any(|page| !page.spans.is_empty() && !hides_nothing(page));
    (pages.into_iter().map(|page| finished(page, settings)).collect(), again)
}

/// Whether masking cannot change how this turn and the others are read: names in a turn without numbers, phrases or a question.
fn hides_nothing(page: &Page<'_>) -> bool {
    let names = page.spans.iter().all(|span| span.kind == Kind::Name);
    names && page.view.numbers == 0 && page.view.cues.is_empty() && !page.view.asks()
}

/// Spans of the original text, in order.
fn finished(page: Page<'_>, settings: &RedactionSettings) -> Vec<Found> {
    let mut spans: Vec<Found> = page
        .spans
        .iter()
        .filter(|span| settings.kinds.contains(&span.kind))
        .map(|span| Found {
            kind: span.kind,
            start: page.view.folded.origin(span.start),
            end: page.view.folded.origin(span.end),
        })
        .filter(|span| span.start < span.end)
        .collect();
    spans.sort_by_key(|span| span.start);
    let mut reached = 0;
    spans.retain(|span| {
        let free = span.start >= reached;
        if free {
            reached = span.end;
        }
        free
    });
    spans
}

/// Looks at the last page.
fn turn(pages: &mut [Page<'_>], role: ParticipantRole, dialogue: &mut Dialogue, known: &mut KnownNames) {
    let number = pages.len() - 1;
    dialogue.age += 1;
    dialogue.since_card = dialogue.since_card.map(|turns| turns + 1);
    let asked = dialogue.asks_of(role).to_vec();
    let Some(page) = pages.last_mut() else { return };
    // What was masked before counts as what it was: asked for and answered.
    if page.view.has_mask(&[Kind::Card, Kind::Expiry, Kind::Cvv]) {
        dialogue.since_card = Some(0);
    }
    dialogue.answered |= !page.view.masked.is_empty() && !asked.is_empty();
    emails(page, if dialogue.asker == Some(role) { &[] } else { &asked });
    if page.view.numbers > 0 {
        let spans: Vec<TokSpan> = codes(&page.view, |index| topics_at(&page.view, index, &asked));
        for span in spans {
            // A postcode is claimed with the address that it stands in, if there is one.
            if span.kind != Kind::Address {
                page.claim(span.kind, span.first, span.last);
            }
        }
        birth_dates(page, &asked);
        expiry_dates(page, &asked);
    }
    passwords(page, &asked, role, dialogue);
    addresses(page, &asked);
    if page.view.numbers > 0 {
        let spans: Vec<TokSpan> = codes(&page.view, |index| topics_at(&page.view, index, &asked));
        for span in spans.into_iter().filter(|span| span.kind == Kind::Address) {
            let first = address::before_postcode(&page.view, span.first)
                .filter(|first| page.is_free(*first, span.last))
                .unwrap_or(span.first);
            page.claim(span.kind, first, span.last);
        }
        let found = runs(&page.view);
        for run in &found {
            number_run(pages, number, run, role, dialogue, &asked);
        }
    }
    let Some(page) = pages.last_mut() else { return };
    let name_asked = asked.contains(&Topic::Name) && dialogue.asker != Some(role);
    for named in names::introduced(&page.view, name_asked) {
        if page.claim_bytes(Kind::Name, named.start, named.end) {
            // An unknown word in lower case may be a name here and a common word elsewhere.
            let shown = page.view.toks.get(page.view.index_at(named.start)).is_some_and(|tok| {
                tok.capital && !page.view.uncased
                    || tok.is(Is::GivenName)
                    || tok.is(Is::Surname)
                    || tok.piece == Piece::Ideograph
                    || !page.view.folded.text().is_ascii()
            });
            if shown {
                known.learn(page.view.folded.text().get(named.start..named.end).unwrap_or_default());
            }
        }
    }
    remember(page, role, dialogue);
}

/// What a token is about: the nearest phrases before it in its turn, else what was asked for.
fn topics_at(view: &View<'_>, index: usize, asked: &[Topic]) -> Vec<Topic> {
    let byte = view.tok(index).map_or(usize::MAX, |tok| tok.start);
    let Some(cue) = view.cue_before(byte) else { return asked.to_vec() };
    let at = view.cues.partition_point(|other| other.end <= byte).saturating_sub(1);
    let other = at.checked_sub(1).and_then(|before| view.cues.get(before));
    match (cue.kind, other) {
        // "The social on the application": where it stands, not what it is.
        (Topic::Benign | Topic::Soft, Some(other)) if is_place(view, cue.start) && is_specific(other.kind) => {
            vec![other.kind]
        }
        (Topic::Benign | Topic::LastFour | Topic::Soft, _) | (_, None) => vec![cue.kind],
        (_, Some(other)) if other.kind == Topic::Benign => vec![cue.kind],
        (_, Some(other)) => vec![cue.kind, other.kind],
    }
}

/// Whether "on the", "for your", "of my" stand before a phrase.
fn is_place(view: &View<'_>, byte: usize) -> bool {
    let index = view.index_at(byte);
    let word = |back: usize| index.checked_sub(back).map_or("", |at| view.text_at(at));
    matches!(word(1), "the" | "your" | "my" | "this" | "our" | "that")
        && matches!(word(2), "on" | "for" | "of" | "with" | "in" | "from" | "to")
        || matches!(word(1), "de" | "del" | "la" | "su" | "mi") && matches!(word(2), "en" | "de" | "del")
}

const fn is_specific(topic: Topic) -> bool {
    matches!(
        topic,
        Topic::Card
            | Topic::Account
            | Topic::Iban
            | Topic::Routing
            | Topic::Phone
            | Topic::NationalId
            | Topic::Pin
            | Topic::Postcode
            | Topic::BirthDate
            | Topic::Expiry
            | Topic::Cvv
    )
}

fn emails(page: &mut Page<'_>, asked: &[Topic]) {
    for (start, end) in email::written(&page.view) {
        page.claim_bytes(Kind::Email, start, end);
    }
    for span in email::spoken(&page.view, asked.contains(&Topic::Email)) {
        page.claim(span.kind, span.first, span.last);
    }
    // One side of an address, asked for alone.
    if asked.contains(&Topic::EmailPart)
        && page.spans.is_empty()
        && page.view.masked.is_empty()
        && !page.view.asks()
        && (1..=8).contains(&page.view.words())
    {
        let lead = page
            .view
            .toks
            .iter()
            .take_while(|tok| {
                matches!(
                    page.view.text(tok),
                    "it's" | "its" | "it" | "is" | "uh" | "um" | "the" | "yes" | "so" | "that's" | "just" | ","
                )
            })
            .count();
        let last = page.view.toks.iter().rposition(|tok| tok.piece != Piece::Symbol);
        if let Some(last) = last.filter(|last| *last >= lead) {
            page.claim(Kind::Email, lead, last);
        }
    }
}

fn birth_dates(page: &mut Page<'_>, asked: &[Topic]) {
    let mut index = 0;
    while index < page.view.toks.len() {
        let about = topics_at(&page.view, index, asked).contains(&Topic::BirthDate) || born_follows(&page.view, index);
        let cued = page
            .view
            .tok(index)
            .and_then(|tok| page.view.cue_before(tok.start))
            .is_some_and(|cue| cue.kind == Topic::BirthDate);
        let date = about.then(|| dates::date_at(&page.view, index)).flatten();
        let enough = date.filter(|date| {
            date.certain || date.numbers >= 2 || (asked.contains(&Topic::BirthDate) && page.view.words() <= 3)
        });
        let age = enough
            .is_some_and(|date| page.view.tok(date.last + 1).is_some_and(|next| next.is(Is::Amount)) && !date.certain);
        match enough.filter(|_| !age && (cued || !page.view.asks() || date.is_some_and(|date| date.certain))) {
            Some(date) => {
                page.claim(Kind::BirthDate, date.first, date.last);
                index = date.last + 1;
            }
            None => index += 1,
        }
    }
}

/// "January 8, 1971 as your date of birth": whether the topic follows a date that begins here.
fn born_follows(view: &View<'_>, index: usize) -> bool {
    let begins = |tok: &&super::view::Tok| {
        let era = matches!(view.text(tok), "昭" | "平" | "令" | "大" | "明");
        tok.is_number() || tok.is(Is::Month) || tok.is(Is::Ordinal) || era
    };
    let Some(tok) = view.tok(index).filter(begins) else { return false };
    let Some(cue) = view.cue_after(tok.start).filter(|cue| cue.kind == Topic::BirthDate) else { return false };
    let upto = view.index_at(cue.start);
    upto - index <= 14
        && dates::date_at(view, index).is_some_and(|date| {
            let between = view.toks.get(date.last..upto).unwrap_or_default();
            let joined =
                between.iter().any(|tok| matches!(view.text(tok), "as" | "is" | "for" | "was" | "como" | "es"));
            // 昭和六十年二月三日生まれ: nothing stands between.
            let touching = upto == date.last + 1 && view.tok(upto).is_some_and(|tok| tok.piece == Piece::Ideograph);
            date.last < upto && upto - date.last <= 4 && (joined || touching)
        })
}

/// Expiry dates that name the month; those in digits are runs.
fn expiry_dates(page: &mut Page<'_>, asked: &[Topic]) {
    let mut index = 0;
    while index < page.view.toks.len() {
        let topics = topics_at(&page.view, index, asked);
        let about = topics.first() == Some(&Topic::Expiry)
            || (page.view.cue_before(page.view.tok(index).map_or(0, |tok| tok.start)).is_none()
                && topics.contains(&Topic::Expiry));
        let certain = about
            && (card_near(&page.view, asked))
            && page
                .view
                .tok(index)
                .is_some_and(|tok| tok.is(Is::Month) || tok.is_number() && has_month_soon(&page.view, index));
        match certain.then(|| dates::date_at(&page.view, index)).flatten().filter(|date| date.certain) {
            Some(date) => {
                page.claim(Kind::Expiry, date.first, date.last);
                index = date.last + 1;
            }
            None => index += 1,
        }
    }
}

fn has_month_soon(view: &View<'_>, index: usize) -> bool {
    view.toks.get(index..).unwrap_or_default().iter().take(8).any(|tok| tok.is(Is::Month) || view.text(tok) == "月")
}

/// Whether "expires" is about a card: a card is the topic, or the expiry was asked for.
fn card_near(view: &View<'_>, asked: &[Topic]) -> bool {
    let card = |topic: &Topic| matches!(topic, Topic::Card | Topic::Cvv | Topic::Expiry);
    asked.iter().any(card) || view.cues.iter().any(|cue| matches!(cue.kind, Topic::Card | Topic::Cvv))
}

fn passwords(page: &mut Page<'_>, asked: &[Topic], role: ParticipantRole, dialogue: &mut Dialogue) {
    for (start, end) in secrets::stated(&page.view) {
        if page.claim_bytes(Kind::Password, start, end) {
            dialogue.answered = true;
        }
    }
    let alone = page.view.cues.iter().all(|cue| matches!(cue.kind, Topic::Password | Topic::Name | Topic::Account));
    if asked.contains(&Topic::Password)
        && dialogue.asker != Some(role)
        && page.spans.is_empty()
        && page.view.masked.is_empty()
        && alone
        && !dialogue.answered
        && let Some((start, end)) = secrets::answer(&page.view)
        && page.claim_bytes(Kind::Password, start, end)
    {
        dialogue.answered = true;
    }
}

fn addresses(page: &mut Page<'_>, asked: &[Topic]) {
    let about = |topic: &Topic| matches!(topic, Topic::Address | Topic::Postcode);
    let asked_for = asked.iter().any(about);
    let cued = page.view.cues.iter().any(|cue| about(&cue.kind));
    for (start, end) in address::japanese(&page.view, asked_for || cued) {
        page.claim_bytes(Kind::Address, start, end);
    }
    let mut from: Vec<usize> =
        page.view.cues.iter().filter(|cue| cue.kind == Topic::Address).map(|cue| page.view.index_at(cue.end)).collect();
    if asked_for && !page.view.asks() {
        // "Winifred Oakes, NR2 4TG": the name was asked for too.
        let named = asked.contains(&Topic::Name)
            && page.view.tok(0).is_some_and(|tok| tok.piece == Piece::Word && tok.meaning.number.is_none());
        let comma = page.view.toks.iter().position(|tok| page.view.text(tok) == ",").filter(|_| named);
        from.insert(0, comma.map_or(0, |comma| comma + 1));
    }
    for start in from {
        if let Some((first, last)) = address::announced(&page.view, start, asked_for) {
            page.claim(Kind::Address, first, last);
        }
    }
    let streets = address::streets(&page.view, |index| topics_at(&page.view, index, asked).iter().any(about));
    for span in streets {
        page.claim(span.kind, span.first, span.last);
    }
}

/// Decides about a run of digits on the last page.
fn number_run(
    pages: &mut [Page<'_>],
    number: usize,
    run: &Run,
    role: ParticipantRole,
    dialogue: &mut Dialogue,
    asked: &[Topic],
) {
    let Some(page) = pages.last_mut() else { return };
    if !page.is_free(run.first, run.last) {
        return;
    }
    let cue = page.view.cue_before(run.start).copied();
    let topics = match cue {
        Some(_) => topics_at(&page.view, run.first, asked),
        None => after(&page.view, run).map_or_else(|| asked.to_vec(), |topic| vec![topic]),
    };
    if let Some((_, kind)) = dialogue.seen.iter().rev().find(|(digits, _)| *digits == run.digits) {
        if let Some(kind) = kind {
            page.claim(*kind, run.first, run.last);
        }
        return;
    }
    let card = dialogue.is_card()
        || page.spans.iter().any(|span| span.kind == Kind::Card)
        || page.view.has_mask(&[Kind::Card]);
    let pure = 2 * (run.last + 1 - run.first) + 4 >= page.view.words();
    let context = Context { card, asked: cue.is_none(), pure };
    let harmless = |topic: &Topic| matches!(topic, Topic::Benign | Topic::LastFour);
    let vetoed = topics.first().is_some_and(harmless) && (cue.is_some() || topics.iter().all(harmless));
    let last_four = topics.first() == Some(&Topic::LastFour);
    // "The card ending 4471 … try 5425 2334 …": a whole card number is no last four.
    let whole_card = last_four && formatted(run) == Some(Kind::Card);
    if vetoed && !whole_card {
        // The last four of a social security number are as secret as the whole.
        let national =
            page.view.cues.iter().any(|cue| cue.kind == Topic::NationalId) || asked.contains(&Topic::NationalId);
        if last_four && national && run.digits.len() == 4 && !run.glued {
            page.claim(Kind::NationalId, run.first, run.last);
        } else if last_four {
            // What comes in a reply to "and the last four" may still complete a card number.
            held(pages, number, run, role, dialogue, None);
        } else {
            dialogue.saw(&run.digits, None);
        }
        return;
    }
    if topics.first() == Some(&Topic::Pin) && cue.is_some_and(|cue| counts_things(&page.view, cue.end, run)) {
        return;
    }
    let strong = formatted(run);
    let fits: Vec<Fit> = topics.iter().map(|topic| fit(*topic, run, context)).collect();
    let wholes: Vec<Kind> = fits
        .iter()
        .filter_map(|fit| match fit {
            Fit::Whole(kind) => Some(*kind),
            _ => None,
        })
        .collect();
    // Of several things that were asked for at once, the one that this turn has not had yet.
    let fresh = wholes.iter().find(|kind| cue.is_some() || !page.spans.iter().any(|span| span.kind == **kind));
    let whole = fresh.or(wholes.first()).copied();
    let part = fits.iter().find_map(|fit| match fit {
        Fit::Part(kind) => Some(*kind),
        _ => None,
    });
    let decided = match (strong, whole) {
        (Some(Kind::Card), Some(Kind::Account)) if run.digits.len() > 14 => Some(Kind::Card),
        (_, Some(kind)) => Some(kind),
        (Some(kind), None) => Some(kind),
        (None, None) if card && topics.iter().all(|topic| *topic == Topic::Soft) => after_card(run),
        (None, None) => None,
    };
    if let Some(kind) = decided {
        let first = with_lead(&page.view, run, kind);
        if page.claim(kind, first, run.last) {
            dialogue.saw(&run.digits, Some(kind));
            if matches!(kind, Kind::Card | Kind::Expiry | Kind::Cvv) {
                dialogue.since_card = Some(0);
            }
            dialogue.answered |= cue.is_none();
            if matches!(kind, Kind::Iban | Kind::Card | Kind::Phone | Kind::Account) && cue.is_none() {
                dialogue.age = dialogue.age.min(1);
            }
            if dialogue.parts.iter().any(|part| part.kind == Some(kind)) {
                release(pages, kind, dialogue);
            }
        }
        return;
    }
    held(pages, number, run, role, dialogue, part);
}

/// "PIN at any of our 214 cash machines": a number of things, not the PIN.
fn counts_things(view: &View<'_>, cue_end: usize, run: &Run) -> bool {
    let between = run.first.saturating_sub(view.index_at(cue_end));
    let announced = view.before(run.first).is_some_and(|before| {
        matches!(
            view.text(before),
            "is" | "to" | "from" | ":" | "was" | "it's" | "es" | "be" | "a" | "use" | "は" | "and" | "number"
        )
    });
    let thing = view
        .tok(run.last + 1)
        .is_some_and(|next| next.piece == Piece::Word && next.is(Is::Common) && !next.is(Is::Stop));
    !announced && (thing || between > 6)
}

/// The first token of a number with the words that belong to it: "end of 02/29", "area code two one two".
fn with_lead(view: &View<'_>, run: &Run, kind: Kind) -> usize {
    let two = run.first.checked_sub(2).map(|at| (view.text_at(at), view.text_at(at + 1)));
    match (kind, two) {
        (Kind::Expiry, Some(("end", "of"))) | (Kind::Phone, Some(("area", "code"))) => run.first - 2,
        _ => run.first,
    }
}

/// Short numbers that follow a card number without a word of what they are.
fn after_card(run: &Run) -> Option<Kind> {
    if run.amount || run.glued {
        return None;
    }
    if run.slash && dates::is_expiry(&run.digits, true) {
        return Some(Kind::Expiry);
    }
    (run.digits.len() == 3 && !run.slash && !run.point).then_some(Kind::Cvv)
}

/// "… is my account number": the topic that follows a run.
fn after(view: &View<'_>, run: &Run) -> Option<Topic> {
    let cue = view.cue_after(run.end)?;
    let first = run.last + 1;
    let upto = view.index_at(cue.start);
    let close = upto - first.min(upto) <= 3;
    let is = view
        .toks
        .get(first..upto)
        .unwrap_or_default()
        .iter()
        .any(|tok| matches!(view.text(tok), "is" | "'s" | "es" | "as" | "was" | "for"));
    (close && is && cue.kind != Topic::Clear).then_some(cue.kind)
}

/// Keeps a run that is no number of its own, and looks whether it completes one.
fn held(
    pages: &mut [Page<'_>],
    number: usize,
    run: &Run,
    role: ParticipantRole,
    dialogue: &mut Dialogue,
    kind: Option<Kind>,
) {
    if run.amount || run.glued || run.slash || run.digits.len() > 16 {
        return;
    }
    dialogue.parts.retain(|part| number - part.page <= 8);
    if kind.is_some_and(|kind| dialogue.parts.last().is_some_and(|last| last.kind.is_some() && last.kind != Some(kind)))
    {
        dialogue.parts.clear();
    }
    dialogue.parts.push(Part {
        page: number,
        first: run.first,
        last: run.last,
        digits: run.digits.clone(),
        role,
        kind,
    });
    if dialogue.parts.len() > 2 * MOST_PARTS {
        dialogue.parts.remove(0);
    }
    if let Some(kind) = kind {
        let digits: usize = dialogue
            .parts
            .iter()
            .filter(|part| part.kind == Some(kind) && part.role == role)
            .map(|part| part.digits.len())
            .sum();
        if digits >= least_digits(kind) {
            release(pages, kind, dialogue);
        }
    }
    // Parts of one speaker that together are a card number, whatever they were taken for.
    let mut joined = String::new();
    let mut taken: Vec<usize> = Vec::new();
    for (position, part) in
        dialogue.parts.iter().enumerate().rev().filter(|(_, part)| part.role == role).take(MOST_PARTS)
    {
        joined.insert_str(0, &part.digits);
        taken.push(position);
        if taken.len() > 1 && matches!(joined.len(), 15 | 16) && super::checks::card(&joined) {
            for position in &taken {
                if let Some(part) = dialogue.parts.get(*position)
                    && let Some(page) = pages.get_mut(part.page)
                {
                    page.claim(Kind::Card, part.first, part.last);
                }
            }
            dialogue.since_card = Some(0);
            dialogue.parts.clear();
            return;
        }
    }
}

/// Claims all parts of a kind.
fn release(pages: &mut [Page<'_>], kind: Kind, dialogue: &mut Dialogue) {
    for part in dialogue.parts.iter().filter(|part| part.kind == Some(kind)) {
        if let Some(page) = pages.get_mut(part.page) {
            page.claim(kind, part.first, part.last);
        }
    }
    if kind == Kind::Card {
        dialogue.since_card = Some(0);
    }
}

/// What the turn leaves for the turns after it.
fn remember(page: &Page<'_>, role: ParticipantRole, dialogue: &mut Dialogue) {
    let view = &page.view;
    let mut topics: Vec<Topic> =
        view.cues.iter().map(|cue| cue.kind).filter(|topic| !matches!(topic, Topic::Clear | Topic::Soft)).collect();
    topics.dedup();
    let only_last_four = topics.iter().all(|topic| *topic == Topic::LastFour);
    if view.cues.iter().any(|cue| matches!(cue.kind, Topic::Card | Topic::Cvv | Topic::Expiry)) {
        dialogue.since_card = Some(0);
    }
    if topics.is_empty() || only_last_four && !dialogue.asked.is_empty() && dialogue.age <= 3 {
        let cleared = view.cues.iter().any(|cue| cue.kind == Topic::Clear);
        let asks_something_else = view.asks() && view.words() >= 5 && dialogue.asker == Some(role);
        if cleared || asks_something_else {
            dialogue.asked.clear();
        }
        return;
    }
    // An answer that repeats the word ("the CVC? 415") does not ask anything.
    let answers = dialogue.asker.is_some_and(|asker| asker != role)
        && !view.asks()
        && dialogue.age <= 2
        && !dialogue.asked.is_empty();
    if answers && !(page.spans.is_empty() && page.view.masked.is_empty()) {
        return;
    }
    // "The number again" and a few words that ask nothing leave open what was asked before.
    if topics == [Topic::Number] && !dialogue.asked.is_empty() && dialogue.age <= 5 {
        dialogue.age = 0;
        return;
    }
    if dialogue.asker == Some(role) && !view.asks() && view.words() <= 4 && dialogue.age <= 3 {
        let before = std::mem::take(&mut dialogue.asked);
        topics.extend(before.into_iter().take(4));
    }
    dialogue.asked = topics;
    dialogue.asker = Some(role);
    dialogue.age = 0;
    dialogue.answered = false;
}
