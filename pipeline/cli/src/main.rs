//! The command `aftercall`: post-call analytics on one machine. This file says what commands there are and hands each to
//! its own file; what they do is done by the other crates.

mod agent;
mod backfill;
mod config;
mod convert;
mod correct;
mod erase;
mod evaluate;
mod explain;
mod flow;
mod knowledge;
mod machine;
mod output;
mod progress;
mod quarantine;
mod query;
mod replay;
mod rules;
mod run;
mod schema;
mod show;
mod trace;

use std::path::PathBuf;
use std::process::ExitCode;

use aftercall_core::error::Error;
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;

use aftercall_settings::{Flags, Settings, Source};

/// Post-call analytics for Amazon Connect, Lex and Transcribe, on one machine.
///
/// Reads transcripts and contact records as the services write them, redacts them, finds out what happened in each
/// contact, and keeps the results as Parquet that any tool can query.
#[derive(Parser)]
#[command(version, arg_required_else_help = true, max_term_width = 110)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Global {
    /// Folder of the store, the objects and the Parquet files [default: aftercall-data]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Settings file [default: aftercall.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Write JSON for machines instead of text for people
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Process files and folders: decode, redact, analyse, write Parquet
    Run {
        /// Files and folders; gzip and JSON lines are told from the content
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Threads [default: one a core]
        #[arg(long, value_name = "N")]
        workers: Option<usize>,
    },
    /// Show a contact as a person wants to read it
    Show {
        /// Contact id, or the beginning of one
        contact_id: String,
    },
    /// Show everything that happened to a contact: inputs, revisions, stages, attempts
    Trace {
        /// Contact id, or the beginning of one
        contact_id: String,
    },
    /// Query the Parquet files with SQL, or run a named query
    Query {
        /// A SELECT, or the name of a query
        #[arg(required_unless_present = "list", value_name = "SQL|NAME")]
        sql: Option<String>,
        /// List the named queries and the tables
        #[arg(long)]
        list: bool,
        /// First day that is looked at, UTC
        #[arg(long, value_name = "DAY")]
        from: Option<Date>,
        /// Last day that is looked at, UTC
        #[arg(long, value_name = "DAY")]
        to: Option<Date>,
        /// Form of the answer
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
        /// Say on standard error how many bytes it read of the files
        #[arg(long)]
        bytes: bool,
    },
    /// Write what was published since the last dump as Parquet (`run` does it at its end)
    Dump,
    /// Re-run a stage with its present prompt, rules, formula or model over what is stored
    Backfill(backfill::BackfillArguments),
    /// Remove a contact or all contacts of a customer, for good
    Erase(erase::EraseArguments),
    /// Take in again what the archive kept
    Replay(replay::ReplayArguments),
    /// List, show or retry what could not be used
    Quarantine {
        #[command(subcommand)]
        command: QuarantineCommand,
    },
    /// Correct who speaks in a contact; makes a new revision and is remembered
    Correct {
        /// Contact id, or the beginning of one
        contact_id: String,
        /// Customer and agent are the wrong way round
        #[arg(long, required_unless_present = "role")]
        swap: bool,
        /// The role of a participant, as LABEL=ROLE, such as spk_0=agent
        #[arg(long, value_name = "LABEL=ROLE")]
        role: Vec<String>,
    },
    /// Convert files to the canonical form, one conversation a line, redacted
    Convert {
        /// Files and folders
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// The form to convert to
        #[arg(long, value_enum, default_value = "canonical")]
        to: convert::Form,
        /// Leave personal data in
        #[arg(long)]
        unredacted: bool,
    },
    /// Measure the insight on labelled sets and print the figures
    Evaluate {
        /// Sets: JSON lines, plain or gzip; what a set is for is told from its content
        #[arg(required_unless_present = "goals", value_name = "SET")]
        sets: Vec<PathBuf>,
        /// One table of every goal instead, measured on the labelled sets of this folder
        #[arg(long, value_name = "DIR", conflicts_with_all = ["sets", "prompt"])]
        goals: Option<PathBuf>,
        /// With --goals: folder of the published samples, which are no part of the project
        #[arg(long, value_name = "DIR", requires = "goals")]
        samples: Option<PathBuf>,
        /// Compare prompt files with the configured model instead; give it once a prompt
        #[arg(long, value_name = "FILE")]
        prompt: Vec<PathBuf>,
        /// Contacts to compare prompts on
        #[arg(long, default_value_t = 20, value_name = "N")]
        sample: usize,
    },
    /// Check a rules file, and try it on contacts
    Rules {
        #[command(subcommand)]
        command: RulesCommand,
    },
    /// Say which format a file has, why, and why it is none of the others
    Explain {
        /// Files
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Print the data dictionary: every table and column
    Schema {
        /// Only this table
        table: Option<String>,
    },
    /// Print every setting, its value, and where it comes from
    Config,
    /// Check, run and write Amazon Connect flows of the voice agent
    Flow {
        #[command(subcommand)]
        command: flow::FlowCommand,
    },
    /// Talk to the voice agent in the terminal, a line a turn; `/quit` ends it
    Agent(agent::AgentArgs),
    /// Propose what finished conversations say to the voice agent's documents, and decide about it
    Knowledge {
        #[command(subcommand)]
        command: knowledge::KnowledgeCommand,
    },
}

