//! On demand: re-runs a stage over what is published, through the stages' own queues. Events: docs/aws.md. Answer: how far the
//! job is. Between its steps the function sends itself messages.

use std::time::Duration;

use aftercall_aws::s3::Zone;
use aftercall_functions::own_queue::own_queue;
use aftercall_functions::parts::Parts;
use aftercall_functions::run::{as_json, deadline, report, run_in_time, start_log};
use aftercall_settings::parts;
use aftercall_stages::backfill::BackfillPorts;
use aftercall_stages::handle::again::{Called, ComesAgain, called, each_message};
use aftercall_stages::handle::backfill::{BackfillJobPorts, request, step};
use aftercall_stages::handle::envelope::Message;
use aftercall_stages::ports::LabelTurns;

/// Nobody is asked here; a model is only told what its version is and what it may cost.
const TIME_OUT: Duration = Duration::from_secs(180);

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::result::Result<(), lambda_runtime::Error> {
    start_log();
    let queue = own_queue().await?;
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
    run_in_time(async |event: &str, left: Duration| match called(event)? {
        Called::Asked(event) => as_json(&request(ports, event).await?),
        Called::Again(messages) => {
            let does = async |message: &Message| step(ports, &settings, &message.body).await.map_err(ComesAgain::from);
            as_json(&report("backfill", each_message(&messages, deadline(left), &queue, does).await))
        }
    })
    .await
}
