//! The queue of a function that calls itself again.

use std::time::Duration;

use aftercall_aws::config::{Deadlines, shared_config};
use aftercall_aws::sqs::FunctionQueue;
use aftercall_core::error::Result;

use crate::environment::Environment;

/// As long as the longest call of any function takes (Lambda's limit), and as SQS can delay a message at the most.
pub const LATER: Duration = Duration::from_secs(900);

/// The queue that the environment names.
pub async fn own_queue() -> Result<FunctionQueue> {
    let mut environment = Environment::of_process();
    let url = environment.needed("AFTERCALL_QUEUE_URL");
    environment.finish()?;
    Ok(FunctionQueue::new(&shared_config(&Deadlines::default()).await, url))
}