#[derive(Subcommand)]
enum RulesCommand {
    /// Name mistakes, and what is allowed but surely not meant
    Lint {
        /// Rules file (TOML or JSON)
        file: PathBuf,
    },
    /// Apply rules to the stored contacts and say what matches; nothing is kept
    Test {
        /// Rules file (TOML or JSON)
        file: PathBuf,
        /// Only this contact: its id, or the beginning of it
        #[arg(long, value_name = "CONTACT")]
        contact: Option<String>,
    },
}

#[derive(Subcommand)]
enum QuarantineCommand {
    /// List the entries
    List,
    /// Show one entry; its content only with `--content`, because it is not redacted
    Show {
        /// Id of the entry, or the beginning of one
        id: String,
        /// Print the content as it came
        #[arg(long)]
        content: bool,
    },
    /// Try entries again; a model whose answer could not be used is asked again
    Retry {
        /// Ids of entries, or beginnings of them; all if none is given
        ids: Vec<String>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for people.
    Table,
    /// Comma-separated values.
    Csv,
    /// One JSON array.
    Json,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let settings = match load_settings(&cli) {
        Ok(settings) => settings,
        Err(mistakes) => {
            for mistake in mistakes {
                anstream::eprintln!("{}: {mistake}", output::red("setting"));
            }
            return ExitCode::from(2);
        }
    };
    match dispatch(&cli, &settings) {
        Ok(code) => code,
        Err(error) => {
            anstream::eprintln!("{}: {error}", output::red("error"));
            ExitCode::FAILURE
        }
    }
}

fn load_settings(cli: &Cli) -> Result<Settings, Vec<String>> {
    let mut flags = Flags::new();
    if let Some(data) = &cli.global.data {
        flags.insert("data", data.display().to_string());
    }
    if let Command::Run { workers: Some(workers), .. } = &cli.command {
        flags.insert("workers", workers.to_string());
    }
    let file = cli.global.config.as_deref().map_or(Source::Usual, Source::File);
    aftercall_settings::load(&flags, &|name| std::env::var(name).ok(), file)
}

fn dispatch(cli: &Cli, settings: &Settings) -> Result<ExitCode, Error> {
    let json = cli.global.json;
    let done = |()| ExitCode::SUCCESS;
    match &cli.command {
        Command::Run { paths, .. } => run::run(settings, paths, json),
        Command::Show { contact_id } => show::show(settings, contact_id, json).map(done),
        Command::Trace { contact_id } => trace::trace(settings, contact_id, json).map(done),
        Command::Query { sql, list, from, to, format, bytes } => {
            let format = if json { Format::Json } else { *format };
            match sql {
                Some(sql) if !list => {
                    query::query(settings, sql, query::Days { from: *from, to: *to }, format, *bytes).map(done)
                }
                _ => query::list(json).map(done),
            }
        }
        Command::Dump => run::dump_now(settings, json).map(done),
        Command::Backfill(arguments) => backfill::backfill(settings, arguments, json),
        Command::Erase(arguments) => erase::erase(settings, arguments, json),
        Command::Replay(arguments) => replay::replay(settings, arguments, json),
        Command::Quarantine { command } => match command {
            QuarantineCommand::List => quarantine::list(settings, json).map(done),
            QuarantineCommand::Show { id, content } => quarantine::show(settings, id, *content, json).map(done),
            QuarantineCommand::Retry { ids } => quarantine::retry(settings, ids, json),
        },
        Command::Correct { contact_id, swap, role } => {
            correct::correct(settings, contact_id, *swap, role, json).map(done)
        }
        Command::Convert { paths, to: convert::Form::Canonical, unredacted } => {
            convert::canonical(settings, paths, *unredacted)
        }
        Command::Evaluate { goals: Some(folder), samples, .. } => {
            evaluate::goals(settings, folder, samples.as_deref(), json)
        }
        Command::Evaluate { sets, prompt, .. } if prompt.is_empty() => evaluate::evaluate(settings, sets, json),
        Command::Evaluate { sets, prompt, sample, .. } => evaluate::compare(settings, sets, prompt, *sample, json),
        Command::Rules { command } => match command {
            RulesCommand::Lint { file } => rules::lint(file, json),
            RulesCommand::Test { file, contact } => rules::test(settings, file, contact.as_deref(), json).map(done),
        },
        Command::Explain { paths } => explain::explain(settings, paths, json).map(done),
        Command::Schema { table } => schema::schema(table.as_deref(), json).map(done),
        Command::Config => config::config(settings, json).map(done),
        Command::Flow { command } => flow::flow(command, json),
        Command::Knowledge { command } => knowledge::knowledge(settings, command, json).map(done),
        Command::Agent(args) => agent::agent(settings, args, json).map(done),
    }
}
