//! The suite that every store of the knowledge's version passes.

use crate::knowledge::{IngestionJob, JobState, KnowledgeVersion};

/// What every store of the version does: that of a later job takes the place of an earlier one's, never the other way round.
///
/// # Errors
/// What is not as it should be.
pub async fn knowledge_version_conforms(store: &dyn KnowledgeVersion) -> Result<(), String> {
    let fault = |error: aftercall_core::error::Error| error.to_string();
    let job = |id: &str, started_ms| IngestionJob { id: id.to_owned(), state: JobState::Complete, started_ms };
    let mut expected = None;
    for (set, after) in
        [(None, None), (Some(("b", 2)), Some("b")), (Some(("a", 1)), Some("b")), (Some(("c", 3)), Some("c"))]
    {
        if let Some((id, started_ms)) = set {
            store.set(&job(id, started_ms)).await.map_err(fault)?;
        }
        expected = after.map(str::to_owned).or(expected);
        let found = store.current().await.map_err(fault)?;
        if found != expected {
            return Err(format!("after {set:?} the version must be {expected:?}, found {found:?}"));
        }
    }
    Ok(())
}
