//! Compares what a statement says with what its turns say: first what has to agree exactly, then the words.

use super::words::words;
use super::{Evidence, MOST_WORDS, content, dates, durations, kinds, names, negation, numbers, poles};
use crate::text::fold;
use crate::text::numbers::quantities;

/// Adds a reason for each thing that does not agree.
pub(super) fn compare(statement: &str, evidence: &Evidence, reasons: &mut Vec<String>) {
    let (said, known) = (fold(statement), fold(&evidence.turns));
    numbers::compare(said.text(), known.text(), reasons);
    durations::compare(said.text(), known.text(), reasons);
    dates::compare(statement, said.text(), known.text(), reasons);
    names::compare(statement, known.text(), fold(&evidence.around).text(), reasons);
    let counted = !quantities(said.text()).is_empty();
    let cut = |text: &str| {
        let mut words = words(text);
        words.truncate(MOST_WORDS);
        words
    };
    let (said_words, known_words) = (cut(said.text()), cut(known.text()));
    let mut near = cut(fold(&evidence.near).text());
    // Who says "please" is not pleased, though both have one stem.
    near.retain(|word| word.text != "please");
    let (refused, granted) = (fold(&evidence.refused), fold(&evidence.granted));
    let answered = poles::Answered { denied: refused.text(), granted: granted.text() };
    let poles = poles::compare(said.text(), known.text(), &answered);
    if !poles.explained {
        let answers = negation::Answers { refused: refused.text(), unobjected: evidence.unobjected };
        negation::compare(said.text(), known.text(), &answers, &said_words, reasons);
    }
    reasons.extend(poles.reason);
    if let Some(reason) = kinds::compare(&said_words, &known_words, &near) {
        reasons.push(reason);
    } else if reasons.is_empty() {
        let sides =
            content::Sides { said: &said_words, known: &known_words, near: &near, counted, evidence: known.text() };
        reasons.extend(content::compare(&sides));
    }
}
