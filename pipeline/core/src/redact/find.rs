//! Finds e-mail addresses, dates, passwords and postal addresses of a turn and claims them.

use aftercall_schemas::ParticipantRole;

use super::address;
use super::dates;
use super::dialogue::{Dialogue, Page, topics_at};
use super::email;
use super::japanese_address;
use super::lexicon::Is;
use super::secrets;
use super::settings::Kind;
use super::topics::Topic;
use super::view::{Piece, Tok, View};

pub(super) fn emails(page: &mut Page<'_>, asked: &[Topic]) {
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

/// Whether a topic was asked for or is named in the turn; no token can be about it otherwise.
fn spoken_of(page: &Page<'_>, asked: &[Topic], topic: Topic) -> bool {
    asked.contains(&topic) || page.view.cues.iter().any(|cue| cue.kind == topic)
}

pub(super) fn birth_dates(page: &mut Page<'_>, asked: &[Topic]) {
    if !spoken_of(page, asked, Topic::BirthDate) {
        return;
    }
    // "Bought it 09/09/2025, born 09/09/1958": the date that is called one, and no other.
    let called = page.view.cues.iter().any(|cue| {
        let at = page.view.index_at(cue.end);
        cue.kind == Topic::BirthDate
            && (at..at + 3).any(|at| dates::date_at(&page.view, at).is_some_and(|date| date.certain))
    });
    let mut index = 0;
    while index < page.view.toks.len() {
        let before = page.view.tok(index).and_then(|tok| page.view.cue_before(tok.start));
        let other = called && before.is_none_or(|cue| cue.kind != Topic::BirthDate);
        let about = !other && topics_at(&page.view, index, asked).contains(&Topic::BirthDate)
            || !called && born_follows(&page.view, index);
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
    let begins = |tok: &&Tok| {
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
pub(super) fn expiry_dates(page: &mut Page<'_>, asked: &[Topic]) {
    if !spoken_of(page, asked, Topic::Expiry) {
        return;
    }
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

pub(super) fn passwords(page: &mut Page<'_>, asked: &[Topic], role: ParticipantRole, dialogue: &mut Dialogue) {
    for (start, end) in secrets::stated(&page.view) {
        if page.claim_bytes(Kind::Password, start, end) {
            dialogue.answered = true;
        }
    }
    let alone = page.view.cues.iter().all(|cue| matches!(cue.kind, Topic::Password | Topic::Name | Topic::Account));
    if asked.contains(&Topic::Password)
        && dialogue.asker != Some(role)
        // The serving side asks for secrets and has none.
        && !matches!(role, ParticipantRole::Agent | ParticipantRole::Bot)
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

pub(super) fn addresses(page: &mut Page<'_>, asked: &[Topic]) {
    let about = |topic: &Topic| matches!(topic, Topic::Address | Topic::Postcode);
    let asked_for = asked.iter().any(about);
    let cued = page.view.cues.iter().any(|cue| about(&cue.kind));
    for (start, end) in japanese_address::japanese(&page.view, asked_for || cued) {
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
