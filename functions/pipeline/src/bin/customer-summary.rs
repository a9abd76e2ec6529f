//! UC1: the summary of customer and bot.

use aftercall_functions::stage_function::run_stages;
use aftercall_schemas::Stage;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    run_stages("customer-summary", &[Stage::CustomerSummary]).await
}
