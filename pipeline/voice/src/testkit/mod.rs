//! The suites that every adapter of a port passes: the precise meaning of the ports.

mod answers;
mod calls;
mod earlier;
mod jobs;
mod knowledge;
mod proposals;

pub use answers::answer_store_conforms;
pub use calls::{call_log_conforms, opt_outs_conform};
pub use earlier::earlier_calls_conform;
pub use jobs::{jobs_conform, queue_conforms};
pub use knowledge::knowledge_version_conforms;
pub use proposals::proposals_conform;
