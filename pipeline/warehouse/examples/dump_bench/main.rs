//! Measures the dump on generated contacts.
//!
//! `window TURNS`: one window, objects made when they are asked for, files counted and forgotten.
//! `generate DIR TURNS DAYS`: writes stored objects, and the same turns as JSON lines for other tools.
//! `dump DIR`: writes the stored objects of DIR as Parquet. These two say their time, memory and sizes as JSON.
//! `share DIR`: how many bytes "yesterday's negative contacts" reads of DIR's Parquet.

mod generated;
mod share;
mod store;

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use aftercall_core::redact::RedactedConversation;
use aftercall_core::rows::{self, Revision};
use aftercall_schemas::results::Analysis;
use aftercall_warehouse::dump::{DumpPorts, DumpSettings, dump};
use serde_json::json;

use crate::generated::{TURNS, analysis, conversation, moment, published};
use crate::store::{Stored, World};

type Done = Result<(), Box<dyn Error>>;

fn main() -> Done {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["window", turns] => measure(&World::new(turns.parse::<u64>()? / TURNS, None, None)),
        ["generate", folder, turns, days] => generate(Path::new(folder), turns.parse::<u64>()? / TURNS, days.parse()?),
        ["dump", folder] => {
            let folder = Path::new(folder);
            let places: Vec<(u64, u32)> = serde_json::from_slice(&std::fs::read(folder.join("places.json"))?)?;
            let contacts = places.len() as u64 / 2;
            let stored = Stored {
                file: File::open(folder.join("objects.bin"))?,
                places,
                index: (0..contacts).map(published).collect(),
            };
            measure(&World::new(contacts, Some(stored), Some(folder)))
        }
        ["share", folder, day] => {
            let table = Path::new(folder).join("warehouse/contacts");
            let (all, of_day, read, contacts) = share::share(&table, day)?;
            println!("contacts of {day} with an unhappy customer   {contacts}");
            println!("bytes of the table                  {all}");
            println!("bytes of the day                    {of_day}");
            println!(
                "bytes read                          {read} ({:.2} % of the table)",
                100.0 * read as f64 / all as f64
            );
            Ok(())
        }
        _ => Err("one of: window TURNS, generate DIR TURNS DAYS, dump DIR, share DIR DAY".into()),
    }
}

/// The kernel's high-water mark of this process, MB.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse::<f64>().ok().map(|kilobytes| kilobytes / 1024.0)
}

/// Time that the cores have spent on this process, seconds.
fn processor_seconds() -> Option<f64> {
    // The kernel counts in hundredths of a second. The name of the program may have spaces in it, so it is skipped.
    let status = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, numbers) = status.rsplit_once(')')?;
    let hundredths = numbers.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    hundredths.sum::<Result<f64, _>>().ok().map(|hundredths| hundredths / 100.0)
}

fn measure(world: &World) -> Done {
    let settings = DumpSettings::default();
    let started = Instant::now();
    let before = processor_seconds();
    let ports = DumpPorts { index: world, quarantine: world, objects: world };
    let manifests = pollster::block_on(dump(ports, &settings, moment(60 * 86_400_000)))?;
    let seconds = started.elapsed().as_secs_f64();
    let processors = processor_seconds().zip(before).map_or(f64::NAN, |(after, before)| after - before);
    let files = || manifests.iter().flat_map(|manifest| &manifest.files);
    let of_turns = || files().filter(|file| file.table == "turns");
    let all: u64 = files().map(|file| file.rows).sum();
    let turns: u64 = of_turns().map(|file| file.rows).sum();
    let said = json!({
        "tool": "aftercall", "seconds": seconds, "processor_seconds": processors, "peak_mb": peak_mb(),
        "bytes": of_turns().map(|file| file.bytes).sum::<u64>(), "rows": all, "turns": turns,
        "windows": manifests.len(), "files": world.written().0, "all_bytes": world.written().1,
    });
    println!("{said}");
    Ok(())
}

fn generate(folder: &Path, contacts: u64, days: u64) -> Done {
    std::fs::create_dir_all(folder)?;
    let mut objects = BufWriter::new(File::create(folder.join("objects.bin"))?);
    let mut lines = BufWriter::new(File::create(folder.join("turns.jsonl"))?);
    let mut places = Vec::new();
    let mut offset = 0;
    for contact in 0..contacts {
        let conversation: RedactedConversation = serde_json::from_value(conversation(contact, days))?;
        let analysis: Analysis = serde_json::from_value(analysis(contact))?;
        // As the stages write them.
        for bytes in [serde_json::to_vec(&conversation)?, serde_json::to_vec(&analysis)?] {
            objects.write_all(&bytes)?;
            places.push((offset, u32::try_from(bytes.len())?));
            offset += bytes.len() as u64;
        }
        let published_at = published(contact).published_at;
        let revision =
            Revision { conversation: conversation.conversation(), analysis: &analysis, number: 1, published_at };
        for turn in rows::turns(revision) {
            serde_json::to_writer(&mut lines, &turn)?;
            lines.write_all(b"\n")?;
        }
    }
    std::fs::write(folder.join("places.json"), serde_json::to_vec(&places)?)?;
    lines.flush()?;
    objects.flush()?;
    println!("{contacts} contacts, {offset} bytes of objects");
    Ok(())
}
