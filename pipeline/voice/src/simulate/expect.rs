//! Compares a transcript with what its script expects.

use super::script::Expect;
use super::transcript::{End, Transcript};

/// Everything that is not as expected; nothing if all is well.
pub fn check(transcript: &Transcript, expect: &Expect) -> Vec<String> {
    let mut faults = Vec::new();
    let ends: Vec<&str> = transcript.ends.iter().copied().map(End::as_str).collect();
    if !expect.ends.is_empty() && ends != expect.ends {
        faults.push(format!("the calls end {ends:?}, expected {:?}", expect.ends));
    }
    let heard: Vec<&str> = transcript.heard().collect();
    faults.extend(in_order(&heard, &expect.order, |line, part| line.contains(part), "said"));
    let blocks: Vec<&str> = transcript.blocks.iter().map(String::as_str).collect();
    faults.extend(in_order(&blocks, &expect.blocks, |block, name| block == name, "passed"));
    for (part, count) in &expect.count {
        let found = heard.iter().filter(|line| line.contains(part.as_str())).count();
        if found != *count {
            faults.push(format!("{part:?} is said {found} times, expected {count}"));
        }
    }
    for part in &expect.never {
        if heard.iter().any(|line| line.contains(part.as_str())) {
            faults.push(format!("{part:?} is said and must not be"));
        }
    }
    faults.extend(exactly("model calls", transcript.model_calls, expect.model_calls));
    faults.extend(exactly("jobs", transcript.jobs, expect.jobs));
    faults.extend(at_most("ms late", transcript.late_ms, expect.late_ms));
    let last = transcript.answer_ms.last().copied();
    if expect.answer_ms.is_some() && last.is_none() {
        faults.push("no question was answered".to_owned());
    }
    faults.extend(at_most("ms until the last answer", last.unwrap_or_default(), expect.answer_ms));
    let told = |parts: &[String], part: &str| parts.iter().any(|text| text.contains(part));
    if let Some(purpose) = expect.purpose.as_deref().filter(|purpose| !told(&transcript.purposes, purpose)) {
        faults.push(format!("the model was never told {purpose:?}"));
    }
    for part in expect.handover.iter().filter(|part| !told(&transcript.handovers, part)) {
        faults.push(format!("the colleague is not told {part:?}: {:?}", transcript.handovers));
    }
    faults
}

fn in_order(found: &[&str], wanted: &[String], fits: fn(&str, &str) -> bool, verb: &str) -> Option<String> {
    let mut rest = found.iter();
    let missing = wanted.iter().find(|part| !rest.any(|line| fits(line, part)))?;
    Some(format!("{missing:?} is not {verb} where it is expected"))
}

fn exactly(what: &str, found: usize, wanted: Option<usize>) -> Option<String> {
    let wanted = wanted.filter(|wanted| *wanted != found)?;
    Some(format!("{found} {what}, expected {wanted}"))
}

fn at_most(what: &str, found: u64, most: Option<u64>) -> Option<String> {
    let most = most.filter(|most| found > *most)?;
    Some(format!("{found} {what}, expected at most {most}"))
}
