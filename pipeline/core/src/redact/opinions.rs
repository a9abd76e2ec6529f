//! Gives the numbers and addresses that no rule knew a second look, when all others of the turn are known.

use aftercall_schemas::ParticipantRole;

use super::address_chunks::{self, chunks};
use super::dialogue::{Dialogue, Page, topics_at};
use super::number_evidence::{Around, evidence_of, kind_at};
use super::number_runs::{with_lead, with_letter};
use super::runs::Run;
use super::settings::Kind;
use super::topics::Topic;
use super::verdict_model::{ADDRESSES, NUMBERS};

/// Share of the personal verdicts from which a number is masked.
const ENOUGH: f32 = 0.75;

/// The same for what may be an address.
const ENOUGH_ADDRESS: f32 = 0.7;

/// A number of a turn with its evidence, kept to train on.
#[derive(Debug, Clone)]
pub(super) struct Collected {
    pub page: usize,
    /// Bytes of the folded text.
    pub start: usize,
    pub end: usize,
    pub evidence: Vec<u16>,
    pub kind: Option<Kind>,
}

/// Masks the numbers of the last page that the evidence tells to be personal.
pub(super) fn opinions(
    pages: &mut [Page<'_>],
    runs: &[Run],
    role: ParticipantRole,
    dialogue: &mut Dialogue,
    asked: &[Topic],
) {
    // A number that the rules leave and that is no price, time or part of a word.
    let open = |page: &Page<'_>, run: &Run| {
        let single = run.digits.len() < 2 && page.view.toks.len() > 6;
        // "Thanks a million" is no number.
        let scale = run.spoken && run.digits.len() > 2 && run.digits.trim_end_matches('0').len() <= 1;
        !run.glued && !run.amount && !single && !scale && page.is_free(run.first, run.last)
    };
    if dialogue.collected.is_none() && pages.last().is_none_or(|page| !runs.iter().any(|run| open(page, run))) {
        return;
    }
    let around = Around::of(dialogue, pages, role, asked);
    let number = pages.len().saturating_sub(1);
    let Some(page) = pages.last_mut() else { return };
    if let Some(collected) = &mut dialogue.collected {
        for (at, run) in runs.iter().enumerate() {
            let evidence = evidence_of(page, runs, at, &around);
            let kind = kind_at(page, run.first);
            collected.push(Collected { page: number, start: run.start, end: run.end, evidence, kind });
        }
        return;
    }
    for (at, run) in runs.iter().enumerate() {
        if !open(page, run) {
            continue;
        }
        let Some((kind, share)) = NUMBERS.opinion(&evidence_of(page, runs, at, &around)) else { continue };
        let (first, last) = (with_lead(&page.view, run, kind), with_letter(&page.view, run, kind));
        if share >= ENOUGH && kind != Kind::Address && page.claim(kind, first, last) {
            dialogue.saw(&run.digits, Some(kind));
            if matches!(kind, Kind::Card | Kind::Expiry | Kind::Cvv) {
                dialogue.since_card = Some(0);
            }
        }
    }
}

/// Masks the pieces of the last page that the evidence tells to be addresses, and widens what the rules found of them.
pub(super) fn address_opinions(
    pages: &mut [Page<'_>],
    runs: &[Run],
    role: ParticipantRole,
    dialogue: &mut Dialogue,
    asked: &[Topic],
) {
    let Some(page) = pages.last() else { return };
    let about = |index: usize| {
        let topics = topics_at(&page.view, index, asked);
        topics.iter().any(|topic| matches!(topic, Topic::Address | Topic::Postcode))
    };
    let taken = |index: usize| {
        page.claimed.get(index).is_some_and(|claimed| *claimed) && kind_at(page, index) != Some(Kind::Address)
    };
    let found = chunks(&page.view, runs, about, taken);
    if found.is_empty() {
        return;
    }
    let around = Around::of(dialogue, pages, role, asked);
    let number = pages.len().saturating_sub(1);
    let Some(page) = pages.last_mut() else { return };
    for chunk in found {
        let evidence = address_chunks::evidence_of(page, chunk, &around);
        let (Some(first), Some(last)) = (page.view.tok(chunk.first), page.view.tok(chunk.last)) else { continue };
        if let Some(collected) = &mut dialogue.collected_addresses {
            let (start, end) = (first.start, last.end);
            let kind = (chunk.first..=chunk.last).find_map(|index| kind_at(page, index));
            collected.push(Collected { page: number, start, end, evidence, kind });
        } else if ADDRESSES.opinion(&evidence).is_some_and(|(_, share)| share >= ENOUGH_ADDRESS) {
            page.widen_address(chunk.first, chunk.last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::detect::spans_of_text;
    use super::super::settings::{Kind, RedactionSettings};

    fn found(text: &str) -> Vec<(Kind, String)> {
        let spans = spans_of_text(text, &[], &RedactionSettings::default());
        spans.iter().map(|span| (span.kind, text[span.start..span.end].to_owned())).collect()
    }

    #[test]
    fn numbers_that_nothing_announces_and_addresses_without_a_street_word_are_masked() {
        assert_eq!(found("if im out try 01632 960 771"), [(Kind::Phone, "01632 960 771".to_owned())]);
        assert_eq!(
            found("spedite in Corso Buenos Aires 14, Milano").first().map(|(kind, _)| *kind),
            Some(Kind::Address)
        );
    }

    #[test]
    fn numbers_of_things_stay() {
        for text in [
            "thanks a million",
            "i called 4 times and waited 45 minutes, then 30 more",
            "error code 663 901 on the screen",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
