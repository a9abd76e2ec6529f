//! UC2: the summary of customer and agent.

use aftercall_functions::stage_function::run_stages;
use aftercall_schemas::Stage;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    run_stages("agent-summary", &[Stage::AgentSummary]).await
}
