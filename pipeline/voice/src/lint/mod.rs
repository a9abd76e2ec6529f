//! Whether a flow will work on Amazon Connect: the rules that its documentation and users found out the hard way.
//!
//! A finding names the block and the rule. [`crate::flow::parse`] already refuses what is no flow at all; a rule here is
//! about a flow that reads well and fails in a call. Nothing is repaired.

mod actions;
mod envelope;
mod voice;

use std::collections::BTreeSet;

use crate::flow::{Block, Flow};

/// Where the flow is to run, and what is known of the bot it listens with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// Kind of environment.
    pub stage: Stage,
    /// Kind of flow.
    pub flow: FlowKind,
    /// The bot, where it is known.
    pub bot: Option<BotModel>,
}

/// Kind of environment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stage {
    /// A place to try things.
    #[default]
    Development,
    /// Callers are real.
    Production,
}

/// Kind of flow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FlowKind {
    /// Inbound (also used for calls out).
    #[default]
    Inbound,
    /// What is heard while waiting in a queue.
    Queue,
    /// What is heard on hold.
    Hold,
}

/// What a flow has to agree with in its bot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BotModel {
    /// As Lex writes it: `en_US`.
    pub locale: String,
    /// Names of the intents; case matters.
    pub intents: BTreeSet<String>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It fails on publishing or in a call.
    Error,
    /// Sources disagree, or it is a trap.
    Warning,
}

/// Something that a rule found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// The block; none where the whole flow is meant.
    pub block: Option<String>,
    /// Id of the rule.
    pub rule: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        match &self.block {
            Some(block) => write!(f, "{severity}[{}] block {block:?}: {}", self.rule, self.message),
            None => write!(f, "{severity}[{}] flow: {}", self.rule, self.message),
        }
    }
}

/// Collects findings.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn error(&mut self, block: &Block, rule: &'static str, message: impl Into<String>) {
        self.push(Severity::Error, Some(block), rule, message.into());
    }

    fn warn(&mut self, block: &Block, rule: &'static str, message: impl Into<String>) {
        self.push(Severity::Warning, Some(block), rule, message.into());
    }

    fn flow(&mut self, rule: &'static str, message: impl Into<String>) {
        self.push(Severity::Error, None, rule, message.into());
    }

    fn push(&mut self, severity: Severity, block: Option<&Block>, rule: &'static str, message: String) {
        self.0.push(Finding { severity, block: block.map(|block| block.name.clone()), rule, message });
    }
}

/// All findings, errors first, then by block and rule.
pub fn lint(flow: &Flow, environment: &Environment) -> Vec<Finding> {
    let mut findings = Findings::default();
    envelope::check(flow, &mut findings);
    for block in flow.blocks() {
        actions::check(block, environment, &mut findings);
    }
    voice::check(flow, environment, &mut findings);
    findings.0.sort();
    findings.0
}
