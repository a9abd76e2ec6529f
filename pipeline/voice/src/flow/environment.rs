//! ARNs as tokens: a flow is written once with `${NAME}` and resolved for each environment. Nothing stays unresolved.

use std::collections::{BTreeMap, BTreeSet};

use super::{Flow, FlowError, Reference};

/// Tokens that have no value in an environment, with the block that uses each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved(pub Vec<(String, String)>);

impl std::fmt::Display for Unresolved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (block, token)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "; " };
            write!(f, "{comma}block {block:?}: ${{{token}}} has no value in this environment")?;
        }
        Ok(())
    }
}

impl std::error::Error for Unresolved {}

/// Reads an environment's values: YAML or JSON, one `NAME: value` for each token.
///
/// # Errors
/// Says what is wrong and where.
pub fn values(text: &str) -> Result<BTreeMap<String, String>, FlowError> {
    serde_saphyr::from_str(text).map_err(|error| FlowError::new(error.to_string()))
}

/// The tokens of a flow.
pub fn tokens(flow: &Flow) -> BTreeSet<String> {
    let references = flow.blocks().iter().flat_map(|block| block.action.references());
    references.filter_map(|one| if let Reference::Token(name) = one { Some(name) } else { None }).collect()
}

/// The flow with an environment's values in place of its tokens.
///
/// # Errors
/// All tokens without a value.
pub fn resolve(flow: &Flow, values: &BTreeMap<String, String>) -> Result<Flow, Unresolved> {
    let mut resolved = flow.clone();
    let mut missing = Vec::new();
    for block in &mut resolved.blocks {
        for reference in block.action.references_mut() {
            let Reference::Token(name) = reference else { continue };
            match values.get(name) {
                Some(value) => *reference = Reference::Literal(value.clone()),
                None => missing.push((block.name.clone(), name.clone())),
            }
        }
    }
    if missing.is_empty() { Ok(resolved) } else { Err(Unresolved(missing)) }
}

/// The flow with tokens in place of an environment's values: what an export from one instance needs before another can
/// take it.
pub fn tokenise(flow: &Flow, values: &BTreeMap<String, String>) -> Flow {
    let mut portable = flow.clone();
    for block in &mut portable.blocks {
        for reference in block.action.references_mut() {
            let Reference::Literal(literal) = reference else { continue };
            if let Some((name, _)) = values.iter().find(|(_, value)| *value == literal) {
                *reference = Reference::Token(name.clone());
            }
        }
    }
    portable
}
