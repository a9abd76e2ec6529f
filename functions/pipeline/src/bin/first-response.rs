//! The bot's first answer and its latency.

use aftercall_functions::stage_function::run_stages;
use aftercall_schemas::Stage;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    run_stages("first-response", &[Stage::FirstResponse]).await
}
