//! Why a document is the format it is, and what was understood of it: for people (`aftercall explain`).

use std::collections::BTreeSet;

use aftercall_schemas::ContactKey;

use super::detect::{Format, Haste, Peek, choose};
use super::{DecodeContext, Decoded, decode_text, read};
use crate::delivery::Body;
use crate::error::Rejected;

/// How a document was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The format; none if it is not JSON or no format matches.
    pub format: Option<Format>,
    /// The fields that decided.
    pub decided_by: Vec<String>,
    /// Every other format, and why it is not that.
    pub others: Vec<(Format, String)>,
    /// Contacts that it speaks of, sorted, each once.
    pub contacts: Vec<ContactKey>,
    /// What was understood, one line a delivery; never what was said.
    pub understood: Vec<String>,
    /// What cannot be used, and why.
    pub problems: Vec<String>,
}

/// Explains a document, plain or gzip. Never fails: what is wrong stands in `problems`.
pub fn explain(document: &[u8], ctx: &DecodeContext) -> Explanation {
    let mut explanation = Explanation {
        format: None,
        decided_by: Vec::new(),
        others: Vec::new(),
        contacts: Vec::new(),
        understood: Vec::new(),
        problems: Vec::new(),
    };
    if let Err(rejected) = look(document, ctx, &mut explanation) {
        explanation.problems.push(rejected.to_string());
    }
    explanation
}

fn look(document: &[u8], ctx: &DecodeContext, explanation: &mut Explanation) -> Result<(), Rejected> {
    let text = read::text(document, ctx.max_inflated_bytes)?;
    // What is broken further on still shows what it is meant to be.
    let peek = Peek::of(&text, Haste::ToTheEnd).or_else(|_| Peek::of(&text, Haste::StopWhenSure))?;
    let chosen = choose(&peek);
    explanation.format = chosen.as_ref().ok().copied();
    for format in Format::ALL.iter().copied() {
        if Some(format) == explanation.format {
            explanation.decided_by = present(format, &peek);
        } else {
            explanation.others.push((format, why_not(format, explanation.format, &peek)));
        }
    }
    chosen?;
    let decoded = decode_text(&text, ctx)?;
    understood(decoded, explanation);
    Ok(())
}

fn present(format: Format, peek: &Peek) -> Vec<String> {
    let fields = format.needs().iter().filter_map(|group| group.iter().find(|field| peek.has(field)));
    fields.map(|field| (*field).to_owned()).collect()
}

fn why_not(format: Format, chosen: Option<Format>, peek: &Peek) -> String {
    let missing = format.needs().iter().find(|group| !group.iter().any(|field| peek.has(field)));
    match (missing, format.refuses(peek)) {
        (Some(group), _) => format!("no `{}`", group.join("` or `")),
        (None, Some(why)) => why.to_owned(),
        (None, None) => format!("{} fits better", chosen.map_or("another format", Format::as_str)),
    }
}

fn understood(decoded: Decoded, explanation: &mut Explanation) {
    let mut contacts = BTreeSet::new();
    for delivery in decoded.deliveries {
        let what = match &delivery.body {
            Body::Leg(leg) => format!(
                "{}: {:?} leg, {}, {} participants, {} turns{}{}",
                delivery.source.as_str(),
                leg.kind,
                leg.channel,
                leg.participants.len(),
                leg.turns.len(),
                if delivery.masked { ", masked" } else { "" },
                if delivery.ends { ", complete" } else { "" },
            ),
            Body::Record(record) => format!(
                "{}: {}, {}",
                delivery.source.as_str(),
                record.channel,
                if record.disconnected { "ended" } else { "not ended" },
            ),
            Body::Correction(_) => delivery.source.as_str().to_owned(),
        };
        explanation.understood.push(format!("{}: {what}", delivery.contact));
        contacts.insert(delivery.contact);
    }
    explanation.contacts.extend(contacts);
    explanation.understood.extend(decoded.ignored.map(|reason| format!("nothing, and need not: {reason}")));
    explanation.problems.extend(decoded.rejected.into_iter().map(|(entry, rejected)| match entry {
        Some(entry) => format!("entry {entry}: {rejected}"),
        None => rejected.to_string(),
    }));
}
