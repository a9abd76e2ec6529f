//! What callers called about before. The pipeline's stream of insights says which contacts were published; Connect's flow, once it
//! has verified its caller, asks with the parameter `verified` = `true` and gets `earlierCall` (docs/voice.md).

use std::time::Duration;

use aftercall_aws::config::{Deadlines, shared_config, warm};
use aftercall_aws::s3::{BucketNames, Bucketed};
use aftercall_aws::secrets;
use aftercall_aws::voice::AnswersTable;
use aftercall_function::environment::Environment;
use aftercall_function::run::{as_json, run_in_time, start_log};
use aftercall_stages::clock::SystemClock;
use aftercall_stages::handle::Deadline;
use aftercall_stages::handle::envelope::is_batch;
use aftercall_voice::dialogue::SealKey;
use aftercall_voice::handle::{Callers, take_caller};
use aftercall_voice_functions::earlier::{FUNCTION, PublishedObjects, take_insights};
use aftercall_voice_functions::reported;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let mut environment = Environment::of_process();
    let answers = environment.needed("AFTERCALL_ANSWERS_TABLE");
    let analysis = environment.needed("AFTERCALL_ANALYSIS_BUCKET");
    let session_secret = environment.needed("AFTERCALL_SESSION_SECRET");
    let hmac_secret = environment.needed("AFTERCALL_HMAC_SECRET");
    environment.finish()?;
    let config = shared_config(&Deadlines::default()).await;
    let settings = aftercall_function::settings::load(&config).await?;
    let table = AnswersTable::new(&config, &answers, settings.voice.keep_answers);
    // Of the pipeline it reads redacted conversations and analyses, and may read nothing else.
    let names = BucketNames { raw: String::new(), archive: None, analysis, warehouse: String::new() };
    let objects = Bucketed::new(&config, names);
    let contacts = PublishedObjects(&objects);
    let (sealing, hashing, ()) = tokio::join!(
        secrets::secret(&config, &session_secret),
        secrets::hmac_keys(&config, &hmac_secret),
        warm(vec![table.warm(), objects.warm()]),
    );
    let (key, hmac_keys) = (SealKey::from_secret(&sealing?), hashing?);
    run_in_time(async |event: &str, left: Duration| {
        if is_batch(event) {
            let deadline = Deadline::after(&SystemClock, left);
            as_json(&take_insights(event, &table, &contacts, deadline).await?)
        } else {
            let callers = Callers { notes: &table, contacts: &contacts, hmac_keys: &hmac_keys, key: &key };
            as_json(&reported(FUNCTION, take_caller(event, &callers).await?))
        }
    })
    .await
}
