//! `aftercall explain`: which format a file has, what decided, and why it is none of the others. It writes nothing.

use std::path::PathBuf;

use aftercall_core::error::Result;
use aftercall_core::formats::{self, DecodeContext, Explanation, Format};
use aftercall_local::read::{self, Limits, Piece, Source};

use crate::output::{bold, dim, green, print_json, yellow};
use aftercall_settings::Settings;

/// Explains files; of a file with many documents the first few.
pub fn explain(settings: &Settings, paths: &[PathBuf], json: bool) -> Result<()> {
    const DOCUMENTS: usize = 3;
    let mut explanations = Vec::new();
    for path in paths {
        let source = Source { path: path.clone(), size_bytes: 0 };
        let mut pieces = Vec::new();
        read::documents(&source, Limits { document_bytes: settings.document_bytes }, |piece| {
            pieces.push(piece);
            pieces.len() < DOCUMENTS
        })?;
        for piece in pieces {
            match piece {
                Piece::Document { origin, bytes } => {
                    let context =
                        DecodeContext { instance_id: settings.instance_id.clone(), ..DecodeContext::new(&origin) };
                    let explanation = formats::explain(&bytes, &context);
                    if json {
                        explanations.push(machine_form(&origin, &explanation));
                    } else {
                        print(&origin, &explanation);
                    }
                }
                Piece::Unreadable { origin, rejected, .. } => {
                    if json {
                        explanations.push(serde_json::json!({ "origin": origin, "rejected": rejected.to_string() }));
                    } else {
                        anstream::println!("{}\n  {}", bold(&origin), yellow(&rejected));
                    }
                }
            }
        }
    }
    if json { print_json(&explanations) } else { Ok(()) }
}

fn machine_form(origin: &str, explanation: &Explanation) -> serde_json::Value {
    let others: std::collections::BTreeMap<_, _> =
        explanation.others.iter().map(|(format, why)| (format.as_str(), why)).collect();
    serde_json::json!({
        "origin": origin,
        "format": explanation.format.map(Format::as_str),
        "decided_by": explanation.decided_by,
        "not": others,
        "contacts": explanation.contacts,
        "understood": explanation.understood,
        "problems": explanation.problems,
    })
}

fn print(origin: &str, explanation: &Explanation) {
    anstream::println!("{}", bold(origin));
    match explanation.format {
        Some(format) => {
            let decided_by = explanation.decided_by.join(", ");
            anstream::println!("  {} because it has {decided_by}", green(format.as_str()));
        }
        None => anstream::println!("  {}", yellow("no format that is known")),
    }
    for contact in &explanation.contacts {
        anstream::println!("  contact {contact}");
    }
    for line in &explanation.understood {
        anstream::println!("  {line}");
    }
    for problem in &explanation.problems {
        anstream::println!("  {}", yellow(problem));
    }
    for (format, why) in &explanation.others {
        anstream::println!("  {}", dim(format!("not {}: {why}", format.as_str())));
    }
}
