//! Figures of summaries that somebody else wrote, a language model say, so that one prompt can be compared with another on
//! the same contacts. Nothing here calls a model: the caller brings what it answered.

use aftercall_schemas::Resolution;
use aftercall_schemas::results::{AgentSummary, CustomerSummary, Statement, Verdict};
use serde_json::Value;

use super::rouge::rouge;
use super::sets::{self, Dialogue};
use crate::redact::RedactedConversation;

/// A contact of a set, ready to be summarised.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its id in the set.
    pub id: String,
    /// Its conversation, redacted.
    pub conversation: RedactedConversation,
    /// How it ended, where the set says.
    pub resolution: Option<Resolution>,
    /// Reference summaries of the customer's side.
    pub customer_references: Vec<String>,
    /// Reference summaries of the agent's side.
    pub agent_references: Vec<String>,
}

/// The contacts of a set. Lines that are no contacts are passed over.
pub fn cases(lines: &str) -> Vec<Case> {
    let case = |dialogue: Dialogue| Case {
        conversation: dialogue.conversation(),
        resolution: sets::resolution(dialogue.labels.get("resolution").unwrap_or(&Value::Null)),
        customer_references: dialogue.references("customer"),
        agent_references: dialogue.references("agent"),
        id: dialogue.id,
    };
    sets::read::<Dialogue>(lines).into_iter().map(case).collect()
}

/// The lines that are no contacts, by their place from 0, and why.
pub fn unreadable(lines: &str) -> Vec<(usize, String)> {
    sets::unreadable::<Dialogue>(lines)
}

/// What is counted of one summary.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counted {
    /// Statements.
    pub statements: usize,
    /// Statements that their turns do not support.
    pub unsupported: usize,
    /// Whether the resolution is the labelled one; null without a label.
    pub resolution_right: Option<bool>,
    /// ROUGE-L F1 against the best reference; null without one.
    pub rouge_l: Option<f64>,
}

/// Counts a customer summary.
pub fn count_customer(case: &Case, summary: &CustomerSummary) -> Counted {
    let statements = summary.reason.iter().chain(&summary.what_happened).chain(&summary.follow_up);
    count(statements.chain(&summary.bot_failures), summary.resolution, case.resolution, &case.customer_references)
}

/// Counts an agent summary.
pub fn count_agent(case: &Case, summary: &AgentSummary) -> Counted {
    let commitments = summary.commitments.iter().map(|commitment| &commitment.what);
    let statements = summary.reason.iter().chain(&summary.agent_actions).chain(&summary.outcome).chain(commitments);
    count(statements.chain(&summary.notes), summary.resolution, case.resolution, &case.agent_references)
}

fn count<'a>(
    statements: impl Iterator<Item = &'a Statement>,
    resolution: Option<Resolution>,
    labelled: Option<Resolution>,
    references: &[String],
) -> Counted {
    let statements: Vec<&Statement> = statements.collect();
    let text: Vec<&str> = statements.iter().map(|statement| statement.text.as_str()).collect();
    Counted {
        statements: statements.len(),
        unsupported: statements.iter().filter(|one| matches!(one.verdict, Verdict::Unsupported { .. })).count(),
        resolution_right: labelled.map(|labelled| resolution == Some(labelled)),
        rouge_l: (!references.is_empty()).then(|| rouge(&text.join(" "), references).l),
    }
}
