//! Reads a flow. Strict: see the module's page.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::action::Kind;
use super::read::{Fields, Read};
use super::{Block, Condition, ErrorBranch, ErrorType, Flow, FlowError, Next, Operator, VERSION, parameters};

/// Reads a flow in the language 2019-10-30.
///
/// # Errors
/// Names the block of an unknown action, parameter, operator or error, and of a transition that is missing or leads to
/// no block.
pub fn parse(json: &str) -> Result<Flow, FlowError> {
    let document: Value = serde_json::from_str(json).map_err(|error| FlowError::new(format!("not JSON: {error}")))?;
    let (start, metadata, actions) = envelope(document).map_err(FlowError::new)?;
    let mut blocks = Vec::with_capacity(actions.len());
    for (index, action) in actions.into_iter().enumerate() {
        let name = action.get("Identifier").and_then(Value::as_str).map(str::to_owned);
        let Some(name) = name else {
            return Err(FlowError::new(format!("Actions[{index}].Identifier is missing or no text")));
        };
        blocks.push(block(&name, action).map_err(|message| FlowError::at(&name, message))?);
    }
    checked(Flow { start, metadata, blocks })
}

/// A flow whose names are unique and whose transitions lead somewhere.
pub(super) fn checked(flow: Flow) -> Result<Flow, FlowError> {
    let mut names = HashSet::new();
    for block in &flow.blocks {
        if !names.insert(block.name.as_str()) {
            return Err(FlowError::at(&block.name, "there are two blocks of this name"));
        }
    }
    if !names.contains(flow.start.as_str()) {
        return Err(FlowError::new(format!("StartAction {:?} is no block", flow.start)));
    }
    for block in &flow.blocks {
        let terminal = block.action.kind().is_terminal();
        if terminal && block.next != Next::default() {
            return Err(FlowError::at(&block.name, "the flow ends here, but there are transitions"));
        }
        if !terminal && block.next.otherwise.is_none() {
            return Err(FlowError::at(&block.name, "Transitions.NextAction is missing"));
        }
        if let Some(target) = block.next.targets().find(|target| !names.contains(target)) {
            return Err(FlowError::at(&block.name, format!("a transition leads to {target:?}, which is no block")));
        }
    }
    Ok(flow)
}

fn envelope(document: Value) -> Read<(String, Map<String, Value>, Vec<Value>)> {
    let mut fields = Fields::of("the document", document)?;
    let version = fields.need_text("Version")?;
    if version != VERSION {
        return Err(format!("Version is {version:?}, this reads {VERSION}"));
    }
    let start = fields.need_text("StartAction")?;
    let metadata = match fields.any("Metadata") {
        None => Map::new(),
        Some(Value::Object(metadata)) => metadata,
        Some(_) => return Err("Metadata is not an object".to_owned()),
    };
    let actions = fields.list("Actions")?;
    // The console writes these into exports; they say nothing that the blocks do not.
    for known in ["Settings", "Name", "Description", "Type", "Status"] {
        if let Some(value) = fields.any(known)
            && !matches!(&value, Value::Object(inner) if inner.is_empty())
            && !matches!(&value, Value::Array(inner) if inner.is_empty())
        {
            return Err(format!("{known} is not supported"));
        }
    }
    fields.end()?;
    Ok((start, metadata, actions))
}

fn block(name: &str, action: Value) -> Read<Block> {
    let mut fields = Fields::of("the block", action)?;
    drop(fields.any("Identifier"));
    let word = fields.need_text("Type")?;
    let kind = Kind::of(&word).ok_or_else(|| format!("action {word:?} is not known"))?;
    let parameters = fields.any("Parameters").unwrap_or_else(|| Value::Object(Map::new()));
    let transitions = fields.any("Transitions").ok_or("Transitions is missing")?;
    fields.end()?;
    Ok(Block { name: name.to_owned(), action: parameters::read(kind, parameters)?, next: next(transitions)? })
}

fn next(transitions: Value) -> Read<Next> {
    let mut fields = Fields::of("Transitions", transitions)?;
    let next = Next {
        otherwise: fields.text("NextAction")?,
        conditions: fields.list("Conditions")?.into_iter().map(condition).collect::<Read<_>>()?,
        errors: fields.list("Errors")?.into_iter().map(error).collect::<Read<_>>()?,
    };
    fields.end()?;
    Ok(next)
}

fn condition(value: Value) -> Read<Condition> {
    let mut fields = Fields::of("Transitions.Conditions", value)?;
    let target = fields.need_text("NextAction")?;
    let mut inner =
        fields.fields("Condition", "Condition")?.ok_or("Transitions.Conditions.Condition is missing".to_owned())?;
    fields.end()?;
    let word = inner.need_text("Operator")?;
    let operator = Operator::of(&word).ok_or_else(|| format!("operator {word:?} is not known"))?;
    let operands = inner.list("Operands")?.into_iter().map(|operand| match operand {
        Value::String(text) => Ok(text),
        _ => Err("Condition.Operands must be texts".to_owned()),
    });
    let operands = operands.collect::<Read<Vec<_>>>()?;
    inner.end()?;
    if operands.is_empty() {
        return Err("Condition.Operands is empty".to_owned());
    }
    Ok(Condition { operator, operands, target })
}

fn error(value: Value) -> Read<ErrorBranch> {
    let mut fields = Fields::of("Transitions.Errors", value)?;
    let target = fields.need_text("NextAction")?;
    let word = fields.need_text("ErrorType")?;
    fields.end()?;
    let error = ErrorType::of(&word).ok_or_else(|| format!("error type {word:?} is not known"))?;
    Ok(ErrorBranch { error, target })
}
