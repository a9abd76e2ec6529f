//! An earlier call as the dialogue knows it: made of an analysis, of statements that their turns support.

use aftercall_schemas::results::{Analysis, AnalysisState, Finding, Outcome, Statement, Verdict};
use aftercall_schemas::{ParticipantRole, Resolution, Stage};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dialogue::SealKey;

/// Characters of a statement that are told.
const LONGEST: usize = 300;
/// Statements about what follows that are told.
const MOST_OPEN: usize = 2;
/// What a seal is for: no other sealed text is taken for an earlier call.
const PURPOSE: &str = "earlier call";

/// What a caller called about before.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierCall {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// How it stood at the end.
    pub resolution: Option<Resolution>,
    /// What was promised, or follows.
    pub open: Vec<String>,
}

impl std::fmt::Debug for EarlierCall {
    /// Without the words.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EarlierCall").field("at", &self.at).finish_non_exhaustive()
    }
}

impl EarlierCall {
    /// What an analysis says about why somebody called; of the agent's side where there is one, since it came last. None
    /// where no reason is supported, or the contact is part of another.
    pub fn of(analysis: &Analysis, at: Timestamp) -> Option<Self> {
        if analysis.state == AnalysisState::Moved {
            return None;
        }
        let found = |stage| match &analysis.results.get(&stage)?.outcome {
            Outcome::Found(finding) => Some(&**finding),
            Outcome::Failed { .. } => None,
        };
        let agent = match found(Stage::AgentSummary) {
            Some(Finding::AgentSummary(summary)) => supported(summary.reason.as_ref()).map(|reason| {
                let ours = summary.commitments.iter().filter(|promise| promise.who == ParticipantRole::Agent);
                let open = ours.filter_map(|promise| supported(Some(&promise.what)));
                Self { at, reason, resolution: summary.resolution, open: open.take(MOST_OPEN).collect() }
            }),
            _ => None,
        };
        agent.or_else(|| match found(Stage::CustomerSummary) {
            Some(Finding::CustomerSummary(summary)) => supported(summary.reason.as_ref()).map(|reason| {
                let open = summary.follow_up.iter().filter_map(|statement| supported(Some(statement)));
                Self { at, reason, resolution: summary.resolution, open: open.take(MOST_OPEN).collect() }
            }),
            _ => None,
        })
    }

    /// As an attribute of a contact's session.
    pub fn seal(&self, contact_id: &str, key: &SealKey) -> String {
        key.seal(PURPOSE, contact_id, self)
    }

    /// Out of a session attribute; none if we did not seal it for this contact.
    pub fn open(sealed: Option<&str>, contact_id: &str, key: &SealKey) -> Option<Self> {
        key.open(PURPOSE, contact_id, sealed?)
    }

    /// For the colleague who takes over.
    pub fn told(&self) -> String {
        let stood = match self.resolution {
            Some(Resolution::Resolved) => " (resolved)",
            Some(Resolution::Unresolved) => " (unresolved)",
            Some(Resolution::Escalated) => " (escalated)",
            Some(Resolution::Abandoned) => " (abandoned)",
            None => "",
        };
        let mut told = format!("Called before on {}: {}{stood}.", self.at.strftime("%F"), full_stop_off(&self.reason));
        for open in &self.open {
            told.push_str(&format!(" Then open: {}.", full_stop_off(open)));
        }
        told
    }
}

fn full_stop_off(text: &str) -> &str {
    text.trim_end().trim_end_matches(['.', '。'])
}

fn supported(statement: Option<&Statement>) -> Option<String> {
    let statement = statement.filter(|statement| statement.verdict == Verdict::Supported)?;
    Some(statement.text.chars().take(LONGEST).collect::<String>()).filter(|text| !text.trim().is_empty())
}
