//! `aftercall flow`: a Connect flow checked, run with calls from scripts, and written out for an environment.

mod junit;
mod simulate;

pub use simulate::save;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_voice::flow::reference::{BargeIn, voice_agent};
use aftercall_voice::flow::{self, Flow};
use aftercall_voice::lint::{BotModel, Environment, Finding, FlowKind, Severity, Stage, lint};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use crate::output::{green, plural, print_json, red, yellow};

/// What can be done with a flow.
#[derive(Subcommand)]
pub enum FlowCommand {
    /// Check a flow against the rules that Amazon Connect and its callers enforce; exits with 1 if there is an error
    Lint(LintArgs),
    /// Run calls from scripts through a flow, on a virtual clock; exits with 1 if anything is not as a script expects
    Simulate(simulate::SimulateArgs),
    /// Write the shipped flow as Connect imports it, with ARNs as tokens or as an environment's values
    Export(ExportArgs),
}

/// `flow lint`.
#[derive(Args)]
pub struct LintArgs {
    /// Flow in the flow language 2019-10-30 (JSON)
    flow: PathBuf,
    /// Where it is to run: some rules hold in production only
    #[arg(long, value_enum, default_value = "dev")]
    environment: EnvironmentName,
    /// Kind of flow
    #[arg(long, value_enum, default_value = "inbound")]
    kind: Kind,
    /// Locale of the bot, as Lex writes it, such as en_US; then the flow's language is compared
    #[arg(long, value_name = "LOCALE", requires = "intent")]
    bot_locale: Option<String>,
    /// Name of an intent of the bot; give it once an intent, and the flow's intents are compared
    #[arg(long, value_name = "NAME", requires = "bot_locale")]
    intent: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum EnvironmentName {
    /// A place to try things.
    Dev,
    /// Callers are real.
    Prod,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// Inbound calls; also used for calls out.
    Inbound,
    /// What is heard while waiting in a queue.
    Queue,
    /// What is heard on hold.
    Hold,
}

/// `flow export`.
#[derive(Args)]
pub struct ExportArgs {
    /// The form whose long answers can be spoken over
    #[arg(long)]
    barge_in: bool,
    /// Values of an environment, `NAME: value` in YAML or JSON; every token must have one
    #[arg(long, value_name = "FILE")]
    values: Option<PathBuf>,
}

/// Does what is asked.
pub fn flow(command: &FlowCommand, json: bool) -> Result<ExitCode> {
    match command {
        FlowCommand::Lint(args) => check(args, json),
        FlowCommand::Simulate(args) => simulate::simulate(args, json),
        FlowCommand::Export(args) => export(args),
    }
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path)
        .map_err(|error| Error::new(ErrorKind::NotFound, "cannot be read").with("file", path.display()).because(error))
}

/// The shipped flow.
fn shipped(barge_in: bool) -> Result<Flow> {
    voice_agent(if barge_in { BargeIn::Yes } else { BargeIn::No })
        .map_err(|error| Error::new(ErrorKind::Corrupt, "the shipped flow cannot be built").because(error))
}

fn check(args: &LintArgs, json: bool) -> Result<ExitCode> {
    let environment = Environment {
        stage: match args.environment {
            EnvironmentName::Dev => Stage::Development,
            EnvironmentName::Prod => Stage::Production,
        },
        flow: match args.kind {
            Kind::Inbound => FlowKind::Inbound,
            Kind::Queue => FlowKind::Queue,
            Kind::Hold => FlowKind::Hold,
        },
        bot: args.bot_locale.as_ref().map(|locale| BotModel {
            locale: locale.clone(),
            intents: args.intent.iter().cloned().collect::<BTreeSet<_>>(),
        }),
    };
    let findings = match flow::parse(&read(&args.flow)?) {
        Ok(flow) => lint(&flow, &environment),
        // A text that is no flow is a finding too: it names the block where it has one.
        Err(error) => vec![Finding {
            severity: Severity::Error,
            block: error.block,
            rule: "flow-language",
            message: error.message,
        }],
    };
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    if json {
        print_json(&findings.iter().map(as_json).collect::<Vec<_>>())?;
    } else {
        for finding in &findings {
            let text = finding.to_string();
            anstream::println!("{}", if finding.severity == Severity::Error { red(text) } else { yellow(text) });
        }
        let warnings = findings.len() - errors;
        let sum = format!("{}, {}", plural(errors as u64, "error"), plural(warnings as u64, "warning"));
        anstream::println!("{}", if errors == 0 { green(sum) } else { red(sum) });
    }
    Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn as_json(finding: &Finding) -> serde_json::Value {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    json!({ "severity": severity, "block": finding.block, "rule": finding.rule, "message": finding.message })
}

fn export(args: &ExportArgs) -> Result<ExitCode> {
    let mut flow = shipped(args.barge_in)?;
    if let Some(path) = &args.values {
        let of_file = |error: String| {
            Error::new(ErrorKind::Config, "the values do not fit").with("file", path.display()).because(error)
        };
        let values = flow::values(&read(path)?).map_err(|error| of_file(error.to_string()))?;
        flow = flow::resolve(&flow, &values).map_err(|error| of_file(error.to_string()))?;
    }
    anstream::println!("{}", flow::emit(&flow));
    Ok(ExitCode::SUCCESS)
}
