//! Builds a flow in code. What [`Builder::build`] returns is as sound as what `parse` returns: no transition leads nowhere.

use serde_json::Map;

use super::action::Action;
use super::parse::checked;
use super::{Block, Condition, ErrorBranch, ErrorType, Flow, FlowError, Next, Operator};

/// A flow in the making. The first block is where it starts.
#[derive(Debug, Default)]
pub struct Builder {
    blocks: Vec<Block>,
}

/// A block in the making.
#[derive(Debug, Clone)]
pub struct Step(Block);

impl Step {
    /// A block that ends the flow.
    pub fn last(name: &str, action: Action) -> Self {
        Self(Block { name: name.to_owned(), action, next: Next::default() })
    }

    /// A block that goes on to `next`.
    pub fn new(name: &str, action: Action, next: &str) -> Self {
        let next = Next { otherwise: Some(next.to_owned()), ..Next::default() };
        Self(Block { name: name.to_owned(), action, next })
    }

    /// A branch for a value.
    pub fn when(mut self, value: &str, target: &str) -> Self {
        let (operator, operands) = (Operator::Equals, vec![value.to_owned()]);
        self.0.next.conditions.push(Condition { operator, operands, target: target.to_owned() });
        self
    }

    /// A branch for an error.
    pub fn on(mut self, error: ErrorType, target: &str) -> Self {
        self.0.next.errors.push(ErrorBranch { error, target: target.to_owned() });
        self
    }
}

impl Builder {
    /// The flow with one more block.
    pub fn step(mut self, step: Step) -> Self {
        self.blocks.push(step.0);
        self
    }

    /// The flow.
    ///
    /// # Errors
    /// Two blocks of one name, a transition to no block, a block that should go on and does not.
    pub fn build(self) -> Result<Flow, FlowError> {
        let start = self.blocks.first().map(|block| block.name.clone());
        let start = start.ok_or_else(|| FlowError::new("there is no block"))?;
        checked(Flow { start, metadata: Map::new(), blocks: self.blocks })
    }
}
