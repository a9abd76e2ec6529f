//! Runs calls on a virtual clock: a flow, a caller from a script, and the real handlers in this process.
//!
//! What is real: the flow as it would be published, the code hook, Producer, worker, Consumer, cache, search. What stands
//! in: speech (so many ms a character), Lex's understanding (samples and slots of the script), the model (the seconds and
//! the answer of the script). Nothing here waits for real, and the same script gives the same conversation to the ms.

mod bot;
mod call;
mod expect;
mod script;
mod transcript;
mod world;

pub use call::speech_ms;
pub use expect::check;
pub use script::{Expect, Script};
pub use transcript::{End, Line, Transcript, Who};

use crate::answers::Documents;
use crate::flow::Flow;

/// Why a simulation could not go on: the flow or the script has something that cannot be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulationError {
    /// The block; none where the script is at fault.
    pub block: Option<String>,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for SimulationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.block {
            Some(block) => write!(f, "block {block:?}: {}", self.message),
            None => write!(f, "script: {}", self.message),
        }
    }
}

impl std::error::Error for SimulationError {}

/// Runs all calls of a script through a flow. Questions that the script's model does not know go to the documents.
///
/// # Errors
/// What cannot be run, with the block.
pub fn run(flow: &Flow, script: &Script, documents: Option<Documents>) -> Result<Transcript, SimulationError> {
    let world = world::World::new(script, documents);
    let mut transcript = Transcript::default();
    for (index, call) in script.calls.iter().enumerate() {
        world.pass(if index == 0 { 0 } else { call.after_ms() });
        call::run(flow, script, call, index, &world, &mut transcript)?;
    }
    world.settle();
    world.count(&mut transcript);
    Ok(transcript)
}
