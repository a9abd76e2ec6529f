//! Messages between stages and to consumers. Between stages they carry ids and digests only. Consumers of the insights stream
//! get what was asked of it: summaries and first responses, redacted as everywhere; what is longer goes by reference.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{ContactKey, RevisionKey};
use crate::results::{AnalysisState, Finding};
use crate::vocabulary::{Stage, UseCase};

/// A revision has been routed: the stages named are to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContactRouted {
    /// The contact.
    #[serde(flatten)]
    pub contact: ContactKey,
    /// The revision.
    pub revision_key: RevisionKey,
    /// Use cases that apply.
    pub use_cases: Vec<UseCase>,
    /// Stages to run.
    pub stages: Vec<Stage>,
    /// Key of the conversation object.
    pub conversation_key: String,
}

/// An analysis has been published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnalysisPublished {
    /// The contact.
    #[serde(flatten)]
    pub contact: ContactKey,
    /// The revision.
    pub revision_key: RevisionKey,
    /// Number of the revision in the store that published it.
    pub revision: i64,
    /// Complete or partial.
    pub state: AnalysisState,
    /// Key of the analysis object.
    pub analysis_key: String,
}

/// An analysis has been published in which categories were found. Who calls for a category listens to this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContactFlagged {
    /// The contact.
    #[serde(flatten)]
    pub contact: ContactKey,
    /// The revision.
    pub revision_key: RevisionKey,
    /// Names of the categories of the rules that were found, each once.
    pub categories: Vec<String>,
}

/// What consumers of the insights stream hear.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Insight {
    /// A stage has a result.
    ResultKept(ResultKept),
    /// An analysis has been published.
    AnalysisPublished(AnalysisPublished),
}

/// A stage has a result, which is kept for good.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResultKept {
    /// The contact.
    #[serde(flatten)]
    pub contact: ContactKey,
    /// The revision.
    pub revision_key: RevisionKey,
    /// The stage.
    pub stage: Stage,
    /// Version of the stage.
    pub stage_version: String,
    /// Whether it found something; else it failed for good, and the result says why.
    pub found: bool,
    /// The summary or the first response. What other stages found is in the analysis, when that is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<Box<Finding>>,
}
