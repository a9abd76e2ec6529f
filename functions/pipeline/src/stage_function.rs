//! A function behind a queue of routed contacts: the same program four times, with other stages.

use std::time::Duration;

use aftercall_aws::comprehend::Comprehend;
use aftercall_aws::s3::Zone;
use aftercall_aws::sqs::FunctionQueue;
use aftercall_core::error::Result;
use aftercall_schemas::Stage;
use aftercall_settings::parts;
use aftercall_stages::clock::SystemClock;
use aftercall_stages::handle::stages::{StageBatchPorts, run_batch};
use aftercall_stages::ports::{Clock, LabelTurns};
use aftercall_stages::run_stage::{Lease, StagePorts};

use crate::environment::Environment;
use crate::parts::Parts;
use crate::run::{run_batches, start_log};

/// The longest time-out of a function with stages (cdk). A model's answer has to be there before it, and a lease is held
/// no longer, so that the lease of a worker that died is free when its message comes again.
const TIME_OUT: Duration = Duration::from_secs(180);

/// Runs a function with these stages.
pub async fn run_stages(
    function: &'static str,
    stages: &'static [Stage],
) -> std::result::Result<(), lambda_runtime::Error> {
    start_log();
    let (made, queue) = load().await?;
    let settings = parts::stage_settings(&made.settings)?;
    let summarize = made.summarize(TIME_OUT).await?;
    let label = made.label();
    let holder = holder();
    let mut connections = Vec::from(made.bus.warm());
    connections.extend(summarize.warm());
    connections.extend(label.as_ref().map(Comprehend::warm));
    made.warm(&[Zone::Analysis], connections).await;
    run_batches(function, async |event: &str, deadline| {
        let ports = StageBatchPorts {
            stage: StagePorts {
                objects: &*made.objects,
                results: &*made.tables,
                summarize: summarize.port(),
                label: label.as_ref().map(|label| label as &dyn LabelTurns),
                lease: Some(Lease { leases: &*made.tables, holder: &holder, lifetime: TIME_OUT }),
                quarantine: Some(&*made.tables),
                clock: &made.clock,
            },
            announce: &made.bus,
            erased: &*made.tables,
            aside: made.aside(),
            queue: &queue,
        };
        run_batch(ports, &settings, stages, deadline, event).await
    })
    .await
}

/// A name that no other running worker has: Lambda's log stream is the execution environment's own, and the time tells one
/// start from the next.
fn holder() -> String {
    let environment = std::env::var("AWS_LAMBDA_LOG_STREAM_NAME").unwrap_or_default();
    format!("{environment}#{}#{}", std::process::id(), SystemClock.now().as_millisecond())
}

async fn load() -> Result<(Parts, FunctionQueue)> {
    let mut environment = Environment::of_process();
    let url = environment.needed("AFTERCALL_QUEUE_URL");
    environment.finish()?;
    let parts = Parts::load().await?;
    let queue = FunctionQueue::new(&parts.config, url);
    Ok((parts, queue))
}
