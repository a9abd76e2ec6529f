//! On demand: re-runs a stage over what is published, through the stages' own queues. Events: docs/aws.md. Answer: how far the
//! job is. Between its steps the function sends itself messages.

use std::time::Duration;

use aftercall_aws::s3::Zone;
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_functions::own_queue::OwnSqsQueue;
use aftercall_functions::parts::Parts;
use aftercall_functions::run::{report, run, start_log};
use aftercall_settings::parts;
use aftercall_stages::backfill::BackfillPorts;
use aftercall_stages::handle::again::{Called, called, each_message};
use aftercall_stages::handle::backfill::{BackfillJobPorts, request, step};
use aftercall_stages::ports::LabelTurns;
use serde::Serialize;
use serde_json::Value;

/// Nobody is asked here; a model is only told what its version is and what it may cost.
const TIME_OUT: Duration = Duration::from_secs(180);

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::result::Result<(), lambda_runtime::Error> {
    start_log();
    let queue = OwnSqsQueue::of_environment().await?;
    let made = Parts::load().await?;
    let settings = parts::stage_settings(&made.settings)?;
    let summarize = made.summarize(TIME_OUT).await?;
    let label = made.label();
    let ports = BackfillJobPorts {
        backfill: BackfillPorts {
            contacts: &*made.tables,
            results: &*made.tables,
            objects: &*made.objects,
            summarize: summarize.port(),
            label: label.as_ref().map(|label| label as &dyn LabelTurns),
            clock: &made.clock,
        },
        index: &*made.tables,
        announce: &made.bus,
        jobs: &*made.tables,
        queue: &queue,
    };
    made.warm(&[Zone::Analysis], made.bus.warm().into()).await;
    run(async |event: &str| match called(event)? {
        Called::Asked(event) => as_json(&request(ports, event).await?),
        Called::Again(messages) => {
            let handled = each_message(&messages, async |message: &str| step(ports, &settings, message).await).await;
            as_json(&report("backfill", handled))
        }
    })
    .await
}

fn as_json(answer: &impl Serialize) -> Result<Value> {
    serde_json::to_value(answer)
        .map_err(|error| Error::new(ErrorKind::Corrupt, "the answer cannot be written as JSON").because(error))
}
