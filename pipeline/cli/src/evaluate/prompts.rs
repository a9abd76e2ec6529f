//! Compares prompts before one is accepted: each summarises the same sample of contacts with the configured model, and the
//! figures stand beside each other. Nothing is stored and nothing is decided here.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::evaluate::compare::{Case, Counted, cases, count_agent, count_customer, unreadable};
use aftercall_core::summary::prompts::{Prompt, PromptKind, Prompts};
use aftercall_local::language_model::{LanguageModel, ModelSettings};
use aftercall_schemas::ParticipantRole;
use aftercall_schemas::results::Processing;
use aftercall_stages::ports::Summarize;
use pollster::block_on;

use super::{code_of, set_of};
use crate::machine::model_settings;
use crate::output::{print_json, table};
use aftercall_settings::Settings;
use aftercall_settings::parts::read_prompt;

/// Figures of one prompt.
#[derive(Debug, Default)]
struct Figures {
    version: String,
    contacts: usize,
    failed: usize,
    statements: usize,
    unsupported: usize,
    resolutions: usize,
    resolutions_right: usize,
    rouge_l: Vec<f64>,
    input_tokens: i64,
    output_tokens: i64,
}

/// Compares prompts on the first `sample` contacts of the sets that have the side the prompts are about. The exit code says
/// failure where lines could not be read.
pub fn compare(
    settings: &Settings,
    sets: &[PathBuf],
    prompts: &[PathBuf],
    sample: usize,
    json: bool,
) -> Result<ExitCode> {
    let Some(model) = &settings.model else {
        return Err(Error::new(ErrorKind::Config, "prompts need a model: set model.endpoint and model.name"));
    };
    let mut all = Vec::new();
    let mut unread = 0;
    for path in sets {
        let set = set_of(path, settings)?;
        unread += set.say(&unreadable(&set.lines));
        all.extend(cases(&set.lines));
    }
    let mut figures = Vec::new();
    for file in prompts {
        let (kind, prompt) = prompt_of(file)?;
        let version = prompt.version.clone();
        let model =
            LanguageModel::new(ModelSettings { prompts: Prompts::default().with(prompt), ..model_settings(model) });
        let mut of_prompt = Figures { version, ..Figures::default() };
        for case in all.iter().filter(|case| has_side(case, kind)).take(sample) {
            of_prompt.add(ask(&model, kind, case))?;
        }
        figures.push(of_prompt);
    }
    if json {
        print_json(&figures.iter().map(Figures::machine_form).collect::<Vec<_>>())?;
    } else {
        print(&figures)?;
    }
    Ok(code_of(unread))
}

/// A prompt file and which summary it is for, which the name of its version says.
fn prompt_of(file: &Path) -> Result<(PromptKind, Prompt)> {
    let prompt = read_prompt(PromptKind::Customer, file)?;
    let named = |kind: &&PromptKind| prompt.version.starts_with(kind.as_str());
    match PromptKind::ALL.iter().find(named) {
        Some(kind) => Ok((*kind, read_prompt(*kind, file)?)),
        None => {
            let names: Vec<_> = PromptKind::ALL.iter().map(|kind| kind.as_str()).collect();
            let what = format!("the version {} has to begin with one of {}", prompt.version, names.join(", "));
            Err(Error::new(ErrorKind::Config, what).with("file", file.display()))
        }
    }
}

fn has_side(case: &Case, kind: PromptKind) -> bool {
    let role = match kind {
        PromptKind::Customer => ParticipantRole::Bot,
        PromptKind::Agent => ParticipantRole::Agent,
    };
    case.conversation.conversation().turns.iter().any(|turn| turn.role == role)
}

fn ask(model: &LanguageModel, kind: PromptKind, case: &Case) -> Result<(Counted, Processing)> {
    match kind {
        PromptKind::Customer => {
            let made = block_on(model.customer(&case.conversation))?;
            Ok((count_customer(case, &made.summary), made.processing))
        }
        PromptKind::Agent => {
            let made = block_on(model.agent(&case.conversation))?;
            Ok((count_agent(case, &made.summary), made.processing))
        }
    }
}

fn share(part: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

impl Figures {
    /// Adds an answer. One without the form counts as failed; a model that cannot be asked ends the comparison.
    fn add(&mut self, answer: Result<(Counted, Processing)>) -> Result<()> {
        self.contacts += 1;
        let (counted, processing) = match answer {
            Ok(answer) => answer,
            Err(error) if error.retry == aftercall_core::error::Retry::Never => {
                self.failed += 1;
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.statements += counted.statements;
        self.unsupported += counted.unsupported;
        self.resolutions += usize::from(counted.resolution_right.is_some());
        self.resolutions_right += usize::from(counted.resolution_right == Some(true));
        self.rouge_l.extend(counted.rouge_l);
        self.input_tokens += processing.input_tokens.unwrap_or(0);
        self.output_tokens += processing.output_tokens.unwrap_or(0);
        Ok(())
    }

    fn rouge_l(&self) -> Option<f64> {
        let sum: f64 = self.rouge_l.iter().sum();
        (!self.rouge_l.is_empty()).then(|| sum / self.rouge_l.len() as f64)
    }

    fn machine_form(&self) -> serde_json::Value {
        serde_json::json!({
            "prompt": self.version, "contacts": self.contacts, "failed": self.failed, "statements": self.statements,
            "unsupported_share": share(self.unsupported, self.statements),
            "resolution_accuracy": share(self.resolutions_right, self.resolutions), "rouge_l": self.rouge_l(),
            "input_tokens": self.input_tokens, "output_tokens": self.output_tokens,
        })
    }
}

fn print(figures: &[Figures]) -> Result<()> {
    let shown = |figure: Option<f64>| figure.map_or("–".to_string(), |figure| format!("{figure:.3}"));
    let mut rows = table([
        "prompt",
        "contacts",
        "failed",
        "statements",
        "unsupported",
        "resolution",
        "ROUGE-L",
        "tokens in",
        "out",
    ]);
    for one in figures {
        rows.add_row([
            one.version.clone(),
            one.contacts.to_string(),
            one.failed.to_string(),
            one.statements.to_string(),
            shown(share(one.unsupported, one.statements)),
            shown(share(one.resolutions_right, one.resolutions)),
            shown(one.rouge_l()),
            one.input_tokens.to_string(),
            one.output_tokens.to_string(),
        ]);
    }
    anstream::println!("{rows}");
    Ok(())
}
