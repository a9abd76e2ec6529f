//! The voice agent that talks while a call is on, and a simulator that runs its calls on one machine.
//!
//! What it says is decided by pure functions; the outside world (jobs, answers, the clock) stands behind small ports. No
//! AWS SDK, no threads, no randomness. Text of callers and documents is data: nothing in it is followed.
//!
//! A call's way: [`flow`] says which block comes next, [`lex`] carries what the caller said to [`dialogue`], which decides
//! the outcome of the turn; [`answers`] finds what to say, [`cache`] whether it was said before, and [`long_answer`] keeps
//! the caller company while it takes longer. [`simulate`] runs all of it on a virtual clock; [`lint`] checks flows;
//! [`conversation`] is what the pipeline gets of a call when it is over, and [`learning`] what
//! may come back of it. [`earlier`] is what a verified caller called about before. [`outbound`] decides whether somebody may be called. [`handle`] is what the functions on AWS do with
//! their events, [`live`] what the pipeline gets of a call while it goes on, [`knowledge`] how a knowledge base is kept in
//! step with its documents.

pub mod agent;
pub mod answers;
pub mod cache;
pub mod conversation;
pub mod dialogue;
pub mod earlier;
pub mod flow;
pub mod handle;
pub mod knowledge;
pub mod learning;
pub mod lex;
pub mod lint;
pub mod live;
pub mod long_answer;
pub mod memory;
pub mod outbound;
pub mod simulate;
#[cfg(feature = "testkit")]
pub mod testkit;
