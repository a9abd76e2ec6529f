//! What the functions of the pipeline share: their environment, the adapters made of it, and the loop that hands events
//! to a handler. No function holds logic: what is done with an event is `aftercall_stages::handle`.

pub mod dead_letters;
pub mod environment;
pub mod metrics;
pub mod own_queue;
pub mod parts;
pub mod run;
pub mod stage_function;
