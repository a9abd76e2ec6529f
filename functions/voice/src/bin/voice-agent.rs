//! Code hook of the bot: Lex asks what to do about a turn.

use std::time::{Duration, Instant};

use aftercall_function::run::{run, start_log};
use aftercall_voice::agent::{self, Agent};
use aftercall_voice::handle::take_turn;
use aftercall_voice_functions::answering::Answering;
use aftercall_voice_functions::parts::Parts;
use aftercall_voice_functions::reported_with_cost;
use lambda_runtime::tracing;

/// What one call of a model may take: Lex gives up after 30 s, and a turn ends by its own deadline before that.
const LONGEST: Duration = Duration::from_secs(28);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let parts = Parts::load().await?;
    let answering = Answering::load(&parts.settings, LONGEST).await?;
    let settings = parts.dialogue()?;
    let mut connections = answering.warm();
    connections.push(parts.transcripts.warm());
    let (key, ()) = tokio::join!(parts.seal_key(), parts.warm(connections));
    let key = key?;
    let began = Instant::now();
    agent::warm();
    tracing::info!(warm_up_ms = began.elapsed().as_secs_f64() * 1000.0, "rules and tables are read");
    run(async |event: &str| {
        let version = parts.knowledge_version().await;
        let agent = Agent {
            answerer: answering.port(),
            answers: &parts.table,
            clock: &parts.clock,
            settings: &settings,
            key: &key,
            kb_version: &version,
        };
        let taken = take_turn(event, &agent, &parts.transcripts).await;
        taken.map(|handled| reported_with_cost("voice-agent", handled, &answering))
    })
    .await
}
