//! Connect's flow asks for an answer that takes long: starts a job, or answers from the cache.

use aftercall_aws::voice::AnswerQueue;
use aftercall_function::environment::Environment;
use aftercall_function::run::{run, start_log};
use aftercall_voice::handle::take_producer;
use aftercall_voice::long_answer::{Producer, ProducerSettings};
use aftercall_voice_functions::parts::Parts;
use aftercall_voice_functions::reported;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let mut environment = Environment::of_process();
    let url = environment.needed("AFTERCALL_ANSWER_QUEUE");
    environment.finish()?;
    let parts = Parts::load().await?;
    let queue = AnswerQueue::new(&parts.config, &url);
    parts.warm(vec![queue.warm(), parts.transcripts.warm()]).await;
    run(async |event: &str| {
        let settings = ProducerSettings::new(&parts.knowledge_version().await);
        let producer = Producer {
            jobs: &parts.table,
            queue: &queue,
            answers: &parts.table,
            clock: &parts.clock,
            settings: &settings,
        };
        take_producer(event, &producer, &parts.transcripts).await.map(|handled| reported("answer-producer", handled))
    })
    .await
}
