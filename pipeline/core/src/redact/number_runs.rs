//! Decides what a run of digits is, and holds parts of numbers until they are enough.

use aftercall_schemas::ParticipantRole;

use super::checks;
use super::dates;
use super::dialogue::{Dialogue, Page, Part, topics_at};
use super::labels;
use super::lexicon::{Is, Number};
use super::runs::Run;
use super::settings::Kind;
use super::shapes::{Context, Fit, fit, formatted, least_digits};
use super::topics::Topic;
use super::view::{Piece, View};

/// Most parts that a card number is read out in.
const MOST_PARTS: usize = 6;

/// Decides about a run of digits on the last page.
pub(super) fn number_run(
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
    // "Thanks a million" is no number.
    let scale = page.view.tok(run.first).is_some_and(|tok| matches!(tok.meaning.number, Some(Number::Scale(_))));
    if scale && run.first == run.last && run.spoken {
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
    let card = dialogue.is_card() || page.kinds.contains(&Kind::Card) || page.view.has_mask(&[Kind::Card]);
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
    // "Last 4 of social 4096": as secret as the whole.
    let shortened = page.view.cues.iter().any(|cue| cue.kind == Topic::LastFour) && run.digits.len() == 4 && !run.glued;
    if shortened && topics.first() == Some(&Topic::NationalId) {
        page.claim(Kind::NationalId, run.first, run.last);
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
    let fresh = wholes.iter().find(|kind| cue.is_some() || !page.kinds.contains(kind));
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
    // The expiry has been said: the digits after it are the code.
    let decided = decided.map(|kind| {
        let said = page.kinds.contains(&Kind::Expiry);
        let code = kind == Kind::Expiry && said && card && run.digits.len() == 3 && !run.slash;
        if code { Kind::Cvv } else { kind }
    });
    if decided == Some(Kind::Expiry) && cue.is_some_and(|cue| expires_otherwise(&page.view, cue.start)) {
        return;
    }
    if let Some(kind) = decided {
        let first = with_lead(&page.view, run, kind);
        let last = with_letter(&page.view, run, kind);
        if page.claim(kind, first, last) {
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

/// "My passport expires": whether what stands in front of "expires" is no card.
fn expires_otherwise(view: &View<'_>, cue_start: usize) -> bool {
    let index = view.index_at(cue_start);
    let before = view.toks.get(index.saturating_sub(5)..index).unwrap_or_default();
    before.iter().rev().take_while(|tok| !matches!(view.text(tok), "." | "?" | "!" | ";" | "card" | "tarjeta")).any(
        |tok| {
            matches!(
                view.text(tok),
                "passport"
                    | "visa"
                    | "licence"
                    | "license"
                    | "permit"
                    | "lease"
                    | "contract"
                    | "warranty"
                    | "membership"
                    | "coupon"
                    | "voucher"
                    | "subscription"
                    | "insurance"
                    | "policy"
                    | "plan"
                    | "offer"
                    | "pasaporte"
                    | "contrato"
                    | "garantía"
                    | "permiso"
                    | "licencia"
                    | "póliza"
                    | "suscripción"
                    | "cupón"
                    | "oferta"
            ) && !(view.text(tok) == "visa" && view.has_mask(&[Kind::Card]))
        },
    )
}

/// The first token of a number with the words that belong to it: "end of 02/29", "area code two one two".
pub(super) fn with_lead(view: &View<'_>, run: &Run, kind: Kind) -> usize {
    if kind == Kind::BirthDate
        && let Some(first) = date_around(view, run)
    {
        return first;
    }
    if matches!(kind, Kind::Expiry | Kind::BirthDate)
        && let Some(month) = month_before(view, run.first)
    {
        return month;
    }
    let two = run.first.checked_sub(2).map(|at| (view.text_at(at), view.text_at(at + 1)));
    match (kind, two) {
        (Kind::Expiry, Some(("end", "of"))) | (Kind::Phone, Some(("area", "code"))) => run.first - 2,
        _ => run.first,
    }
}

/// "The ninth of the ninth thirty eight": the first token of the date that a year ends.
fn date_around(view: &View<'_>, run: &Run) -> Option<usize> {
    (run.first.saturating_sub(8)..run.first)
        .find(|from| dates::date_at(view, *from).is_some_and(|date| date.first == *from && date.last >= run.last))
}

/// "Mayo de 2030", "november twenty eight": the month in front of a year.
fn month_before(view: &View<'_>, first: usize) -> Option<usize> {
    let joins = |at: usize| matches!(view.text_at(at), "de" | "of" | "del" | ",");
    let month = first.checked_sub(1 + usize::from(first > 0 && joins(first - 1)))?;
    view.tok(month).is_some_and(|tok| tok.is(Is::Month)).then_some(month)
}

/// The last token of a national id with its letter: "… ocho, letra R".
pub(super) fn with_letter(view: &View<'_>, run: &Run, kind: Kind) -> usize {
    let word = run.last + 1 + usize::from(view.text_at(run.last + 1) == ",");
    let letter = view.tok(word + 1).is_some_and(|tok| {
        tok.piece == Piece::Word && (tok.end - tok.start == 1 || labels::is_letter_name(view.text(tok)))
    });
    // "… cinco seis eme": the letter of a DNI right after its digits.
    let next = view.text_at(word);
    let spoken = run.spoken
        && matches!(run.digits.len(), 7 | 8)
        && labels::is_letter_name(next)
        && !matches!(next, "de" | "te" | "be");
    if kind == Kind::NationalId && spoken {
        return word;
    }
    if kind == Kind::NationalId && letter && matches!(view.text_at(word), "letra" | "letter") {
        word + 1
    } else {
        run.last
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
    // Who announced a number goes on with it over the other side's "yes".
    if kind.is_some() && dialogue.asker == Some(role) {
        dialogue.age = 0;
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
        if taken.len() > 1 && matches!(joined.len(), 15 | 16) && checks::card(&joined) {
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
