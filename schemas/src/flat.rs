//! Reads what has a contact's key among its own fields. What serde derives for a flattened field keeps every field that it
//! does not know until the end, which costs more than reading the rest; so here the fields of the key stand in their place.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use crate::ids::{ContactKey, RevisionKey};
use crate::results::{Analysis, AnalysisState, Outcome, Processing, StageResult};
use crate::vocabulary::{Stage, UseCase};

#[derive(Deserialize)]
struct FlatResult {
    instance_id: String,
    contact_id: String,
    revision_key: RevisionKey,
    stage: Stage,
    stage_version: String,
    outcome: Outcome,
    processing: Processing,
}

impl<'de> Deserialize<'de> for StageResult {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let FlatResult { instance_id, contact_id, revision_key, stage, stage_version, outcome, processing } =
            Deserialize::deserialize(deserializer)?;
        let contact = ContactKey { instance_id, contact_id };
        Ok(Self { contact, revision_key, stage, stage_version, outcome, processing })
    }
}

#[derive(Deserialize)]
struct FlatAnalysis {
    format: String,
    instance_id: String,
    contact_id: String,
    revision_key: RevisionKey,
    use_cases: Vec<UseCase>,
    state: AnalysisState,
    missing: BTreeMap<Stage, String>,
    results: BTreeMap<Stage, StageResult>,
}

impl<'de> Deserialize<'de> for Analysis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let FlatAnalysis { format, instance_id, contact_id, revision_key, use_cases, state, missing, results } =
            Deserialize::deserialize(deserializer)?;
        let contact = ContactKey { instance_id, contact_id };
        Ok(Self { format, contact, revision_key, use_cases, state, missing, results })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let contact = ContactKey::new("i", "c");
        let result = StageResult {
            contact: contact.clone(),
            revision_key: RevisionKey("k".into()),
            stage: Stage::Measures,
            stage_version: "measures/1".into(),
            outcome: Outcome::Failed { reason: "why".into() },
            processing: Processing::default(),
        };
        let analysis = Analysis {
            format: "f".into(),
            contact,
            revision_key: RevisionKey("k".into()),
            use_cases: vec![UseCase::CustomerBot],
            state: AnalysisState::Partial,
            missing: BTreeMap::from([(Stage::Sentiment, "why".into())]),
            results: BTreeMap::from([(Stage::Measures, result)]),
        };
        let mut written = serde_json::to_value(&analysis).unwrap();
        assert_eq!(serde_json::from_value::<Analysis>(written.clone()).unwrap(), analysis);
        written["a_field_of_a_newer_version"] = serde_json::json!({ "a": [1] });
        assert_eq!(serde_json::from_str::<Analysis>(&written.to_string()).unwrap(), analysis);
        written.as_object_mut().unwrap().remove("contact_id");
        let error = serde_json::from_value::<Analysis>(written).unwrap_err();
        assert_eq!(error.to_string(), "missing field `contact_id`");
    }
}
