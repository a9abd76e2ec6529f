//! On demand: what finished conversations may teach. Event: `{"propose": "2026-11-25"}` (the conversations published on that day),
//! `{"list": "open"}` or `{"list": "all"}`, `{"approve": id}`, `{"reject": id}`. Answer: docs/voice.md. What is approved becomes a
//! document, which `knowledge-sync` takes from there; nothing else is learned.

use std::sync::Arc;

use aftercall_aws::config::{Deadlines, shared_config, warm};
use aftercall_aws::dynamodb::{TableNames, TableSettings, Tables};
use aftercall_aws::s3::{BucketNames, Bucketed};
use aftercall_aws::voice::AnswersTable;
use aftercall_aws::voice::documents::KnowledgeBucket;
use aftercall_function::environment::Environment;
use aftercall_function::run::{run, start_log};
use aftercall_settings::parts::ready_rules;
use aftercall_stages::ports::Objects;
use aftercall_voice::handle::{Review, take_review};
use aftercall_voice_functions::finished::Finished;
use aftercall_voice_functions::reported;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let mut environment = Environment::of_process();
    let answers = environment.needed("AFTERCALL_ANSWERS_TABLE");
    let bucket = environment.needed("AFTERCALL_KNOWLEDGE_BUCKET");
    let index = environment.needed("AFTERCALL_INDEX_TABLE");
    let analysis = environment.needed("AFTERCALL_ANALYSIS_BUCKET");
    environment.finish()?;
    let config = shared_config(&Deadlines::default()).await;
    let settings = aftercall_function::settings::load(&config).await?;
    let proposals = AnswersTable::new(&config, &answers, settings.voice.keep_answers);
    let documents = KnowledgeBucket::new(&config, &bucket);
    // Of the pipeline it reads the index and the redacted conversations, and may read nothing else.
    let objects = Arc::new(Bucketed::new(
        &config,
        BucketNames { raw: String::new(), archive: None, analysis, warehouse: String::new() },
    ));
    let names = TableNames { segments: String::new(), contacts: String::new(), results: String::new(), index };
    let tables = TableSettings { names, rules: ready_rules(&settings), keep_inputs: std::time::Duration::ZERO };
    let tables = Tables::new(&config, tables, Arc::clone(&objects) as Arc<dyn Objects>);
    let conversations = Finished { tables: &tables, objects: &objects };
    warm(vec![proposals.warm(), objects.warm(), documents.warm()]).await;
    run(async |event: &str| {
        let review = Review { conversations: &conversations, proposals: &proposals, documents: &documents };
        take_review(event, &review).await.map(|handled| reported("knowledge-review", handled))
    })
    .await
}
