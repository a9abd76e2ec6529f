//! Turns from words, for sources that have words only (Transcribe).

use serde::{Deserialize, Serialize};

/// How words become turns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TurnRules {
    /// Our own rules.
    #[default]
    Standard,
    /// The rules of Post Call Analytics, for results that are to be compared with its.
    Pca,
}
