//! Everything that needs no language model: sentiment, measures, categories, entities.

use aftercall_functions::stage_function::run_stages;
use aftercall_schemas::Stage;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    run_stages("sentiment", &[Stage::Sentiment, Stage::Measures, Stage::Categories, Stage::Entities]).await
}
