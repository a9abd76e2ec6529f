//! `aftercall flow simulate`: calls from scripts, as conversations with times, compared with what the scripts expect.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_voice::answers::Documents;
use aftercall_voice::conversation;
use aftercall_voice::flow::{self, Flow};
use aftercall_voice::simulate::{Script, Transcript, Who, check, run};
use clap::Args;
use serde_json::{Value, json};

use super::{junit, read, shipped};
use crate::output::{bold, green, plural, print_json, red};

/// `flow simulate`.
#[derive(Args)]
pub struct SimulateArgs {
    /// Flow to run [default: the shipped one]
    flow: Option<PathBuf>,
    /// Scripts of calls (YAML), or folders of them
    #[arg(long, required = true, num_args = 1.., value_name = "CALL.yaml")]
    script: Vec<PathBuf>,
    /// Documents that answer what a script's own model does not know (.md, .txt)
    #[arg(long, value_name = "DIR")]
    docs: Option<PathBuf>,
    /// Write the results as JUnit XML too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Of the shipped flow, the form whose long answers can be spoken over (a script can ask for it too)
    #[arg(long, conflicts_with = "flow")]
    barge_in: bool,
    /// Write each call as a canonical conversation, which `aftercall run` takes; not redacted yet
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
}

/// What came of one script.
pub struct Played {
    /// Its file.
    pub file: PathBuf,
    /// What it is about.
    pub name: String,
    /// The conversation with its times, or why it could not be run.
    pub outcome: std::result::Result<Transcript, String>,
    /// What is not as it is expected.
    pub faults: Vec<String>,
}

impl Played {
    fn well(&self) -> bool {
        self.outcome.is_ok() && self.faults.is_empty()
    }
}

/// Runs all scripts. One that fails does not stop the others.
pub fn simulate(args: &SimulateArgs, json: bool) -> Result<ExitCode> {
    let given = args.flow.as_deref().map(given_flow).transpose()?;
    if let Some(folder) = &args.save {
        std::fs::create_dir_all(folder).map_err(|error| not_written(folder, error))?;
    }
    let mut all = Vec::new();
    for file in scripts(&args.script)? {
        let played = play(args, given.as_ref(), file)?;
        if !json {
            print(&played);
        }
        all.push(played);
    }
    if let Some(file) = &args.junit {
        std::fs::write(file, junit::report(&all)).map_err(|error| not_written(file, error))?;
    }
    let failed = all.iter().filter(|played| !played.well()).count();
    if json {
        print_json(&all.iter().map(as_json).collect::<Vec<_>>())?;
    } else {
        let sum = format!("{}, {failed} not as expected", plural(all.len() as u64, "script"));
        anstream::println!("{}", if failed == 0 { green(sum) } else { red(sum) });
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn given_flow(path: &Path) -> Result<Flow> {
    flow::parse(&read(path)?).map_err(|error| {
        Error::new(ErrorKind::Config, "this is no flow").with("file", path.display()).because(error.to_string())
    })
}

/// The files that are named, and those of the folders that are named, in their order.
fn scripts(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let unreadable = |error: std::io::Error| {
            Error::new(ErrorKind::Storage, "cannot be read").with("folder", path.display()).because(error)
        };
        let mut found = Vec::new();
        for entry in std::fs::read_dir(path).map_err(unreadable)? {
            let file = entry.map_err(unreadable)?.path();
            if file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
                found.push(file);
            }
        }
        if found.is_empty() {
            return Err(
                Error::new(ErrorKind::NotFound, "there is no script (.yaml) in it").with("folder", path.display())
            );
        }
        found.sort();
        files.extend(found);
    }
    Ok(files)
}

fn play(args: &SimulateArgs, given: Option<&Flow>, file: PathBuf) -> Result<Played> {
    let script = match Script::parse(&read(&file)?) {
        Ok(script) => script,
        Err(error) => {
            let name = file.display().to_string();
            return Ok(Played { file, name, outcome: Err(error.to_string()), faults: Vec::new() });
        }
    };
    // Each script has an agent of its own: nothing stored of one serves the next.
    let documents = args.docs.as_deref().map(Documents::open).transpose()?;
    let built = match given {
        Some(_) => None,
        None => Some(shipped(args.barge_in || script.barge_in)?),
    };
    let Some(flow) = given.or(built.as_ref()) else {
        return Err(Error::new(ErrorKind::Corrupt, "there is no flow to run"));
    };
    let outcome = run(flow, &script, documents).map_err(|error| error.to_string());
    let faults = outcome.as_ref().map_or_else(|_| Vec::new(), |transcript| check(transcript, &script.expect));
    if let (Ok(transcript), Some(folder)) = (&outcome, &args.save) {
        for call in conversation::of_simulation(transcript, &script.name, &script.locale) {
            save(&call, folder)?;
        }
    }
    Ok(Played { file, name: script.name, outcome, faults })
}

/// Writes a conversation into a folder.
pub fn save(conversation: &conversation::Conversation, folder: &Path) -> Result<()> {
    let file = folder.join(conversation.file_name());
    std::fs::write(&file, format!("{}\n", conversation.document())).map_err(|error| not_written(&file, error))
}

fn not_written(path: &Path, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Storage, "cannot be written").with("file", path.display()).because(error)
}

fn print(played: &Played) {
    anstream::println!("{}", bold(&played.name));
    match &played.outcome {
        Ok(transcript) => anstream::println!("{transcript}"),
        Err(why) => anstream::println!("{} {why}", red("cannot be run:")),
    }
    for fault in &played.faults {
        anstream::println!("{} {fault}", red("not as expected:"));
    }
}

fn as_json(played: &Played) -> Value {
    let lines = |transcript: &Transcript| -> Vec<Value> {
        let line = |line: &aftercall_voice::simulate::Line| {
            let who = match line.who {
                Who::Agent => "agent",
                Who::Caller => "caller",
                Who::Call => "call",
            };
            json!({ "call": line.call + 1, "at_ms": line.at_ms, "who": who, "text": line.text })
        };
        transcript.lines.iter().map(line).collect()
    };
    let ends =
        |transcript: &Transcript| -> Vec<&'static str> { transcript.ends.iter().map(|end| end.as_str()).collect() };
    let file = played.file.display().to_string();
    match &played.outcome {
        Err(why) => json!({ "file": file, "name": played.name, "error": why }),
        Ok(transcript) => json!({
            "file": file,
            "name": played.name,
            "as_expected": played.faults.is_empty(),
            "faults": played.faults,
            "ends": ends(transcript),
            "lines": lines(transcript),
            "blocks": transcript.blocks,
            "model_calls": transcript.model_calls,
            "jobs": transcript.jobs,
            "answered_jobs": transcript.answered_jobs,
            "answer_ms": transcript.answer_ms,
            "late_ms": transcript.late_ms,
            "hung_up_waiting": transcript.hung_up_waiting,
        }),
    }
}
